//! How the SDK's clients are configured: for an engine in this process, and for an endpoint elsewhere.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};

use super::connector::{Backend, Connector};

/// The region of the embedded engines, and of an outside endpoint when the environment names none.
const REGION: &str = "us-east-1";

/// One of these says that the environment has credentials of its own.
const CREDENTIALS_VARIABLES: [&str; 5] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/// A client's configuration that leads to `backend`, and never to the network or the environment.
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

/// A client's configuration for the endpoint `url`: credentials and region are the environment's, or dummies
/// when it has none.
pub(super) async fn outside(url: &str) -> SdkConfig {
    // Not the SDK's own chain: without a region it would ask a metadata service that no laptop has.
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
