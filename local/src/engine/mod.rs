//! DynamoDB and SQS for one process, reached through the AWS SDK's own clients: embedded engines, or, for
//! either of the two, an outside endpoint.

mod client;
pub mod connector;
mod create;
mod data_file;
mod dynamo;
mod meter;
mod pulse;
mod serve;
mod side;
mod sqs;
mod sqs_state;
mod strict;

use std::path::PathBuf;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_types::error::display::DisplayErrorContext;
use domain::{Error, Result};

use connector::Backend;
pub use create::{Deployed, dead_letters};
pub use dynamo::Dynamo;
pub use meter::{Billed, Meter, Units};
pub use pulse::{Listener, Pulse};
pub use serve::serve;
pub use sqs::Sqs;
pub(crate) use sqs_state::HOPS;

/// Which engines to use.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `AWS_ENDPOINT_URL_DYNAMODB`: a DynamoDB elsewhere, with its streams, instead of the embedded one.
    pub dynamodb_endpoint: Option<String>,
    /// `AWS_ENDPOINT_URL_SQS`: an SQS elsewhere instead of the embedded one.
    pub sqs_endpoint: Option<String>,
    /// The file of the embedded DynamoDB; in memory without one.
    pub data: Option<PathBuf>,
}

/// The clients of DynamoDB, its streams and SQS, and the embedded engines behind them. Cheap to clone.
#[derive(Clone)]
pub struct Engines {
    /// The embedded DynamoDB, unless it is elsewhere.
    pub dynamo: Option<Dynamo>,
    /// The embedded SQS, unless it is elsewhere.
    pub sqs: Option<Sqs>,
    /// DynamoDB.
    pub dynamo_client: aws_sdk_dynamodb::Client,
    /// DynamoDB Streams.
    pub streams_client: aws_sdk_dynamodbstreams::Client,
    /// SQS.
    pub sqs_client: aws_sdk_sqs::Client,
}

impl Engines {
    /// Opens the engines that `options` name. Outside endpoints are not called yet.
    ///
    /// # Errors
    /// When the data file cannot be opened.
    pub async fn open(options: &Options) -> Result<Self> {
        let (dynamo, tables) = match &options.dynamodb_endpoint {
            Some(url) => (None, client::outside(url).await),
            None => {
                let dynamo = options.data.as_deref().map_or_else(Dynamo::memory, Dynamo::file)?;
                (Some(dynamo.clone()), client::embedded(dynamo))
            }
        };
        let (sqs, queues) = match &options.sqs_endpoint {
            Some(url) => (None, client::outside(url).await),
            None => {
                let sqs = Sqs::memory();
                (Some(sqs.clone()), client::embedded(sqs))
            }
        };
        Ok(Self::with_clients(dynamo, sqs, &tables, &queues))
    }

    /// Clients whose calls go to these backends, as a fault layer around the engines is: the pump is not
    /// woken by writes then, it looks for work four times a second.
    pub fn behind(dynamo: impl Backend, sqs: impl Backend) -> Self {
        Self::with_clients(None, None, &client::embedded(dynamo), &client::embedded(sqs))
    }

    /// Clients of these two embedded engines.
    pub fn embedded(dynamo: Dynamo, sqs: Sqs) -> Self {
        let (tables, queues) = (client::embedded(dynamo.clone()), client::embedded(sqs.clone()));
        Self::with_clients(Some(dynamo), Some(sqs), &tables, &queues)
    }

    /// The same, but what is called through this one's client of the embedded DynamoDB is counted by `meter`.
    #[must_use]
    pub fn metered(&self, meter: Meter) -> Self {
        let Some(engine) = self.dynamo.clone() else { return self.clone() };
        let tables = client::embedded(meter::Metered { engine, meter });
        Self { dynamo_client: aws_sdk_dynamodb::Client::new(&tables), ..self.clone() }
    }

    /// The same, but `interceptor` sees every call of this one's clients of DynamoDB and SQS.
    #[must_use]
    pub fn intercepted(&self, interceptor: &SharedInterceptor) -> Self {
        let mut tables = self.dynamo_client.config().to_builder();
        tables.push_interceptor(interceptor.clone());
        let mut queues = self.sqs_client.config().to_builder();
        queues.push_interceptor(interceptor.clone());
        Self {
            dynamo_client: aws_sdk_dynamodb::Client::from_conf(tables.build()),
            sqs_client: aws_sdk_sqs::Client::from_conf(queues.build()),
            ..self.clone()
        }
    }

    fn with_clients(
        dynamo: Option<Dynamo>,
        sqs: Option<Sqs>,
        tables: &SdkConfig,
        queues: &SdkConfig,
    ) -> Self {
        Self {
            dynamo,
            sqs,
            dynamo_client: aws_sdk_dynamodb::Client::new(tables),
            streams_client: aws_sdk_dynamodbstreams::Client::new(tables),
            sqs_client: aws_sdk_sqs::Client::new(queues),
        }
    }
}

/// What an SDK's error says, with its causes.
pub(crate) fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::internal(DisplayErrorContext(error).to_string())
}
