//! Bench for cost measurements: the routes and workers of dibs on a metered embedded DynamoDB, one operation
//! at a time, with a clock that stands still between calls.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use config::{IntegrationsConfig, Settings};
use dibs_http::Origin;
use dibs_http::axum::Router;
use dibs_http::axum::body::{Body, to_bytes};
use domain::Timestamp;
use domain::accounts::Role;
use domain::events::{DomainEvent, PublishedEvents};
use domain::ids::{CampaignId, RewardId, UserId, fresh};
use http::{Request, Response, header};
use integrations::{Integrations, Script};
use local::engine::{Dynamo, Engines, Sockets};
use local::routes::routes;
use runtime::{App, Tokens, Worker};
use serde_json::Value;
use store::schema::{QUEUES, TABLES};
use store::{Registered, Store};
use tokio::time::Instant;
use tower::ServiceExt;

use super::meter::{Cost, Meter};
use super::recording_sqs::{Messages, RecordingSqs};
use super::streams::{Streams, events};
use crate::staff::account;

/// Latency of each call to DynamoDB. Time is simulated, so it does not slow the measurement.
const LATENCY: Duration = Duration::from_millis(10);
/// Start of the clock, 2026-11-21T09:00:00Z, in milliseconds of Unix time.
const BEGAN_MS: i64 = 1_795_251_600_000;

/// User who calls the API.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Account id of the user. The store need not contain the account.
    pub id: UserId,
    /// Access token of the user.
    pub token: String,
}

/// Response, with its body read completely.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status of the response.
    pub status: u16,
    /// Body of the response, as JSON.
    pub body: Value,
    /// Cookie that the response sets.
    pub cookie: Option<String>,
}

/// Work of the relays for the stream records of one operation.
#[derive(Debug, Default)]
pub struct Relayed {
    /// Number of stream records that the relays received.
    pub records: usize,
    /// Calls of the relays to DynamoDB.
    pub cost: Cost,
    /// Messages that the relays sent to SQS.
    pub messages: Messages,
}

impl Relayed {
    /// Returns the domain events that the relays sent to the outbox.
    pub fn events(&self) -> Vec<DomainEvent> {
        let messages = self.messages.get("outbox").into_iter().flatten();
        let read = |message: &String| message.parse::<PublishedEvents>().expect("events").0;
        messages.flat_map(read).collect()
    }
}

/// Bench with one function instance and its store.
pub struct Bench {
    /// Dependencies of the functions.
    pub app: App,
    /// Meter in front of DynamoDB.
    pub meter: Meter,
    /// Connections of clients with live updates.
    pub sockets: Sockets,
    router: Router,
    sqs: RecordingSqs,
    ahead_ms: Arc<AtomicI64>,
    streams: Streams,
}

impl Bench {
    /// Creates a bench with an empty store. The caller's runtime must have paused time.
    pub async fn start() -> Self {
        Self::with_settings(Settings::default()).await
    }

    /// Creates a bench with these settings.
    pub async fn with_settings(settings: Settings) -> Self {
        Self::with(settings, || Integrations::new(IntegrationsConfig::default())).await
    }

    /// Creates a bench whose functions call these outside services.
    pub async fn with_parties(integrations: IntegrationsConfig) -> Self {
        Self::with(Settings::default(), move || Integrations::new(integrations.clone())).await
    }

    /// Creates a bench in which `script` answers all calls to outside services.
    pub async fn with_script(script: Script) -> Self {
        Self::with(Settings::default(), move || Integrations::scripted(script.clone())).await
    }

