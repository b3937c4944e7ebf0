//! Ordering: take the units, then write down for whom.
//!
//! The buckets of the deal decide whether there are units, and once the order is written, it decides what
//! becomes of them. A request that dies between the two leaves units that are held for nobody: when their time
//! is over, they are found and given back, and the order can no longer be written.

use domain::ids::{DealId, OrderId};
use domain::orders::{Buyer, Order, Status};
use domain::stock::Part;
use domain::{Code, Error, Result};
use edge::{App, QueueToken, about, first, guard};
use store::Saved;

/// What is asked for.
pub struct Asked {
    /// What the order will be called; it says for whom.
    pub id: OrderId,
    /// Stands for the request, when it has an `Idempotency-Key`.
    pub mark: Option<String>,
    /// What lets the user past the waiting room.
    pub token: QueueToken,
    /// Of which deal.
    pub deal: DealId,
    /// How many units.
    pub quantity: u32,
}

/// Reserves units, or gives the order that the same request made before.
///
/// # Errors
/// Those of the guard; `NOT_FOUND`, `DEAL_NOT_ACTIVE`; `INSUFFICIENT_STOCK`; `IDEMPOTENCY_KEY_REUSED`;
/// `CONFLICT` for a key whose first request has died; `BUSY` when others were faster too often.
pub async fn order(app: &App, asked: Asked) -> Result<Order> {
    about(&asked.id);
    let (store, now) = (app.store(), app.now());
    if asked.mark.is_some()
        && let Some(there) = store.find_order(&asked.id).await?
    {
        let repeated = Order { mark: asked.mark, ..there.clone() };
        return made(Saved::Other(Some(Box::new(there))), repeated);
    }
    let found = store.recent_deal(&asked.deal, now).await?;
    let deal = &found.deal;
    let place = guard(app, deal.queue_id.as_ref(), asked.id.owner(), &asked.token).await?;
    deal.check_active(now)?;
    let (stock, until) = (deal.stock(), now.plus_seconds(deal.hold_seconds.into()));
    let units = store.take_units(&stock, &asked.id, asked.quantity, until, now).await?;
    let buyer = Buyer { id: asked.id, place, mark: asked.mark };
    let new = Order::reserve(buyer, deal, units.parts, units.until, now);
    let saved = store.save_order(&new).await?;
    if let Saved::Other(Some(there)) = &saved {
        // A parallel try of the same request took others.
        let is_theirs = |part: &Part| there.deal_id == new.deal_id && there.parts.contains(part);
        let left: Vec<Part> = new.parts.iter().copied().filter(|part| !is_theirs(part)).collect();
        store.give_back_units(&stock, &new.id, &left).await?;
    }
    made(saved, new)
}

/// The order that this request has made, now or before.
fn made(saved: Saved<Order>, new: Order) -> Result<Order> {
    if let Saved::Other(Some(there)) = &saved
        && there.status == Status::Failed
    {
        let message = "The first request with this Idempotency-Key has died; take a new key.";
        return Err(Error::refused(Code::Conflict, message));
    }
    first(saved, new, |order| order.mark.as_deref())
}
