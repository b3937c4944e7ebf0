//! Tests of how `integrations` understands the responses of outside services, over HTTP on this machine and
//! by script.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use assertions::assert_each_eq;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use config::{IntegrationsConfig, SecretString};
use dibs_integrations::signature::{
    self, Arrived, IDEMPOTENCY_KEY, REQUEST_ID, SIGNATURE, TIMESTAMP, TOLERANCE_S,
};
use dibs_integrations::{
    ANSWER_BYTES_MAX, ConditionAnswer, ConditionRequest, ExternalService, FulfilmentOutcome,
    FulfilmentRequest, Integrations, SCRIPTED_SECRET, ServiceReply, script,
};
use domain::Timestamp;
use serde_json::json;
use tokio::net::TcpListener;

const SECRET: &str = "a secret for tests";

#[derive(Clone)]
enum Say {
    Answer(u16, String),
    Redirect(String),
    Nothing,
}

impl Say {
    fn shown(&self) -> String {
        match self {
            Self::Answer(status, body) => format!("{status} {}", body.chars().take(60).collect::<String>()),
            Self::Redirect(to) => format!("redirect to {to}"),
            Self::Nothing => "nothing".to_owned(),
        }
    }
}

fn say(status: u16, body: &str) -> Say {
    Say::Answer(status, body.to_owned())
}

/// Outside service that returns a list of replies in turn and repeats the last one. It counts calls and
/// connections, and verifies signatures.
#[derive(Clone)]
struct Service {
    says: Arc<Mutex<VecDeque<Say>>>,
    calls: Arc<Mutex<Vec<HeaderMap>>>,
    connections: Arc<AtomicUsize>,
    at: SocketAddr,
}

impl Service {
    async fn start(says: impl IntoIterator<Item = Say>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let says = Arc::new(Mutex::new(says.into_iter().collect()));
        let connections = Arc::new(AtomicUsize::new(0));
        let accepted = Arc::clone(&connections);
        let listener = listener.tap_io(move |_| {
            accepted.fetch_add(1, Ordering::Relaxed);
        });
        let service = Self { says, calls: Arc::default(), connections, at };
        let router = Router::new().fallback(answer).with_state(service.clone());
        tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        service
    }

    fn integrations(&self) -> Integrations {
        Integrations::new(config(&format!("http://{}/outside/service?k=v", self.at)))
    }

    fn calls(&self) -> usize {
        self.calls.lock().unwrap().len()
    }
}

async fn answer(
    State(service): State<Service>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap());
    let call = Arrived {
        method: method.as_str(),
        path: uri.path_and_query().unwrap().as_str(),
        timestamp: text(TIMESTAMP),
        signature: text(SIGNATURE),
        body: &body,
    };
    signature::verify(&SecretString::from(SECRET), &call, now(), TOLERANCE_S).expect("every call is signed");
    assert!(text(REQUEST_ID).is_some());
    assert_eq!(text("content-type"), Some("application/json"));
    service.calls.lock().unwrap().push(headers.clone());
    let say = {
        let mut says = service.says.lock().unwrap();
        if says.len() > 1 { says.pop_front() } else { says.front().cloned() }
    };
    match say.unwrap() {
        Say::Answer(status, body) => {
            (axum::http::StatusCode::from_u16(status).unwrap(), body).into_response()
        }
        Say::Redirect(to) => {
            (axum::http::StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response()
        }
        Say::Nothing => std::future::pending().await,
    }
}

fn config(url: &str) -> IntegrationsConfig {
    IntegrationsConfig {
        condition_url: Some(url.to_owned()),
        fulfilment_url: Some(url.to_owned()),
        secret: SecretString::from(SECRET),
        timeout_ms: 200,
        attempts_max: 2,
        ..IntegrationsConfig::default()
    }
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_795_000_000_123)
}

fn check() -> ConditionRequest {
    serde_json::from_value(
        json!({"check": "vip", "params": {"level": "3"}, "user_id": "usr_1", "campaign_id": "cmp_1"}),
    )
    .unwrap()
}

fn fulfilment() -> FulfilmentRequest {
    serde_json::from_value(json!({
        "grant_id": "clm_1.rwd_1.1", "claim_id": "clm_1", "user_id": "usr_1", "campaign_id": "cmp_1",
        "reward": {"kind": "ITEM", "item_id": "sword", "quantity": 1},
    }))
    .unwrap()
}

