//! The four parts in which a partner writes a claim: the fields of each, how they become the API's input, and what is
//! wrong with them. Begun claims and claims are written on the same pages.

use claim_domain::catalogue::{Activity, SolutionArea};
use claim_domain::draft::MAX_PRODUCTS;
use claim_domain::language::Language;
use claim_domain::refusal::{FieldError, Place};
use claim_pages::{Form, words};
use serde_json::{Map, Value, json};

/// The field with the domains that the customer writes from, one on each line.
pub(crate) const MAIL_DOMAINS: &str = "customer.mailDomains";
/// How many empty rows for products there are, where each has a subscription.
const SPARE_ROWS: usize = 3;
/// How the name of a field for the last day of a subscription ends.
pub(crate) const ENDS_ON: &str = ".endsOn";
/// What is said of a day whose row has no product.
const NOT_TICKED: &str = "A last day has no product. Choose its product, or take the day away.";

/// A part of a claim that has a page of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    About,
    Customer,
    Products,
    Contacts,
}

impl Part {
    pub(crate) const ALL: [Self; 4] = [Self::About, Self::Customer, Self::Products, Self::Contacts];

    /// The part of a step of an address.
    pub(crate) fn of(step: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.step() == step)
    }

    /// Whether it is the part of this name, for templates.
    pub(crate) fn is(self, step: &str) -> bool {
        self.step() == step
    }

    pub(crate) fn step(self) -> &'static str {
        match self {
            Self::About => "about",
            Self::Customer => "customer",
            Self::Products => "products",
            Self::Contacts => "contacts",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::About => "About the claim",
            Self::Customer => "Customer",
            Self::Products => "Products",
            Self::Contacts => "Contacts",
        }
    }

    /// The part that a field of a claim is in, by its label among all fields.
    pub(crate) fn of_label(label: &str) -> Self {
        match label {
            "Customer" | "Tenant id" => Self::Customer,
            "Products" => Self::Products,
            "The customer’s contact" | "Technical contact" | "Your contact" => Self::Contacts,
            _ => Self::About,
        }
    }

    /// The fields with their labels, in the order of the page; `#` stands for the number of a row.
    pub(crate) fn labels(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::About => &[
                ("name", "Name of the claim"),
                ("mpnId", "MPN id"),
                ("solutionArea", "Product family"),
                ("activities[]", "What you did"),
                ("revenueAssociation.solutionSeller", "Solution seller"),
                ("revenueAssociation.customerName", "Customer of the sale"),
                ("revenueAssociation.isvProduct", "Product of the software vendor"),
            ],
            Self::Customer => &[
                ("customer.name", "Name of the customer"),
                ("customer.tenantId", "Tenant id"),
                ("customer.domain", "Domain"),
                (MAIL_DOMAINS, "Domains of their email"),
            ],
            Self::Products => &[
                ("products.#.product", "Product"),
                ("products.#.subscriptionId", "Subscription id"),
                ("products.#.endsOn", "The last day of the subscription"),
                ("products", "The products"),
            ],
            Self::Contacts => &[
                ("customer.contact.name", "Name of the customer’s contact"),
                ("customer.contact.title", "Position of the customer’s contact"),
                ("customer.contact.email", "Email address of the customer’s contact"),
                ("customer.contact.language", "Language of the customer’s contact"),
                ("partnerContact.name", "Name of your contact"),
                ("partnerContact.email", "Email address of your contact"),
                ("technicalContact.name", "Name of the technical contact"),
                ("technicalContact.email", "Email address of the technical contact"),
                ("technicalContact", "The technical contact"),
            ],
        }
    }

    /// Whether a field of a form is one of this part's.
    fn has(self, name: &str) -> bool {
        self.labels().iter().any(|(known, _)| {
            let mut given = name.split('.');
            let is_same = known.split('.').all(|known| {
                given.next().is_some_and(|given| given == known || known == "#" && is_row(given))
            });
            is_same && given.next().is_none()
        })
    }

    /// The fields of this part in a form, and nothing else that came along.
    pub(crate) fn fields(self, form: &Form) -> Vec<(String, String)> {
        let mine = form.typed().filter(|(name, _)| self.has(name));
        mine.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// What is wrong with this part, of all that is wrong with a claim's input.
    pub(crate) fn errors(self, errors: &[FieldError]) -> Vec<FieldError> {
        errors.iter().filter(|error| Self::blamed(error) == Some(self)).map(plain).collect()
    }

    /// The part that an error is about.
    fn blamed(error: &FieldError) -> Option<Self> {
        let Place::Pointer(pointer) = &error.place else { return None };
        let mut segments = pointer.split('/').skip(1);
        Some(match (segments.next()?, segments.next()) {
            ("customer", Some("contact")) | ("partnerContact" | "technicalContact", _) => Self::Contacts,
            ("customer", _) => Self::Customer,
            ("products", _) => Self::Products,
            _ => Self::About,
        })
    }
}

