//! Service that places orders: it takes the units from the buckets, then writes the order.
//!
//! The buckets decide whether there are units; once the order is written, it decides what becomes of them.
//! A request that dies between the two writes leaves units held without an order. When their hold has
//! expired, a worker prevents the order from being written and returns the units.

use dibs_http::SignedIn;
use dibs_http::{QueueTokenHeader, find_created, resolve_create};
use domain::ids::{DealId, OrderId};
use domain::orders::{BucketAction, Buyer, Order, OrderStatus};
use domain::stock::OrderPart;
use domain::{BusyReason, Code, Error, Quantity, Result};
use runtime::{App, add_entity};
use store::Saved;
use waiting_room::services::admission::require_admission;

/// Parameters of an order request.
pub struct OrderRequest {
    /// Id of the order to create, which contains its owner.
    pub id: OrderId,
    /// Fingerprint of the request; `None` without an `Idempotency-Key`.
    pub request_fingerprint: Option<String>,
    /// Queue token for the waiting room of the deal.
    pub token: QueueTokenHeader,
    /// Deal whose units are ordered.
    pub deal: DealId,
    /// Number of units to order.
    pub quantity: Quantity,
}

/// Reserves units and creates the order. Returns the order of an earlier try of the same request in its
/// present state.
///
/// # Errors
/// `QUEUE_TOKEN_REQUIRED`, `QUEUE_TOKEN_INVALID` and `QUEUE_TOKEN_EXPIRED` of the guard; `NOT_FOUND`;
/// `DEAL_NOT_ACTIVE`; `INSUFFICIENT_STOCK`; `IDEMPOTENCY_KEY_REUSED`; `CONFLICT` for an `Idempotency-Key`
/// with a crashed first request; `BUSY` when concurrent orders won each try.
pub async fn order(app: &App, asked: OrderRequest) -> Result<Order> {
    add_entity(&asked.id);
    let (id, request_fingerprint) = (asked.id.clone(), asked.request_fingerprint.clone());
    if let Some(there) = earlier(app, &id, request_fingerprint.as_deref()).await? {
        return Ok(there);
    }
    match try_order(app, asked).await {
        // A parallel try of the same request may have succeeded meanwhile.
        Err(refusal) => earlier(app, &id, request_fingerprint.as_deref()).await?.ok_or(refusal),
        ordered => ordered,
    }
}

/// Returns the order that an earlier try of the request created, in its present state. `None` without a
/// key, and when there is none.
///
/// # Errors
/// `IDEMPOTENCY_KEY_REUSED` when a different request used the `Idempotency-Key`; `CONFLICT` when the first
/// request crashed.
async fn earlier(app: &App, id: &OrderId, request_fingerprint: Option<&str>) -> Result<Option<Order>> {
    let stored = async {
        let there = app.store().get_order_if_exists(id).await?;
        there.as_ref().map_or(Ok(()), |there| check_begun(there, request_fingerprint))?;
        Ok(there)
    };
    find_created(request_fingerprint, stored).await
}

async fn try_order(app: &App, asked: OrderRequest) -> Result<Order> {
    let (store, now) = (app.store(), app.now());
    let found = store.get_deal_cached(&asked.deal, now).await?;
    let deal = &found.deal;
    let queue_position =
        require_admission(app, deal.queue_id.as_ref(), asked.id.owner(), &asked.token).await?;
    deal.check_active(now)?;
    let (stock, until) = (deal.stock(), now.plus_seconds(deal.hold_seconds.into()));
    let units = store.take_units(&stock, &asked.id, asked.quantity, until, now).await?;
    let buyer = Buyer { id: asked.id, queue_position, request_fingerprint: asked.request_fingerprint };
    let new = Order::reserve(buyer, deal, units.parts, units.until, now);
    let saved = store.save_order(&new).await?;
    if let Saved::Conflict(Some(there)) = &saved {
        // A parallel try of the same request took other units, or the order has ended by now. The units of
        // this try are returned.
        let is_kept = |part: &OrderPart| {
            there.deal_id == new.deal_id
                && there.parts.contains(part)
                && there.due(part.bucket) != BucketAction::GiveBack
        };
        let left: Vec<OrderPart> = new.parts.iter().copied().filter(|part| !is_kept(part)).collect();
        store.give_back_units(&stock, &new.id, &left).await?;
    }
    made(saved, new)
}

/// Returns the order that this request created, now or in an earlier try.
///
/// # Errors
/// `CONFLICT` when a worker has written it as failed; `IDEMPOTENCY_KEY_REUSED` when a different request used
/// the key.
fn made(saved: Saved<Order>, new: Order) -> Result<Order> {
    if let Saved::Conflict(Some(there)) = &saved {
        check_begun(there, new.request_fingerprint.as_deref())?;
    }
    resolve_create(saved, new)
}

/// Checks that no worker has written the order as failed before its request wrote it. `request_fingerprint`
/// is `None` without an `Idempotency-Key`.
fn check_begun(order: &Order, request_fingerprint: Option<&str>) -> Result<()> {
    match request_fingerprint {
        _ if order.status != OrderStatus::Failed => Ok(()),
        // Without an `Idempotency-Key`, a repeat has another id, so it can succeed.
        None => Err(Error::busy(BusyReason::Order)),
        Some(_) => Err(Error::refused(
            Code::Conflict,
            "The first request with this Idempotency-Key ended without an order; use a new key.",
        )),
    }
}

/// Checks that the caller may read the order, whether it exists or not. The id contains its owner.
///
/// # Errors
/// `FORBIDDEN` when it belongs to another user and the caller may read only their own orders.
pub fn check_reader(caller: &SignedIn, id: &OrderId) -> Result<()> {
    add_entity(id);
    if *id.owner() == caller.id || caller.reads_all() { Ok(()) } else { Err(Error::forbidden()) }
}
