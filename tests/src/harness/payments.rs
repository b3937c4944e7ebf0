//! Payments through the outside provider, and what it reports of them.

use config::Secret;
use domain::Timestamp;
use local::stack::STAND_IN_SECRET;
use parties::signature::{SIGNATURE, TIMESTAMP, sign};
use serde_json::{Value, json};

use super::{Call, Caller, TestApp};

/// Where the provider reports.
const CALLBACKS: &str = "/api/v1/payments/callbacks";

impl TestApp {
    /// The provider's report `body`, signed as it does.
    pub fn callback(&self, body: &Value) -> Call {
        self.signed_callback(body.to_string(), STAND_IN_SECRET, self.now())
    }

    /// A report with this `body`, signed with `secret` as if it were `at` this time.
    pub fn signed_callback(&self, body: impl Into<Vec<u8>>, secret: &str, at: Timestamp) -> Call {
        let (body, timestamp) = (body.into(), at.as_seconds().to_string());
        let signature = sign(&Secret::new(secret), &timestamp, "POST", CALLBACKS, &body);
        let call = self.anonymous().call("POST", CALLBACKS).raw("application/json", body);
        call.header(TIMESTAMP, &timestamp).header(SIGNATURE, &signature)
    }
}

impl Caller {
    /// Asks to pay an order through the provider.
    pub fn ask_payment(&self, order: &str) -> Call {
        self.post(&format!("/orders/{order}/payments"), json!({}))
    }

    /// Pays an order from the balance.
    pub fn pay_order(&self, order: &str) -> Call {
        self.post("/payments", json!({"order_id": order}))
    }

    /// What happened to an order, by kind, oldest first.
    pub async fn order_events(&self, order: &str) -> Vec<String> {
        let events = self.get(&format!("/orders/{order}/events")).await.expect(200);
        let kinds = events.as_array().expect("a list").iter().filter_map(|event| event["type"].as_str());
        kinds.map(str::to_owned).collect()
    }
}
