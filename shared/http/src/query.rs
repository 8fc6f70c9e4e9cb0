//! Query parameters: every bad one is named, including unknown ones, in one pass.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike};
use claim_domain::calendar::Instant;
use claim_domain::catalogue::SolutionArea;
use claim_domain::claim::{AssociationKey, Status};
use claim_domain::ids::{SubscriptionId, TenantId};
use claim_domain::refusal::{FieldError, Kind};
use claim_store::{Filter, LAST_SEQUENCE, ListOrder, ListQuery, ListScope, Position};

use crate::cursor::{Cursor, Offset};
use crate::problem::Problem;

/// How many items a page has, unless the caller asks for another number.
const PAGE: u32 = 20;
/// How many items a page has at most.
const LONGEST_PAGE: u32 = 100;

/// The parameters of a query, decoded, in their order.
#[derive(Debug, Clone, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// The query of this text, which is what follows the question mark.
    pub fn parse(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// Reads the query of a route that takes no parameters.
    ///
    /// # Errors
    /// `invalid-query` with every parameter.
    pub(crate) fn none(&self) -> Result<(), Problem> {
        Reader::new(self).finish()
    }

    /// Reads the query of a command: whether it is only tried.
    ///
    /// # Errors
    /// `invalid-query` with every bad parameter.
    pub(crate) fn dry_run(&self) -> Result<bool, Problem> {
        let mut reader = Reader::new(self);
        let is_tried = reader.one("dryRun", "true or false", |text| text.parse().ok());
        reader.finish()?;
        Ok(is_tried.unwrap_or_default())
    }

    /// The text of the same query in which a parameter has another value.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        let others = self.0.iter().filter(|(known, _)| known != name);
        form_urlencoded::Serializer::new(String::new()).extend_pairs(others).append_pair(name, value).finish()
    }

    /// The values of a parameter, in their order.
    pub fn all<'q>(&'q self, name: &'q str) -> impl Iterator<Item = &'q str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a query and notes what is wrong.
struct Reader<'a> {
    query: &'a Query,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl<'a> Reader<'a> {
    fn new(query: &'a Query) -> Self {
        Self { query, known: Vec::new(), errors: Vec::new() }
    }

    fn all(&mut self, name: &'static str) -> Vec<&'a str> {
        self.known.push(name);
        self.query.all(name).collect()
    }

    fn fault(&mut self, name: &str, code: &str, detail: impl Into<String>) {
        self.errors.push(FieldError::of_parameter(name, code, detail));
    }

    /// A parameter that may be given once and has a form of its own, which `what` describes.
    fn one<T>(&mut self, name: &'static str, what: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let values = self.all(name);
        let value = *values.first()?;
        if values.len() > 1 {
            self.fault(name, "repeated", "must be given once");
            return None;
        }
        let read = read(value);
        if read.is_none() {
            self.fault(name, "value", format!("must be {what}"));
        }
        read
    }

    fn limit(&mut self) -> u32 {
        let read = |text: &str| text.parse().ok().filter(|limit| (1..=LONGEST_PAGE).contains(limit));
        self.one("limit", &format!("a whole number from 1 to {LONGEST_PAGE}"), read).unwrap_or(PAGE)
    }

    fn cursor<C: Cursor>(&mut self) -> Option<C> {
        self.one("cursor", "the next of an earlier page", C::from_text)
    }

    /// Statuses, from one parameter or several, each with one or more separated by commas.
    fn statuses(&mut self) -> Vec<Status> {
        let names: Vec<_> = self.all("status").into_iter().flat_map(|value| value.split(',')).collect();
        let known = |name: &&str| Status::ALL.into_iter().find(|status| status.as_str() == *name);
        let statuses: Vec<_> = names.iter().filter_map(known).collect();
        if statuses.len() < names.len() {
            let all = Status::ALL.map(Status::as_str).join(", ");
            self.fault("status", "value", format!("must be one of: {all}"));
        }
        statuses
    }

    fn finish(mut self) -> Result<(), Problem> {
        let mut unknown: BTreeSet<&str> = self.query.0.iter().map(|(name, _)| name.as_str()).collect();
        unknown.retain(|name| !self.known.contains(name));
        let known = match self.known.as_slice() {
            [] => "there are none".to_owned(),
            known => format!("the parameters are: {}", known.join(", ")),
        };
        for name in unknown {
            self.fault(name, "unknown", format!("is not a parameter here; {known}"));
        }
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::invalid_query(self.errors)) }
    }
}

