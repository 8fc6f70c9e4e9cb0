use serde_json::json;

use super::*;
use crate::event::Change;

fn parsed(text: &str) -> Result<String, &'static str> {
    WebhookUrl::parse(text, Reach::Public).map(|url| url.0).map_err(|flaw| flaw.code)
}

#[test]
fn nothing_is_sent_to_an_address_that_is_not_public() {
    crate::proves!(D24);
    for address in [
        // This host, private, shared by a carrier.
        "0.0.0.0",
        "127.0.0.1",
        "127.255.255.255",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "100.127.255.255",
        // Link-local, with the metadata of machines and functions.
        "169.254.169.254",
        "169.254.170.2",
        // Assigned to protocols, documentation, benchmarks, multicast, reserved, broadcast.
        "192.0.0.170",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        // The same of IPv6.
        "::",
        "::1",
        "fe80::1",
        "fd00:ec2::254",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "3fff::1",
        "100::1",
        "5f00::1",
        // IPv4 within IPv6: mapped, compatible, NAT64, local NAT64, 6to4, Teredo.
        "::ffff:169.254.169.254",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "2001:0:a9fe:a9fe::1",
    ] {
        let parsed: IpAddr = address.parse().unwrap();
        assert!(!Reach::Public.allows(parsed), "{address}");
        let is_this_machine = parsed.to_canonical().is_loopback();
        assert_eq!(Reach::ThisMachineToo.allows(parsed), is_this_machine, "{address}");
    }
    for address in ["1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1", "198.20.0.1"]
    {
        assert!(Reach::Public.allows(address.parse().unwrap()), "{address}");
    }
    for address in ["2606:4700:4700::1111", "2a00:1450:4001:80b::200e", "2001:4860:4860::8888"] {
        assert!(Reach::Public.allows(address.parse().unwrap()), "{address}");
    }
}

#[test]
fn a_webhook_is_at_an_https_address_of_a_public_server() {
    crate::proves!(D24);
    for (text, expected) in [
        ("https://hooks.contoso.example/claims", Ok("https://hooks.contoso.example/claims")),
        (" HTTPS://Hooks.Contoso.Example:443?key=a%20b ", Ok("https://hooks.contoso.example/?key=a%20b")),
        ("https://1.1.1.1", Ok("https://1.1.1.1/")),
        ("https://[2606:4700::1111]/x", Ok("https://[2606:4700::1111]/x")),
        ("http://hooks.contoso.example/", Err("scheme")),
        ("ftp://hooks.contoso.example/", Err("scheme")),
        ("hooks.contoso.example", Err("format")),
        ("https://hooks.contoso.example:8443/", Err("port")),
        ("https://hooks.contoso.example:x/", Err("format")),
        ("https://ana:secret@hooks.contoso.example/", Err("user")),
        ("https://hooks.contoso.example/#part", Err("format")),
        ("https://hooks.contoso.example\\@evil.example/", Err("user")),
        ("https://hooks.contoso.example/a b", Err("format")),
        ("https://hooks.contoso.example/ü", Err("format")),
        ("https://localhost/", Err("format")),
        ("https://127.0.0.1/", Err("private")),
        ("https://169.254.169.254/latest/meta-data", Err("private")),
        ("https://[::ffff:10.0.0.1]/", Err("private")),
        ("https://[fe80::1]/", Err("private")),
        ("https://2130706433/", Err("format")),
        ("https://127.1/", Err("format")),
        ("https://0x7f.0x1/", Err("format")),
        ("", Err("format")),
    ] {
        assert_eq!(parsed(text).as_deref().map_err(|code| *code), expected, "{text}");
    }
    assert_eq!(parsed(&format!("https://a.example/{}", "a".repeat(MAX_URL))), Err("length"));
}

#[test]
fn plain_http_reaches_this_machine_alone_where_that_is_configured() {
    crate::proves!(D24);
    let local = |text: &str| WebhookUrl::parse(text, Reach::ThisMachineToo).map(|url| url.0).ok();
    assert_eq!(local("http://127.0.0.1:8080/a").as_deref(), Some("http://127.0.0.1:8080/a"));
    for other in ["http://10.0.0.1/", "http://contoso.example/", "https://10.0.0.1/", "http://localhost/"] {
        assert_eq!(local(other), None, "{other}");
    }
    assert_eq!(parsed("http://127.0.0.1:8080/a"), Err("scheme"));
}

