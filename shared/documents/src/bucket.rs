//! S3, as far as documents need it: signed addresses, and reading.
//!
//! The SDK's client of S3 made the function larger by a quarter (`infra/docs/decisions/0009-signed-requests-to-s3.md`).
//! The SDK still signs, sends and tries again here; only the two kinds of request are our own.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_http::query_writer::QueryWriter;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{Error, Output};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::ser_de::DeserializeResponse;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use claim_command::Host;
use claim_ports::Answer;
use claim_runtime::{Aws, Machine};
use http::{HeaderName, HeaderValue, Request, Uri};

use crate::documents::{Content, Documents, Download, Signed, Upload};

/// A bucket with documents.
#[derive(Debug)]
pub struct DocumentBucket {
    /// What the addresses of its objects begin with.
    base: String,
    bucket: String,
    region: String,
    credentials: Credentials,
    read: Operation<HttpRequest, Content, ErrorMetadata>,
    copy: Operation<HttpRequest, (), ErrorMetadata>,
}

impl DocumentBucket {
    /// The bucket of this name.
    pub fn new(aws: &Aws, bucket: &str) -> Self {
        let config = aws.config();
        let region = config.region().map(Region::to_string).unwrap_or_default();
        let (host, base) = aws.bucket(bucket);
        Self {
            base,
            bucket: bucket.to_owned(),
            region,
            credentials: aws.credentials().clone(),
            read: operation(config, &host, "GetObject", Reading),
            copy: operation(config, &host, "CopyObject", Copying),
        }
    }

    fn address(&self, key: &str) -> String {
        format!("{}/{key}", self.base)
    }

    /// Signs a request as S3 wants it: in its headers or, for a limited time, in its address.
    fn signed(
        &self,
        mut request: Request<SdkBody>,
        within: Option<Duration>,
        now: SystemTime,
    ) -> Result<Request<SdkBody>, BoxError> {
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.expires_in = within;
        match within {
            Some(_) => settings.signature_location = SignatureLocation::QueryParams,
            None => settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256,
        }
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(now)
            .settings(settings)
            .build()?;
        let uri = request.uri().to_string();
        let headers = request.headers().iter();
        let headers = headers.map(|(name, value)| Ok((name.as_str(), value.to_str()?)));
        let headers = headers.collect::<Result<Vec<_>, http::header::ToStrError>>()?;
        let body = SignableBody::UnsignedPayload;
        let signable = SignableRequest::new(request.method().as_str(), uri, headers.into_iter(), body)?;
        let (signature, _) = sign(signable, &parameters.into())?.into_parts();
        signature.apply_to_request_http1x(&mut request);
        Ok(request)
    }

    fn signed_address(
        &self,
        method: &str,
        address: Uri,
        headers: &[(&'static str, String)],
        within: Duration,
    ) -> Result<Signed, BoxError> {
        let mut request = Request::builder().method(method).uri(address).body(SdkBody::empty())?;
        for (name, value) in headers {
            request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::try_from(value)?);
        }
        let signed = self.signed(request, Some(within), now())?;
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        Ok(Signed { url: signed.uri().to_string(), headers: headers.collect() })
    }

    fn reading(&self, key: &str, range: Option<Range<u64>>) -> Result<HttpRequest, BoxError> {
        let request = Request::builder().method("GET").uri(self.address(key));
        let request = match range {
            Some(range) => {
                request.header("range", format!("bytes={}-{}", range.start, range.end.saturating_sub(1)))
            }
            None => request.header("x-amz-checksum-mode", "ENABLED"),
        };
        Ok(self.signed(request.body(SdkBody::empty())?, None, now())?.try_into()?)
    }

    fn copying(&self, from: &str, to: &str) -> Result<HttpRequest, BoxError> {
        let request = Request::builder()
            .method("PUT")
            .uri(self.address(to))
            .header("if-none-match", "*")
            .header("x-amz-copy-source", format!("/{}/{from}", self.bucket))
            .header("x-amz-tagging-directive", "REPLACE");
        Ok(self.signed(request.body(SdkBody::empty())?, None, now())?.try_into()?)
    }
}

/// An operation of S3, sent and tried again as the SDK does it.
fn operation<O: std::fmt::Debug + Send + Sync + 'static>(
    config: &SdkConfig,
    host: &str,
    name: &'static str,
    answers: impl DeserializeResponse + 'static,
) -> Operation<HttpRequest, O, ErrorMetadata> {
    let operation = Operation::builder()
        .service_name("S3")
        .operation_name(name)
        .endpoint_url(host)
        .no_auth()
        .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
        .retry_classifier(HttpStatusCodeClassifier::default())
        .with_connection_poisoning()
        .serializer(Ok::<HttpRequest, BoxError>)
        .deserializer_impl(answers);
    let operation = match config.http_client() {
        Some(client) => operation.http_client(client),
        None => operation,
    };
    let operation = match config.retry_config() {
        Some(retries) => operation.standard_retry(retries),
        None => operation.no_retry(),
    };
    let timeouts = config.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled);
    operation.timeout_config(timeouts).build()
}