/// A page of a list of claims, as a query asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRequest {
    order: ListOrder,
    limit: u32,
    after: Option<Position>,
    filter: Filter,
}

impl ListRequest {
    /// Reads a query; without `sort` the list is in the given order.
    ///
    /// # Errors
    /// `invalid-query` with every bad parameter.
    pub fn parse(query: &Query, order: ListOrder) -> Result<Self, Problem> {
        let mut reader = Reader::new(query);
        let sort = reader.one("sort", "updated or due", |text| match text {
            "updated" => Some(ListOrder::Updated),
            "due" => Some(ListOrder::Due),
            _ => None,
        });
        let limit = reader.limit();
        let after = reader.cursor();
        let filter = Filter {
            statuses: reader.statuses(),
            product: reader.one("product", "the name of a product", product),
            customer: reader.one("customer", "the GUID of the customer's tenant", |text| text.parse().ok()),
            due_before: reader.one("dueBefore", "an instant such as 2026-03-02T00:00:00Z", instant),
            contested: reader.one("contested", "true or false", |text| text.parse().ok()),
            ..Filter::default()
        };
        reader.finish()?;
        Ok(Self { order: sort.unwrap_or(order), limit, after, filter })
    }

    /// The query to the store, in the caller's scope.
    pub fn within(self, scope: ListScope) -> ListQuery {
        ListQuery { scope, order: self.order, limit: self.limit, after: self.after, filter: self.filter }
    }
}

/// What somebody asks of before claiming it: workloads of a tenant, or a subscription (D15).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRequest(Vec<AssociationKey>);

impl CheckRequest {
    /// Reads a query: a `tenant` with each `product` of Microsoft 365, or a `subscription`.
    ///
    /// # Errors
    /// `invalid-query` with every bad parameter.
    pub fn parse(query: &Query) -> Result<Self, Problem> {
        let mut reader = Reader::new(query);
        let guid = "a GUID such as 11111111-2222-3333-4444-555555555555";
        let tenant = reader.one("tenant", guid, |text| text.parse::<TenantId>().ok());
        let subscription = reader.one("subscription", guid, |text| text.parse::<SubscriptionId>().ok());
        let workloads = SolutionArea::Microsoft365.products();
        let names = reader.all("product");
        let known: BTreeSet<&String> =
            names.iter().filter_map(|name| workloads.iter().find(|workload| workload == name)).collect();
        if names.iter().any(|name| !workloads.iter().any(|workload| workload == name)) {
            reader.fault("product", "value", format!("must be one of: {}", workloads.join(", ")));
        }
        let gives = |name: &str| query.all(name).next().is_some();
        match (gives("tenant"), gives("subscription")) {
            (true, true) => {
                reader.fault("subscription", "conflict", "must not come with a tenant: ask twice")
            }
            (true, false) if names.is_empty() => {
                reader.fault("product", "required", "must name at least one workload of the tenant");
            }
            (false, true) if !names.is_empty() => {
                reader.fault(
                    "product",
                    "conflict",
                    "must not come with a subscription, which has one holder",
                );
            }
            (false, false) => reader.fault("tenant", "required", "must be given, or a subscription"),
            _ => {}
        }
        reader.finish()?;
        let workload = |name: &String| Some(AssociationKey::Workload(tenant.clone()?, name.clone()));
        let of_tenant = known.into_iter().filter_map(workload);
        Ok(Self(subscription.map(AssociationKey::Subscription).into_iter().chain(of_tenant).collect()))
    }

    /// Each thing that is asked about; at least one.
    pub fn associations(&self) -> &[AssociationKey] {
        &self.0
    }

    /// What one may ask about once a minute: the tenant or the subscription.
    pub fn of(&self) -> String {
        match self.0.first() {
            Some(AssociationKey::Subscription(subscription)) => subscription.to_string(),
            Some(AssociationKey::Workload(tenant, _)) => tenant.to_string(),
            None => String::new(),
        }
    }
}

/// A page of a history or of comments, as a query asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// At most how many entries.
    pub limit: u32,
    /// Where the previous page ended.
    pub after: Option<Offset>,
}

impl PageRequest {
    /// Reads a query.
    ///
    /// # Errors
    /// `invalid-query` with every bad parameter.
    pub fn parse(query: &Query) -> Result<Self, Problem> {
        let mut reader = Reader::new(query);
        let page = Self { limit: reader.limit(), after: reader.cursor() };
        reader.finish()?;
        Ok(page)
    }
}

/// A part of an organisation's changes, as a query asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangesRequest {
    /// At most how many changes.
    pub limit: u32,
    /// The number after which to read on; 0 is before the first.
    pub after: u64,
}

