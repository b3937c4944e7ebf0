//! SQS that keeps sent messages instead of delivering them, so that the measurement decides when a worker
//! runs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::result::ConnectorError;
use futures::future::BoxFuture;
use local::engine::Sqs;
use local::engine::connector::{Backend, Call, Reply};
use serde_json::{Value, json};

/// Messages by the short name of their queue, in the order in which they were sent.
pub type Messages = BTreeMap<String, Vec<String>>;

/// SQS that keeps sent messages and delivers none. Cheap to clone; all clones share the messages.
#[derive(Clone, Default)]
pub struct RecordingSqs {
    queues: Sqs,
    sent: Arc<Mutex<Messages>>,
}

impl RecordingSqs {
    /// Returns every message that was sent since the previous call of this function.
    pub fn take(&self) -> Messages {
        std::mem::take(&mut *self.sent.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn keep(&self, body: &Value) -> Reply {
        let queue = body["QueueUrl"].as_str().and_then(|url| url.rsplit("/dibs-").next()).unwrap_or_default();
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = sent.entry(queue.to_owned()).or_default();
        let mut taken = Vec::new();
        for entry in body["Entries"].as_array().into_iter().flatten() {
            kept.push(entry["MessageBody"].as_str().unwrap_or_default().to_owned());
            taken.push(
                json!({"Id": entry["Id"], "MessageId": kept.len().to_string(), "MD5OfMessageBody": "-"}),
            );
        }
        Reply { status: 200, body: json!({"Successful": taken, "Failed": []}).to_string().into() }
    }
}

impl Backend for RecordingSqs {
    fn answer(&self, call: Call) -> BoxFuture<'static, Result<Reply, ConnectorError>> {
        if !call.target.ends_with(".SendMessageBatch") {
            return self.queues.answer(call);
        }
        let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        let reply = self.keep(&body);
        Box::pin(std::future::ready(Ok(reply)))
    }
}
