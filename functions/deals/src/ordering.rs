//! Ordering: take the units, then write down for whom.
//!
//! The buckets of the deal decide whether there are units, and once the order is written, it decides what
//! becomes of them. A request that dies between the two leaves units that are held for nobody: when their time
//! is over, they are found and given back, and the order can no longer be written.

use domain::ids::{DealId, OrderId};
use domain::orders::{Buyer, Due, Order, Status};
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

/// Reserves units, or gives the order that the same request made before, as it is by now.
///
/// # Errors
/// Those of the guard; `NOT_FOUND`, `DEAL_NOT_ACTIVE`; `INSUFFICIENT_STOCK`; `IDEMPOTENCY_KEY_REUSED`;
/// `CONFLICT` for a key whose first request has died; `BUSY` when others were faster too often.
pub async fn order(app: &App, asked: Asked) -> Result<Order> {
    about(&asked.id);
    let (id, mark) = (asked.id.clone(), asked.mark.clone());
    if let Some(there) = earlier(app, &id, mark.as_deref()).await? {
        return Ok(there);
    }
    match try_order(app, asked).await {
        // A parallel try of the same request may have succeeded meanwhile.
        Err(refusal) => earlier(app, &id, mark.as_deref()).await?.ok_or(refusal),
        ordered => ordered,
    }
}

/// What an earlier try of the request with this `Idempotency-Key` has made, as it is by now.
///
/// # Errors
/// `IDEMPOTENCY_KEY_REUSED` when another request with this key has; `CONFLICT` when it has died.
async fn earlier(app: &App, id: &OrderId, mark: Option<&str>) -> Result<Option<Order>> {
    let Some(mark) = mark else { return Ok(None) };
    let Some(there) = app.store().find_order(id).await? else { return Ok(None) };
    let repeated = Order { mark: Some(mark.to_owned()), ..there.clone() };
    made(Saved::Other(Some(Box::new(there))), repeated).map(Some)
}

async fn try_order(app: &App, asked: Asked) -> Result<Order> {
    let (store, now) = (app.store(), app.now());
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
        // A parallel try of the same request took others, or the order is over by now.
        let is_kept = |part: &Part| {
            there.deal_id == new.deal_id
                && there.parts.contains(part)
                && there.due(part.bucket) != Due::GiveBack
        };
        let left: Vec<Part> = new.parts.iter().copied().filter(|part| !is_kept(part)).collect();
        store.give_back_units(&stock, &new.id, &left).await?;
    }
    made(saved, new)
}

/// The order that this request has made, now or before.
fn made(saved: Saved<Order>, new: Order) -> Result<Order> {
    if let Saved::Other(Some(there)) = &saved
        && there.status == Status::Failed
    {
        if new.mark.is_none() {
            return Err(Error::busy("the units of an order went back before it was written"));
        }
        let message = "The first request with this Idempotency-Key has died; take a new key.";
        return Err(Error::refused(Code::Conflict, message));
    }
    first(saved, new, |order| order.mark.as_deref())
}
