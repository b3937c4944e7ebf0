//! What is sold: deals that begin, end, sell out and are cancelled while people order, and who comes.

use domain::Timestamp;
use domain::ids::{DealId, QueueId, UserId};
use serde_json::{Value, json};

use super::core::BEGIN_MS;
use super::plan::{post, user};
use super::world::World;

/// What a unit costs in most deals.
const PRICE: u64 = 1_000;
/// For how long the units of the deal are held that is cancelled: so long that no order of it runs out
/// before it is cancelled with the deal.
pub const LONG_HOLD_MS: u64 = 1_800_000;

/// What deals a run is about.
#[derive(Default)]
pub struct Shop {
    /// What is sold.
    pub deals: Vec<OnSale>,
    /// Who comes.
    pub buyers: Vec<UserId>,
}

/// A deal as it was when the run began.
#[derive(Clone, Debug)]
pub struct OnSale {
    /// Which deal.
    pub id: DealId,
    /// The product that it is of.
    pub product: String,
    /// The waiting room in front of it.
    pub queue: Option<QueueId>,
    /// For how long the units of an order are held.
    pub hold_ms: u64,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a deal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes on for days.
    Stays,
    /// It begins while people already ask for it, and ends while they still do.
    Passes,
    /// An operator cancels it.
    IsCanceled,
}

impl Shop {
    /// Sets everything up for so many `buyers`, on an instance on which nothing goes wrong. One of the deals
    /// is behind `queue`, if there is one.
    pub async fn set_up(world: &World, buyers: usize, queue: Option<QueueId>) -> Self {
        let dice = &world.core.dice;
        let (day, begin) = (24 * 3600, Timestamp::from_millis(BEGIN_MS));
        let product = json!({"name": "a cat tree", "price": 4 * PRICE, "category": "living"});
        let product = text(&post(world, "/products", product).await["id"]);
        let mut deals = Vec::new();
        for fate in [Fate::Stays, Fate::Stays, Fate::Passes, Fate::IsCanceled] {
            let queue = queue.clone().filter(|_| deals.is_empty());
            let hold_ms = match fate {
                Fate::IsCanceled => LONG_HOLD_MS,
                _ => dice.between(10, 30) * 1_000,
            };
            let (starts, ends) = match fate {
                Fate::Passes => (dice.between(2, 12) as i64, dice.between(30, 70) as i64),
                _ => (-day, 30 * day),
            };
            let deal = json!({
                "product_id": product, "original_price": 4 * PRICE, "deal_price": PRICE,
                "stock_quantity": *dice.pick(&[5, 13, 24, 31, 45]), "hold_seconds": hold_ms / 1_000,
                "start_at": begin.plus_seconds(starts), "end_at": begin.plus_seconds(ends), "queue_id": queue,
            });
            let made = post(world, "/timedeals", deal).await;
            let id = DealId::parse(&text(&made["id"])).expect("a deal has an id");
            deals.push(OnSale { id, product: product.clone(), queue, hold_ms, fate });
        }
        // Some of them go to concerts too, where there are any, and pay from the same balance.
        let buyers = (0..buyers).map(|number| user(104 + number)).collect();
        Self { deals, buyers }
    }

    /// The deal whose lot this is.
    pub fn with(&self, fate: Fate) -> Option<&OnSale> {
        self.deals.iter().find(|deal| deal.fate == fate)
    }

    /// The deal with this id.
    pub fn deal(&self, id: &DealId) -> Option<&OnSale> {
        self.deals.iter().find(|deal| deal.id == *id)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