fn unavailable(reason: &str) -> ConditionAnswer {
    ConditionAnswer::Unavailable { reason: reason.to_owned() }
}

fn denied(reason: &str) -> FulfilmentOutcome {
    FulfilmentOutcome::Denied { reason: reason.to_owned() }
}

fn fulfilled(reference: Option<&str>) -> FulfilmentOutcome {
    FulfilmentOutcome::Fulfilled { reference: reference.map(str::to_owned) }
}

fn refused(reason: &str) -> FulfilmentOutcome {
    FulfilmentOutcome::Refused { reason: reason.to_owned() }
}

fn retry(reason: &str) -> FulfilmentOutcome {
    FulfilmentOutcome::Retry { reason: reason.to_owned() }
}

/// Returns a valid response body that exceeds the size limit.
fn huge() -> String {
    format!("{{\"qualified\":true,\"reference\":\"r\",\"pad\":\"{}\"}}", "x".repeat(ANSWER_BYTES_MAX))
}

#[tokio::test]
async fn a_check_is_answered_by_200_and_a_boolean_and_by_nothing_else() {
    let no = |reason: Option<&str>| ConditionAnswer::NotQualified { reason: reason.map(str::to_owned) };
    for (said, expected) in [
        (say(200, r#"{"qualified":true}"#), ConditionAnswer::Qualified),
        (say(200, r#"{"qualified":true,"reason":null,"more":[1]}"#), ConditionAnswer::Qualified),
        (say(200, r#"{"qualified":false}"#), no(None)),
        (say(200, r#"{"qualified":false,"reason":"level\n2 of 3 "}"#), no(Some("level 2 of 3"))),
        (say(200, r#"{"qualified":"true"}"#), unavailable("bad_answer")),
        (say(200, r#"{"qualified":1}"#), unavailable("bad_answer")),
        (say(200, r#"{"qualified":true,"qualified":true}"#), unavailable("bad_answer")),
        (say(200, r#"{"qualified":true}{"#), unavailable("bad_answer")),
        (say(200, "true"), unavailable("bad_answer")),
        (say(200, "{}"), unavailable("bad_answer")),
        (say(200, ""), unavailable("bad_answer")),
        (say(200, &huge()), unavailable("bad_answer")),
        (say(201, r#"{"qualified":true}"#), unavailable("http_201")),
        (say(400, r#"{"qualified":true}"#), unavailable("http_400")),
        (say(401, ""), unavailable("http_401")),
        (say(404, ""), unavailable("http_404")),
        (say(429, ""), unavailable("http_429")),
    ] {
        let shown = said.shown();
        let service = Service::start([said]).await;
        assert_eq!(service.integrations().check_condition(now(), &check()).await, expected, "{shown}");
        assert_eq!(service.calls(), 1, "not repeated: {shown}");
    }
}

#[tokio::test]
async fn a_check_is_repeated_once_after_a_failure_that_may_pass() {
    let service = Service::start([say(503, ""), say(200, r#"{"qualified":true}"#)]).await;
    assert_eq!(service.integrations().check_condition(now(), &check()).await, ConditionAnswer::Qualified);
    assert_eq!(service.calls(), 2);

    let service = Service::start([say(500, ""), say(502, r#"{"qualified":true}"#)]).await;
    assert_eq!(service.integrations().check_condition(now(), &check()).await, unavailable("http_502"));
    assert_eq!(service.calls(), 2, "attempts are bounded");
}

#[tokio::test]
async fn all_tries_of_a_check_share_one_timeout() {
    let service = Service::start([Say::Nothing]).await;
    let began = Instant::now();
    assert_eq!(service.integrations().check_condition(now(), &check()).await, unavailable("timeout"));
    assert!(began.elapsed() < Duration::from_millis(390), "{:?}", began.elapsed());
    assert_eq!(service.calls(), 1);
}

#[tokio::test]
async fn a_fulfilment_ends_by_the_status_and_is_tried_once() {
    for (said, expected) in [
        (say(200, r#"{"reference":"abc"}"#), fulfilled(Some("abc"))),
        (say(201, "{}"), fulfilled(None)),
        (say(202, r#"{"reference":null}"#), fulfilled(None)),
        (say(409, r#"{"already":true,"reference":"abc"}"#), fulfilled(Some("abc"))),
        (say(409, r#"{"already":true}"#), fulfilled(None)),
        (say(409, r#"{"already":false,"reference":"abc"}"#), retry("http_409")),
        (say(409, ""), retry("http_409")),
        (
            say(200, r#"{"reference":"abc","grant_id":7,"fulfilled":"yes","already":1}"#),
            fulfilled(Some("abc")),
        ),
        (say(409, r#"{"already":true,"reference":"abc","fulfilled":[]}"#), fulfilled(Some("abc"))),
        (say(404, r#"{"grant_id":"clm_1.rwd_1.1","fulfilled":false,"reason":"gone","x":1}"#), denied("gone")),
        (say(409, r#"{"grant_id":"clm_1.rwd_1.1","fulfilled":false}"#), denied("http_409")),
        (say(404, r#"{"grant_id":"clm_1.rwd_1.2","fulfilled":false,"reason":"gone"}"#), refused("gone")),
        (say(503, r#"{"grant_id":"clm_1.rwd_1.1","fulfilled":false}"#), retry("http_503")),
        (say(200, r#"{"grant_id":"clm_1.rwd_1.1","fulfilled":false}"#), retry("bad_answer")),
        (say(400, ""), refused("http_400")),
        (say(403, "<html>"), refused("http_403")),
        (say(404, r#"{"reason":"no such item"}"#), refused("no such item")),
        (say(410, r#"{"reason":" \u0000 "}"#), refused("http_410")),
        (say(422, &huge()), refused("http_422")),
        (say(401, r#"{"reference":"abc"}"#), retry("http_401")),
        (say(405, ""), retry("http_405")),
        (say(408, ""), retry("http_408")),
        (say(425, ""), retry("http_425")),
        (say(429, ""), retry("http_429")),
        (say(500, r#"{"reference":"abc"}"#), retry("http_500")),
        (say(503, ""), retry("http_503")),
        (say(200, "done"), retry("bad_answer")),
        (say(200, r#"{"reference":5}"#), retry("bad_answer")),
        (say(200, &huge()), retry("bad_answer")),
        (say(200, &format!("{{\"reference\":\"{}\"}}", "r".repeat(257))), retry("bad_answer")),
        (say(204, ""), retry("bad_answer")),
        (Say::Nothing, retry("timeout")),
    ] {
        let shown = said.shown();
        let service = Service::start([said]).await;
        assert_eq!(service.integrations().fulfil(now(), &fulfilment()).await, expected, "{shown}");
        assert_eq!(service.calls(), 1, "not repeated: {shown}");
        let calls = service.calls.lock().unwrap();
        assert_eq!(calls[0][IDEMPOTENCY_KEY], "clm_1.rwd_1.1");
    }
}

#[tokio::test]
async fn a_connection_serves_many_calls() {
    let service = Service::start([say(200, r#"{"qualified":true,"reference":"r"}"#)]).await;
    let integrations = service.integrations();
    for _ in 0..20 {
        assert_eq!(integrations.check_condition(now(), &check()).await, ConditionAnswer::Qualified);
        assert_eq!(integrations.fulfil(now(), &fulfilment()).await, fulfilled(Some("r")));
    }
    assert_each_eq!((service.calls(), 40), (service.connections.load(Ordering::Relaxed), 1));
}

#[tokio::test]
async fn the_longest_answer_that_is_read_is_16_kib() {
    let padded = |bytes: usize| {
        let frame = r#"{"qualified":true,"pad":""}"#.len();
        format!("{{\"qualified\":true,\"pad\":\"{}\"}}", "x".repeat(bytes - frame))
    };
    let service =
        Service::start([say(200, &padded(ANSWER_BYTES_MAX)), say(200, &padded(ANSWER_BYTES_MAX + 1))]).await;
    let integrations = service.integrations();
    assert_eq!(integrations.check_condition(now(), &check()).await, ConditionAnswer::Qualified);
    assert_eq!(integrations.check_condition(now(), &check()).await, unavailable("bad_answer"));
}

#[tokio::test]
async fn nobody_is_redirected() {
    let target = Service::start([say(200, r#"{"qualified":true,"reference":"r"}"#)]).await;
    let to = format!("http://{}/outside/service?k=v", target.at);
    let service = Service::start([Say::Redirect(to)]).await;
    let integrations = service.integrations();
    assert_eq!(integrations.check_condition(now(), &check()).await, unavailable("http_307"));
    assert_eq!(integrations.fulfil(now(), &fulfilment()).await, retry("http_307"));
    assert_eq!(target.calls(), 0);
}

#[tokio::test]
async fn a_service_that_is_down_or_absent_is_no_yes() {
    // The port is bound and released, so that nothing listens on it.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let down = Integrations::new(config(&format!("http://{free}/")));
    assert_eq!(down.check_condition(now(), &check()).await, unavailable("connection"));
    assert_eq!(down.fulfil(now(), &fulfilment()).await, retry("connection"));

    for absent in
        [IntegrationsConfig::default(), config("no url"), config("ftp://example.com/"), config("http://[::")]
    {
        let absent = Integrations::new(absent);
        assert_eq!(absent.check_condition(now(), &check()).await, unavailable("not_configured"));
        let reason = "not_configured".to_owned();
        assert_eq!(absent.fulfil(now(), &fulfilment()).await, FulfilmentOutcome::NotAsked { reason });
    }
}

#[tokio::test]
async fn a_grant_id_that_is_no_header_is_refused_before_the_call() {
    let service = Service::start([say(200, "{}")]).await;
    for bad in ["", "a b", "a\nb", "é"] {
        let request = FulfilmentRequest { grant_id: bad.to_owned(), ..fulfilment() };
        assert_eq!(service.integrations().fulfil(now(), &request).await, refused("bad_grant_id"));
    }
    assert_eq!(service.calls(), 0);
}

#[tokio::test]
async fn a_script_sees_the_call_as_the_wire_would() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&seen);
    let integrations = Integrations::scripted(script(move |call| {
        let body = match call.service {
            ExternalService::Condition => r#"{"qualified":true}"#,
            ExternalService::Fulfilment => r#"{"reference":"r"}"#,
            other => panic!("nobody calls {other:?} here"),
        };
        record.lock().unwrap().push(call);
        Box::pin(async move { ServiceReply::Answer { status: 200, body: body.into() } })
    }));
    assert_eq!(integrations.check_condition(now(), &check()).await, ConditionAnswer::Qualified);
    assert_eq!(integrations.fulfil(now(), &fulfilment()).await, fulfilled(Some("r")));

    let seen = seen.lock().unwrap();
    assert_eq!(seen.iter().map(|call| call.path.as_str()).collect::<Vec<_>>(), ["/condition", "/fulfilment"]);
    assert_eq!(seen[0].body, serde_json::to_vec(&check()).unwrap());
    assert_eq!(seen[0].header(IDEMPOTENCY_KEY), None);
    assert_eq!(seen[1].header(IDEMPOTENCY_KEY), Some("clm_1.rwd_1.1"));
    for call in seen.iter() {
        let arrived = Arrived {
            method: call.method,
            path: &call.path,
            timestamp: call.header(TIMESTAMP),
            signature: call.header(SIGNATURE),
            body: &call.body,
        };
        assert_eq!(signature::verify(&SecretString::from(SCRIPTED_SECRET), &arrived, now(), 0), Ok(()));
    }
}

#[test]
fn a_script_needs_no_timer_and_loses_calls_as_the_network_does() {
    let replies = [
        (ServiceReply::Timeout, unavailable("timeout"), 1, retry("timeout")),
        (ServiceReply::Connection, unavailable("connection"), 2, retry("connection")),
        (
            ServiceReply::Answer { status: 200, body: huge().into_bytes() },
            unavailable("bad_answer"),
            1,
            retry("bad_answer"),
        ),
    ];
    // The runtime has no timer, so tokio would panic if the code under test waited for one.
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for (reply, answer, tries, outcome) in replies {
        let calls = Arc::new(Mutex::new(0));
        let count = Arc::clone(&calls);
        let integrations = Integrations::scripted(script(move |_| {
            *count.lock().unwrap() += 1;
            let reply = reply.clone();
            Box::pin(async move { reply })
        }));
        assert_eq!(runtime.block_on(integrations.check_condition(now(), &check())), answer);
        assert_eq!(*calls.lock().unwrap(), tries);
        assert_eq!(runtime.block_on(integrations.fulfil(now(), &fulfilment())), outcome);
        assert_eq!(*calls.lock().unwrap(), tries + 1);
    }
}
