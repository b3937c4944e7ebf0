//! Configuration of the AWS SDK's clients, for an engine in this process and for an outside endpoint.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};

use super::connector::{Backend, Connector};

/// Region of the embedded engines, and of an outside endpoint if the environment names none.
const REGION: &str = "us-east-1";

/// Environment variables that configure AWS credentials. If one of them is set, no dummy credentials are
/// used.
const CREDENTIALS_VARIABLES: [&str; 5] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/// Returns a client configuration that sends every call to `backend`. It reads neither the network nor the
/// environment.
pub(super) fn embedded(backend: impl Backend) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(Connector::new(backend))
        .credentials_provider(SharedCredentialsProvider::new(dummy()))
        .region(Region::new(REGION))
        .endpoint_url("http://embedded")
        .timeout_config(timeouts())
        .retry_config(RetryConfig::standard())
        .build()
}

const REGION_VARIABLES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// Returns a client configuration for the endpoint `url`. Region and credentials come from the environment,
/// or are dummies if it has none.
pub(super) async fn outside(url: &str) -> SdkConfig {
    // The SDK's own chain is not used: without a region it would query the EC2 metadata service, which a
    // laptop does not have.
    let region = REGION_VARIABLES.iter().find_map(|variable| std::env::var(variable).ok());
    let region = Region::new(region.unwrap_or_else(|| REGION.to_owned()));
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .endpoint_url(url)
        .region(region)
        .timeout_config(timeouts());
    if CREDENTIALS_VARIABLES.iter().all(|variable| std::env::var_os(variable).is_none()) {
        loader = loader.credentials_provider(dummy());
    }
    loader.load().await
}

fn dummy() -> Credentials {
    Credentials::new("local", "local", None, None, "dibs")
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(5))
        .operation_timeout(Duration::from_secs(15))
        .build()
}