fn is_row(segment: &str) -> bool {
    segment.parse::<usize>().is_ok_and(|row| row < 2 * MAX_PRODUCTS)
}

/// An error with the names of activities in words.
fn plain(error: &FieldError) -> FieldError {
    let named = |text: String, activity: Activity| text.replace(activity.as_str(), words::activity(activity));
    let detail = Activity::ALL.into_iter().fold(error.detail.clone(), named);
    FieldError { detail, ..error.clone() }
}

/// A form as its page shows it, made of fields by their names in the API's input.
pub(crate) fn shown(input: &Value) -> Form {
    let form = Form::showing(input);
    let many = format!("{MAIL_DOMAINS}[]");
    let (domains, others): (Vec<_>, Vec<_>) = form.typed().partition(|(name, _)| *name == many);
    let lines: Vec<&str> = domains.iter().map(|(_, domain)| *domain).collect();
    let others = others.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Form::of(others.chain([(MAIL_DOMAINS.to_owned(), lines.join("\n"))]))
}

/// The input that a form makes, with a place for everything that a claim must have, so that what is missing is named field
/// by field.
pub(crate) fn input(form: &Form) -> Value {
    let mut input = form.input();
    let domains: Vec<&str> =
        form.value(MAIL_DOMAINS).split(separates).filter(|domain| !domain.is_empty()).collect();
    if !domains.is_empty() {
        input["customer"]["mailDomains"] = json!(domains);
    }
    for (object, inner) in [("customer", Some("contact")), ("partnerContact", None)] {
        if !input[object].is_object() {
            input[object] = json!({});
        }
        if let Some(inner) = inner.filter(|inner| !input[object][*inner].is_object()) {
            input[object][inner] = json!({});
        }
    }
    let is_of_revenue = form.has("activities[]", Activity::RevenueAssociation.as_str());
    if is_of_revenue && !input["revenueAssociation"].is_object() {
        input["revenueAssociation"] = json!({});
    }
    // What another choice had asked for is not asked any more.
    if let Some(fields) = input.as_object_mut() {
        if !is_of_revenue {
            fields.remove("revenueAssociation");
        }
        if area(form) == Some(SolutionArea::Microsoft365) {
            fields.remove("technicalContact");
        }
    }
    input
}

/// What parts the domains that somebody typed.
fn separates(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | ';')
}

/// A merge patch that makes a claim's part what the form says: what was left blank is taken away. Only fields that are
/// `open` on the page are in it.
pub(crate) fn patch(part: Part, form: &Form, open: impl Fn(&str) -> bool) -> Value {
    let given = input(form);
    let mut patch = Value::Object(Map::new());
    for (label, _) in part.labels().iter().filter(|(label, _)| open(label)) {
        let name = label.trim_end_matches("[]");
        let root = name.split('.').next().unwrap_or_default();
        match root {
            // A list is written whole, and an optional object is there or not.
            "products" | "activities" => {
                patch[root] = if given[root].is_array() { given[root].clone() } else { json!([]) };
            }
            "technicalContact" | "revenueAssociation" if !given[root].is_object() => {
                patch[root] = Value::Null
            }
            _ => {
                let value = name.split('.').fold(&given, |value, segment| &value[segment]).clone();
                put(&mut patch, name, value);
            }
        }
    }
    patch
}

fn put(patch: &mut Value, name: &str, value: Value) {
    let mut place = patch;
    for segment in name.split('.') {
        if !place.is_object() {
            *place = json!({});
        }
        place = &mut place[segment];
    }
    *place = value;
}

/// A form whose faults stand at the fields that can be mended: those of a list at the field that has the list.
pub(crate) fn gathered(mut form: Form) -> Form {
    let days: Vec<_> = form.typed().filter(|(name, _)| name.ends_with(ENDS_ON)).collect();
    let days: Vec<String> = days.into_iter().map(|(name, _)| name.to_owned()).collect();
    for fault in &mut form.faults {
        let day = fault.name.strip_suffix(".product").map(|row| format!("{row}{ENDS_ON}"));
        if let Some(day) = day.filter(|day| days.contains(day)) {
            fault.sentence = NOT_TICKED.to_owned();
            fault.name = day;
        }
        let is_part_of = |list: &str| fault.name.strip_prefix(list).is_some_and(|rest| rest.starts_with('.'));
        if is_part_of(MAIL_DOMAINS) {
            fault.name = MAIL_DOMAINS.to_owned();
        }
    }
    form
}

/// A product of the catalogue, to be ticked.
pub(crate) struct Offered {
    pub(crate) field: String,
    pub(crate) name: &'static str,
    /// The name of its field for the last day of its subscription.
    pub(crate) ends_on: String,
    pub(crate) ends_on_label: String,
}

