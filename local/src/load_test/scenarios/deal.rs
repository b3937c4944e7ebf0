//! Scenario in which the clients order units of a time deal.

use domain::Result;
use serde_json::json;

use super::super::TestContext;
use super::super::credentials::now;
use super::super::invariants::{Invariant, all_different};
use super::{Race, Scenario, count, read_until, texts};
use crate::api_client::{RequestSpec, text};

/// Duration of an order's hold, in seconds. Orders must not expire during the load test.
const HOLD_SECONDS: u32 = 3600;
const HOUR_SECONDS: i64 = 60 * 60;

/// Time deal from which each client orders one unit.
pub struct Deal {
    id: String,
    stock: usize,
}

impl Scenario for Deal {
    const SOLD_OUT: Option<&'static str> = Some("INSUFFICIENT_STOCK");

    async fn set_up(context: &TestContext, stock: usize) -> Result<Self> {
        let product = json!({"name": "Rush: a sack of dog food", "price": 45_000, "category": "food"});
        let product = context.create("/products", product).await?;
        let deal = json!({
            "product_id": product["id"], "deal_price": 29_900, "stock_quantity": stock,
            "start_at": now().plus_seconds(-HOUR_SECONDS), "end_at": now().plus_seconds(HOUR_SECONDS),
            "hold_seconds": HOLD_SECONDS,
        });
        let deal = context.create("/timedeals", deal).await?;
        Ok(Self { id: text(&deal["id"])?.to_owned(), stock })
    }

    fn path(&self) -> String {
        format!("/timedeals/{}", self.id)
    }

    fn request(&self, _: usize) -> RequestSpec {
        RequestSpec::post("/orders", json!({"time_deal_id": self.id, "quantity": 1}))
    }

    fn analytics(&self) -> (String, &'static str) {
        (format!("/analytics/sales?deal_id={}", self.id), "/data/totals/deals/held_units")
    }

    async fn verify(&self, race: Race<'_>) -> Result<Vec<Invariant>> {
        let Race { context, responses, counts } = race;
        let reserved = |deal: &serde_json::Value| count(&deal["data"]["reserved_quantity"]);
        let fits = |deal: &serde_json::Value| counts.fits(reserved(deal));
        let deal = read_until(context, &context.operator, &RequestSpec::get(self.path()), fits).await?;
        let (reserved, sold) = (reserved(&deal), count(&deal["data"]["sold_quantity"]));
        let available = count(&deal["data"]["available_quantity"]);
        let adds_up = sold == 0 && self.stock.checked_sub(reserved) == Some(available);
        Ok(vec![
            all_different(texts(responses, "id"), "orders", counts.got),
            Invariant::new(
                counts.fits(reserved) && adds_up,
                format!("the deal says {reserved} reserved, {sold} sold, {available} available"),
            ),
        ])
    }
}
