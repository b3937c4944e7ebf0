//! The AWS SDK's own HTTP connector, with an engine in this process at its other end. The code under test is
//! the code that ships, down to the SDK's serialization and retries.

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

/// The content type of AWS's JSON protocol in the version that DynamoDB and SQS speak.
pub const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// A call in AWS's JSON protocol.
#[derive(Clone, Debug)]
pub struct Call {
    /// The header `X-Amz-Target`: `DynamoDB_20120810.PutItem`.
    pub target: String,
    /// The JSON.
    pub body: Bytes,
}

/// The answer to a [`Call`]: an HTTP status with a JSON body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// 200, 400 for a refusal, 500 and above for a failure.
    pub status: u16,
    /// The JSON.
    pub body: Bytes,
}

impl Reply {
    /// An error in AWS's form.
    pub fn error(status: u16, kind: &str, message: &str) -> Self {
        let body = serde_json::json!({ "__type": kind, "message": message });
        Self { status, body: body.to_string().into() }
    }
}

/// What stands at the other end of the SDK's connector. A fault layer is one too: it wraps an engine.
pub trait Backend: Send + Sync + 'static {
    /// Answers `call`. An error is what a broken connection is to the SDK, with an outcome that nobody knows.
    fn answer(&self, call: Call) -> BoxFuture<'static, Result<Reply, ConnectorError>>;
}

/// An SDK client's HTTP client that leads to a [`Backend`]. Cheap to clone.
#[derive(Clone)]
pub struct Connector(Arc<dyn Backend>);

impl Connector {
    /// A connector to `backend`.
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
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let body = Bytes::copy_from_slice(request.body().bytes().unwrap_or_default());
        let answer = self.0.answer(Call { target, body });
        HttpConnectorFuture::new(async move { response(answer.await?) })
    }
}

fn response(reply: Reply) -> Result<HttpResponse, ConnectorError> {
    let status =
        StatusCode::try_from(reply.status).map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(reply.body));
    response.headers_mut().insert("content-type", CONTENT_TYPE);
    Ok(response)
}
