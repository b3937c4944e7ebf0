//! Response type for time deals.

use domain::deals::DealStatus;
use domain::ids::{DealId, ProductId, QueueId};
use domain::{Quantity, Timestamp};
use schemars::JsonSchema;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde::{Deserialize, Deserializer};
use serde_json::Number;
use std::borrow::Cow;
use store::DealNow;

use super::product::SnapshotView;

/// Time deal: units of a product at a reduced price, for a limited time.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TimeDeal")]
pub struct DealView {
    /// Id of the time deal.
    pub id: DealId,
    /// Id of the product that is sold.
    pub product_id: ProductId,
    /// Product as it was when the deal was created or last changed. A later change of the product, for example
    /// of its name, does not change it; `GET /products/{product_id}` returns the product as it is now.
    pub product: SnapshotView,
    /// Price of a unit without the deal, in whole units of the currency.
    pub original_price: u64,
    /// Price of a unit in the deal, in whole units of the currency.
    pub deal_price: u64,
    /// Discount of the deal price on the original price, in percent, rounded, 1 to 99.
    pub discount_rate: u32,
    /// Number of units in all. It equals `reserved_quantity`, `sold_quantity` and `available_quantity`
    /// together.
    pub stock_quantity: Quantity,
    /// Number of units held for orders that are not paid yet.
    pub reserved_quantity: Quantity,
    /// Number of units in orders that are paid.
    pub sold_quantity: Quantity,
    /// Number of units that can still be ordered.
    pub available_quantity: Quantity,
    /// Time from which the deal can be ordered, in UTC.
    pub start_at: Timestamp,
    /// Time before which the deal can be ordered, in UTC.
    pub end_at: Timestamp,
    /// Seconds until the deal begins or, once it has begun, until it ends, rounded up; 0 when it has
    /// ended, is sold out or was canceled.
    pub remaining_seconds: u64,
    /// Present status, which follows from time, stock and cancellation.
    pub status: DealStatus,
    /// Time in seconds that the units of an order are held for payment.
    pub hold_seconds: u32,
    /// Queue that guards orders of the deal; null when the deal is open to every user.
    pub queue_id: Option<QueueId>,
    /// Creation time of the deal, in UTC.
    pub created_at: Timestamp,
    /// Time at which an operator last changed the deal, or its status last changed, in UTC; the creation time
    /// if neither happened.
    pub updated_at: Timestamp,
}

impl DealView {
    /// Builds the response for a deal with its latest counts and its status at `now`.
    pub fn at(found: &DealNow, now: Timestamp) -> Self {
        let (deal, available) = (&found.deal, found.available());
        Self {
            id: deal.id.clone(),
            product_id: deal.product.id.clone(),
            product: (&deal.product).into(),
            original_price: deal.original_price,
            deal_price: deal.deal_price,
            discount_rate: deal.discount_rate(),
            stock_quantity: deal.stock_quantity,
            reserved_quantity: found.summary.reserved,
            sold_quantity: found.summary.sold,
            available_quantity: available,
            start_at: deal.starts_at,
            end_at: deal.ends_at,
            remaining_seconds: deal.remaining_seconds(now, available),
            status: deal.status_at(now, available),
            hold_seconds: deal.hold_seconds,
            queue_id: deal.queue_id.clone(),
            created_at: deal.created_at,
            updated_at: deal.updated_at.unwrap_or(deal.created_at),
        }
    }
}

/// A whole number with bounds that the domain checks instead of the schema, so that all violations are
/// reported together. A number that cannot be an amount counts as 0, which is out of bounds.
#[derive(Clone, Copy, Debug)]
pub struct Amount(pub u64);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Ok(Self(Number::deserialize(deserializer)?.as_u64().unwrap_or(0)))
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer"})
    }
}
