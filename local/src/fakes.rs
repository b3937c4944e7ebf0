//! Fakes of the outside services, which in production belong to other companies. The local stack uses them
//! for its demo, and tests set them to be slow, to fail, or to respond twice.
//!
//! `POST /condition`, `POST /fulfilment` and `POST /provider` accept signed calls only. `GET` and `PUT` of
//! `/_standins/condition`, `/_standins/fulfilment` and `/_standins/provider` read and replace the whole
//! [`settings`] of one fake; a missing field takes its default. `GET /_standins/fulfilment/deliveries` lists
//! the deliveries, `GET /_standins/provider/callbacks` the payment callbacks. `POST /v2/email/outbound-emails`
//! is the fake of Amazon SES: `GET /_standins/mails` shows the mails, `PUT /_standins/mails` sets its faults. The `/_standins` routes need no
//! authentication, because they exist only in a local stack.

mod ledger;
mod mails;
mod provider;
mod settings;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use config::SecretString;
use domain::Timestamp;
use integrations::signature::{
    self, Arrived, IDEMPOTENCY_KEY, REQUEST_ID, SIGNATURE, TIMESTAMP, TOLERANCE_S, Untrusted,
};
use integrations::{ConditionRequest, FulfilmentRequest, PaymentRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::watch;

pub use ledger::{DELIVERIES_MAX, Delivery};
pub use mails::{MAIL_FROM, MAILS_MAX, SentMail, mail_config};
pub use provider::{Callback, PAYMENTS_MAX};
pub use settings::{
    CALLBACK_DELAY_MS_MAX, CALLBACKS_MAX, ConditionSettings, DELAY_MS_MAX, Dropping, Fail, Faults,
    ProviderSettings,
};

use ledger::{Ledger, Refused};
use mails::Mails;
use provider::Provider;
use settings::Interference;

/// Maximum size of a request body, in bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Time after which a fake that is set to be silent closes the connection, unless the caller gave up before.
const SILENCE: Duration = Duration::from_secs(60);

/// Fakes of all outside services. Clones share their state.
#[derive(Clone)]
pub struct Fakes(Arc<Inner>);

struct Inner {
    secret: SecretString,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    state: Mutex<Services>,
    http: OnceLock<reqwest::Client>,
    /// Number of payments of which a callback is still to be sent.
    due: watch::Sender<usize>,
}

#[derive(Default)]
struct Services {
    condition: ConditionSettings,
    fulfilment: Faults,
    ledger: Ledger,
    provider: Provider,
    mails: Mails,
}

impl Fakes {
    /// Creates fakes without faults. They verify and create signatures with `secret` at the time of `clock`.
    pub fn new(secret: SecretString, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let (due, _) = watch::channel(0);
        let (clock, state, http) = (Box::new(clock), Mutex::default(), OnceLock::new());
        Self(Arc::new(Inner { secret, clock, state, http, due }))
    }

    /// Replaces the settings of the condition service.
    pub fn set_condition(&self, settings: ConditionSettings) {
        self.services().condition = settings;
    }

    /// Replaces the settings of the fulfilment service.
    pub fn set_fulfilment(&self, faults: Faults) {
        self.services().fulfilment = faults;
    }

    /// Returns the latest deliveries of the fulfilment service, at most [`DELIVERIES_MAX`], oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.services().ledger.deliveries()
    }

    fn services(&self) -> MutexGuard<'_, Services> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Call with a valid signature. The signature is verified before any fault, so that only calls of dibs count
/// against [`settings::Fail::times`].
struct SignedCall {
    headers: HeaderMap,
    body: Bytes,
}

impl FromRequest<Fakes> for SignedCall {
    type Rejection = Response;

    async fn from_request(request: Request, fakes: &Fakes) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let whole = Request::from_parts(parts.clone(), body);
        let body = Bytes::from_request(whole, fakes).await.map_err(IntoResponse::into_response)?;
        let call = Self { headers: parts.headers, body };
        let arrived = Arrived {
            method: parts.method.as_str(),
            path: parts.uri.path_and_query().map_or("", |path| path.as_str()),
            timestamp: call.header(TIMESTAMP),
            signature: call.header(SIGNATURE),
            body: &call.body,
        };
        signature::verify(&fakes.0.secret, &arrived, (fakes.0.clock)(), TOLERANCE_S).map_err(unauthorized)?;
        Ok(call)
    }
}

impl SignedCall {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn parse<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_slice(&self.body)
    }
}

/// Creates the routes of the fakes and of their settings. The router must be merged and not nested, because
/// the path is part of a signature.
pub fn router(state: Fakes) -> Router {
    Router::new()
        .route("/condition", post(check))
        .route("/fulfilment", post(fulfil))
        .route("/provider", post(pay))
        .route("/v2/email/outbound-emails", post(mails::send))
        .route("/_standins/mails", get(mails::list).put(mails::put_settings))
        .route("/_standins/mails/settings", get(mails::settings))
        .route("/_standins/condition", get(condition).put(put_condition))
        .route("/_standins/fulfilment", get(fulfilment).put(put_fulfilment))
        .route("/_standins/fulfilment/deliveries", get(deliveries))
        .route("/_standins/provider", get(provider).put(put_provider))
        .route("/_standins/provider/callbacks", get(callbacks))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(state)
}