impl ChangesRequest {
    /// The highest number that a change can have.
    pub const HIGHEST: u64 = LAST_SEQUENCE;

    /// Reads a query.
    ///
    /// # Errors
    /// `invalid-query` with every bad parameter.
    pub fn parse(query: &Query) -> Result<Self, Problem> {
        let mut reader = Reader::new(query);
        let number = |text: &str| text.parse().ok().filter(|number| *number <= Self::HIGHEST);
        let after = reader.one("after", "the number of a change, or 0", number).unwrap_or_default();
        let changes = Self { limit: reader.limit(), after };
        reader.finish()?;
        Ok(changes)
    }

    /// The refusal where whoever runs the system has left the numbers out (D23): nothing is followed there.
    pub fn unnumbered() -> Problem {
        Problem::new(
            Kind::NotFound,
            "Changes are not numbered here: whoever runs the system has left that out.",
            "Read the claims that changed last in GET /v1/claims?sort=updated.",
        )
    }

    /// The refusal of a number that no change has yet: what was read after it has been lost, or was another's.
    pub fn ahead(last: u64) -> Problem {
        Problem::invalid_query(vec![FieldError::of_parameter(
            "after",
            "ahead",
            format!(
                "must be a number that a change has: {last} is the last one; if you had a higher one, read from 0 again"
            ),
        )])
    }
}

fn product(name: &str) -> Option<String> {
    let mut known = SolutionArea::ALL.into_iter().flat_map(SolutionArea::products);
    known.find(|product| *product == name).cloned()
}

