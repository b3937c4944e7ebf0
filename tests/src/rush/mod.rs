//! Load tests in which many users arrive within a second. Time is simulated. DynamoDB limits each partition
//! key to 1,000 write units a second, as on AWS, and takes a few milliseconds per call.

mod deal;
mod limited;
mod line;

pub use deal::{OrderResponse, Sale};
pub use line::{Fan, Rush, Seen};

use std::collections::BTreeSet;
use std::sync::Arc;

use config::IntegrationsConfig;
use dibs_http::Origin;
use dibs_http::axum::Router;
use dibs_http::axum::body::{Body, to_bytes};
use domain::Timestamp;
use domain::accounts::Role;
use domain::ids::UserId;
use http::header;
use integrations::Integrations;
use local::engine::{Deployed, Engines};
use local::routes::routes;
use runtime::{App, Tokens};
use serde_json::Value;
use store::Store;
use tokio::time::Instant;
use tower::ServiceExt;

/// Start of the clock, 2026-11-21T09:00:00.130Z in Unix milliseconds: in the middle of an arrival window.
const BEGAN_MS: i64 = 1_795_251_600_130;
/// Number of function instances, each with its own cache.
const INSTANCES: usize = 16;

/// Creates a function instance on these engines, with a clock that started at `began`.
fn app(engines: &Engines, deployed: &Deployed, began: Instant, key: &str) -> App {
    let store = Store::new(engines.dynamo_client.clone(), engines.sqs_client.clone(), deployed.names());
    let tokens = Tokens::new(None, Some(key)).expect("tokens");
    let clock = move || {
        Timestamp::from_millis(BEGAN_MS + i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX))
    };
    let integrations = || Integrations::new(IntegrationsConfig::default());
    App::new(
        store,
        Arc::new(clock),
        Arc::new(rand::random::<u128>),
        tokens,
        config::Settings::default(),
        integrations,
    )
}

/// Creates a router for each of the [`INSTANCES`] function instances.
fn instances(engines: &Engines, deployed: &Deployed, began: Instant, key: &str) -> Vec<Router> {
    (0..INSTANCES).map(|_| dibs_http::router(routes(), app(engines, deployed, began, key))).collect()
}

/// Returns the id of the user with this number, and an access token.
fn user(app: &App, number: usize) -> (UserId, Arc<str>) {
    let id = UserId::new(format!("{number:06}"));
    let token = app.tokens().issue(&id, &BTreeSet::from([Role::User]), app.now()).expect("a token");
    (id, token.into())
}

/// Sends a request with an access token, received by API Gateway at the time `at`. Returns status and body.
async fn call(
    router: Router,
    token: &str,
    at: Timestamp,
    request: http::request::Builder,
    body: Body,
) -> (u16, Value) {
    let mut request =
        request.header(header::AUTHORIZATION, format!("Bearer {token}")).body(body).expect("a request");
    request.extensions_mut().insert(Origin {
        request_id: "rush".to_owned(),
        address: Some("192.0.2.1".to_owned()),
        received_at: at,
    });
    let response = router.oneshot(request).await.expect("the router never fails");
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}
