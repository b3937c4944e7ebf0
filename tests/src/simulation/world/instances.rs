//! Function instances of a run, each with its own store, caches and clock.

use std::sync::Arc;

use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, StalledStreamProtectionConfig};
use config::SecretString;
use dibs_http::Origin;
use dibs_http::axum::Router;
use dibs_http::axum::body::Body;
use domain::Timestamp;
use integrations::signature;
use local::engine::connector::Connector;
use local::routes::routes;
use runtime::{App, SocketEvent, Tokens, Worker};
use store::schema::{QUEUES, TABLES};
use store::{Names, Store};
use tower::ServiceExt;

use super::core::Core;
use super::environment::SKEW_MS_MAX;
use super::faults::Fault;
use super::requests::{Answer, Request, Shown};
use super::tables::deployed;
use super::wire::Wire;
use super::{lambda, outside};

/// Function instances of a run and their shared state.
pub struct World {
    /// Shared state of the run.
    pub core: Arc<Core>,
    /// Instances that serve the API.
    pub api: Vec<Instance>,
    /// Instances that handle messages and stream records.
    pub workers: Vec<Instance>,
    /// Instance without faults, whose clock has the true time, for the setup and the final checks.
    pub fault_free: Instance,
}

/// Function instance with caches and a clock of its own.
#[derive(Clone)]
pub struct Instance {
    /// Name of the instance in the trace.
    pub name: String,
    /// Dependencies of the function.
    pub app: App,
    router: Router,
    core: Arc<Core>,
}

impl World {
    /// Creates all function instances on the shared state `core`.
    pub fn new(core: Arc<Core>) -> Self {
        let some = |kind: &str, count: usize| -> Vec<Instance> {
            (0..count)
                .map(|index| {
                    let skew_ms = core.env.prng.between(0, 2 * SKEW_MS_MAX) as i64 - SKEW_MS_MAX as i64;
                    Instance::new(&core, format!("{kind}-{index}"), skew_ms, false)
                })
                .collect()
        };
        let sizes = &core.env.sizes;
        let (api, workers) = (some("api", sizes.api_instances), some("worker", sizes.worker_instances));
        let times: Vec<i64> = api.iter().chain(&workers).map(|one| one.app.now().as_millis()).collect();
        if times.iter().max().zip(times.iter().min()).is_some_and(|(late, early)| late - early > 1000) {
            core.env.fault("world", Fault::ClocksApart);
        }
        let fault_free = Instance::new(&core, "calm".to_owned(), 0, true);
        Self { core, api, workers, fault_free }
    }

    /// Sends a request to an instance of the API that is drawn at random.
    pub async fn send(&self, request: Request) -> Answer {
        let instance = self.core.env.prng.pick(&self.api).clone();
        let text = format!("{} {} {} {:?}", request.user, request.method, request.path, request.key);
        self.core.env.event("client", format_args!("-> {} {text}", instance.name));
        let core = self.core.clone();
        let who = instance.name.clone();
        let answer = lambda::invoke(&core.env, &who, async move { instance.answer(request).await }).await;
        let answer = answer.unwrap_or(Answer::Gone);
        self.core.env.event("client", format_args!("<- {} {} {text}", answer.status(), answer.code()));
        answer
    }

    /// Sends a message over a connection for live updates, to an instance that is drawn at random, and returns the
    /// reply, if one arrives.
    pub async fn say(&self, id: &str, connected_at: Timestamp, message: &str) -> Option<String> {
        let reply = self.socket(&live::workers::receive_message::WORKER, id, connected_at, message).await;
        let is_lost = self.core.env.strikes(self.core.env.faults.rates.outside / 4);
        reply.filter(|_| !is_lost)
    }

    /// Tells the API that a connection has ended, or, as may happen, does not.
    pub async fn disconnect(&self, id: &str, connected_at: Timestamp) {
        if !self.core.env.faults.on() || self.core.env.prng.permille(700) {
            self.socket(&live::workers::disconnect::WORKER, id, connected_at, "").await;
        }
    }

    async fn socket(
        &self,
        worker: &'static Worker,
        id: &str,
        connected_at: Timestamp,
        message: &str,
    ) -> Option<String> {
        let instance = self.core.env.prng.pick(&self.api).clone();
        self.core.env.event("client", format_args!("-> {} {id} {message}", instance.name));
        let event = SocketEvent { connection_id: id.to_owned(), connected_at, body: message.to_owned() };
        let (core, who) = (self.core.clone(), instance.name.clone());
        let work = async move { worker.handle_socket(&instance.app, event).await };
        let reply = lambda::invoke(&core.env, &who, work).await.and_then(Result::ok).flatten();
        core.env.event("client", format_args!("<- {who} {id} {reply:?}"));
        reply
    }

