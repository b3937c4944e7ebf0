//! Tests of `integrations` against the fakes, over HTTP on this machine: what each fault leads to, and that a
//! fulfilment whose outcome was unknown happens once.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use config::{IntegrationsConfig, SecretString};
use dibs::fakes::{ConditionSettings, Delivery, Fakes, router};
use domain::Timestamp;
use integrations::{ConditionAnswer, ConditionRequest, FulfilmentOutcome, FulfilmentRequest, Integrations};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const SECRET: &str = "a secret for tests";

/// Fakes on a port of their own, and the `integrations` that call them.
struct Stand {
    at: SocketAddr,
    integrations: Integrations,
    http: reqwest::Client,
}

async fn stand() -> Stand {
    let state = Fakes::new(SecretString::from(SECRET), now);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, router(state)).await.unwrap() });
    Stand {
        at,
        integrations: integrations(at, SECRET),
        http: reqwest::Client::builder().no_proxy().build().unwrap(),
    }
}

fn integrations(at: SocketAddr, secret: &str) -> Integrations {
    Integrations::new(IntegrationsConfig {
        condition_url: Some(format!("http://{at}/condition")),
        fulfilment_url: Some(format!("http://{at}/fulfilment")),
        secret: SecretString::from(secret),
        timeout_ms: 150,
        attempts_max: 2,
        ..IntegrationsConfig::default()
    })
}

