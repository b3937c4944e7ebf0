//! Tests of the fake payment provider, over HTTP on this machine: its responses and its callbacks.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use assertions::assert_each_eq;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::routing::post;
use config::{IntegrationsConfig, SecretString};
use dibs::fakes::{Fakes, router};
use domain::Timestamp;
use domain::orders::Order;
use integrations::signature::{self, Arrived, SIGNATURE, TIMESTAMP};
use integrations::{Integrations, PaymentOutcome};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const SECRET: &str = "a secret for tests";
const CALLBACKS: &str = "/hook?from=provider";

fn now() -> Timestamp {
    Timestamp::from_millis(1_795_000_000_123)
}

async fn served(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
    at
}

/// Receiver of callbacks. It keeps the received ones, and responds with the statuses in `says` in turn, then
/// with 200.
#[derive(Clone, Default)]
struct Hook {
    heard: Arc<Mutex<Vec<Value>>>,
    says: Arc<Mutex<VecDeque<u16>>>,
}

async fn hear(State(hook): State<Hook>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap());
    let call = Arrived {
        method: "POST",
        path: uri.path_and_query().unwrap().as_str(),
        timestamp: text(TIMESTAMP),
        signature: text(SIGNATURE),
        body: &body,
    };
    signature::verify(&SecretString::from(SECRET), &call, now(), 0).expect("every callback is signed");
    hook.heard.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
    StatusCode::from_u16(hook.says.lock().unwrap().pop_front().unwrap_or(200)).unwrap()
}

/// Fake payment provider, with a client that requests payments and a receiver of the callbacks.
struct Stand {
    at: SocketAddr,
    fakes: Fakes,
    integrations: Integrations,
    hook: Hook,
    http: reqwest::Client,
}

async fn stand() -> Stand {
    let (fakes, hook) = (Fakes::new(SecretString::from(SECRET), now), Hook::default());
    let at = served(router(fakes.clone())).await;
    let hooked = served(Router::new().route("/hook", post(hear)).with_state(hook.clone())).await;
    let integrations = Integrations::new(IntegrationsConfig {
        provider_url: Some(format!("http://{at}/provider")),
        provider_secret: SecretString::from(SECRET),
        callback_url: Some(format!("http://{hooked}{CALLBACKS}")),
        timeout_ms: 2_000,
        ..IntegrationsConfig::default()
    });
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    Stand { at, fakes, integrations, hook, http }
}

