//! Scheduled worker that updates the stored status of deals to the clock, so that the relay publishes the
//! changes. No request depends on it. It also closes orders whose message was lost, and corrects unit counts
//! that the buckets contradict.

use domain::deals::{Deal, ShardCount, UnitCounts};
use domain::stock::{BucketHold, OrderPart, StockCounts};
use domain::{Quantity, Result};
use runtime::{App, Metric, Source, Work, Worker};
use store::list;
use store::{DealCounts, DealNow, UnitHold};

use crate::workers::close_orders::close_overdue;

/// Scheduled worker `deals-advance-deals`, once a minute.
pub static WORKER: Worker =
    Worker { name: "deals-advance-deals", source: Source::Schedule(EVERY_SECONDS, run) };

const EVERY_SECONDS: u32 = 60;
/// Time after its expiry, in seconds, at which the sweep closes a hold. By then the message about it has
/// arrived.
const OVERDUE_SECONDS: i64 = 120;
/// Time without counted unit movements, in seconds, after which the relay counts as having processed all
/// of them.
const QUIET_SECONDS: i64 = 60;
/// Age in seconds of the last record after which a stream shard is considered closed. Streams keep records
/// for 24 hours.
const SHARD_OVER_SECONDS: i64 = 26 * 60 * 60;
/// Maximum numbers of current and of past deals in one run. If there are more current deals, successive
/// runs visit one section of them after the other.
const DEALS_MAX: usize = 1000;
const PAST_DEALS_MAX: usize = 100;
/// Maximum number of buckets that one run reads, exceeded by at most one deal. Each run starts with another
/// deal.
const BUCKETS_MAX: u32 = 10_000;

fn run(app: App) -> Work {
    Box::pin(async move {
        let store = app.store();
        let turn = u64::try_from(app.now().as_seconds() / i64::from(EVERY_SECONDS)).unwrap_or(0);
        let mut found = store.list_present_deals_eventual(turn, DEALS_MAX).await?;
        let past = store.list_deals(true, &list::ListRange::default(), PAST_DEALS_MAX).await?;
        found.extend(past.into_iter().map(|(_, deal)| deal));
        let start = app.entropy().checked_rem(found.len() as u128).unwrap_or(0);
        found.rotate_left(usize::try_from(start).unwrap_or(0));
        let (mut buckets, mut failed) = (0, None);
        for deal in &found {
            if buckets < BUCKETS_MAX {
                // An error of one deal must not stop the others.
                match check_deal(&app, deal).await {
                    Ok(read) => buckets += read,
                    Err(error) if failed.is_none() => failed = Some(error),
                    Err(_) => {}
                }
            }
            let next = deal.deal.advance(app.now(), deal.available());
            if next != deal.deal {
                // A concurrent change of the deal is handled in the next run.
                let _ = store.save_deal(&next).await?;
            }
        }
        failed.map_or(Ok(()), Err)
    })
}

/// Checks one deal: closes orders whose holds expired two minutes ago and, once no unit movement was
/// counted for a minute, corrects the unit counts. Reads the buckets only if orders hold units or no
/// recount has verified the present counts. Returns the number of buckets read.
async fn check_deal(app: &App, found: &DealNow) -> Result<u32> {
    let (store, now, deal) = (app.store(), app.now(), &found.deal);
    let is_quiet = found.summary.at < now.plus_seconds(-QUIET_SECONDS);
    let is_counted = found.summary != UnitCounts::new(deal);
    if found.summary.reserved == Quantity::ZERO && !(is_quiet && is_counted) {
        return Ok(0);
    }
    let counts = store.get_deal_counts(&deal.id).await?;
    let is_verified = counts.base_of(deal).verified_at.is_some_and(|at| at >= found.summary.at);
    if found.summary.reserved == Quantity::ZERO && is_verified {
        merge_closed_shard(app, deal, counts).await?;
        return Ok(0);
    }
    let stock = deal.stock();
    let buckets: Vec<u32> = (0..stock.buckets()).collect();
    let (counted, holds) = store.get_units_and_holds(&stock, &buckets).await?;
    counted.check(deal.stock_quantity)?;
    sweep(app, deal, &holds).await?;
    if is_quiet {
        correct_counts(app, deal, &counts, counted).await?;
    }
    Ok(stock.buckets())
}

/// Closes the orders among `holds` whose hold expired more than [`OVERDUE_SECONDS`] ago.
async fn sweep(app: &App, deal: &Deal, holds: &[UnitHold]) -> Result<()> {
    let long_ago = app.now().plus_seconds(-OVERDUE_SECONDS);
    for one in holds {
        if let BucketHold::Held { quantity, until } = one.hold
            && until < long_ago
        {
            close_overdue(app, &deal.id, &one.order_id, OrderPart { bucket: one.bucket, quantity }).await?;
        }
    }
    Ok(())
}

/// Corrects the unit counts of a deal to `counted`, the sum over its buckets, unless the relay has changed
/// the counts since `counts` were read. `counts` must be read before the buckets.
async fn correct_counts(app: &App, deal: &Deal, counts: &DealCounts, counted: StockCounts) -> Result<()> {
    let store = app.store();
    if store.get_deal_counts(&deal.id).await? != *counts {
        return Ok(());
    }
    let base = counts.base_of(deal);
    let displayed = UnitCounts::of(&base, &counts.shards);
    if !displayed.equals_recount(counted) {
        tracing::error!(deal = %deal.id, ?displayed, ?counted, "the figures of a deal are corrected");
        runtime::count(Metric::Broken, 1);
    }
    // A concurrent correction is equally valid.
    let _ = store.save_count_base(&base.corrected_to(&counts.shards, counted, app.now())).await?;
    Ok(())
}

/// Merges one item of a deal's unit counts into the base of the counts and deletes the item: one of a
/// stream shard that counted nothing for 26 hours and is therefore closed. Otherwise the deal would gain
/// an item with each new shard. Does nothing if there is no such item.
async fn merge_closed_shard(app: &App, deal: &Deal, counts: DealCounts) -> Result<()> {
    let long_ago = app.now().plus_seconds(-SHARD_OVER_SECONDS);
    let is_over = |shard: &&ShardCount| shard.at < long_ago;
    if let Some(shard) = counts.shards.iter().find(is_over) {
        let base = counts.base_of(deal).merged_with(shard, app.now());
        app.store().merge_shard(&base, shard).await?;
    }
    Ok(())
}