#[test]
fn an_address_is_taken_apart_as_it_was_written() {
    let parts = |text: &str, reach| WebhookUrl::parse(text, reach).unwrap();
    let url = parts("https://hooks.contoso.example?a=b/c", Reach::Public);
    let expected = Parts {
        is_secure: true,
        authority: "hooks.contoso.example",
        host: "hooks.contoso.example",
        port: 443,
        target: "/?a=b/c",
    };
    assert_eq!(url.parts(), expected);
    let url = parts("http://[::1]:99/a", Reach::ThisMachineToo);
    let Parts { is_secure, authority, host, port, target } = url.parts();
    assert_eq!((is_secure, authority, host, port, target), (false, "[::1]:99", "::1", 99, "/a"));
}

#[test]
fn every_kind_of_change_that_a_partner_may_see_can_be_asked_for() {
    crate::proves!(D24);
    let unknown = serde_json::from_value::<Change>(json!({ "type": "?" })).unwrap_err().to_string();
    let mut known: Vec<&str> = unknown.split('`').skip(1).step_by(2).filter(|kind| *kind != "?").collect();
    known.retain(|kind| *kind != "noted");
    known.sort_unstable();
    assert_eq!(known, KINDS);
}

#[test]
fn a_registration_names_every_bad_field() {
    let faults = |body: Value| {
        let refusal = parse_webhook(&body, Reach::Public).unwrap_err();
        refusal.errors.iter().map(|error| format!("{} {}", error.place(), error.code)).collect::<Vec<_>>()
    };
    assert_eq!(faults(json!({})), ["/url required"]);
    let bad =
        json!({ "url": "https://10.0.0.1", "description": "a\nb", "events": ["noted"], "secret": "mine" });
    assert_eq!(faults(bad), ["/url private", "/description character", "/events/0 value", "/secret unknown"]);
    let good = json!({ "url": "https://a.example", "description": " ", "events": ["approved", "rejected"] });
    let read = parse_webhook(&good, Reach::Public).unwrap();
    assert_eq!((read.url.as_str(), read.description), ("https://a.example/", None));
    assert_eq!(read.events, ["approved", "rejected"]);
    assert_eq!(parse_replay(&json!({ "after": 41 })), Ok(41));
    assert!(parse_replay(&json!({ "after": -1 })).is_err() && parse_replay(&json!({})).is_err());
}

fn webhook() -> Webhook {
    Webhook {
        id: "01J0000000000000000000000A".parse().unwrap(),
        url: WebhookUrl::parse("https://a.example", Reach::Public).unwrap(),
        description: None,
        events: vec!["approved".to_owned()],
        secret: Secret("first".to_owned()),
        replaced: None,
        made_by: None,
        contact: None,
        told: None,
        created_at: "2026-03-02T09:00:00Z".parse().unwrap(),
        gone_at: None,
        failing_since: None,
        taken_at: None,
        parked_from: None,
        parkings: 0,
    }
}

#[test]
fn a_replaced_secret_signs_beside_the_new_one_for_a_day() {
    crate::proves!(D24);
    let mut webhook = webhook();
    let now: Instant = "2026-03-02T09:00:00Z".parse().unwrap();
    webhook.rotate(Secret("second".to_owned()), now);
    let signing = |at| webhook.secrets(at).map(|secret| secret.0.as_str()).collect::<Vec<_>>();
    assert_eq!(signing(now), ["second", "first"]);
    let day = TimeDelta::hours(24);
    assert_eq!(signing(now + day - TimeDelta::seconds(1)), ["second", "first"]);
    assert_eq!(signing(now + day), ["second"]);
    assert!(!format!("{webhook:?}").contains("second"), "a secret is not shown for debugging");
}

#[test]
fn a_secret_replaces_another_once_however_often_it_is_written() {
    crate::proves!(D24);
    let mut webhook = webhook();
    let now: Instant = "2026-03-02T09:00:00Z".parse().unwrap();
    webhook.rotate(Secret("second".to_owned()), now);
    webhook.rotate(Secret("second".to_owned()), now);
    let signing: Vec<_> = webhook.secrets(now).map(|secret| secret.0.as_str()).collect();
    assert_eq!(signing, ["second", "first"], "the receiver knows only the first");
}

