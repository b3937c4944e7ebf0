//! Connections of clients, in the role of API Gateway's WebSocket API: messages to them go through the SDK's client.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::result::ConnectorError;
use futures::future::BoxFuture;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::connector::{Backend, Call, Reply};

/// Number of messages that wait for a client. One that does not read them is too slow and is disconnected.
const WAITING_MAX: usize = 64;
/// Maximum size of a message, in bytes, as of API Gateway.
const MESSAGE_BYTES_MAX: usize = 128 * 1024;

/// Open connections by id. Clones share them.
#[derive(Clone, Default)]
pub struct Sockets(Arc<Mutex<HashMap<String, Sender<String>>>>);

impl Sockets {
    /// Opens the connection `id`, and returns the messages to it. They end when the connection is closed.
    pub fn open(&self, id: &str) -> Receiver<String> {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        self.connections().insert(id.to_owned(), sender);
        receiver
    }

    /// Closes a connection. Returns `false` if it is not open.
    pub fn close(&self, id: &str) -> bool {
        self.connections().remove(id).is_some()
    }

    fn post(&self, id: &str, message: &[u8]) -> Reply {
        if message.len() > MESSAGE_BYTES_MAX {
            return Reply::error(413, "PayloadTooLargeException", "the message is too long");
        }
        let mut connections = self.connections();
        let Some(sender) = connections.get(id) else { return gone() };
        if sender.try_send(String::from_utf8_lossy(message).into_owned()).is_ok() {
            return Reply { status: 200, body: "".into() };
        }
        connections.remove(id);
        gone()
    }

    fn connections(&self) -> MutexGuard<'_, HashMap<String, Sender<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn execute(&self, call: &Call) -> Reply {
        match call.target.split_once(" /@connections/") {
            Some(("POST", id)) => self.post(id, &call.body),
            Some(("DELETE", id)) if self.close(id) => Reply { status: 204, body: "".into() },
            Some(("DELETE", _)) => gone(),
            _ => Reply::error(404, "NotFoundException", "no such operation"),
        }
    }
}

fn gone() -> Reply {
    Reply::error(410, "GoneException", "the connection has ended")
}

impl Backend for Sockets {
    fn answer(&self, call: Call) -> BoxFuture<'static, Result<Reply, ConnectorError>> {
        let reply = self.execute(&call);
        Box::pin(async move { Ok(reply) })
    }
}