impl Stand {
    async fn put(&self, service: &str, settings: Value) -> (u16, Value) {
        let url = format!("http://{}/_standins/{service}", self.at);
        let response = self.http.put(url).body(settings.to_string()).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn get(&self, what: &str) -> Value {
        let url = format!("http://{}/_standins/{what}", self.at);
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    async fn told(&self, service: &str, settings: Value) {
        let (status, answer) = self.put(service, settings).await;
        assert_eq!(status, 200, "{answer}");
    }

    async fn check(&self, check: &str, user: &str) -> ConditionAnswer {
        let request: ConditionRequest =
            serde_json::from_value(json!({"check": check, "user_id": user, "campaign_id": "cmp_1"})).unwrap();
        self.integrations.check_condition(now(), &request).await
    }

    async fn fulfil(&self, grant: &str) -> FulfilmentOutcome {
        self.integrations.fulfil(now(), &fulfilment(grant)).await
    }

    /// Returns the grant id of each delivery, oldest first, with `true` if it was a repeat.
    async fn deliveries(&self) -> Vec<(String, bool)> {
        let list: Vec<Delivery> = serde_json::from_value(self.get("fulfilment/deliveries").await).unwrap();
        list.into_iter().map(|one| (one.request.grant_id, one.repeated)).collect()
    }
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_795_000_000_123)
}

fn fulfilment(grant: &str) -> FulfilmentRequest {
    serde_json::from_value(json!({
        "grant_id": grant, "claim_id": "clm_1", "user_id": "usr_1", "campaign_id": "cmp_1",
        "reward": {"points": 5},
    }))
    .unwrap()
}

fn unavailable(reason: &str) -> ConditionAnswer {
    ConditionAnswer::Unavailable { reason: reason.to_owned() }
}

fn retry(reason: &str) -> FulfilmentOutcome {
    FulfilmentOutcome::Retry { reason: reason.to_owned() }
}

fn reference(outcome: FulfilmentOutcome) -> String {
    match outcome {
        FulfilmentOutcome::Fulfilled { reference: Some(reference) } => reference,
        other => panic!("{other:?}"),
    }
}

fn seen(expected: &[(&str, bool)]) -> Vec<(String, bool)> {
    expected.iter().map(|(grant, repeated)| ((*grant).to_owned(), *repeated)).collect()
}

#[tokio::test]
async fn rules_say_who_qualifies() {
    let stand = stand().await;
    let no = |answer| matches!(answer, ConditionAnswer::NotQualified { reason: Some(_) });
    assert_eq!(stand.check("vip_gold", "usr_1").await, ConditionAnswer::Qualified);
    assert_eq!(stand.check("yes", "usr_1").await, ConditionAnswer::Qualified);
    assert!(no(stand.check("no", "usr_1").await));
    assert!(no(stand.check("else", "usr_1").await));

    stand.told("condition", json!({"qualified": {"vip": ["usr_2"], "no": ["usr_1"]}})).await;
    assert!(no(stand.check("vip", "usr_1").await));
    assert_eq!(stand.check("vip", "usr_2").await, ConditionAnswer::Qualified);
    assert_eq!(stand.check("no", "usr_1").await, ConditionAnswer::Qualified);
}

#[tokio::test]
async fn faults_of_the_condition_service() {
    let stand = stand().await;
    for (settings, expected) in [
        (json!({"delay_ms": 1000}), unavailable("timeout")),
        (json!({"drop": "silent"}), unavailable("timeout")),
        (json!({"drop": "close"}), unavailable("connection")),
        (json!({"drop": "lost"}), unavailable("connection")),
        (json!({"malformed": true}), unavailable("bad_answer")),
        (json!({"fail": {"status": 503}}), unavailable("http_503")),
        (json!({"fail": {"status": 500, "times": 2}}), unavailable("http_500")),
        (json!({"fail": {"status": 503, "times": 1}}), ConditionAnswer::Qualified),
        (json!({"twice": true}), ConditionAnswer::Qualified),
        (json!({}), ConditionAnswer::Qualified),
    ] {
        stand.told("condition", settings.clone()).await;
        let began = Instant::now();
        assert_eq!(stand.check("vip", "usr_1").await, expected, "{settings}");
        assert!(began.elapsed() < Duration::from_millis(300), "{settings}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn an_unknown_outcome_becomes_one_effect() {
    for (settings, expected, handled) in [
        (json!({"drop": "lost"}), retry("connection"), true),
        (json!({"delay_ms": 1000}), retry("timeout"), true),
        (json!({"malformed": true}), retry("bad_answer"), true),
        (json!({"drop": "close"}), retry("connection"), false),
        (json!({"drop": "silent"}), retry("timeout"), false),
        (json!({"fail": {"status": 500}}), retry("http_500"), false),
    ] {
        let stand = stand().await;
        stand.told("fulfilment", settings.clone()).await;
        assert_eq!(stand.fulfil("g1").await, expected, "{settings}");
        stand.told("fulfilment", json!({})).await;
        let first = reference(stand.fulfil("g1").await);
        assert_eq!(reference(stand.fulfil("g1").await), first, "{settings}");
        let mut want = vec![("g1", false), ("g1", true)];
        if handled {
            want.push(("g1", true));
        }
        assert_eq!(stand.deliveries().await, seen(&want), "{settings}");
    }
}

#[tokio::test]
async fn answering_twice_delivers_once() {
    let stand = stand().await;
    stand.told("fulfilment", json!({"twice": true})).await;
    let first = reference(stand.fulfil("g1").await);
    assert_eq!(stand.deliveries().await, seen(&[("g1", false), ("g1", true)]));
    assert_ne!(reference(stand.fulfil("g2").await), first);
}

#[tokio::test]
async fn a_number_of_failures_passes() {
    let stand = stand().await;
    stand.told("fulfilment", json!({"fail": {"status": 429, "times": 2}})).await;
    assert_eq!(stand.fulfil("g1").await, retry("http_429"));
    assert_eq!(stand.get("fulfilment").await["fail"], json!({"status": 429, "times": 1}));
    assert_eq!(stand.fulfil("g1").await, retry("http_429"));
    reference(stand.fulfil("g1").await);
    assert_eq!(stand.get("fulfilment").await["fail"], Value::Null);
}

#[tokio::test]
async fn a_key_means_one_fulfilment() {
    let stand = stand().await;
    reference(stand.fulfil("g1").await);
    let other = FulfilmentRequest { reward: json!({"points": 6}), ..fulfilment("g1") };
    let refused = stand.integrations.fulfil(now(), &other).await;
    assert!(matches!(refused, FulfilmentOutcome::Refused { .. }), "{refused:?}");
}

#[tokio::test]
async fn only_calls_with_the_secret_and_of_this_hour_are_believed() {
    let stand = stand().await;
    stand.told("condition", json!({"fail": {"status": 503, "times": 1}})).await;
    let stranger = integrations(stand.at, "another secret, not that one");
    let request: ConditionRequest =
        serde_json::from_value(json!({"check": "vip", "user_id": "usr_1", "campaign_id": "cmp_1"})).unwrap();
    assert_eq!(stranger.check_condition(now(), &request).await, unavailable("http_401"));
    assert_eq!(stranger.fulfil(now(), &fulfilment("g1")).await, retry("http_401"));
    let late = now().plus_seconds(-301);
    assert_eq!(stand.integrations.check_condition(late, &request).await, unavailable("http_401"));
    assert_eq!(stand.integrations.fulfil(late, &fulfilment("g1")).await, retry("http_401"));
    assert!(stand.deliveries().await.is_empty());
    assert_eq!(stand.get("condition").await["fail"]["times"], 1, "strangers use up no failure");

    let unsigned =
        stand.http.post(format!("http://{}/fulfilment", stand.at)).body("{}").send().await.unwrap();
    assert_eq!(unsigned.status(), 401);
}

#[tokio::test]
async fn controls_take_what_they_show_and_nothing_unknown() {
    let stand = stand().await;
    for service in ["condition", "fulfilment"] {
        let (_, set) = stand.put(service, json!({"delay_ms": 5, "fail": {"status": 500, "times": 3}})).await;
        assert_eq!(stand.get(service).await, set);
        assert_eq!(stand.put(service, set.clone()).await, (200, set.clone()), "what is shown can be put");
        for bad in [
            json!({"delay": 5}),
            json!({"delay_ms": -1}),
            json!({"delay_ms": 60_001}),
            json!({"drop": "sometimes"}),
            json!({"fail": {"status": 200}}),
            json!({"fail": {"status": 500, "times": 0}}),
            json!({"fail": {"times": 1}}),
            json!({"fail": {"status": 500, "when": 1}}),
            json!({"qualified": {"vip": ["not an id"]}}),
            json!(5),
        ] {
            let (status, answer) = stand.put(service, bad.clone()).await;
            assert_eq!(status, 400, "{service} {bad}");
            assert!(answer["error"].is_string());
        }
        assert_eq!(stand.get(service).await, set, "a refused change changes nothing");
    }
    assert_eq!(stand.put("fulfilment", json!({"qualified": {}})).await.0, 400, "that is the other service's");
}

#[tokio::test]
async fn settings_can_be_given_from_code() {
    let state = Fakes::new(SecretString::from(SECRET), now);
    let settings: ConditionSettings = serde_json::from_value(json!({"qualified": {"vip": []}})).unwrap();
    state.set_condition(settings);
    assert!(state.deliveries().is_empty());
}