    /// Sends a payment report, signed with `secret`, to an instance of the API that is drawn at random.
    pub async fn report(&self, body: String, secret: &str) -> Answer {
        let (path, now) = ("/api/v1/payments/callbacks", self.core.env.time(0).as_seconds().to_string());
        let signed = signature::sign(&SecretString::from(secret), &now, "POST", path, body.as_bytes());
        let call = http::Request::post(path).header(signature::TIMESTAMP, now);
        let call = call.header(signature::SIGNATURE, signed).header("content-type", "application/json");
        let call = call.body(Body::from(body.clone())).expect("a request is made");
        let instance = self.core.env.prng.pick(&self.api).clone();
        self.core.env.event("provider", format_args!("-> {} {body}", instance.name));
        let (core, who) = (self.core.clone(), instance.name.clone());
        let answer = lambda::invoke(&core.env, &who, async move { instance.serve(call).await }).await;
        let answer = answer.unwrap_or(Answer::Gone);
        self.core.env.event("provider", format_args!("<- {} {} {body}", answer.status(), answer.code()));
        answer
    }
}

impl Instance {
    fn new(core: &Arc<Core>, name: String, skew_ms: i64, fault_free: bool) -> Self {
        let wire = Wire { core: core.clone(), who: name.clone(), fault_free };
        let store = store(wire);
        let tokens = Tokens::new(None, Some(&signing_key())).expect("the key can be read");
        let (clock, chance, outside) = (core.env.clone(), core.env.clone(), core.outside.clone());
        let app = App::new(
            store,
            Arc::new(move || clock.time(skew_ms)),
            Arc::new(move || chance.prng.wide()),
            tokens,
            config::Settings {
                links_url: Some("https://dibs.example".to_owned()),
                ..config::Settings::default()
            },
            move || outside::integrations(outside.clone()),
        );
        Self { name, router: dibs_http::router(routes(), app.clone()), app, core: core.clone() }
    }

    /// Returns the response of this instance to a request, which cannot die, hang or freeze.
    pub async fn answer(self, request: Request) -> Answer {
        let mut call =
            http::Request::builder().method(request.method).uri(format!("/api/v1{}", request.path));
        let shown = request.session.unwrap_or_else(|| {
            let token = self.app.tokens().issue(&request.user, &[request.role].into(), self.app.now());
            Shown { access_token: Some(token.expect("a token is issued")), cookie: None }
        });
        if let Some(token) = &shown.access_token {
            call = call.header("authorization", format!("Bearer {token}"));
        }
        if let Some(cookie) = &shown.cookie {
            call = call.header("cookie", cookie);
        }
        if let Some(key) = &request.key {
            call = call.header("idempotency-key", key);
        }
        if let Some(token) = &request.token {
            call = call.header(dibs_http::QUEUE_TOKEN_HEADER, token);
        }
        let body = match &request.body {
            Some(body) => {
                call = call.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.serve(call.body(body).expect("a request is made")).await
    }

    async fn serve(self, mut call: http::Request<Body>) -> Answer {
        // The gateway's clock has the true time, whatever the clock of the function instance says.
        let (request_id, address) = ("simulated".to_owned(), Some("simulated".to_owned()));
        call.extensions_mut().insert(Origin { request_id, address, received_at: self.core.env.time(0) });
        let Ok(reply) = self.router.oneshot(call).await;
        let status = reply.status().as_u16();
        let cookies = reply.headers().get_all("set-cookie").into_iter();
        let cookies = cookies.filter_map(|value| Some(value.to_str().ok()?.to_owned())).collect();
        let bytes =
            dibs_http::axum::body::to_bytes(reply.into_body(), usize::MAX).await.expect("a body is read");
        Answer::Reply { status, body: serde_json::from_slice(&bytes).unwrap_or_default(), cookies }
    }
}

/// Creates a store with the SDK's real clients, whose retries wait equally long in every run of a seed.
fn store(wire: Wire) -> Store {
    let seconds = std::time::Duration::from_secs;
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(seconds(1)).build();
    let retries = RetryConfig::standard().with_max_attempts(3).with_use_static_exponential_base(true);
    // The SDK's own budget of retries is shared by the whole process, so one run would affect the next one.
    let bucket = || RetryPartition::custom(wire.who.clone()).token_bucket(TokenBucket::new(500)).build();
    let credentials = Credentials::new("simulated", "simulated", None, None, "simulation");
    macro_rules! client {
        ($sdk:ident) => {
            $sdk::Client::from_conf(
                $sdk::Config::builder()
                    .behavior_version(BehaviorVersion::latest())
                    .http_client(Connector::new(wire.clone()))
                    .credentials_provider(credentials.clone())
                    .region(Region::new("us-east-1"))
                    .endpoint_url("http://simulated")
                    .timeout_config(timeouts.clone())
                    .retry_config(retries.clone())
                    .retry_partition(bucket())
                    .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
                    .build(),
            )
        };
    }
    let names = Names::from_lookup(|variable| {
        let table = TABLES.iter().find(|table| table.variable() == variable).map(|table| deployed(table));
        let queue = QUEUES.iter().find(|queue| queue.variable() == variable);
        table.or(queue.map(|queue| format!("http://simulated/{}", queue.name)))
    });
    Store::new(client!(aws_sdk_dynamodb), client!(aws_sdk_sqs), names)
        .with_sockets(client!(aws_sdk_apigatewaymanagement))
}

/// Returns a private key for simulations only: the bytes 0, 1, 2 … in PKCS#8.
fn signing_key() -> String {
    use base64::Engine;
    let mut der =
        vec![0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    der.extend(0..32);
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
}