#[test]
fn what_is_parked_while_a_replay_goes_on_stays_shown() {
    crate::proves!(D24);
    let mut webhook = webhook();
    let at: Instant = "2026-03-02T09:00:00Z".parse().unwrap();
    webhook.failed(7, true, at);
    let read = webhook.clone();
    // The seventh was sent again, and has failed again before the replay is noted.
    webhook.failed(7, true, at);
    webhook.replayed(&read, 0, 40, false);
    assert_eq!(webhook.parked_from, Some(7));
}

#[test]
fn a_webhook_shows_since_when_it_fails_and_from_where_on_to_replay() {
    crate::proves!(D24);
    let mut webhook = webhook();
    assert!(webhook.wants("approved") && !webhook.wants("rejected"));
    let first: Instant = "2026-03-02T09:00:00Z".parse().unwrap();
    webhook.failed(8, false, first);
    webhook.failed(8, true, first + OVERLAP);
    webhook.failed(7, true, first + OVERLAP);
    assert_eq!((webhook.failing_since, webhook.parked_from), (Some(first), Some(7)));
    webhook.succeeded(first + OVERLAP);
    assert_eq!((webhook.failing_since, webhook.parked_from), (None, Some(7)), "parked ones stay so");
    webhook.replayed(&webhook.clone(), 7, 40, false);
    assert_eq!(webhook.parked_from, Some(7), "the seventh was not sent again");
    webhook.replayed(&webhook.clone(), 0, 40, true);
    assert_eq!(webhook.parked_from, Some(41), "a replay goes on after the fortieth");
    webhook.replayed(&webhook.clone(), 40, 50, false);
    assert_eq!(webhook.parked_from, None);
    webhook.gone_at = Some(first);
    assert!(!webhook.wants("approved"));
}

#[test]
fn a_failure_that_is_older_than_a_success_does_not_count() {
    crate::proves!(D24);
    let at = |seconds| "2026-03-02T09:00:00Z".parse::<Instant>().unwrap() + TimeDelta::seconds(seconds);
    let mut webhook = webhook();
    webhook.succeeded(at(3));
    webhook.failed(8, true, at(1));
    assert_eq!((webhook.failing_since, webhook.parked_from), (None, Some(8)), "it is parked all the same");
    // What is taken is not noted at each delivery, so that most of them write nothing.
    let noted = webhook.clone();
    webhook.succeeded(at(50));
    assert_eq!(webhook, noted);
    webhook.failed(9, false, at(49));
    assert_eq!(webhook.failing_since, None);
    webhook.succeeded(at(70));
    assert_eq!(webhook.taken_at, Some(at(70)));
    webhook.failed(9, false, at(200));
    webhook.succeeded(at(199));
    assert_eq!(webhook.failing_since, Some(at(200)), "a success that is older does not count either");
    webhook.succeeded(at(201));
    assert_eq!((webhook.failing_since, webhook.taken_at), (None, Some(at(201))));
    webhook.succeeded(at(100));
    assert_eq!(webhook.taken_at, Some(at(201)), "the last one stays the last one");
}

#[test]
fn somebody_is_told_once_that_changes_were_parked_until_it_works_again() {
    crate::proves!(D24);
    let at = |minutes| "2026-03-02T09:00:00Z".parse::<Instant>().unwrap() + TimeDelta::minutes(minutes);
    let nadia = Some("nadia@contoso.example".to_owned());
    let mut nobody = webhook();
    assert_eq!(nobody.tells(at(0)), None, "whose address nobody has verified is told nothing");
    let mut webhook = Webhook { contact: nadia.clone(), ..nobody };
    assert_eq!((webhook.tells(at(0)), webhook.tells(at(0))), (nadia.clone(), None), "two at the same time");
    assert_eq!(webhook.tells(at(1)), nadia, "whoever began it was cut off");
    webhook.has_told();
    assert_eq!(webhook.tells(at(60 * 24 * 9)), None, "it has failed ever since");
    webhook.succeeded(at(5));
    assert_eq!(webhook.tells(at(60 * 24)), None, "once a day at most");
    assert_eq!(webhook.tells(at(60 * 24 + 1)), nadia);
}
