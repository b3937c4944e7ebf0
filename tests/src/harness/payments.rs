//! Helpers for payments through the provider, and for its callbacks.

use config::SecretString;
use domain::Timestamp;
use integrations::signature::{SIGNATURE, TIMESTAMP, sign};
use local::stack::FAKES_SECRET;
use serde_json::{Value, json};

use super::{Call, Caller, TestApp};

/// Path of the payment callbacks.
const CALLBACKS: &str = "/api/v1/payments/callbacks";

impl TestApp {
    /// Prepares a payment callback with this body and a valid signature of the payment provider.
    pub fn callback(&self, body: &Value) -> Call {
        self.signed_callback(body.to_string(), FAKES_SECRET, self.now())
    }

    /// Prepares a payment callback with this body, signed with `secret` at the time `at`.
    pub fn signed_callback(&self, body: impl Into<Vec<u8>>, secret: &str, at: Timestamp) -> Call {
        let (body, timestamp) = (body.into(), at.as_seconds().to_string());
        let signature = sign(&SecretString::from(secret), &timestamp, "POST", CALLBACKS, &body);
        let call = self.anonymous().call("POST", CALLBACKS).raw("application/json", body);
        call.header(TIMESTAMP, &timestamp).header(SIGNATURE, &signature)
    }
}

impl Caller {
    /// Prepares a request that starts a payment of an order through the payment provider.
    pub fn ask_payment(&self, order: &str) -> Call {
        self.post(&format!("/orders/{order}/payments"), json!({}))
    }

    /// Prepares a request to pay an order from the balance.
    pub fn pay_order(&self, order: &str) -> Call {
        self.post("/payments", json!({"order_id": order}))
    }

    /// Returns the types of an order's events, oldest first.
    pub async fn order_events(&self, order: &str) -> Vec<String> {
        let events = self.get(&format!("/orders/{order}/events")).await.expect(200);
        let kinds = events.as_array().expect("a list").iter().filter_map(|event| event["type"].as_str());
        kinds.map(str::to_owned).collect()
    }
}