async fn check(State(state): State<Fakes>, call: SignedCall) -> Response {
    let interference = state.services().condition.faults.next();
    interfered(interference, || {
        let Ok(request) = call.parse::<ConditionRequest>() else {
            return (400, json!({"reason": "not a condition check"}));
        };
        let qualified = state.services().condition.qualifies(&request);
        let reason = (!qualified).then_some("the stand-in's rules do not name this user");
        (200, json!({"qualified": qualified, "reason": reason}))
    })
    .await
}

async fn fulfil(State(state): State<Fakes>, call: SignedCall) -> Response {
    let interference = state.services().fulfilment.next();
    let deny = interference.deny;
    interfered(interference, || {
        let Ok(request) = call.parse::<FulfilmentRequest>() else {
            return (400, json!({"reason": "not a fulfilment"}));
        };
        // The signature does not cover the idempotency key, but it covers the body, which must have the same
        // id.
        if call.header(IDEMPOTENCY_KEY) != Some(&request.grant_id) {
            return (400, json!({"reason": "the idempotency key is not the grant id"}));
        }
        if deny && !state.services().ledger.knows(&request.grant_id) {
            let denial = json!({"grant_id": request.grant_id, "fulfilled": false, "reason": "told to deny"});
            return (409, denial);
        }
        let request_id = call.header(REQUEST_ID).unwrap_or_default();
        match state.services().ledger.deliver(request, request_id, (state.0.clock)()) {
            Ok(reference) => (200, json!({"reference": reference})),
            Err(Refused::KeyReused) => (422, json!({"reason": "the key was used for another fulfilment"})),
        }
    })
    .await
}

async fn pay(State(state): State<Fakes>, call: SignedCall) -> Response {
    let interference = state.services().provider.settings.faults.next();
    interfered(interference, || {
        let Ok(request) = call.parse::<PaymentRequest>() else {
            return (400, json!({"reason": "not a payment"}));
        };
        if call.header(IDEMPOTENCY_KEY) != Some(&request.reference) {
            return (400, json!({"reason": "the idempotency key is not the reference"}));
        }
        let Some(outcome) = state.services().provider.take(&request) else {
            return (422, json!({"reason": "the reference was used for another payment"}));
        };
        let answer = json!({"reference": request.reference});
        state.call_back(request, outcome);
        (202, answer)
    })
    .await
}

/// Responds with the status and body that `handle` returns, changed by the faults in `interference`.
async fn interfered(interference: Interference, handle: impl Fn() -> (u16, Value)) -> Response {
    let Interference { delay, status, drop, malformed, twice, deny: _ } = interference;
    match drop {
        Some(Dropping::Close) => return broken(),
        Some(Dropping::Silent) => {
            tokio::time::sleep(SILENCE).await;
            return broken();
        }
        Some(Dropping::Lost) | None => {}
    }
    let (status, answer) = match status {
        Some(status) => (status, json!({"reason": "told to fail"})),
        None => {
            if twice {
                handle();
            }
            handle()
        }
    };
    // The delay comes after the work, so that a caller that gives up does not know whether the work was done.
    // A delay of zero is skipped, because a sleep takes at least one tick of the timer, 1 to 2 ms.
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    if drop.is_some() {
        return broken();
    }
    if malformed {
        return (StatusCode::OK, "{\"qualified\": tr").into_response();
    }
    reply(status, &answer)
}

async fn condition(State(state): State<Fakes>) -> Response {
    reply(200, &state.services().condition)
}

async fn fulfilment(State(state): State<Fakes>) -> Response {
    reply(200, &state.services().fulfilment)
}

async fn deliveries(State(state): State<Fakes>) -> Response {
    reply(200, &state.deliveries())
}

async fn provider(State(state): State<Fakes>) -> Response {
    reply(200, &state.services().provider.settings)
}

async fn callbacks(State(state): State<Fakes>) -> Response {
    reply(200, &state.callbacks())
}

async fn put_provider(State(state): State<Fakes>, body: Bytes) -> Response {
    put(&body, ProviderSettings::check, |settings| state.set_provider(settings))
}

async fn put_condition(State(state): State<Fakes>, body: Bytes) -> Response {
    put(&body, ConditionSettings::check, |settings| state.set_condition(settings))
}

async fn put_fulfilment(State(state): State<Fakes>, body: Bytes) -> Response {
    put(&body, Faults::check, |faults| state.set_fulfilment(faults))
}

fn put<T: DeserializeOwned + Serialize + Clone>(
    body: &[u8],
    check: impl Fn(&T) -> Result<(), String>,
    set: impl Fn(T),
) -> Response {
    let settings = serde_json::from_slice::<T>(body).map_err(|error| error.to_string());
    match settings.and_then(|settings| check(&settings).map(|()| settings)) {
        Ok(settings) => {
            set(settings.clone());
            reply(200, &settings)
        }
        Err(error) => reply(400, &json!({"error": error})),
    }
}

fn unauthorized(why: Untrusted) -> Response {
    reply(401, &json!({"reason": format!("signature {}", why.as_ref())}))
}

fn reply(status: u16, answer: &impl Serialize) -> Response {
    match serde_json::to_string(answer) {
        Ok(text) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Returns a response whose body fails before its first byte. The server then closes the connection without a
/// response.
fn broken() -> Response {
    let failing = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("told to drop")) });
    Response::new(Body::from_stream(failing))
}
