//! Response type for time deals.

use domain::Timestamp;
use domain::deals::Status;
use domain::ids::{DealId, ProductId, QueueId};
use schemars::JsonSchema;
use serde::Serialize;
use store::DealNow;

use super::product::SnapshotView;

/// A time deal.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TimeDeal")]
pub struct DealView {
    /// Its id.
    pub id: DealId,
    /// Which product is sold.
    pub product_id: ProductId,
    /// Product as it was when the deal was created or last changed. A later change of the product, for example
    /// of its name, does not change it; `GET /products/{product_id}` returns the product as it is now.
    pub product: SnapshotView,
    /// What a unit costs without the deal.
    pub original_price: u64,
    /// What a unit costs.
    pub deal_price: u64,
    /// How much cheaper that is, in percent, rounded: 1 to 99.
    pub discount_rate: u32,
    /// How many units there are in all.
    pub stock_quantity: u32,
    /// Units that are held for orders until they are paid.
    pub reserved_quantity: u32,
    /// Units that are paid.
    pub sold_quantity: u32,
    /// Units that nobody has.
    pub available_quantity: u32,
    /// Can be ordered from here on.
    pub start_at: Timestamp,
    /// Can be ordered before this.
    pub end_at: Timestamp,
    /// Until it begins; once it has, until it ends; 0 after that, and while it is sold out.
    pub remaining_seconds: u64,
    /// Where it stands now.
    pub status: Status,
    /// For how long the units of an order are held until it is paid.
    pub hold_seconds: u32,
    /// The waiting room in front of it.
    pub queue_id: Option<QueueId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed, by an operator or by the clock.
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
