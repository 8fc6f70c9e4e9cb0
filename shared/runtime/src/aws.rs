//! The AWS clients: made once, over one connector, without the default credential chain (a function has its region and
//! credentials in its environment).

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;

use crate::config::{ConfigError, Variables};

/// What all clients share: connector, region, credentials and, on the local stack, the endpoint.
#[derive(Debug, Clone)]
pub struct Aws {
    config: SdkConfig,
    #[cfg_attr(not(feature = "s3"), expect(dead_code, reason = "only S3 has another address form"))]
    is_local: bool,
}

impl Aws {
    /// Prepares the clients from `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` and,
    /// on the local stack, `AWS_ENDPOINT_URL`.
    ///
    /// # Errors
    /// The variable that is missing.
    pub fn new(variables: &Variables) -> Result<Self, ConfigError> {
        let credentials = Credentials::new(
            variables.required("AWS_ACCESS_KEY_ID")?,
            variables.required("AWS_SECRET_ACCESS_KEY")?,
            variables.optional("AWS_SESSION_TOKEN").map(str::to_owned),
            None,
            "environment",
        );
        let connector = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(Duration::from_secs(3))
            .build();
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(variables.required("AWS_REGION")?.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .timeout_config(timeouts)
            .http_client(connector);
        let endpoint = variables.optional("AWS_ENDPOINT_URL");
        let config = match endpoint {
            Some(endpoint) => config.endpoint_url(endpoint),
            None => config,
        };
        Ok(Self { config: config.build(), is_local: endpoint.is_some() })
    }

    /// The client of the table.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config)
    }

    /// The client of the evidence store. The local stack has buckets in the path, not in the host name.
    #[cfg(feature = "s3")]
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.config).force_path_style(self.is_local).build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// The client of timers.
    #[cfg(feature = "scheduler")]
    pub fn scheduler(&self) -> aws_sdk_scheduler::Client {
        aws_sdk_scheduler::Client::new(&self.config)
    }

    /// The client of mail.
    #[cfg(feature = "ses")]
    pub fn ses(&self) -> aws_sdk_sesv2::Client {
        aws_sdk_sesv2::Client::new(&self.config)
    }

    /// The client of the assessment queue.
    #[cfg(feature = "sqs")]
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }
}
