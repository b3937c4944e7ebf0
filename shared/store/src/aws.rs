//! AWS as a function's environment describes it: region, credentials and endpoints.

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use domain::{Error, Result};

/// Whom a function trusts to speak for AWS. A machine has thirty times as many roots, and each client that is
/// made reads them all, which was more than half of a start.
const AMAZON: &str = include_str!("amazon-roots.pem");
/// One of these names a file or a directory of other roots: for a proxy that opens connections, for example.
const TRUST_VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// What the clients of all services begin with.
#[derive(Clone, Debug)]
pub struct Aws(SdkConfig);

impl Aws {
    /// As Lambda describes it: `AWS_REGION`, `AWS_ACCESS_KEY_ID` and its companions, and, where another
    /// endpoint than AWS's is meant, `AWS_ENDPOINT_URL_DYNAMODB` and the like.
    ///
    /// The SDK's own way would also look in files and ask identity providers. A function has its credentials in
    /// its environment, and would pay for the code of all that with each start.
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

    /// The text of the secret with this ARN, as Secrets Manager has it now.
    ///
    /// # Errors
    /// When it cannot be had, or is no text.
    pub async fn secret(&self, arn: &str) -> Result<String> {
        let client = aws_sdk_secretsmanager::Client::new(&self.0);
        let found = client.get_secret_value().secret_id(arn).send().await.map_err(crate::failure::failed)?;
        found.secret_string.ok_or_else(|| Error::internal("the secret is not kept as text"))
    }

    pub(crate) const fn config(&self) -> &SdkConfig {
        &self.0
    }
}

/// The way to all services.
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

/// The endpoints that the environment names, service by service.
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
        // Making a client reads them, and panics over one that is none.
        drop(aws_sdk_dynamodb::Client::new(Aws::from_env().config()));
    }
}
