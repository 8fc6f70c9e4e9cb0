//! A certificate chain like that of AWS: an RSA-2048 leaf, an intermediate, and a root that only the bench's
//! functions trust. The keys are made for one run and not stored.

use std::process::{Command, Stdio};
use std::sync::Arc;

use bench_inside::Failure;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// The chain, ready to be served, and its root.
pub(crate) struct Chain {
    /// The server's side, TLS 1.3 only.
    pub(crate) server: Arc<ServerConfig>,
    /// The root, as PEM.
    pub(crate) root: String,
}

impl Chain {
    /// Makes a chain for `localhost`.
    pub(crate) fn new() -> Result<Self, Failure> {
        let (root_key, root) = (key()?, authority("Root"));
        let root_certificate = root.self_signed(&root_key)?;
        let root = Issuer::new(root, root_key);
        let (middle_key, middle) = (key()?, authority("RSA 2048 M01"));
        let middle_certificate = middle.signed_by(&middle_key, &root)?;
        let middle = Issuer::new(middle, middle_key);
        let leaf_key = key()?;
        let leaf = leaf()?.signed_by(&leaf_key, &middle)?;
        let chain = [&leaf, &middle_certificate].map(|certificate: &Certificate| certificate.der().clone());
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
        let server = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_no_client_auth()
            .with_single_cert(chain.to_vec(), key)?;
        Ok(Self { server: Arc::new(server), root: root_certificate.pem() })
    }
}

/// An RSA key, made by OpenSSL, because the product's own TLS stack cannot make one.
fn key() -> Result<KeyPair, Failure> {
    let words = ["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
    let made = Command::new("openssl").args(words).stderr(Stdio::inherit()).output();
    let made = made.map_err(|error| {
        format!("cannot start openssl, which makes the keys: {error}\nnext: install OpenSSL")
    })?;
    if !made.status.success() {
        return Err("openssl made no key, see above".into());
    }
    Ok(KeyPair::from_pem_and_sign_algo(&String::from_utf8(made.stdout)?, &PKCS_RSA_SHA256)?)
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, format!("Bench {name}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params
}

fn leaf() -> Result<CertificateParams, Failure> {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}
