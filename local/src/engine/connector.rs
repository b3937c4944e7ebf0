//! HTTP connector for the AWS SDK that calls an engine in this process. The code under test is therefore the
//! deployed code, including the SDK's serialization and retries.

use std::fmt;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use futures::future::BoxFuture;

/// Content type of AWS's JSON protocol, in the version that DynamoDB and SQS use.
pub const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// Request in AWS's JSON protocol.
#[derive(Clone, Debug)]
pub struct Call {
    /// Value of the header `X-Amz-Target`, such as `DynamoDB_20120810.PutItem`. Without it, method and path, such as
    /// `POST /@connections/abc`.
    pub target: String,
    /// Request body, as JSON.
    pub body: Bytes,
}

/// Response to a [`Call`]: an HTTP status with a JSON body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status: 200, 400 for a refusal, 500 and above for a failure.
    pub status: u16,
    /// Response body, as JSON.
    pub body: Bytes,
}

impl Reply {
    /// Creates an error response in AWS's form, with `kind` as its `__type`.
    pub fn error(status: u16, kind: &str, message: &str) -> Self {
        let body = serde_json::json!({ "__type": kind, "message": message });
        Self { status, body: body.to_string().into() }
    }
}

/// Receiver of the calls that the SDK makes through a [`Connector`]: an engine, or a fault layer around one.
pub trait Backend: Send + Sync + 'static {
    /// Handles `call` and returns the response.
    ///
    /// # Errors
    /// An error looks to the SDK like a broken connection: it does not know whether the call was executed.
    fn answer(&self, call: Call) -> BoxFuture<'static, Result<Reply, ConnectorError>>;
}

/// HTTP client for the SDK that sends every call to a [`Backend`]. Cheap to clone.
#[derive(Clone)]
pub struct Connector(Arc<dyn Backend>);

impl Connector {
    /// Creates a connector to `backend`.
    pub fn new(backend: impl Backend) -> Self {
        Self(Arc::new(backend))
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Connector")
    }
}

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").map_or_else(|| address(&request), str::to_owned);
        let body = Bytes::copy_from_slice(request.body().bytes().unwrap_or_default());
        let answer = self.0.answer(Call { target, body });
        HttpConnectorFuture::new(async move { response(answer.await?) })
    }
}

fn address(request: &HttpRequest) -> String {
    let path = request.uri().split_once("://").and_then(|(_, rest)| Some(rest.split_at(rest.find('/')?).1));
    format!("{} {}", request.method(), path.unwrap_or("/"))
}

fn response(reply: Reply) -> Result<HttpResponse, ConnectorError> {
    let status =
        StatusCode::try_from(reply.status).map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(reply.body));
    response.headers_mut().insert("content-type", CONTENT_TYPE);
    Ok(response)
}
