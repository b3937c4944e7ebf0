//! DynamoDB and SQS for one process, reached through the AWS SDK's own clients. Each of the two is either an
//! embedded engine or an outside endpoint.

mod change_notifier;
mod client;
pub mod connector;
mod create;
mod data_file;
mod dynamo;
mod meter;
mod serve;
mod side;
mod sockets;
mod sqs;
mod sqs_state;
mod strict;

use std::path::PathBuf;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_types::error::display::DisplayErrorContext;
use domain::{Error, Result};

pub use change_notifier::{ChangeNotifier, Listener};
use connector::Backend;
pub use create::{Deployed, dead_letters};
pub use dynamo::Dynamo;
pub use meter::{Billed, Meter, Units};
pub use serve::serve;
pub use sockets::Sockets;
pub use sqs::Sqs;
pub(crate) use sqs_state::HOPS;

/// Options that select embedded engines or outside endpoints.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// URL of an outside DynamoDB with its streams, from `AWS_ENDPOINT_URL_DYNAMODB`. `None` selects the
    /// embedded one.
    pub dynamodb_endpoint: Option<String>,
    /// URL of an outside SQS, from `AWS_ENDPOINT_URL_SQS`. `None` selects the embedded one.
    pub sqs_endpoint: Option<String>,
    /// File of the embedded DynamoDB. `None` keeps the data in memory.
    pub data: Option<PathBuf>,
}

/// Clients of DynamoDB, DynamoDB Streams and SQS, with the embedded engines that they call. Cheap to clone.
#[derive(Clone)]
pub struct Engines {
    /// Embedded DynamoDB. `None` if an outside endpoint is used.
    pub dynamo: Option<Dynamo>,
    /// Embedded SQS. `None` if an outside endpoint is used.
    pub sqs: Option<Sqs>,
    /// SDK client for DynamoDB.
    pub dynamo_client: aws_sdk_dynamodb::Client,
    /// SDK client for DynamoDB Streams.
    pub streams_client: aws_sdk_dynamodbstreams::Client,
    /// SDK client for SQS.
    pub sqs_client: aws_sdk_sqs::Client,
    /// Connections of clients with live updates.
    pub sockets: Sockets,
    /// SDK client that sends messages to these connections.
    pub sockets_client: aws_sdk_apigatewaymanagement::Client,
}

impl Engines {
    /// Opens the engines that `options` select. Outside endpoints are not called yet.
    ///
    /// # Errors
    /// Fails if the data file cannot be used.
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

    /// Creates clients whose calls go to these backends, such as a fault layer around the engines. The
    /// event-source emulator then gets no signal of writes, and polls four times a second.
    pub fn behind(dynamo: impl Backend, sqs: impl Backend) -> Self {
        Self::with_clients(None, None, &client::embedded(dynamo), &client::embedded(sqs))
    }

    /// Creates SDK clients that call these two embedded engines.
    pub fn embedded(dynamo: Dynamo, sqs: Sqs) -> Self {
        let (tables, queues) = (client::embedded(dynamo.clone()), client::embedded(sqs.clone()));
        Self::with_clients(Some(dynamo), Some(sqs), &tables, &queues)
    }

    /// Returns a copy whose client of the embedded DynamoDB counts its calls in `meter`. Has no effect with
    /// an outside DynamoDB.
    #[must_use]
    pub fn metered(&self, meter: Meter) -> Self {
        let Some(engine) = self.dynamo.clone() else { return self.clone() };
        let tables = client::embedded(meter::Metered { engine, meter });
        Self { dynamo_client: aws_sdk_dynamodb::Client::new(&tables), ..self.clone() }
    }

    /// Returns a copy whose clients of DynamoDB and SQS pass every call to `interceptor`.
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
        let sockets = Sockets::default();
        Self {
            sockets_client: aws_sdk_apigatewaymanagement::Client::new(&client::embedded(sockets.clone())),
            sockets,
            dynamo,
            sqs,
            dynamo_client: aws_sdk_dynamodb::Client::new(tables),
            streams_client: aws_sdk_dynamodbstreams::Client::new(tables),
            sqs_client: aws_sdk_sqs::Client::new(queues),
        }
    }
}

/// Converts an error of the SDK into an internal error that contains the message and its causes.
pub(crate) fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::internal(DisplayErrorContext(error).to_string())
}
