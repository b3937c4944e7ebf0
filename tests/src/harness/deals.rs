//! Helpers for products, time deals and orders.

use domain::Timestamp;
use serde_json::{Value, json};

use super::world::{id_of, merged};
use super::{Call, Caller, TestApp};

/// Half of the default duration of a deal, in seconds.
const HOUR_SECONDS: i64 = 60 * 60;

impl TestApp {
    /// Creates an active product with a price of 45,000, and returns its id. `fields` replace the default
    /// request fields.
    pub async fn product(&self, fields: Value) -> String {
        let usual = json!({"name": "Cat tree", "price": 45_000, "category": "living"});
        self.pass_millis(1);
        id_of(self.operator().post("/products", merged(usual, fields)).await.expect(201))
    }

    /// Creates a deal of 100 units, from an hour ago to an hour from now, at a price of 29,900 instead of
    /// 45,000, and returns its id. `fields` replace the default request fields; without a `product_id`, a
    /// product is created too. If the end has passed already, the clock is set back during the request,
    /// because the API creates no ended deal.
    pub async fn deal(&self, fields: Value) -> String {
        let product = match fields.get("product_id").and_then(Value::as_str) {
            Some(product) => product.to_owned(),
            None => self.product(json!({})).await,
        };
        let (start, end) = (self.now().plus_seconds(-HOUR_SECONDS), self.now().plus_seconds(HOUR_SECONDS));
        let usual = json!({
            "product_id": product, "original_price": 45_000, "deal_price": 29_900, "stock_quantity": 100,
            "start_at": start, "end_at": end,
        });
        self.pass_millis(1);
        let body = merged(usual, fields);
        let ends_at = body["end_at"].as_str().and_then(|end| end.parse::<Timestamp>().ok());
        let over_seconds = ends_at.map_or(0, |end| (self.now().as_seconds() - end.as_seconds() + 2).max(0));
        self.pass_seconds(-over_seconds);
        let made = self.operator().post("/timedeals", body).await;
        self.pass_seconds(over_seconds);
        id_of(made.expect(201))
    }

    /// Returns the deal as an anonymous caller sees it, after all due work is done and another second has
    /// passed.
    pub async fn deal_now(&self, deal: &str) -> Value {
        self.settle().await;
        self.pass_seconds(1);
        self.anonymous().get(&format!("/timedeals/{deal}")).await.expect(200)
    }
}

impl Caller {
    /// Prepares a request that orders `quantity` units of a deal.
    pub fn order(&self, deal: &str, quantity: u32) -> Call {
        self.post("/orders", json!({"time_deal_id": deal, "quantity": quantity}))
    }
}