impl Documents for DocumentBucket {
    fn read(&self, key: &str, range: Option<Range<u64>>) -> Answer<'_, Content, ErrorMetadata> {
        let request = self.reading(key, range).map_err(SdkError::construction_failure);
        Box::pin(async move { self.read.invoke(request?).await })
    }

    fn copy(&self, from: &str, to: &str) -> Answer<'_, (), ErrorMetadata> {
        let request = self.copying(from, to).map_err(SdkError::construction_failure);
        Box::pin(async move { self.copy.invoke(request?).await })
    }

    fn sign_upload(&self, upload: Upload, within: Duration) -> Answer<'_, Signed, ErrorMetadata> {
        let headers = [
            ("content-length", upload.length.to_string()),
            ("content-type", upload.media_type),
            ("if-none-match", "*".to_owned()),
            ("x-amz-checksum-sha256", upload.sha256),
        ];
        let address = self.address(&upload.key).parse::<Uri>().map_err(BoxError::from);
        let signed = address.and_then(|address| self.signed_address("PUT", address, &headers, within));
        Box::pin(std::future::ready(signed.map_err(SdkError::construction_failure)))
    }

    fn sign_download(&self, download: Download, within: Duration) -> Answer<'_, Signed, ErrorMetadata> {
        let address = QueryWriter::new_from_string(&self.address(&download.key)).map_err(BoxError::from);
        let address = address.map(|mut address| {
            address.insert("response-cache-control", "private, no-store");
            address.insert("response-content-disposition", &download.disposition);
            address.insert("response-content-type", &download.media_type);
            address.build_uri()
        });
        let signed = address.and_then(|address| self.signed_address("GET", address, &[], within));
        Box::pin(std::future::ready(signed.map_err(SdkError::construction_failure)))
    }
}

fn now() -> SystemTime {
    Machine.now().into()
}

/// Reads answers: the content as it comes in, anything else as an error.
#[derive(Debug)]
struct Reading;

impl DeserializeResponse for Reading {
    fn deserialize_streaming_with_config(
        &self,
        response: &mut HttpResponse,
        _config: &ConfigBag,
    ) -> Option<Result<Output, OrchestratorError<Error>>> {
        if !response.status().is_success() {
            return None;
        }
        let header = |name| response.headers().get(name);
        let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let sha256 = header("x-amz-checksum-sha256").map(str::to_owned);
        let body = ByteStream::new(std::mem::replace(response.body_mut(), SdkBody::taken()));
        Some(Ok(Output::erase(Content { length, sha256, body })))
    }

    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        _config: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        Err(refused(response))
    }
}

/// Reads the answer to a copy, which may begin well and then hold an error.
#[derive(Debug)]
struct Copying;

impl DeserializeResponse for Copying {
    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        _config: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        let body = response.body().bytes().unwrap_or_default();
        let is_copied = String::from_utf8_lossy(body).contains("<CopyObjectResult");
        match response.status().is_success() && is_copied {
            true => Ok(Output::erase(())),
            false => Err(refused(response)),
        }
    }
}

fn refused(response: &HttpResponse) -> OrchestratorError<Error> {
    let body = String::from_utf8_lossy(response.body().bytes().unwrap_or_default());
    let error = ErrorMetadata::builder()
        .code(within(&body, "Code").unwrap_or("Unknown"))
        .message(within(&body, "Message").unwrap_or_default())
        .build();
    OrchestratorError::operation(Error::erase(error))
}

