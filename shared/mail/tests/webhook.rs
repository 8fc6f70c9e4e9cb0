//! The email that says that changes were parked on their way to a webhook (D24).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use claim_mail::{ParkedChanges, render_parked};

#[test]
fn a_webhooks_contact_is_told_what_was_parked_and_how_to_go_on() {
    claim_domain::proves!(D24);
    let mail = render_parked(&ParkedChanges {
        partner: &"contoso".parse().unwrap(),
        webhook: &"01J0000000000000000000000A".parse().unwrap(),
        host: "hooks.contoso.example",
        from: 42,
        url: "https://claims.example/webhooks/01J0000000000000000000000A",
    })
    .unwrap();
    assert_eq!(mail.subject, "Changes were not delivered to your webhook at hooks.contoso.example");
    assert!(mail.text.starts_with("Hello,\n"), "{}", mail.text);
    for said in [
        "contoso",
        "hooks.contoso.example",
        "change 42 on",
        "https://claims.example/webhooks/01J0000000000000000000000A",
        "about webhook 01J0000000000000000000000A",
    ] {
        assert!(mail.text.contains(said), "the text does not say {said}: {}", mail.text);
        let html = mail.html.replace("&#x2f;", "/");
        assert!(html.contains(said), "the HTML does not say {said}: {html}");
    }
    // Nothing that counts who opens an email may be put into its links.
    assert_eq!(mail.html.matches("<a ").count(), mail.html.matches("<a ses:no-track ").count());
}
