//! Worker that closes unpaid orders whose hold has expired, and the open orders of canceled deals and
//! closed accounts. An order whose hold has expired cannot be paid even without it. The relay returns the
//! units and publishes the change.

use domain::ids::{DealId, OrderId, UserId};
use domain::messages::CloseOrders;
use domain::orders::{BucketAction, Order, OrderEndReason, OrderStatus};
use domain::stock::{BucketHold, OrderPart};
use domain::{BusyReason, Result};
use futures::future::try_join_all;
use runtime::{App, Message, Source, Work, Worker, add_entity};
use store::schema::ORDERS;
use store::{UnitHold, update_with_retry};

use runtime::seconds_until;

/// Worker `deals-close-orders` behind the queue of orders.
pub static WORKER: Worker = Worker { name: "deals-close-orders", source: Source::Queue(&ORDERS, run) };

/// Number of orders of a closed account that are read together.
const ORDERS_MAX: usize = 100;
/// Maximum number of orders that are closed concurrently.
const AT_ONCE: usize = 16;

fn run(app: App, message: Message) -> Work {
    Box::pin(async move {
        let check: CloseOrders = message.parse()?;
        match &check {
            CloseOrders::Overdue { deal_id, order_id, part, due_at } => {
                add_entity(order_id);
                let wait_s = seconds_until(*due_at, app.now());
                if wait_s > 0 {
                    return app.store().send(&ORDERS, &[check], wait_s).await;
                }
                close_overdue(&app, deal_id, order_id, *part).await
            }
            CloseOrders::OfDeal { deal_id, from, to: Some(to) } => {
                close_of_deal(&app, deal_id, *from..*to).await
            }
            CloseOrders::OfDeal { deal_id, from, to: None } => {
                let buckets = app.store().get_deal(deal_id).await?.stock().buckets();
                let parts: Vec<CloseOrders> = CloseOrders::of_deal(deal_id, *from, buckets).collect();
                app.store().send(&ORDERS, &parts, 0).await
            }
            CloseOrders::OfAccount { user_id } => close_of_account(&app, user_id).await,
        }
    })
}

/// Ends the expired hold of the units `part`: closes an unpaid order, or marks the units as sold or
/// returns them if the order is paid or closed already. Units without an order return to the stock.
///
/// # Errors
/// `BUSY` or `INTERNAL_ERROR` of the store. A repeat completes what was begun.
pub async fn close_overdue(app: &App, deal: &DealId, order: &OrderId, part: OrderPart) -> Result<()> {
    add_entity(order);
    let (store, now) = (app.store(), app.now());
    // An eventually consistent read suffices to start, since the write decides.
    if let Some(found) = store.get_order_eventual(order).await?
        && found.is_overdue(now)
        && found.due(part.bucket) == BucketAction::Keep
    {
        return save(app, found, |there| Ok(there.expire(now))).await;
    }
    let found = store.get_deal_cached(deal, now).await?;
    let holds = store.list_unit_holds(&found.deal.stock(), &[part.bucket]).await?;
    let is_it = |one: &UnitHold| one.order_id == *order && matches!(one.hold, BucketHold::Held { .. });
    if !holds.iter().any(is_it) {
        return Ok(());
    }
    match store.settle_hold(&found.deal, order, part, now).await? {
        BucketAction::Keep => close(app, order, |there| Ok(there.expire(now))).await,
        BucketAction::Settle | BucketAction::GiveBack => Ok(()),
    }
}

/// Cancels the open orders of a deal that hold units in these `buckets`.
async fn close_of_deal(app: &App, deal_id: &DealId, buckets: std::ops::Range<u32>) -> Result<()> {
    let (store, now) = (app.store(), app.now());
    let stock = store.get_deal(deal_id).await?.stock();
    let buckets: Vec<u32> = buckets.collect();
    let holds = store.list_unit_holds(&stock, &buckets).await?;
    let held: Vec<&UnitHold> =
        holds.iter().filter(|one| matches!(one.hold, BucketHold::Held { .. })).collect();
    let cancel = |there: &Order| {
        // Paid and closed orders stay unchanged.
        Ok(there.cancel(None, OrderEndReason::DealCanceled, now).unwrap_or_else(|_| there.clone()))
    };
    for some in held.chunks(AT_ONCE) {
        try_join_all(some.iter().map(|one| close(app, &one.order_id, cancel))).await?;
    }
    Ok(())
}

/// Cancels the open orders of a closed account. A repeat continues with those that are still open.
async fn close_of_account(app: &App, user: &UserId) -> Result<()> {
    add_entity(user);
    let (store, now) = (app.store(), app.now());
    let cancel = |there: &Order| {
        // Paid and closed orders stay unchanged.
        Ok(there.cancel(Some(user.clone()), OrderEndReason::Requested, now).unwrap_or_else(|_| there.clone()))
    };
    let mut after: Option<OrderId> = None;
    loop {
        let found = store.get_orders_after_eventual(user, after.as_ref(), ORDERS_MAX).await?;
        after = found.get(ORDERS_MAX - 1).map(|last| last.id.clone());
        let open: Vec<Order> =
            found.into_iter().filter(|order| order.status == OrderStatus::Reserved).collect();
        for some in open.chunks(AT_ONCE) {
            try_join_all(some.iter().map(|order| {
                add_entity(&order.id);
                save(app, order.clone(), cancel)
            }))
            .await?;
        }
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Applies `decide` to the order `id` and writes the result, if the order exists. The relay then marks its
/// units as sold or returns them.
async fn close(app: &App, id: &OrderId, decide: impl Fn(&Order) -> Result<Order>) -> Result<()> {
    add_entity(id);
    match app.store().get_order_if_exists(id).await? {
        Some(found) => save(app, found, decide).await,
        None => Ok(()),
    }
}

async fn save(app: &App, found: Order, decide: impl Fn(&Order) -> Result<Order>) -> Result<()> {
    let store = app.store();
    update_with_retry(BusyReason::Order, found, decide, |next| async move { store.save_order(&next).await })
        .await
        .map(drop)
}
