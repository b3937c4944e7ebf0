//! HTTP front end of the local stack, in the role of API Gateway.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{self, Next};
use axum::response::Response;
use dibs_http::Origin;
use domain::{Error, Result};
use runtime::App;
use tokio::net::TcpListener;

use crate::crowd::{self, Crowd};
use crate::engine::Sockets;
use crate::fakes::{self, Fakes};
use crate::platform_log::{self, PlatformLog};
use crate::routes::routes;
use crate::sockets;
use crate::web::with_web;

/// Creates the router of a local stack: the web application, the API, the WebSocket endpoint `/ws`, the fakes of the outside
/// services, the list of the events that the data platform received, and the crowd of the demo.
pub fn router(app: &App, fakes: Fakes, log: PlatformLog, sockets: Sockets, crowd: Crowd) -> Router {
    let api =
        dibs_http::router(routes(), app.clone()).layer(middleware::from_fn_with_state(app.clone(), origin));
    let outside = fakes::router(fakes).merge(platform_log::router(log)).merge(crowd::router(crowd));
    with_web(outside.merge(sockets::router(app.clone(), sockets)).fallback_service(api))
}

/// Serves `router` on `listener` until `shutdown`, and then finishes the requests in progress.
///
/// # Errors
/// Fails if the listener fails.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(shutdown).await.map_err(Error::internal)
}

/// Adds what API Gateway passes in its request context: a request id, the client's IP address, and the time
/// of arrival.
async fn origin(
    axum::extract::State(app): axum::extract::State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_string());
    request.extensions_mut().insert(Origin {
        request_id: domain::ids::fresh(app.now(), app.entropy()),
        address: peer,
        received_at: app.now(),
    });
    next.run(request).await
}
