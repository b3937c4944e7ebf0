//! Messages to clients over the WebSocket API of API Gateway.

use std::time::Duration;

use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::config::timeout::TimeoutConfig;
use aws_sdk_apigatewaymanagement::error::SdkError;
use aws_sdk_apigatewaymanagement::operation::delete_connection::DeleteConnectionError;
use aws_sdk_apigatewaymanagement::operation::post_to_connection::PostToConnectionError;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use domain::{Error, Result};

use crate::failure::failed;
use crate::{Aws, Store};

/// Variable with the address of the WebSocket API's stage, `https://<api>.execute-api.<region>.amazonaws.com/<stage>`.
const URL: &str = "DIBS_SOCKETS_URL";
/// Timeout of one try to send a message. A client that takes longer is too slow and is disconnected.
const TRY: Duration = Duration::from_secs(1);
/// Timeout of all tries to send a message.
const PATIENCE: Duration = Duration::from_secs(3);

/// Outcome of a message to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketDelivery {
    /// API Gateway has accepted the message.
    Accepted,
    /// The connection has ended.
    Gone,
    /// It is unknown whether the client gets the message: it is too slow, or API Gateway failed.
    Unknown,
}

/// Creates the client of the WebSocket API that the environment names. `None` in functions that send no messages.
pub(crate) fn client_from_env(aws: &Aws) -> Option<Client> {
    let url = std::env::var(URL).ok().filter(|url| !url.is_empty())?;
    let timeouts =
        TimeoutConfig::builder().operation_attempt_timeout(TRY).operation_timeout(PATIENCE).build();
    let config = aws_sdk_apigatewaymanagement::config::Builder::from(aws.config());
    Some(Client::from_conf(config.endpoint_url(url).timeout_config(timeouts).build()))
}

impl Store {
    /// Returns the store with a client of the WebSocket API, for tests and local stacks.
    #[must_use]
    pub fn with_sockets(self, sockets: Client) -> Self {
        Self { sockets: Some(sockets), ..self }
    }

    fn sockets(&self) -> Result<&Client> {
        self.sockets.as_ref().ok_or_else(|| Error::internal(format!("the variable {URL} is not set")))
    }

    /// Sends `text` to a connection.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when the function has no address of the WebSocket API.
    pub async fn post_to_connection(&self, connection_id: &str, text: &str) -> Result<SocketDelivery> {
        let call = self.sockets()?.post_to_connection().connection_id(connection_id);
        Ok(match call.data(Blob::new(text)).send().await {
            Ok(_) => SocketDelivery::Accepted,
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), PostToConnectionError::GoneException(_)) =>
            {
                SocketDelivery::Gone
            }
            Err(error) => {
                tracing::warn!(connection_id, %error, "message not sent to a connection");
                SocketDelivery::Unknown
            }
        })
    }

    /// Ends a connection. One that has ended already is no error.
    ///
    /// # Errors
    /// `BUSY` or `INTERNAL_ERROR` when it is unknown whether the connection has ended.
    pub async fn close_connection(&self, connection_id: &str) -> Result<()> {
        match self.sockets()?.delete_connection().connection_id(connection_id).send().await {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), DeleteConnectionError::GoneException(_)) =>
            {
                Ok(())
            }
            Err(error) => Err(failed(error)),
        }
    }
}
