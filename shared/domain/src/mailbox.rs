//! Whose an email address is, as far as its domain tells (D16).

use crate::claim::Customer;

/// Domains in or below which anybody can have a mailbox: an address there says nothing about an organisation. They are the
/// largest providers of the program's languages and regions, and the one below which every tenant has a name of its own.
/// An address with a provider that is missing here has the mark as well, unless somebody claims its domain.
const PUBLIC: [&str; 72] = [
    "163.com",
    "126.com",
    "aliyun.com",
    "aol.com",
    "att.net",
    "bigpond.com",
    "bluewin.ch",
    "btinternet.com",
    "comcast.net",
    "daum.net",
    "docomo.ne.jp",
    "ezweb.ne.jp",
    "fastmail.com",
    "free.fr",
    "freenet.de",
    "freemail.hu",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hanmail.net",
    "hey.com",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.es",
    "hotmail.fr",
    "icloud.com",
    "interia.pl",
    "laposte.net",
    "libero.it",
    "live.com",
    "live.fr",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "o2.pl",
    "onet.pl",
    "onmicrosoft.com",
    "op.pl",
    "orange.fr",
    "outlook.com",
    "outlook.de",
    "outlook.es",
    "outlook.fr",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rediffmail.com",
    "rogers.com",
    "seznam.cz",
    "sfr.fr",
    "t-online.de",
    "telefonica.net",
    "terra.es",
    "tutanota.com",
    "ukr.net",
    "verizon.net",
    "wanadoo.fr",
    "web.de",
    "wp.pl",
    "yahoo.co.jp",
    "yahoo.com",
    "yandex.ru",
    "zoho.com",
];

/// Whose an address is, seen from a customer whose contact is to be reached at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// It lies in the customer's domain or in one of its mail domains.
    Customers,
    /// It lies where the contact's did whom the reviewer approved, and not with a public provider.
    ApprovedContacts,
    /// Nothing tells that it is the customer's.
    Anybodys,
}

/// Whether anybody can have a mailbox in this domain.
pub fn is_public(domain: &str) -> bool {
    PUBLIC.contains(&domain)
}

impl<C> Customer<C> {
    /// Its domain and its mail domains.
    pub fn domains(&self) -> Vec<&str> {
        std::iter::once(&self.domain).chain(&self.mail_domains).map(String::as_str).collect()
    }

    /// Whose an address is (D16); `approved` is that of the contact whom the reviewer approved, if it is known.
    pub fn whose(&self, email: &str, approved: Option<&str>) -> Whose {
        let host = host(email);
        if self.domains().into_iter().any(|domain| lies_in(host, domain)) {
            Whose::Customers
        } else if approved.is_some_and(|approved| lies_in(host, self::host(approved))) {
            Whose::ApprovedContacts
        } else {
            Whose::Anybodys
        }
    }
}

/// Whether a host is an organisation's domain, or below it. A public provider's is nobody's.
fn lies_in(host: &str, domain: &str) -> bool {
    !is_public(domain)
        && host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// The domain of an address that was read, so that it is in lower case.
fn host(email: &str) -> &str {
    email.rsplit_once('@').map_or("", |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(email: &str, approved: Option<&str>, whose: Whose) {
        let customer = Customer {
            tenant_id: "11111111-2222-3333-4444-555555555555".parse().unwrap(),
            domain: "contoso.onmicrosoft.example".to_owned(),
            mail_domains: vec!["contoso.example".to_owned()],
            name: "Contoso".to_owned(),
            contact: (),
        };
        assert_eq!(customer.whose(email, approved), whose, "{email}, {approved:?}");
    }

    #[test]
    fn an_address_is_the_customers_by_its_domains_and_what_lies_below_them() {
        crate::proves!(D16);
        check("ana@contoso.onmicrosoft.example", None, Whose::Customers);
        check("ana@contoso.example", None, Whose::Customers);
        check("ana@mail.contoso.example", None, Whose::Customers);
        for other in
            ["ana@example", "ana@notcontoso.example", "ana@contoso.example.org", "ana@onmicrosoft.example"]
        {
            check(other, None, Whose::Anybodys);
        }
    }

    #[test]
    fn an_approved_contacts_domain_counts_unless_anybody_can_have_a_mailbox_there() {
        crate::proves!(D16);
        check("leo@contoso-it.example", Some("cleo@contoso-it.example"), Whose::ApprovedContacts);
        check("leo@contoso-it.example", Some("cleo@adatum.example"), Whose::Anybodys);
        check("mallory@gmail.com", Some("cleo@gmail.com"), Whose::Anybodys);
        check("cleo@gmail.com", None, Whose::Anybodys);
        check("x@evil.onmicrosoft.com", Some("cleo@onmicrosoft.com"), Whose::Anybodys);
        check("leo@adatum.onmicrosoft.com", Some("cleo@adatum.onmicrosoft.com"), Whose::ApprovedContacts);
    }

    #[test]
    fn public_providers_are_domains_as_they_are_stored() {
        for domain in PUBLIC {
            assert_eq!(crate::address::domain(domain).as_deref(), Ok(domain));
        }
    }
}