/// The text of an element of S3's errors, in which nothing is nested.
fn within<'a>(body: &'a str, element: &str) -> Option<&'a str> {
    let (_, rest) = body.split_once(&format!("<{element}>"))?;
    Some(rest.split_once(&format!("</{element}>"))?.0)
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
    use claim_runtime::Variables;

    use super::*;

    const SHA256: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    const WITHIN: Duration = Duration::from_secs(300);

    fn aws(region: &str) -> Aws {
        let variables = [
            ("AWS_REGION", region),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_SESSION_TOKEN", "a token, with + and /"),
        ];
        let variables: Variables =
            variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Aws::new(&variables).unwrap()
    }

    /// The signature of an address, and which headers it covers.
    fn signature(url: &str) -> Vec<&str> {
        let (_, query) = url.split_once('?').unwrap();
        let of_signature = |part: &&str| part.starts_with("X-Amz-");
        let mut parts: Vec<_> = query.split('&').filter(of_signature).collect();
        parts.sort_unstable();
        parts
    }

    /// What the SDK signed, signed by us.
    fn ours(aws: &Aws, theirs: &PresignedRequest, now: SystemTime) -> String {
        let (address, query) = theirs.uri().split_once('?').unwrap();
        let plain: Vec<_> = query.split('&').filter(|part| !part.starts_with("X-Amz-")).collect();
        let mut request =
            Request::builder().method(theirs.method()).uri(format!("{address}?{}", plain.join("&")));
        for (name, value) in theirs.headers() {
            request = request.header(name, value);
        }
        let request = request.body(SdkBody::empty()).unwrap();
        DocumentBucket::new(aws, "evidence").signed(request, Some(WITHIN), now).unwrap().uri().to_string()
    }

    #[tokio::test]
    async fn addresses_are_signed_as_the_sdk_signs_them() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_442_000);
        let good = || PresigningConfig::builder().start_time(now).expires_in(WITHIN).build().unwrap();
        let key = "claims/01J0000000000000000000000A/01J0000000000000000000000E";
        let disposition = "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf";
        for region in ["eu-central-1", "us-east-1", "us-gov-west-1", "cn-north-1"] {
            let aws = aws(region);
            let s3 = aws_sdk_s3::Client::new(aws.config());
            let get = s3.get_object().bucket("evidence").key(key).response_content_disposition(disposition);
            let put = s3.put_object().bucket("evidence").key(key).content_length(1234).if_none_match("*");
            let put = put.content_type("application/pdf").checksum_sha256(SHA256);
            for theirs in [get.presigned(good()).await.unwrap(), put.presigned(good()).await.unwrap()] {
                let ours = ours(&aws, &theirs, now);
                assert_eq!(signature(&ours), signature(theirs.uri()), "{ours}");
                assert!(
                    theirs.uri().starts_with(&DocumentBucket::new(&aws, "evidence").address(key)),
                    "{ours}"
                );
            }
        }
    }

    #[test]
    fn reading_is_signed_in_headers_with_the_session_s_token() {
        let request = DocumentBucket::new(&aws("eu-central-1"), "evidence")
            .reading("claims/a/b", Some(10..20))
            .unwrap();
        let header = |name| request.headers().get(name).unwrap_or_default();
        assert_eq!(header("range"), "bytes=10-19");
        assert_eq!(header("x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
        assert_eq!(header("x-amz-security-token"), "a token, with + and /");
        let (covered, service) = ("SignedHeaders=host;range;x-amz-", "/eu-central-1/s3/aws4_request");
        assert!(header("authorization").contains(covered) && header("authorization").contains(service));
    }

    #[test]
    fn a_copy_overwrites_nothing_and_takes_no_tags_along() {
        let request =
            DocumentBucket::new(&aws("eu-central-1"), "evidence").copying("claims/a/b", "claims/c/d");
        let request = request.unwrap();
        let header = |name| request.headers().get(name).unwrap_or_default();
        assert!(request.uri().ends_with("/claims/c/d"), "{}", request.uri());
        assert_eq!((request.method(), header("if-none-match")), ("PUT", "*"));
        assert_eq!(header("x-amz-copy-source"), "/evidence/claims/a/b");
        assert_eq!(header("x-amz-tagging-directive"), "REPLACE");
        assert!(
            header("authorization").contains("host;if-none-match;x-amz-content-sha256;x-amz-copy-source;")
        );
    }

    #[test]
    fn a_copy_that_begins_well_and_ends_in_an_error_has_failed() {
        let answer = |body: &str| {
            let status = aws_smithy_runtime_api::http::StatusCode::try_from(200).unwrap();
            let response = HttpResponse::new(status, SdkBody::from(body));
            Copying.deserialize_nonstreaming_with_config(&response, &ConfigBag::base())
        };
        assert!(answer("<CopyObjectResult><ETag>1</ETag></CopyObjectResult>").is_ok());
        assert!(answer("<Error><Code>InternalError</Code></Error>").is_err());
        assert!(answer("").is_err());
    }

    #[test]
    fn an_error_is_told_by_its_code() {
        let body = "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>Gone.</Message></Error>";
        assert_eq!((within(body, "Code"), within(body, "Message")), (Some("NoSuchKey"), Some("Gone.")));
        assert_eq!(within("<Error><Code>", "Code"), None);
    }
}
