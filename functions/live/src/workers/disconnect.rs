//! End of a connection. API Gateway calls it once at most, and not always: subscriptions that it leaves are removed
//! when a message to them is refused.

use runtime::{App, SocketEvent, SocketWork, Source, Worker};

use crate::services::connections;

/// Worker `live-disconnect` behind the route `$disconnect` of the WebSocket API.
pub static WORKER: Worker = Worker { name: "live-disconnect", source: Source::Socket("$disconnect", run) };

fn run(app: App, event: SocketEvent) -> SocketWork {
    Box::pin(async move { connections::disconnect(&app, &event).await.map(|()| None) })
}
