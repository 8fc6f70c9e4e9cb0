//! The product catalogue: data in `catalogue.json`, read once. The rulebook lists it under "Fields".

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

crate::listed! {
    /// A product family; each claim belongs to one (R3).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
    pub enum SolutionArea {
        /// Products with a subscription each.
        #[serde(rename = "Business Applications")]
        BusinessApplications,
        /// Workloads of a tenant.
        #[serde(rename = "Microsoft 365")]
        Microsoft365,
    }
}

impl SolutionArea {
    /// The name, as it is written in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BusinessApplications => "Business Applications",
            Self::Microsoft365 => "Microsoft 365",
        }
    }

    /// The names of the area's products.
    pub fn products(self) -> &'static [String] {
        CATALOGUE
            .solution_areas
            .iter()
            .find(|area| area.name == self)
            .map_or(&[], |area| area.products.as_slice())
    }
}

crate::listed! {
    /// What a partner did for the customer; it leads to a program (R3).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    #[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
    #[serde(rename_all = "camelCase")]
    pub enum Activity {
        /// Pre-sales work.
        PreSales,
        /// Driving the use of the products.
        Usage,
        /// Influence on the revenue of an ISV product.
        RevenueAssociation,
    }
}

impl Activity {
    /// The name, as it is written in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PreSales => "preSales",
            Self::Usage => "usage",
            Self::RevenueAssociation => "revenueAssociation",
        }
    }

    /// The program that the activity leads to (R3).
    pub fn program(self) -> &'static str {
        match self {
            Self::PreSales => "OSA",
            Self::Usage => "OSU",
            Self::RevenueAssociation => "Business Influencer",
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Catalogue {
    solution_areas: Vec<Area>,
}

#[derive(Deserialize)]
struct Area {
    name: SolutionArea,
    products: Vec<String>,
}

// A test reads the catalogue, so an unreadable one is never shipped. With an empty one, every product would be refused
// by its name.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    serde_json::from_str(include_str!("catalogue.json")).unwrap_or(Catalogue { solution_areas: Vec::new() })
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_names_the_products_of_both_areas() {
        assert_eq!(SolutionArea::Microsoft365.products().len(), 14);
        assert_eq!(SolutionArea::BusinessApplications.products().len(), 18);
    }

    #[test]
    fn activities_lead_to_programs() {
        crate::proves!(R3);
        assert_eq!(Activity::ALL.map(Activity::program), ["OSA", "OSU", "Business Influencer"]);
    }
}
