//! Register of a product's open deals, stored in the product's item, and the changes of the product that
//! it forbids. A deal that has ended no longer counts. `domain::deals` writes the register.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Product, ProductStatus};
use crate::ids::DealId;
use crate::time::millis;
use crate::{Code, Error, Result, Timestamp};

/// Maximum number of open deals per product.
pub const OPEN_DEALS_MAX: usize = 100;

/// Register entry of an open deal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenDeal {
    /// Id of the deal.
    pub id: DealId,
    /// Deal price per unit in whole units of the currency.
    pub price: u64,
    /// Time before which the deal is open, in UTC.
    #[serde(with = "millis")]
    pub ends_at: Timestamp,
}

impl Product {
    /// Returns the deals that are open at `now`.
    pub fn open_deals(&self, now: Timestamp) -> impl Iterator<Item = &OpenDeal> {
        self.deals.iter().flatten().filter(move |deal| now < deal.ends_at)
    }

    /// Checks that `deal_price` is below the price of the product.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` for the field `deal_price`.
    pub fn check_deal_price(&self, deal_price: u64) -> Result<()> {
        if deal_price < self.price {
            return Ok(());
        }
        Err(Error::invalid_field(
            "deal_price",
            format!("must be below the price of the product, {}", self.price),
        ))
    }

    /// Checks that the change to `next` does not deactivate or delete a product with open deals, and keeps
    /// its price above that of each deal that is open at `now`.
    ///
    /// # Errors
    /// `PRODUCT_HAS_DEALS` with the ids of the deals that forbid the change.
    pub(super) fn check_open_deals(&self, next: &Self, now: Timestamp) -> Result<()> {
        let is_taken_away = next.status != self.status && next.status != ProductStatus::Active;
        let is_in_the_way =
            |deal: &&OpenDeal| is_taken_away || (next.price != self.price && deal.price >= next.price);
        let deals: Vec<&DealId> = self.open_deals(now).filter(is_in_the_way).map(|deal| &deal.id).collect();
        if deals.is_empty() {
            return Ok(());
        }
        let message = if is_taken_away {
            "This product has open deals: cancel them first, or wait until they have ended."
        } else {
            "The new price is not above that of the open deals in details.deals: cancel them first, or set a higher price."
        };
        Err(Error::refused(Code::ProductHasDeals, message).with_details(json!({"deals": deals})))
    }
}
