//! SQS in this process, in memory, behind SQS's JSON protocol.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::result::ConnectorError;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue};
use winterbaume_core::{MockRequest, MockService};
use winterbaume_sqs::SqsService;

use super::change_notifier::ChangeNotifier;
use super::connector::{Backend, Call, Reply};
use super::sqs_state::Queues;

/// Prefix of every queue URL. Only the last path segment of a URL, the queue's name, is read.
pub(super) const URL_BASE: &str = "https://sqs.us-east-1.amazonaws.com/";

/// Embedded SQS. Cheap to clone; all clones have the same queues.
#[derive(Clone)]
pub struct Sqs {
    service: Arc<SqsService>,
    queues: Queues,
}

impl Default for Sqs {
    fn default() -> Self {
        Self::memory()
    }
}

impl Sqs {
    /// Creates an SQS without queues. Messages live as long as its last clone.
    pub fn memory() -> Self {
        let queues = Queues::default();
        Self { service: Arc::new(SqsService::with_backend(Arc::new(queues.clone()))), queues }
    }

    /// Returns the notifier that signals every message that is sent, made visible again or deleted. The end
    /// of a delay or of a visibility timeout is not signaled.
    pub fn changes(&self) -> &ChangeNotifier {
        self.queues.changes()
    }

    /// Returns the notifier that signals messages to receive in the queue with this deployed name. A message
    /// that becomes visible by time alone is not signaled.
    pub fn arrivals(&self, queue: &str) -> ChangeNotifier {
        self.queues.arrivals(queue)
    }

    /// Returns the time until a message of the queue with this deployed name can be received: zero if one can
    /// be now, `None` if the queue is empty.
    pub fn next_due(&self, queue: &str) -> Option<Duration> {
        self.queues.next_due(queue)
    }

    /// Shortens the remaining delay of every message by `by`, for a test that advances the functions' clock.
    pub fn advance(&self, by: Duration) {
        self.queues.advance(by);
    }

    /// Handles one call. It returns at once, except for `ReceiveMessage` with `WaitTimeSeconds`.
    pub async fn execute(&self, call: Call) -> Reply {
        let Ok(target) = HeaderValue::from_str(&call.target) else {
            return Reply::error(400, "InvalidAction", "X-Amz-Target is not a header's text");
        };
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-target", target);
        let request =
            MockRequest { method: "POST".to_owned(), uri: URL_BASE.to_owned(), headers, body: call.body };
        let response = self.service.handle(request).await;
        Reply { status: response.status, body: response.body }
    }
}

impl Backend for Sqs {
    fn answer(&self, call: Call) -> BoxFuture<'static, Result<Reply, ConnectorError>> {
        let this = self.clone();
        Box::pin(async move { Ok(this.execute(call).await) })
    }
}
