//! The way in. Where a distribution with a firewall stands in front of the API (`infra/edge.yaml`), it proves with a
//! secret in a header that a request came through it, and nobody gets past it to the API's own address.

use claim_domain::ids::Sha256;
use claim_domain::refusal::Kind;
use claim_runtime::Variables;
use claim_store::sha256;
use lambda_http::http::HeaderMap;

use crate::problem::Problem;

/// The header with the distribution's secret.
const HEADER: &str = "x-edge-secret";

/// What the distribution's header may hold: the hash of its secret, or of two while one replaces the other. Hashes are
/// compared, so that the time that it takes says nothing about a secret.
#[derive(Debug, Default)]
pub(crate) struct Edge(Vec<Sha256>);

impl Edge {
    /// As the variables say; without a secret everybody may come directly.
    pub(crate) fn of(variables: &Variables) -> Self {
        let secrets = variables.optional("EDGE_SECRET").unwrap_or_default();
        Self(
            secrets
                .split(',')
                .filter(|secret| !secret.is_empty())
                .map(|one| sha256(one.as_bytes()))
                .collect(),
        )
    }

    /// Lets a request pass that came through the distribution.
    ///
    /// # Errors
    /// `no-such-route`, whatever was asked.
    pub(crate) fn admit(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let given = headers.get(HEADER).map(|given| sha256(given.as_bytes()));
        if self.0.is_empty() || given.is_some_and(|given| self.0.contains(&given)) {
            return Ok(());
        }
        Err(Problem::new(
            Kind::NoSuchRoute,
            "Nothing is served at this address.",
            "Use the program's public address, which stands in its emails.",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(secrets: &str) -> Edge {
        Edge::of(&Variables::from_iter([("EDGE_SECRET".to_owned(), secrets.to_owned())]))
    }

    fn admits(edge: &Edge, given: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(given) = given {
            headers.insert(HEADER, given.parse().unwrap());
        }
        edge.admit(&headers).is_ok()
    }

    #[test]
    fn behind_a_distribution_nobody_is_answered_who_comes_past_it() {
        let behind = edge("new-secret,old-secret");
        for (given, passes) in [
            (Some("new-secret"), true),
            (Some("old-secret"), true),
            (Some("new-secret,old-secret"), false),
            (Some("other"), false),
            (Some(""), false),
            (None, false),
        ] {
            assert_eq!(admits(&behind, given), passes, "{given:?}");
        }
        let refused = behind.admit(&HeaderMap::new()).unwrap_err();
        assert_eq!(refused.kind, Kind::NoSuchRoute);
    }

    #[test]
    fn without_a_distribution_everybody_comes_directly() {
        assert!(admits(&edge(""), None));
        assert!(admits(&Edge::default(), Some("anything")));
    }
}
