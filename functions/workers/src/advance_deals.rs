//! Brings what is stored of deals into line with the clock: in which list they are, and what is said of them
//! to the data platform. Nothing waits for it. It also finds units whose message was lost, and corrects the
//! figures of a deal that its buckets contradict.

use domain::Result;
use domain::deals::{Deal, ShardCount, Summary};
use domain::stock::{Counts, Hold, Part};
use edge::{App, Metric, Source, Work, Worker};
use store::list;
use store::{DealCounts, DealNow, UnitHold};

use crate::close_orders::close_overdue;

/// The worker.
pub static WORKER: Worker =
    Worker { name: "workers-advance-deals", source: Source::Schedule(EVERY_SECONDS, run) };

const EVERY_SECONDS: u32 = 60;
/// By then the message about units that were taken has come.
const OVERDUE_SECONDS: i64 = 120;
/// When nothing was counted of a deal for so long, the stream has nothing more to tell of it.
const QUIET_SECONDS: i64 = 60;
/// A shard whose last record is so old gets no more: the stream keeps records for 24 hours.
const SHARD_OVER_SECONDS: i64 = 26 * 60 * 60;
/// How many deals one run looks at, of the present ones and of those that are past. Of more present ones each
/// run looks at another part.
const DEALS_MAX: usize = 1000;
const PAST_DEALS_MAX: usize = 100;
/// How many buckets one run reads, and one deal's more. Each run begins with another deal.
const BUCKETS_MAX: u32 = 10_000;

fn run(app: App) -> Work {
    Box::pin(async move {
        let store = app.store();
        let turn = u64::try_from(app.now().as_seconds() / i64::from(EVERY_SECONDS)).unwrap_or(0);
        let mut found = store.present_deals(turn, DEALS_MAX).await?;
        let past = store.list_deals(true, &list::Part::default(), PAST_DEALS_MAX).await?;
        found.extend(past.into_iter().map(|(_, deal)| deal));
        let start = app.chance().checked_rem(found.len() as u128).unwrap_or(0);
        found.rotate_left(usize::try_from(start).unwrap_or(0));
        let (mut buckets, mut failed) = (0, None);
        for deal in &found {
            if buckets < BUCKETS_MAX {
                // One deal that is broken is no reason to leave the others.
                match look_at(&app, deal).await {
                    Ok(read) => buckets += read,
                    Err(error) if failed.is_none() => failed = Some(error),
                    Err(_) => {}
                }
            }
            let next = deal.deal.advance(app.now(), deal.available());
            if next != deal.deal {
                // Somebody else's change is looked at the next time.
                let _ = store.save_deal(&next).await?;
            }
        }
        failed.map_or(Ok(()), Err)
    })
}

/// Reads the buckets of a deal whose figures may be wrong, or that may hold units long after their time;
/// returns how many that were.
async fn look_at(app: &App, found: &DealNow) -> Result<u32> {
    let (store, now, deal) = (app.store(), app.now(), &found.deal);
    let is_quiet = found.summary.at < now.plus_seconds(-QUIET_SECONDS);
    let is_counted = found.summary != Summary::new(deal);
    if found.summary.reserved == 0 && !(is_quiet && is_counted) {
        return Ok(0);
    }
    let counts = store.deal_counts(&deal.id).await?;
    let is_verified = counts.base_of(deal).verified_at.is_some_and(|at| at >= found.summary.at);
    if found.summary.reserved == 0 && is_verified {
        absorb(app, deal, counts).await?;
        return Ok(0);
    }
    let stock = deal.stock();
    let buckets: Vec<u32> = (0..stock.buckets()).collect();
    let (counted, holds) = store.look_at_units(&stock, &buckets).await?;
    counted.check(deal.stock_quantity)?;
    sweep(app, deal, &holds).await?;
    if is_quiet {
        verify(app, deal, &counts, counted).await?;
    }
    Ok(stock.buckets())
}

/// Closes what holds units of a deal long after its time.
async fn sweep(app: &App, deal: &Deal, holds: &[UnitHold]) -> Result<()> {
    let long_ago = app.now().plus_seconds(-OVERDUE_SECONDS);
    for one in holds {
        if let Hold::Held { quantity, until } = one.hold
            && until < long_ago
        {
            close_overdue(app, &deal.id, &one.order_id, Part { bucket: one.bucket, quantity }).await?;
        }
    }
    Ok(())
}

/// Corrects the figures by what was `counted` in the buckets, if nothing was counted by the stream meanwhile:
/// `counts` were read before the buckets.
async fn verify(app: &App, deal: &Deal, counts: &DealCounts, counted: Counts) -> Result<()> {
    let store = app.store();
    if store.deal_counts(&deal.id).await? != *counts {
        return Ok(());
    }
    let base = counts.base_of(deal);
    let told = Summary::of(&base, &counts.shards);
    if !told.agrees(counted) {
        tracing::error!(deal = %deal.id, ?told, ?counted, "the figures of a deal are corrected");
        edge::count(Metric::Broken, 1);
    }
    // Somebody else's is as good.
    let _ = store.save_count_base(&base.verified(&counts.shards, counted, app.now())).await?;
    Ok(())
}

/// Takes shards that are over into the base, one a run, so that what is read for a deal does not grow with its
/// age.
async fn absorb(app: &App, deal: &Deal, counts: DealCounts) -> Result<()> {
    let long_ago = app.now().plus_seconds(-SHARD_OVER_SECONDS);
    let is_over = |shard: &&ShardCount| shard.at < long_ago;
    if let Some(shard) = counts.shards.iter().find(is_over) {
        let base = counts.base_of(deal).absorb(shard, app.now());
        app.store().absorb_shard(&base, shard).await?;
    }
    Ok(())
}
