//! Setup of deals: they start, end, sell out and are canceled while users order.

use domain::Timestamp;
use domain::ids::{DealId, QueueId, UserId};
use serde_json::{Value, json};

use super::{post, user};
use crate::simulation::world::{BEGIN_MS, World};

/// Price of a unit in most deals, in whole units of the currency.
const PRICE: u64 = 1_000;
/// Duration of the holds of orders of the deal that is canceled, in milliseconds. None of them expires before
/// the cancellation.
pub const LONG_HOLD_MS: u64 = 1_800_000;

/// Deals and buyers that exist in a run.
#[derive(Default)]
pub struct DealSetup {
    /// Deals of the run.
    pub on_sale: Vec<OnSale>,
    /// Users who order units of deals.
    pub buyers: Vec<UserId>,
}

/// Deal as it was created at the start of the run.
#[derive(Clone, Debug)]
pub struct OnSale {
    /// Id of the deal.
    pub id: DealId,
    /// Id of the deal's product.
    pub product: String,
    /// Waiting room of the deal. `None` if it is open to everybody.
    pub queue: Option<QueueId>,
    /// Duration of an order's hold, in milliseconds.
    pub hold_ms: u64,
    /// Number of units of the deal.
    pub units: usize,
    /// Planned course of the deal.
    pub fate: Fate,
}

/// Planned course of a deal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The deal is active for days, longer than the run.
    Stays,
    /// The deal starts after the first requests, and ends before the last ones.
    Passes,
    /// An operator cancels the deal.
    IsCanceled,
}

impl DealSetup {
    /// Creates the deals, on an instance without faults, and the ids of the buyers. The first deal is behind
    /// `queue`, if there is one.
    pub async fn set_up(world: &World, queue: Option<QueueId>) -> Self {
        let (prng, sizes) = (&world.core.env.prng, &world.core.env.sizes);
        let (day, begin) = (24 * 3600, Timestamp::from_millis(BEGIN_MS));
        let product = json!({"name": "a cat tree", "price": 4 * PRICE, "category": "living"});
        let product = text(&post(world, "/products", product).await["id"]);
        let mut on_sale = Vec::new();
        let lasting = std::iter::repeat_n(Fate::Stays, sizes.lasting_deals);
        for fate in lasting.chain([Fate::Passes, Fate::IsCanceled]) {
            let queue = queue.clone().filter(|_| on_sale.is_empty());
            let hold_ms = match fate {
                Fate::IsCanceled => LONG_HOLD_MS,
                _ => prng.between(10, 30) * 1_000,
            };
            let (starts, ends) = match fate {
                Fate::Passes => (prng.between(2, 12) as i64, prng.between(30, 70) as i64),
                _ => (-day, 30 * day),
            };
            let units = match fate {
                Fate::Stays if on_sale.is_empty() => sizes.first_deal_units,
                Fate::Stays => sizes.further_deal_units,
                Fate::Passes => sizes.passing_deal_units,
                Fate::IsCanceled => sizes.canceled_deal_units,
            };
            let deal = json!({
                "product_id": product, "original_price": 4 * PRICE, "deal_price": PRICE,
                "stock_quantity": units, "hold_seconds": hold_ms / 1_000,
                "start_at": begin.plus_seconds(starts), "end_at": begin.plus_seconds(ends), "queue_id": queue,
            });
            let made = post(world, "/timedeals", deal).await;
            let id = DealId::parse(&text(&made["id"])).expect("a deal has an id");
            on_sale.push(OnSale { id, product: product.clone(), queue, hold_ms, units, fate });
        }
        // In a run with both, some buyers are also concertgoers, and pay from the same balance.
        let buyers = (0..sizes.buyers).map(|number| user(104 + number)).collect();
        Self { on_sale, buyers }
    }

    /// Returns the first deal with this planned course.
    pub fn with(&self, fate: Fate) -> Option<&OnSale> {
        self.on_sale.iter().find(|deal| deal.fate == fate)
    }

    /// Returns the deal with this id.
    pub fn deal(&self, id: &DealId) -> Option<&OnSale> {
        self.on_sale.iter().find(|deal| deal.id == *id)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