/// An instant in a year of four digits. A `+` in its offset that decoding the query turned into a blank is read as `+`.
fn instant(text: &str) -> Option<Instant> {
    let instant = DateTime::parse_from_rfc3339(&text.replace(' ', "+")).ok()?.to_utc();
    (1..=9999).contains(&instant.year()).then_some(instant)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn query(pairs: &[(&str, &str)]) -> Query {
        Query(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn faults(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let problem = ListRequest::parse(&query(pairs), ListOrder::Updated).unwrap_err();
        problem.errors.iter().map(|fault| (fault.place().to_owned(), fault.code.clone())).collect()
    }

    #[test]
    fn without_parameters_a_page_has_20_items() {
        let list = ListRequest::parse(&query(&[]), ListOrder::Due).unwrap().within(ListScope::Review);
        assert_eq!((list.limit, list.order, list.filter), (20, ListOrder::Due, Filter::default()));
    }

    #[test]
    fn an_unknown_parameter_is_named_once_and_a_hundred_at_most() {
        claim_domain::proves!(D19);
        let unknown = |name: &str| (name.to_owned(), "unknown".to_owned());
        assert_eq!(faults(&[("a", "1"), ("b", "2"), ("a", "3")]), [unknown("a"), unknown("b")]);
        let names: Vec<_> = (0..150).map(|nth| format!("p{nth}")).collect();
        let many: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
        let named = faults(&many);
        assert_eq!((named.len(), named[100].1.as_str()), (101, "more"), "the last one says how many more");
    }

    #[test]
    fn every_parameter_is_read() {
        let pairs = [
            ("limit", "100"),
            ("sort", "due"),
            ("status", "submitted,underReview"),
            ("status", "approved"),
            ("product", "Teams Phone"),
            ("customer", "AAAAAAAA-1111-2222-3333-BBBBBBBBBBBB"),
            ("dueBefore", "2026-03-02T01:00:00 01:00"),
            ("contested", "true"),
        ];
        let list = ListRequest::parse(&query(&pairs), ListOrder::Updated).unwrap().within(ListScope::Review);
        assert_eq!((list.limit, list.order), (100, ListOrder::Due));
        assert_eq!(list.filter.statuses, [Status::Submitted, Status::UnderReview, Status::Approved]);
        assert_eq!(list.filter.product.as_deref(), Some("Teams Phone"));
        assert_eq!(list.filter.customer.unwrap().as_str(), "aaaaaaaa-1111-2222-3333-bbbbbbbbbbbb");
        assert_eq!(list.filter.due_before, "2026-03-02T00:00:00Z".parse().ok());
        assert_eq!(list.filter.contested, Some(true));
    }

    #[test]
    fn every_bad_parameter_is_named_at_once() {
        let pairs = [
            ("limit", "0"),
            ("sort", "name"),
            ("status", "submitted,lost"),
            ("product", "Clippy"),
            ("customer", "contoso"),
            ("dueBefore", "9999-12-31T23:59:59-01:00"),
            ("contested", "maybe"),
            ("cursor", "%%%"),
            ("colour", "red"),
            ("page", "2"),
        ];
        let mut names: Vec<_> = faults(&pairs).into_iter().map(|(name, _)| name).collect();
        names.sort();
        let mut expected: Vec<_> = pairs.iter().map(|(name, _)| *name).collect();
        expected.sort_unstable();
        assert_eq!(names, expected);
    }

    #[test]
    fn a_parameter_given_twice_is_ambiguous() {
        assert_eq!(faults(&[("limit", "5"), ("limit", "6")]), [("limit".to_owned(), "repeated".to_owned())]);
    }

    #[test]
    fn a_check_names_workloads_of_a_tenant_or_a_subscription() {
        claim_domain::proves!(D15);
        const GUID: &str = "AAAAAAAA-1111-2222-3333-BBBBBBBBBBBB";
        let read = |pairs: &[(&str, &str)]| {
            let read =
                CheckRequest::parse(&query(pairs)).map(|asked| (asked.of(), asked.associations().len()));
            let fault = |fault: &FieldError| (fault.place().to_owned(), fault.code.clone());
            read.map_err(|problem| problem.errors.iter().map(fault).collect::<Vec<_>>())
        };
        let guid = GUID.to_lowercase();
        let two = [("tenant", GUID), ("product", "Teams"), ("product", "Exchange"), ("product", "Teams")];
        assert_eq!(read(&two), Ok((guid.clone(), 2)), "what is named twice is asked once");
        assert_eq!(read(&[("subscription", GUID)]), Ok((guid, 1)));
        let faults = |pairs: &[(&str, &str)]| read(pairs).unwrap_err();
        let fault = |name: &str, code: &str| (name.to_owned(), code.to_owned());
        assert_eq!(faults(&[]), [fault("tenant", "required")]);
        assert_eq!(faults(&[("tenant", GUID)]), [fault("product", "required")]);
        assert_eq!(faults(&[("product", "Teams")]), [fault("tenant", "required")]);
        assert_eq!(faults(&[("tenant", GUID), ("product", "Sales")]), [fault("product", "value")]);
        assert_eq!(faults(&[("tenant", "contoso"), ("product", "Teams")]), [fault("tenant", "value")]);
        let both = [("tenant", GUID), ("subscription", GUID), ("product", "Teams"), ("limit", "3")];
        assert_eq!(faults(&both), [fault("subscription", "conflict"), fault("limit", "unknown")]);
        assert_eq!(faults(&[("subscription", GUID), ("product", "Teams")]), [fault("product", "conflict")]);
    }

    #[test]
    fn a_command_takes_one_parameter() {
        let read = |pairs: &[(&str, &str)]| query(pairs).dry_run().map_err(|problem| problem.errors.len());
        assert_eq!(read(&[]), Ok(false));
        assert_eq!(read(&[("dryRun", "false")]), Ok(false));
        assert_eq!(read(&[("dryRun", "true")]), Ok(true));
        for bad in ["", "1", "yes", "True"] {
            assert_eq!(read(&[("dryRun", bad)]), Err(1), "{bad:?}");
        }
        assert_eq!(read(&[("dryRun", "true"), ("dryRun", "true"), ("limit", "1")]), Err(2));
    }

    #[test]
    fn histories_know_no_filters() {
        assert_eq!(PageRequest::parse(&query(&[("limit", "7")])).unwrap().limit, 7);
        assert!(PageRequest::parse(&query(&[("status", "approved")])).is_err());
    }

    #[test]
    fn changes_are_read_from_the_first_on_unless_a_number_is_given() {
        claim_domain::proves!(D23);
        let read = |pairs: &[(&str, &str)]| ChangesRequest::parse(&query(pairs));
        assert_eq!(read(&[]).unwrap(), ChangesRequest { limit: 20, after: 0 });
        assert_eq!(
            read(&[("after", "7"), ("limit", "100")]).unwrap(),
            ChangesRequest { limit: 100, after: 7 }
        );
        for after in ["-1", "seven", "1000000000000", "", "7.0"] {
            assert!(read(&[("after", after)]).is_err(), "{after}");
        }
    }

    proptest! {
        #[test]
        fn no_query_panics(name in "(limit|cursor|sort|status|product|customer|dueBefore|contested|.{0,9})", value in ".{0,40}") {
            let _ = ListRequest::parse(&query(&[(&name, &value)]), ListOrder::Updated);
        }
    }
}
