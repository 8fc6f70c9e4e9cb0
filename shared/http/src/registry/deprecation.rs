//! Routes that have to go: since when that is known, when they go, and where it says what takes their place.

use chrono::DateTime;

/// That a route has to go, and what its answers say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deprecation {
    /// Since when it should not be used any more, in seconds since 1970 (UTC).
    pub since: i64,
    /// When it stops to answer, in seconds since 1970 (UTC).
    pub sunset: i64,
    /// The address of what says what takes its place.
    pub successor: &'static str,
}

impl Deprecation {
    /// How long a route goes on at least after it is deprecated: twelve months, in seconds.
    pub const SHORTEST: i64 = 365 * 24 * 60 * 60;

    /// `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and `Link`, in this order.
    pub fn headers(&self) -> [String; 3] {
        let sunset = DateTime::from_timestamp(self.sunset, 0).unwrap_or_default();
        [
            format!("@{}", self.since),
            sunset.format("%a, %d %b %Y %H:%M:%S GMT").to_string(),
            format!("<{}>; rel=\"deprecation\"", self.successor),
        ]
    }
}

#[cfg(test)]
mod tests {
    use crate::registry::ROUTES;

    use super::*;

    #[test]
    fn a_deprecated_route_says_since_when_and_until_when_it_is_there() {
        let deprecation = Deprecation {
            since: 1_772_323_200,
            sunset: 1_803_859_200,
            successor: "https://claims.example/v2",
        };
        assert_eq!(
            deprecation.headers(),
            [
                "@1772323200",
                "Mon, 01 Mar 2027 00:00:00 GMT",
                "<https://claims.example/v2>; rel=\"deprecation\""
            ]
        );
    }

    #[test]
    fn a_deprecated_route_stays_for_twelve_months_at_least() {
        for route in ROUTES {
            let stays = route.deprecation.is_none_or(|it| it.sunset - it.since >= Deprecation::SHORTEST);
            assert!(stays, "{} {} goes too soon", route.method, route.path);
        }
    }
}