/// A row for a product with its subscription.
pub(crate) struct ProductRow {
    pub(crate) number: usize,
    /// The name of its field for the product.
    pub(crate) field: String,
    pub(crate) product: String,
    /// The name of its field for the subscription.
    pub(crate) subscription: String,
    /// Its label, which no other row has.
    pub(crate) subscription_label: String,
    /// The name of its field for the last day of that.
    pub(crate) ends_on: String,
    pub(crate) ends_on_label: String,
    pub(crate) fault: Option<String>,
}

/// What a page of a part offers to choose from.
pub(crate) struct Choices {
    pub(crate) areas: Vec<(&'static str, &'static str)>,
    pub(crate) activities: Vec<(&'static str, &'static str, &'static str)>,
    pub(crate) languages: Vec<(&'static str, &'static str)>,
    /// The workloads, to be ticked.
    pub(crate) workloads: Vec<Offered>,
    /// The products that have a subscription each.
    pub(crate) products: &'static [String],
    pub(crate) rows: Vec<ProductRow>,
}

impl Choices {
    /// What there is to choose for a product family, with the rows that the form fills and some more.
    pub(crate) fn of(form: &Form, area: Option<SolutionArea>) -> Self {
        let with_subscription = area == Some(SolutionArea::BusinessApplications);
        let catalogue = area.map_or(&[][..], SolutionArea::products);
        let offered = |(number, name): (usize, &'static String)| Offered {
            field: format!("products.{number}.product"),
            name,
            ends_on: format!("products.{number}.endsOn"),
            ends_on_label: format!("Last day of {name}"),
        };
        let mut numbers = form.rows("products");
        let next = numbers.last().map_or(0, |last| last + 1);
        numbers.extend((next..next + SPARE_ROWS).filter(|number| *number < 2 * MAX_PRODUCTS));
        let row = |(nth, number): (usize, usize)| ProductRow {
            number,
            field: format!("products.{number}.product"),
            product: form.value(&format!("products.{number}.product")).to_owned(),
            subscription: format!("products.{number}.subscriptionId"),
            subscription_label: format!("Subscription id of product {}", nth + 1),
            ends_on: format!("products.{number}.endsOn"),
            ends_on_label: format!("Last day of the subscription of product {} (optional)", nth + 1),
            fault: form.fault(&format!("products.{number}")).map(str::to_owned),
        };
        Self {
            areas: SolutionArea::ALL.map(|area| (area.as_str(), words::area(area))).into(),
            activities: Activity::ALL
                .map(|activity| (activity.as_str(), words::activity(activity), about(activity)))
                .into(),
            languages: Language::ALL.map(|language| (language.as_str(), language.own_name())).into(),
            workloads: match with_subscription {
                true => Vec::new(),
                false => catalogue.iter().enumerate().map(offered).collect(),
            },
            products: if with_subscription { catalogue } else { &[] },
            rows: if with_subscription {
                numbers.into_iter().enumerate().map(row).collect()
            } else {
                Vec::new()
            },
        }
    }
}

fn about(activity: Activity) -> &'static str {
    match activity {
        Activity::PreSales => "You helped the customer to decide.",
        Activity::Usage => "You help the customer to use the products.",
        Activity::RevenueAssociation => {
            "You influenced the sale of a software vendor’s product. It stands alone."
        }
    }
}

/// The product family that a form or a begun claim says.
pub(crate) fn area(form: &Form) -> Option<SolutionArea> {
    SolutionArea::ALL.into_iter().find(|area| form.value("solutionArea") == area.as_str())
}

/// The same form with workloads in the rows of the catalogue, which are those of the page's boxes.
pub(crate) fn in_catalogue_order(form: &Form, area: Option<SolutionArea>) -> Form {
    let Some(area) = area.filter(|area| *area == SolutionArea::Microsoft365) else { return form.clone() };
    let moved = form.typed().filter_map(|(name, value)| {
        let Some((number, field)) = name.strip_prefix("products.").and_then(|rest| rest.split_once('.'))
        else {
            return Some((name.to_owned(), value.to_owned()));
        };
        let row = match form.value(&format!("products.{number}.product")) {
            // A day beside a box that is not ticked.
            "" => number.parse().ok()?,
            product => area.products().iter().position(|known| known == product)?,
        };
        ["product", "endsOn"].contains(&field).then(|| (format!("products.{row}.{field}"), value.to_owned()))
    });
    let mut moved_form = Form::of(moved.collect::<Vec<_>>());
    moved_form.faults.clone_from(&form.faults);
    moved_form.message.clone_from(&form.message);
    match form.revision() {
        Some(revision) => moved_form.at(revision),
        None => moved_form,
    }
}
