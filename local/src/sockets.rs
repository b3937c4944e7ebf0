//! WebSocket endpoint `/ws` of the local stack, in the role of API Gateway: it invokes the same functions with the
//! same events.

use std::time::Duration;

use aws_lambda_events::event::apigw::ApiGatewayWebsocketProxyRequest;
use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use domain::live::LIVE_CONNECTION_SECONDS;
use runtime::{App, Source, Worker};
use tokio::sync::mpsc::Receiver;

use crate::engine::Sockets;
use crate::routes::workers;

/// Maximum size of a client's message, in bytes, as of API Gateway.
const MESSAGE_BYTES_MAX: usize = 32 * 1024;
/// Time without a message of the client after which API Gateway closes a connection.
const IDLE: Duration = Duration::from_secs(10 * 60);

#[derive(Clone)]
struct Gateway {
    app: App,
    sockets: Sockets,
}

/// Creates the router with the endpoint `/ws`.
pub fn router(app: App, sockets: Sockets) -> Router {
    Router::new().route("/ws", get(upgrade)).with_state(Gateway { app, sockets })
}

async fn upgrade(State(gateway): State<Gateway>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.max_message_size(MESSAGE_BYTES_MAX).on_upgrade(move |socket| gateway.serve(socket))
}

impl Gateway {
    /// Serves a connection until one side closes it, or its time is over.
    async fn serve(self, mut socket: WebSocket) {
        let id = domain::ids::fresh(self.app.now(), self.app.entropy());
        let connected_at = self.app.now().as_millis();
        let messages = self.sockets.open(&id);
        let seconds = Duration::from_secs(LIVE_CONNECTION_SECONDS.unsigned_abs());
        let exchange = self.exchange(&mut socket, messages, &id, connected_at);
        // What a client sent last is of no interest once the connection has ended.
        let _ = tokio::time::timeout(seconds, exchange).await;
        self.sockets.close(&id);
        self.invoke("$disconnect", &id, connected_at, None).await;
    }

    async fn exchange(
        &self,
        socket: &mut WebSocket,
        mut messages: Receiver<String>,
        id: &str,
        connected_at: i64,
    ) {
        loop {
            let text = tokio::select! {
                message = messages.recv() => match message {
                    Some(text) => text,
                    None => return,
                },
                received = tokio::time::timeout(IDLE, socket.recv()) => match received {
                    Ok(Some(Ok(Message::Text(text)))) => {
                        let reply = self.invoke("$default", id, connected_at, Some(text.to_string())).await;
                        let Some(reply) = reply else { continue };
                        reply
                    }
                    Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => continue,
                    _ => return,
                },
            };
            if socket.send(Message::Text(text.into())).await.is_err() {
                return;
            }
        }
    }

    /// Invokes the function of a route, and returns the message for the client, if any.
    async fn invoke(
        &self,
        route: &'static str,
        id: &str,
        connected_at: i64,
        body: Option<String>,
    ) -> Option<String> {
        let serves = |worker: &&&Worker| matches!(worker.source, Source::Socket(key, _) if key == route);
        let worker = workers().iter().find(serves)?;
        let mut request = ApiGatewayWebsocketProxyRequest::default();
        request.request_context.route_key = Some(route.to_owned());
        request.request_context.connection_id = Some(id.to_owned());
        request.request_context.connected_at = connected_at;
        request.body = body;
        match worker.handle_socket(&self.app, request.into()).await {
            Ok(reply) => reply,
            // API Gateway sends the client such a message when a function fails.
            Err(_) => Some(format!("{{\"message\":\"Internal server error\",\"connectionId\":\"{id}\"}}")),
        }
    }
}
