//! What a browser needs of the API, with a page of another site.

use e2e::{ClaimDriver, Failed};
use local_stack::WEB_ORIGIN;

use crate::fixtures::{Case, case, draft, holds, same, status};

pub(crate) fn cases() -> Vec<Case> {
    vec![case("a_page_of_the_configured_origin_may_call_the_api_and_no_other", cors)]
}

fn cors(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("A page of ours", &["Teams"]))?;
    let stack = &claim.environment.stack;
    let preflight = |origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "PATCH"),
            ("access-control-request-headers", "authorization,if-match,idempotency-key"),
        ];
        stack.send("OPTIONS", &claim.path(""), &headers, None)
    };
    let allowed = preflight(WEB_ORIGIN)?;
    status(&allowed, 204, "the question of a page of ours, without a token")?;
    same(allowed.header("access-control-allow-origin"), Some(WEB_ORIGIN), "who may call")?;
    let named = |name: &str| allowed.header(name).unwrap_or_default().to_lowercase();
    for header in ["authorization", "if-match", "idempotency-key"] {
        holds(named("access-control-allow-headers").contains(header), &format!("{header} may be sent"))?;
    }
    holds(named("access-control-allow-methods").contains("patch"), "PATCH may be sent")?;
    let foreign = preflight("https://evil.example")?;
    same(foreign.header("access-control-allow-origin"), None, "another site's page")?;
    let read = claim.call("nadia", "GET", &claim.path(""), &[("origin", WEB_ORIGIN)], None)?;
    status(&read, 200, "a read from a page of ours")?;
    let exposed = read.header("access-control-expose-headers").unwrap_or_default().to_lowercase();
    holds(exposed.contains("etag"), "the page can read the ETag")
}
