use claim_domain::people::Actor;
use claim_runtime::Aws;
use proptest::prelude::*;

use super::*;
use crate::DocumentBucket;

fn files() -> Files {
    let variables =
        [("AWS_REGION", "eu-central-1"), ("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "secret")];
    let variables: Variables =
        variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Files::new(Arc::new(DocumentBucket::new(&Aws::new(&variables).unwrap(), "evidence")))
}

fn claim() -> ClaimId {
    "01J0000000000000000000000A".parse().unwrap()
}

fn document() -> Evidence {
    Evidence {
        id: "01J0000000000000000000000E".parse().unwrap(),
        file_name: "Umowa z klientem – żółć.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        size: 1234,
        sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".parse().unwrap(),
        requested_at: "2026-03-02T09:00:00Z".parse().unwrap(),
        uploaded_by: Actor::system(),
        uploaded_at: None,
        staged: false,
        scanned: false,
        verdict: None,
    }
}

#[tokio::test]
async fn an_upload_signs_length_type_checksum_and_that_nothing_is_there() {
    let upload = files().upload(&claim(), &document(), UPLOAD_WITHIN).await.unwrap();
    let sent = |name: &str| upload.headers.get(name).map(String::as_str);
    assert_eq!(sent("content-length"), Some("1234"));
    assert_eq!(sent("content-type"), Some("application/pdf"));
    assert_eq!(sent("x-amz-checksum-sha256"), Some("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="));
    assert_eq!(sent("if-none-match"), Some("*"));
    let signed = upload.url.split("X-Amz-SignedHeaders=").nth(1).unwrap().split('&').next().unwrap();
    for name in upload.headers.keys() {
        assert!(signed.split("%3B").any(|one| one == name), "{name} is not among {signed}");
    }
    assert!(upload.url.contains("/claims/01J0000000000000000000000A/01J0000000000000000000000E?"));
    assert!(upload.url.contains("X-Amz-Expires=900"), "it is good for 15 minutes: {}", upload.url);
}

#[tokio::test]
async fn a_download_is_an_attachment_of_five_minutes() {
    let url = files().download(&claim(), &document(), DOWNLOAD_WITHIN).await.unwrap();
    assert!(url.contains("X-Amz-Expires=300"), "it is good for 5 minutes: {url}");
    assert!(url.contains("response-cache-control=private%2C%20no-store"));
    assert!(url.contains("response-content-disposition=attachment"));
    assert!(url.contains("response-content-type=application%2Fpdf"));
}

#[test]
fn scanning_is_off_or_by_guardduty_and_nothing_else() {
    claim_domain::proves!(D3);
    let configured = |scanning: Option<&str>| {
        let pairs = [("EVIDENCE_SCANNING", scanning)];
        let given = pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
        Files::configured(files().store, &given.collect()).map(|files| files.scanned)
    };
    assert_eq!(configured(None), Ok(false));
    assert_eq!(configured(Some("off")), Ok(false));
    assert_eq!(configured(Some("guardduty")), Ok(true));
    for malformed in ["", "on", "GuardDuty"] {
        let error = configured(Some(malformed)).unwrap_err();
        assert!(error.to_string().starts_with("EVIDENCE_SCANNING"), "{error}");
    }
}

#[test]
fn a_name_is_given_in_full_and_in_a_plain_form() {
    assert_eq!(attachment("a b.pdf"), "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf");
    assert_eq!(
        attachment("ż\"; x=\\.pdf"),
        "attachment; filename=\"___ x__.pdf\"; filename*=UTF-8''%C5%BC%22%3B%20x%3D%5C.pdf"
    );
}

#[test]
fn checksums_are_written_in_two_ways() {
    assert_eq!(checksum(&STANDARD.encode(document().sha256.digest())), Some(document().sha256));
    assert_eq!(checksum("not base64-3"), None);
}

proptest! {
    #[test]
    fn no_name_breaks_out_of_the_header(name in "\\PC{0,40}") {
        let disposition = attachment(&name);
        prop_assert!(disposition.is_ascii() && !disposition.chars().any(char::is_control));
        prop_assert_eq!(disposition.matches('"').count(), 2);
    }
}
