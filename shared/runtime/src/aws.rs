//! The AWS clients: made once, with one connector, and without the default credential chain (a function has its region
//! and credentials in its environment).
//!
//! The root certificates that they trust are Amazon's own, which sign the endpoints of all services, and are part of
//! the binary: looking for the system's would take a part of every cold start. Where another party stands between, such
//! as a proxy that inspects traffic or another cloud, `AWS_CA_BUNDLE` names the file with the roots to trust instead.

use std::fs;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::{BehaviorVersion, IdentityCache, Region, StalledStreamProtectionConfig};
use aws_smithy_runtime_api::client::http::{SharedHttpClient, SharedHttpConnector, http_client_fn};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::config::{ConfigError, Variables};
use crate::https::{Https, Web, tls};

/// Amazon's root certificates, from <https://www.amazontrust.com/repository/>.
const ROOTS: [&str; 5] = [
    include_str!("../roots/amazon-root-ca-1.pem"),
    include_str!("../roots/amazon-root-ca-2.pem"),
    include_str!("../roots/amazon-root-ca-3.pem"),
    include_str!("../roots/amazon-root-ca-4.pem"),
    include_str!("../roots/starfield-services-root-g2.pem"),
];

/// What all clients share: connector, region, credentials and, on the local stack, the endpoint.
#[derive(Debug, Clone)]
pub struct Aws {
    config: SdkConfig,
    credentials: Credentials,
    is_local: bool,
}

impl Aws {
    /// Prepares the clients from `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` and, where
    /// they are set, `AWS_CA_BUNDLE` and, on the local stack, `AWS_ENDPOINT_URL`.
    ///
    /// # Errors
    /// The variable that is missing or malformed.
    pub fn new(variables: &Variables) -> Result<Self, ConfigError> {
        let credentials = Credentials::new(
            variables.required("AWS_ACCESS_KEY_ID")?,
            variables.required("AWS_SECRET_ACCESS_KEY")?,
            variables.optional("AWS_SESSION_TOKEN").map(str::to_owned),
            None,
            "environment",
        );
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(3)).build();
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(variables.required("AWS_REGION")?.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials.clone()))
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .timeout_config(timeouts)
            // Answers are small and every attempt is timed: nothing streams for so long that it could stall. And
            // credentials from the environment need no cache.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .identity_cache(IdentityCache::no_cache())
            .http_client(http_client(variables)?);
        let endpoint = variables.optional("AWS_ENDPOINT_URL");
        let config = match endpoint {
            Some(endpoint) => config.endpoint_url(endpoint),
            None => config,
        };
        Ok(Self { config: config.build(), credentials, is_local: endpoint.is_some() })
    }

    /// A client for the table.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config)
    }

    /// The configuration that other clients are made from.
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// The function's credentials, for what is signed without a client.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Where a bucket is: its origin, and what the addresses of its objects begin with. On AWS its name is in the host
    /// name, on the local stack in the path.
    pub fn bucket(&self, name: &str) -> (String, String) {
        let region = self.config.region().map(Region::to_string).unwrap_or_default();
        match self.config.endpoint_url() {
            Some(local) => (local.to_owned(), format!("{local}/{name}")),
            None => {
                // China's partition has a domain of its own.
                let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
                let host = format!("https://{name}.s3.{region}.{domain}");
                (host.clone(), host)
            }
        }
    }

    /// Whether this is the local stack.
    pub fn is_local(&self) -> bool {
        self.is_local
    }
}

/// One connector for all clients. (By default each client makes one more, to load the roots, and throws it away.)
fn http_client(variables: &Variables) -> Result<SharedHttpClient, ConfigError> {
    let https = Https::trusting(trusted(variables)?).map_err(|error| malformed(error.to_string()))?;
    let connector = SharedHttpConnector::new(https);
    Ok(http_client_fn(move |_, _| connector.clone()))
}

/// A client for servers that are not AWS.
///
/// # Errors
/// When `AWS_CA_BUNDLE` cannot be used.
pub fn web(variables: &Variables) -> Result<Web, ConfigError> {
    Web::trusting(of_the_web(variables)?).map_err(|error| malformed(error.to_string()))
}

/// TLS to servers that are not AWS, for who connects to them by other means than [`web`].
///
/// # Errors
/// When `AWS_CA_BUNDLE` cannot be used.
pub fn web_tls(variables: &Variables) -> Result<ClientConfig, ConfigError> {
    tls(of_the_web(variables)?).map_err(|error| malformed(error.to_string()))
}

/// The usual authorities, and those of `AWS_CA_BUNDLE`.
fn of_the_web(variables: &Variables) -> Result<RootCertStore, ConfigError> {
    let mut roots = trusted(variables)?;
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    Ok(roots)
}

/// The trusted root certificates: those of `AWS_CA_BUNDLE`, or Amazon's.
fn trusted(variables: &Variables) -> Result<RootCertStore, ConfigError> {
    let mut roots = RootCertStore::empty();
    let Some(bundle) = variables.optional("AWS_CA_BUNDLE") else {
        for root in ROOTS {
            add(&mut roots, root).map_err(malformed)?;
        }
        return Ok(roots);
    };
    let text = fs::read_to_string(bundle).map_err(|error| malformed(format!("{bundle}: {error}")))?;
    add(&mut roots, &text).map_err(|error| malformed(format!("{bundle}: {error}")))?;
    match roots.is_empty() {
        true => Err(malformed(format!("{bundle} holds no certificate in PEM form"))),
        false => Ok(roots),
    }
}

fn add(roots: &mut RootCertStore, bundle: &str) -> Result<(), String> {
    for certificate in CertificateDer::pem_slice_iter(bundle.as_bytes()) {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn malformed(why: String) -> ConfigError {
    ConfigError::Malformed { name: "AWS_CA_BUNDLE", why }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aws(bundle: &str) -> Result<Aws, ConfigError> {
        let variables = [
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_CA_BUNDLE", bundle),
        ];
        Aws::new(&variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect())
    }

    #[test]
    fn amazons_roots_are_trusted_unless_a_bundle_is_named() {
        assert!(aws("").is_ok());
        let bundle = concat!(env!("CARGO_MANIFEST_DIR"), "/roots/amazon-root-ca-1.pem");
        assert!(aws(bundle).is_ok());
    }

    #[test]
    fn a_bundle_that_cannot_be_used_is_named() {
        for bundle in ["/nowhere/bundle.pem", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")] {
            let error = aws(bundle).unwrap_err().to_string();
            assert!(error.starts_with("AWS_CA_BUNDLE: ") && error.contains(bundle), "{error}");
        }
    }
}