    async fn with(
        settings: Settings,
        integrations: impl Fn() -> Integrations + Send + Sync + 'static,
    ) -> Self {
        let dynamo = Dynamo::memory().expect("an engine");
        let (meter, sqs) = (Meter::new(dynamo.clone(), LATENCY), RecordingSqs::default());
        let engines = Engines::behind(meter.clone(), sqs.clone());
        let deployed = engines.create("dibs", TABLES, QUEUES).await.expect("tables and queues");
        let store = Store::new(engines.dynamo_client.clone(), engines.sqs_client.clone(), deployed.names());
        let store = store.with_sockets(engines.sockets_client.clone());
        let ahead_ms = Arc::new(AtomicI64::new(0));
        let (began, ahead) = (Instant::now(), ahead_ms.clone());
        let clock = move || {
            let passed = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
            Timestamp::from_millis(BEGAN_MS + passed + ahead.load(Ordering::Relaxed))
        };
        let key = local::keys::signing_key(None).expect("a key");
        let tokens = Tokens::new(None, Some(&key)).expect("tokens");
        let app = App::new(store, Arc::new(clock), Arc::new(chance()), tokens, settings, integrations);
        let router = dibs_http::router(routes(), app.clone());
        Self { app, meter, sockets: engines.sockets, router, sqs, ahead_ms, streams: Streams::open(dynamo) }
    }

    /// Returns a new user with `role`, without an account in the store.
    pub fn somebody(&self, role: Role) -> Caller {
        let id = UserId::new(fresh(self.app.now(), self.app.entropy()));
        let token = self.app.tokens().issue(&id, &BTreeSet::from([role]), self.app.now());
        Caller { id, token: token.expect("a token") }
    }

    /// Returns a new user with `role` and an account in the store.
    pub async fn member(&self, role: Role) -> Caller {
        let caller = self.somebody(role);
        let account = account(&caller.id, &BTreeSet::from([role]), self.app.now());
        let made = self.app.store().register_account(&account, None).await.expect("an account");
        assert_eq!(made, Registered::Done);
        caller
    }

    /// Returns a new user with the role USER.
    pub fn user(&self) -> Caller {
        self.somebody(Role::User)
    }

    /// Returns a new campaign id.
    pub fn campaign_id(&self) -> CampaignId {
        CampaignId::new(fresh(self.app.now(), self.app.entropy()))
    }

    /// Returns a new reward id.
    pub fn reward_id(&self) -> RewardId {
        RewardId::new(fresh(self.app.now(), self.app.entropy()))
    }

    /// Advances the clock by 1.5 s, so that every cache entry of the instance expires.
    pub fn expire_caches(&self) {
        self.ahead_ms.fetch_add(1_500, Ordering::Relaxed);
    }

    /// Advances the clock by `seconds`.
    pub fn advance_seconds(&self, seconds: i64) {
        self.ahead_ms.fetch_add(seconds * 1000, Ordering::Relaxed);
    }

    /// Advances the clock by `millis` milliseconds. A negative value undoes the latency of a call.
    pub fn advance_millis(&self, millis: i64) {
        self.ahead_ms.fetch_add(millis, Ordering::Relaxed);
    }

    /// Returns the result and the cost of `work` on an instance that has just read the revocation list and the
    /// channels of live updates.
    pub async fn measure<T>(&self, work: impl Future<Output = T>) -> (T, Cost) {
        self.app.revocations().refresh(self.app.store(), self.app.now()).await;
        self.app.store().list_channels_cached(self.app.now()).await.expect("the channels");
        self.metered(work).await
    }

    /// Returns the result and the cost of `work`, with the instance's cache as it is.
    pub async fn metered<T>(&self, work: impl Future<Output = T>) -> (T, Cost) {
        self.meter.take();
        let outcome = work.await;
        (outcome, Cost::of(&self.meter.take()))
    }

