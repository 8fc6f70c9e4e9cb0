//! Hashes, for what the table must recognise but not keep.

use claim_domain::ids::Sha256;
use sha2::Digest;

/// The SHA-256 of these bytes.
pub fn sha256(bytes: &[u8]) -> Sha256 {
    let digest: [u8; 32] = sha2::Sha256::digest(bytes).into();
    Sha256::of(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_standard() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256(b"").as_str(), empty);
    }
}