impl Stand {
    async fn put(&self, settings: &Value) -> (u16, Value) {
        let url = format!("http://{}/_standins/provider", self.at);
        let response = self.http.put(url).body(settings.to_string()).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn get(&self, what: &str) -> Value {
        let url = format!("http://{}/_standins/{what}", self.at);
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// Requests a payment of `amount`, and waits until its callbacks are sent.
    async fn ask(&self, reference: &str, amount: u64) -> PaymentOutcome {
        let outcome = self.integrations.request_payment(now(), &order(amount), reference).await;
        self.fakes.called_back().await;
        outcome
    }

    /// Returns reference and status of each received callback, oldest first.
    fn heard(&self) -> Vec<(String, String)> {
        let text = |report: &Value, name: &str| report[name].as_str().unwrap().to_owned();
        let heard = self.hook.heard.lock().unwrap();
        heard.iter().map(|report| (text(report, "reference"), text(report, "status"))).collect()
    }
}

fn order(amount: u64) -> Order {
    let at = now().as_millis();
    serde_json::from_value(json!({
        "id": "usr_1:ord", "deal_id": "tdl_1", "product": {"id": "prd_1", "name": "Cat tree"}, "quantity": 1,
        "unit_price": amount, "status": "reserved", "parts": [], "log": [], "created_at": at, "expires_at": at,
        "version": 2,
    }))
    .unwrap()
}

fn reports_of(reports: &[(&str, &str)]) -> Vec<(String, String)> {
    reports.iter().map(|(reference, status)| ((*reference).to_owned(), (*status).to_owned())).collect()
}

#[tokio::test]
async fn it_takes_a_payment_and_calls_back() {
    let stand = stand().await;
    assert_eq!(stand.ask("r1", 500).await, PaymentOutcome::Asked);
    let report = json!({"reference": "r1", "order_id": "usr_1:ord", "status": "completed", "amount": 500});
    let mut listed = stand.hook.heard.lock().unwrap()[0].clone();
    assert_each_eq!((listed, report), (stand.heard().len(), 1));
    listed["answered"] = json!(200);
    listed["at"] = json!(now());
    assert_eq!(stand.get("provider/callbacks").await, json!([listed]));
}

#[tokio::test]
async fn it_does_as_it_is_told() {
    for (settings, outcome, heard) in [
        (json!({"decline": true}), "asked", vec![("r1", "failed")]),
        (json!({"callbacks": 3}), "asked", vec![("r1", "completed"); 3]),
        (json!({"callbacks": 0}), "asked", vec![]),
        (json!({"callback_delay_ms": 20}), "asked", vec![("r1", "completed")]),
        (json!({"delay_ms": 20, "twice": true}), "asked", vec![("r1", "completed"); 2]),
        (json!({"drop": "lost"}), "asked", vec![("r1", "completed")]),
        (json!({"drop": "close"}), "asked", vec![]),
        (json!({"fail": {"status": 503}}), "asked", vec![]),
        (json!({"fail": {"status": 402}}), "refused", vec![]),
    ] {
        let stand = stand().await;
        assert_eq!(stand.put(&settings).await.0, 200, "{settings}");
        let refused = PaymentOutcome::Refused { reason: "told to fail".to_owned() };
        let expected = if outcome == "refused" { refused } else { PaymentOutcome::Asked };
        assert_each_eq!(
            (stand.ask("r1", 500).await, expected),
            (stand.heard(), reports_of(&heard)),
            "{settings}"
        );
    }
}

#[tokio::test]
async fn a_reference_means_one_payment_with_one_outcome() {
    let stand = stand().await;
    stand.put(&json!({"decline": true})).await;
    stand.ask("r1", 500).await;
    stand.put(&json!({})).await;
    stand.ask("r1", 500).await;
    stand.ask("r2", 500).await;
    assert_eq!(stand.heard(), reports_of(&[("r1", "failed"), ("r1", "failed"), ("r2", "completed")]));
    assert!(matches!(stand.ask("r1", 501).await, PaymentOutcome::Refused { .. }));
    assert_eq!(stand.heard().len(), 3);
}

#[tokio::test]
async fn it_calls_back_until_it_is_heard() {
    let stand = stand().await;
    stand.hook.says.lock().unwrap().extend([503, 429]);
    stand.ask("r1", 500).await;
    assert_eq!(stand.heard(), reports_of(&[("r1", "completed"); 3]));
    // A response that definitely refuses the callback, such as 409, is not retried.
    stand.hook.says.lock().unwrap().extend([409]);
    stand.ask("r2", 500).await;
    let answered: Vec<Option<u16>> = stand.fakes.callbacks().iter().map(|one| one.answered).collect();
    assert_eq!(answered, [Some(200), Some(409)]);
}

#[tokio::test]
async fn only_signed_calls_are_taken_and_only_known_settings() {
    let stand = stand().await;
    let unsigned = stand.http.post(format!("http://{}/provider", stand.at)).body("{}").send().await.unwrap();
    assert_eq!(unsigned.status(), 401);
    let (_, set) = stand.put(&json!({"callbacks": 2, "fail": {"status": 500, "times": 3}})).await;
    assert_eq!(set["decline"], false);
    for bad in [
        json!({"callbacks": 11}),
        json!({"callbacks": -1}),
        json!({"callback_delay_ms": 600_001}),
        json!({"decline": "yes"}),
        json!({"declines": true}),
        json!({"fail": {"status": 200}}),
        json!(5),
    ] {
        let (status, answer) = stand.put(&bad).await;
        assert_each_eq!((status, 400), (answer["error"].is_string(), true), "{bad}");
    }
    assert_eq!(stand.get("provider").await, set, "a refused change changes nothing");
    assert_eq!(stand.put(&set).await, (200, set), "what is shown can be put");
}
