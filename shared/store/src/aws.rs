//! Client configuration of AWS, taken from the environment of the function: region, credentials and
//! endpoints.

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use domain::{Error, Result};

/// Certificates of Amazon's five root authorities. A Lambda machine holds thirty times as many, and each new
/// client reads all of them, which took more than half of a start.
const AMAZON: &str = include_str!("amazon-roots.pem");
/// Variables that name a file or directory of other root certificates, for example those of a proxy that
/// inspects TLS.
const TRUST_VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Configuration shared by the clients of all AWS services.
#[derive(Clone, Debug)]
pub struct Aws(SdkConfig);

impl Aws {
    /// Reads the configuration that Lambda provides: `AWS_REGION`, `AWS_ACCESS_KEY_ID` and its companions,
    /// and optional endpoints such as `AWS_ENDPOINT_URL_DYNAMODB`.
    ///
    /// The SDK's default loader would also read files and call identity providers. A function has its
    /// credentials in its environment, and would load that unused code with each start.
    pub fn from_env() -> Self {
        let credentials = EnvironmentVariableCredentialsProvider::new();
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(variable("AWS_REGION").map(Region::new))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(https())
            .service_config(Endpoints);
        Self(config.build())
    }

    /// Reads the text of the secret with this ARN from Secrets Manager.
    ///
    /// # Errors
    /// `BUSY` or `INTERNAL_ERROR` when the secret cannot be read, or is not stored as text.
    pub async fn secret(&self, arn: &str) -> Result<String> {
        let client = aws_sdk_secretsmanager::Client::new(&self.0);
        let found = client.get_secret_value().secret_id(arn).send().await.map_err(crate::failure::failed)?;
        found.secret_string.ok_or_else(|| Error::internal("the secret is not kept as text"))
    }

    pub(crate) const fn config(&self) -> &SdkConfig {
        &self.0
    }
}

/// Builds the HTTPS client of all services. It trusts Amazon's roots, or those that [`TRUST_VARIABLES`] name.
fn https() -> SharedHttpClient {
    let tls = Builder::new().tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc));
    if TRUST_VARIABLES.iter().any(|name| variable(name).is_some()) {
        return tls.build_https();
    }
    match TlsContext::builder().with_trust_store(TrustStore::empty().with_pem_certificate(AMAZON)).build() {
        Ok(context) => tls.tls_context(context).build_https(),
        Err(_) => tls.build_https(),
    }
}

/// Endpoint overrides of the environment, first for one service, then for all.
#[derive(Debug)]
struct Endpoints;

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        variable(&format!("{}_{service}", key.env())).or_else(|| variable(key.env()))
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amazons_roots_can_be_read() {
        assert_eq!(AMAZON.matches("BEGIN CERTIFICATE").count(), 5);
        // Creating a client parses the certificates and panics on an invalid one.
        drop(aws_sdk_dynamodb::Client::new(Aws::from_env().config()));
    }
}