    /// Sends a request to the API.
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        caller: Option<&Caller>,
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        if let Some(caller) = caller {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", caller.token));
        }
        self.send(request, body).await
    }

    /// Sends a request with a cookie.
    pub async fn call_with_cookie(&self, method: &str, path: &str, cookie: &str) -> Answer {
        let request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        self.send(request.header(header::COOKIE, cookie), None).await
    }

    /// Sends a request with a queue token, if there is one.
    pub async fn call_with_queue_token(
        &self,
        method: &str,
        path: &str,
        caller: &Caller,
        token: Option<&str>,
        body: Value,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", caller.token));
        if let Some(token) = token {
            request = request.header(dibs_http::QUEUE_TOKEN_HEADER, token);
        }
        self.send(request, Some(body)).await
    }

    /// Sends a request with an `Idempotency-Key`.
    pub async fn call_with_key(
        &self,
        method: &str,
        path: &str,
        caller: &Caller,
        key: &str,
        body: Value,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", caller.token));
        self.send(request.header("idempotency-key", key), Some(body)).await
    }

    async fn send(&self, request: http::request::Builder, body: Option<Value>) -> Answer {
        let request = match body {
            Some(body) => {
                request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string()))
            }
            None => request.body(Body::empty()),
        };
        let mut request = request.expect("a request");
        request.extensions_mut().insert(Origin {
            request_id: fresh(self.app.now(), self.app.entropy()),
            address: Some("192.0.2.1".to_owned()),
            received_at: self.app.now(),
        });
        let response = self.router.clone().oneshot(request).await.expect("the router never fails");
        answer(response).await
    }

    /// Sends `POST /events/{campaign}/requests/{reward}`.
    pub async fn claim(&self, caller: &Caller, campaign: &CampaignId, reward: &RewardId) -> Answer {
        self.call("POST", &format!("/events/{campaign}/requests/{reward}"), Some(caller), None).await
    }

    /// Passes all new stream records to the relays of an instance that has just read the channels of live updates, and returns their cost and messages.
    pub async fn relay(&mut self) -> Relayed {
        let records = self.streams.new_records();
        self.sqs.take();
        self.app.store().list_channels_cached(self.app.now()).await.expect("the channels");
        self.meter.take();
        for (worker, event) in events(&records) {
            worker.handle_shard(&self.app, Some("shard-1".to_owned()), event).await.expect("a relay");
        }
        Relayed { records: records.len(), cost: Cost::of(&self.meter.take()), messages: self.sqs.take() }
    }

    /// Returns the messages that were sent since the previous call of this function, by queue.
    pub fn take_messages(&self) -> Messages {
        self.sqs.take()
    }

    /// Passes the message `body` to the worker of a queue, and returns the cost of its work.
    pub async fn work(&self, worker: &Worker, body: &str) -> Cost {
        let (done, cost) = self.measure(self.deliver(worker, body)).await;
        assert!(done, "{} failed on {body}", worker.name);
        cost
    }

    /// Passes the message `body` to the worker of a queue. Returns `false` if the worker failed, so that SQS
    /// would deliver the message again.
    pub async fn deliver(&self, worker: &Worker, body: &str) -> bool {
        let mut message = SqsMessage::default();
        message.message_id = Some("1".to_owned());
        message.body = Some(body.to_owned());
        message.attributes.insert("ApproximateReceiveCount".to_owned(), "1".to_owned());
        let mut event = SqsEvent::default();
        event.records = vec![message];
        worker.handle_sqs(&self.app, event).await.batch_item_failures.is_empty()
    }
}

async fn answer(response: Response<Body>) -> Answer {
    let cookie = response.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
    let cookie = cookie.and_then(|value| value.split(';').next()).map(str::to_owned);
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    Answer { status, body: serde_json::from_slice(&bytes).unwrap_or_default(), cookie }
}

/// Returns a generator of pseudo-random numbers that is the same in each run.
fn chance() -> impl Fn() -> u128 + Send + Sync {
    let count = AtomicU64::new(1);
    let mix = |seed: u64| {
        let mut bits = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    };
    move || {
        let seed = count.fetch_add(2, Ordering::Relaxed);
        u128::from(mix(seed)) << 64 | u128::from(mix(seed + 1))
    }
}
