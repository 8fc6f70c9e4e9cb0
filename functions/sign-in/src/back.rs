//! Where somebody goes back to after signing in: to one of our own pages, and nowhere else.

use claim_http::registry::route;

/// The page that an address leads to, if it is one of ours that can be shown; otherwise one's first page.
pub(crate) fn page(address: &str) -> String {
    if leads_to_us("GET", address) { address.to_owned() } else { "/".to_owned() }
}

/// Whether a form can be sent again to where an address leads.
pub(crate) fn takes_forms(address: &str) -> bool {
    leads_to_us("POST", address)
}

/// Whether an address is that of a page, and not of one about signing in itself. What browsers take for another host, such
/// as two slashes, is no path of the registry.
fn leads_to_us(method: &str, address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let is_plain = address.len() <= 2_000 && address.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let is_ours =
        route(method, path).is_some_and(|route| route.is_page() && route.function != env!("CARGO_PKG_NAME"));
    is_plain && is_ours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_back_to_pages_of_ours_and_nowhere_else() {
        let ours = ["/claims", "/claims/01KJS0000000000000000000A1/withdraw?x=1", "/review?tab=mine#top"];
        for address in ours {
            assert_eq!(page(address), address);
        }
        let foreign = [
            "",
            "/",
            "https://evil.example/claims",
            "//evil.example/claims",
            "/\\evil.example",
            "\\/evil.example",
            "/claims\r\nset-cookie: a=b",
            "/claims/../../x/y/z",
            "/v1/claims",
            "/sign-in",
            "/sign-in/renew",
            "javascript:alert(1)",
            "claims",
            "/nothing-of-ours",
            "/claims/\u{e9}",
        ];
        for address in foreign {
            assert_eq!(page(address), "/", "{address:?}");
        }
        assert_eq!(page(&format!("/claims?{}", "x".repeat(2_000))), "/");
        assert!(takes_forms("/drafts") && takes_forms("/claims/01KJS0000000000000000000A1/withdraw"));
        assert!(
            !takes_forms("/claims") && !takes_forms("/sign-out") && !takes_forms("//evil.example/drafts")
        );
    }
}
