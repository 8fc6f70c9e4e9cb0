//! Email addresses and domains, as the email service can reach them.
//!
//! SES takes ASCII only: an international domain is kept in its ASCII form (RFC 3492), and an address with another
//! local part than a plain ASCII one is refused when it is typed, not when the notice cannot be sent.

use email_address::EmailAddress;

use crate::text::{Flaw, code_point, trim};

/// An email address that SES can send to, its domain in lower case and in ASCII.
///
/// # Errors
/// What is wrong with it.
pub fn email(text: &str) -> Result<String, Flaw> {
    let text = trim(text);
    let Some((local, host)) = text.rsplit_once('@') else { return Err(flaw(NO_EMAIL)) };
    if local.starts_with('"') {
        return Err(flaw(
            "has quotes before the @, which the email service does not send to: give another address of the person",
        ));
    }
    if let Some(c) = local.chars().find(|c| !c.is_ascii() && !c.is_whitespace()) {
        return Err(flaw(&format!(
            "has the character {} before the @, and the email service sends to ASCII characters only: give another \
             address of the person",
            code_point(c)
        )));
    }
    let email = format!(
        "{local}@{}",
        domain(host).map_err(|why| if host.is_ascii() { flaw(NO_EMAIL) } else { why })?
    );
    let options =
        email_address::Options::default().without_display_text().without_domain_literal().with_required_tld();
    match EmailAddress::parse_with_options(&email, options) {
        Ok(_) => Ok(email),
        Err(_) => Err(flaw(NO_EMAIL)),
    }
}

/// A domain name, in lower case and in ASCII.
///
/// # Errors
/// What is wrong with it.
pub fn domain(text: &str) -> Result<String, Flaw> {
    let text = trim(text).to_lowercase();
    let labels: Option<Vec<_>> = text.split(['.', '\u{3002}']).map(in_ascii).collect();
    let domain = labels.map(|labels| labels.join("."));
    match domain {
        Some(domain) if domain.len() <= 253 && domain.contains('.') && domain.split('.').all(is_label) => {
            Ok(domain)
        }
        _ if text.is_ascii() => Err(flaw("must be a domain name such as contoso.example")),
        _ => Err(flaw(
            "must be a domain name such as contoso.example, or for an international one its ASCII form, which begins \
             with xn--",
        )),
    }
}

const NO_EMAIL: &str = "must be an email address and nothing else, such as ana@contoso.example";

fn flaw(detail: &str) -> Flaw {
    Flaw { code: "format", detail: detail.to_owned() }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// A label in lower case, in ASCII; `None` if it holds a character whose form would first have to be normalised. The
/// tables for those would be in every function, since the SDK's own reading of addresses would bring them in.
fn in_ascii(label: &str) -> Option<String> {
    if label.is_ascii() {
        return Some(label.to_owned());
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || is_settled(c);
    let encoded = label.chars().all(is_plain).then(|| idna::punycode::encode_str(label)).flatten()?;
    Some(format!("xn--{encoded}"))
}

/// Letters in lower case that every domain registry takes as they are (`PVALID` in RFC 5892) and that have one form
/// only: those of European languages and of Vietnamese, Chinese, Japanese and Korean.
fn is_settled(c: char) -> bool {
    match c {
        '\u{133}' | '\u{140}' | '\u{149}' => false,
        '\u{df}'..='\u{f6}' | '\u{f8}'..='\u{17e}' | '\u{1a1}' | '\u{1b0}' | '\u{219}' | '\u{21b}' => {
            c.is_lowercase()
        }
        '\u{390}' | '\u{3ac}'..='\u{3ce}' | '\u{430}'..='\u{45f}' | '\u{491}' => c.is_lowercase(),
        '\u{1ea1}'..='\u{1ef9}' => c.is_lowercase(),
        '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}' => true,
        '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(read: Result<String, Flaw>, hint: &str) {
        let flaw = read.unwrap_err();
        assert!(flaw.detail.contains(hint), "{flaw:?}");
    }

    #[test]
    fn an_international_domain_is_kept_in_ascii() {
        for (text, ascii) in [
            ("müller.example", "xn--mller-kva.example"),
            ("MÜLLER.Example", "xn--mller-kva.example"),
            ("straße.example", "xn--strae-oqa.example"),
            ("żółw.example", "xn--w-uga1v8h.example"),
            ("españa.example", "xn--espaa-rta.example"),
            ("παράδειγμα.δοκιμή", "xn--hxajbheg2az3al.xn--jxalpdlp"),
            ("пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("테스트.example", "xn--9t4b11yi5a.example"),
            (" contoso.example\u{200b}", "contoso.example"),
            ("xn--mller-kva.example", "xn--mller-kva.example"),
        ] {
            assert_eq!(domain(text).as_deref(), Ok(ascii), "{text}");
            assert_eq!(email(&format!("ana@{text}")), Ok(format!("ana@{ascii}")));
        }
    }

    #[test]
    fn a_domain_whose_form_is_not_settled_is_asked_for_in_ascii() {
        // Composed of two characters; full width; a ligature; from right to left; with vowel signs.
        for text in [
            "mu\u{308}ller.example",
            "ｃontoso.example",
            "o\u{fb03}ce.example",
            "مثال.example",
            "उदाहरण.example",
        ] {
            refused(domain(text), "xn--");
            refused(email(&format!("ana@{text}")), "xn--");
        }
        for text in [
            "",
            "contoso",
            "a..example",
            "-a.example",
            "https://contoso.example",
            &format!("{}.example", "ü".repeat(63)),
        ] {
            refused(domain(text), "domain name");
        }
    }

    #[test]
    fn an_address_that_the_email_service_cannot_send_to_is_refused() {
        refused(email("jürgen@contoso.example"), "U+00FC before the @");
        refused(email("\"ana maria\"@contoso.example"), "quotes before the @");
        refused(email("\"ana\"@contoso.example"), "quotes before the @");
        for text in [
            "",
            "ana",
            "ana@",
            "@contoso.example",
            "ana@contoso",
            "Ana <ana@contoso.example>",
            "a b@c.example",
            "ana@contoso.example, leo@contoso.example",
            "ana@[127.0.0.1]",
            "try..this@docomo.example",
            "abc.@docomo.example",
            "ana@contoso.example\r\nBcc: x@y.example",
            &format!("{}@contoso.example", "a".repeat(65)),
        ] {
            refused(email(text), "must be an email address");
        }
    }

    #[test]
    fn an_address_keeps_its_local_part_and_folds_its_domain() {
        for (text, kept) in [
            ("ANA@CONTOSO.EXAMPLE", "ANA@contoso.example"),
            (" o'brien+poe@contoso.example\u{feff}", "o'brien+poe@contoso.example"),
            ("a@x.photography", "a@x.photography"),
        ] {
            assert_eq!(email(text).as_deref(), Ok(kept));
        }
    }
}
