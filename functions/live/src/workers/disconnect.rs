//! Worker that handles the end of a connection. API Gateway calls it at most once, and sometimes not at all: the
//! subscriptions of such a connection are removed when a message to it is refused.

use runtime::{App, SocketEvent, SocketWork, Source, Worker};

use crate::services::connections;

/// Worker `live-disconnect` behind the route `$disconnect` of the WebSocket API.
pub static WORKER: Worker = Worker { name: "live-disconnect", source: Source::Socket("$disconnect", run) };

fn run(app: App, event: SocketEvent) -> SocketWork {
    Box::pin(async move { connections::disconnect(&app, &event).await.map(|()| None) })
}
