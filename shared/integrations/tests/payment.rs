//! Tests of the payment provider's responses by script, and of the verification of its callbacks.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use assertions::assert_each_eq;
use std::sync::{Arc, Mutex};

use config::{IntegrationsConfig, SecretString};
use dibs_integrations::signature::{self, Arrived, IDEMPOTENCY_KEY, SIGNATURE, TIMESTAMP, Untrusted};
use dibs_integrations::{
    ExternalService, Integrations, PaymentOutcome, SCRIPTED_SECRET, ServiceCall, ServiceReply, script,
};
use domain::Timestamp;
use domain::orders::Order;
use serde_json::{Value, json};

const REFERENCE: &str = "usr_1:ord:1.k";

fn now() -> Timestamp {
    Timestamp::from_millis(1_795_000_000_123)
}

/// Returns an order of two units at a price of 500 each.
fn order() -> Order {
    let at = now().as_millis();
    serde_json::from_value(json!({
        "id": "usr_1:ord", "deal_id": "tdl_1", "product": {"id": "prd_1", "name": "Cat tree"}, "quantity": 2,
        "unit_price": 500, "status": "reserved", "parts": [], "log": [], "created_at": at, "expires_at": at + 1,
        "version": 2,
    }))
    .unwrap()
}

/// Requests a payment that the provider answers with `reply`. Returns the outcome, and the call as it was
/// sent.
async fn ask(reply: ServiceReply) -> (PaymentOutcome, ServiceCall) {
    let seen = Arc::new(Mutex::new(None));
    let record = seen.clone();
    let integrations = Integrations::scripted(script(move |call| {
        assert!(record.lock().unwrap().replace(call).is_none(), "it is asked once");
        let reply = reply.clone();
        Box::pin(async move { reply })
    }));
    let outcome = integrations.request_payment(now(), &order(), REFERENCE).await;
    let call = seen.lock().unwrap().take().unwrap();
    (outcome, call)
}

fn answer(status: u16, body: &str) -> ServiceReply {
    ServiceReply::Answer { status, body: body.into() }
}

#[tokio::test]
async fn a_plain_refusal_is_one_and_nothing_else_is() {
    let refused = |reason: &str| PaymentOutcome::Refused { reason: reason.to_owned() };
    for (reply, expected) in [
        (answer(200, "{}"), PaymentOutcome::Asked),
        (answer(202, "thanks"), PaymentOutcome::Asked),
        (answer(402, r#"{"reason": "no\nfunds"}"#), refused("no funds")),
        (answer(400, ""), refused("http_400")),
        (answer(403, "{}"), refused("http_403")),
        (answer(404, "<html>"), refused("http_404")),
        (answer(410, ""), refused("http_410")),
        (answer(422, r#"{"reason": ""}"#), refused("http_422")),
        (answer(401, r#"{"reason": "who are you"}"#), PaymentOutcome::Asked),
        (answer(409, ""), PaymentOutcome::Asked),
        (answer(429, ""), PaymentOutcome::Asked),
        (answer(500, ""), PaymentOutcome::Asked),
        (answer(503, r#"{"reason": "later"}"#), PaymentOutcome::Asked),
        (ServiceReply::Timeout, PaymentOutcome::Asked),
        (ServiceReply::Connection, PaymentOutcome::Asked),
    ] {
        let shown = format!("{reply:?}");
        assert_eq!(ask(reply).await.0, expected, "{shown}");
    }
    let nobody = Integrations::new(IntegrationsConfig::default());
    assert_eq!(nobody.request_payment(now(), &order(), REFERENCE).await, refused("not_configured"));
}

#[tokio::test]
async fn the_call_names_the_payment_and_is_signed() {
    let (_, call) = ask(answer(202, "{}")).await;
    assert_each_eq!((call.service, ExternalService::Payment), (call.path.as_str(), "/provider"));
    assert_eq!(call.header(IDEMPOTENCY_KEY), Some(REFERENCE));
    let body: Value = serde_json::from_slice(&call.body).unwrap();
    let expected =
        json!({"reference": REFERENCE, "order_id": "usr_1:ord", "user_id": "usr_1", "amount": 1000});
    assert_eq!(body, expected);
    let arrived = Arrived {
        method: call.method,
        path: &call.path,
        timestamp: call.header(TIMESTAMP),
        signature: call.header(SIGNATURE),
        body: &call.body,
    };
    assert_eq!(signature::verify(&SecretString::from(SCRIPTED_SECRET), &arrived, now(), 0), Ok(()));
}

#[test]
fn only_the_secret_of_the_provider_is_believed() {
    let timestamp = now().as_seconds().to_string();
    let believed = |config: IntegrationsConfig, signed_with: &str, later_s: i64| {
        let signature =
            signature::sign(&SecretString::from(signed_with), &timestamp, "POST", "/callbacks", b"{}");
        let call = Arrived {
            method: "POST",
            path: "/callbacks",
            timestamp: Some(&timestamp),
            signature: Some(&signature),
            body: b"{}",
        };
        Integrations::new(config).verify_provider_call(&call, now().plus_seconds(later_s))
    };
    let good = "the provider's secret";
    let config = |provider: &str| IntegrationsConfig {
        secret: SecretString::from("the others' secret"),
        provider_secret: SecretString::from(provider),
        ..IntegrationsConfig::default()
    };
    assert_eq!(believed(config(good), good, 300), Ok(()));
    assert_eq!(believed(config(good), good, 301), Err(Untrusted::Stale));
    assert_eq!(believed(config(good), "the others' secret", 0), Err(Untrusted::Wrong));
    // A missing or short secret must not authenticate anybody.
    for weak in ["", "fifteen letters"] {
        assert_eq!(believed(config(weak), weak, 0), Err(Untrusted::Wrong));
    }
}
