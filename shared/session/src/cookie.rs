//! Secrets in cookies: 256 random bits each, of which only the hash is stored.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claim_command::Host;
use claim_domain::ids::Sha256;
use claim_store::sha256;

/// 256 random bits that nobody can guess.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A fresh one.
    ///
    /// # Errors
    /// When the machine has no randomness to give.
    pub fn fresh(host: &dyn Host) -> std::io::Result<Self> {
        Ok(Self(URL_SAFE_NO_PAD.encode(host.secret()?)))
    }

    /// Its text, which goes to the browser and nowhere else.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub fn hash(&self) -> Sha256 {
        sha256(self.0.as_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a secret")
    }
}

/// A text that is no secret of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a secret of 256 bits")]
pub struct NotASecret;

impl FromStr for Secret {
    type Err = NotASecret;

    fn from_str(text: &str) -> Result<Self, NotASecret> {
        let bits = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotASecret)?;
        if bits.len() == 32 { Ok(Self(text.to_owned())) } else { Err(NotASecret) }
    }
}

/// The secret in the cookie of this name, if a request's `Cookie` headers have one.
pub fn cookie_of<'h>(headers: impl IntoIterator<Item = &'h str>, name: &str) -> Option<Secret> {
    let mut pairs = headers.into_iter().flat_map(|header| header.split(';'));
    pairs.find_map(|pair| {
        let (known, value) = pair.trim().split_once('=')?;
        if known == name { value.parse().ok() } else { None }
    })
}

/// The `Set-Cookie` of a secret: for this host alone, over TLS alone, unseen by scripts, not sent along when another site
/// sends a form; until the browser is closed.
pub fn new_cookie(name: &str, secret: &Secret) -> String {
    format!("{name}={}; Path=/; Secure; HttpOnly; SameSite=Lax", secret.reveal())
}

/// The `Set-Cookie` that takes a cookie away.
pub fn expired_cookie(name: &str) -> String {
    format!("{name}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn a_secret_has_256_bits_and_is_never_shown() {
        assert_eq!(TEXT.parse::<Secret>().unwrap().reveal(), TEXT);
        for short in ["", "AAAA", &TEXT[1..], "not base64 at all, and of another length"] {
            assert!(short.parse::<Secret>().is_err(), "{short}");
        }
        assert_eq!(format!("{:?}", TEXT.parse::<Secret>().unwrap()), "a secret");
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let header = format!("theme=dark; __Host-session={TEXT}; other=1");
        assert_eq!(cookie_of([header.as_str()], "__Host-session").unwrap().reveal(), TEXT);
        assert_eq!(cookie_of(["a=1", header.as_str()], "__Host-session").unwrap().reveal(), TEXT);
        assert!(cookie_of([header.as_str()], "session").is_none());
        assert!(cookie_of(["__Host-session=forged"], "__Host-session").is_none());
    }

    #[test]
    fn a_cookie_stays_on_this_host_and_away_from_scripts() {
        let set = new_cookie("__Host-session", &TEXT.parse().unwrap());
        for part in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
            assert!(set.contains(part), "{part}");
        }
        assert!(!set.contains("Domain"), "the prefix __Host- forbids it");
        assert!(expired_cookie("__Host-session").ends_with("Max-Age=0"));
    }
}
