//! AWS as a function's environment describes it: region, credentials and endpoints.

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::SharedCredentialsProvider;
use aws_smithy_http_client::{Builder, tls};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use domain::{Error, Result};

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
        // One for all services, since each reads the machine's trust roots.
        let tls = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(variable("AWS_REGION").map(Region::new))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(Builder::new().tls_provider(tls).build_https())
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
