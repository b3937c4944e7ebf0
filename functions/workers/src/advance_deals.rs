//! Brings what is stored of deals into line with the clock: in which list they are, and what is said of them
//! to the data platform. Nothing waits for it. It also finds units whose message was lost.

use domain::deals::Summary;
use domain::ids::DealId;
use domain::stock::{Hold, Part};
use domain::{Error, Result};
use edge::{App, Source, Work, Worker};
use store::list;
use store::{DealNow, Saved};

use crate::close_orders::close_overdue;

/// The worker.
pub static WORKER: Worker =
    Worker { name: "workers-advance-deals", source: Source::Schedule(EVERY_SECONDS, run) };

const EVERY_SECONDS: u32 = 60;
/// By then the message about units that were taken has come.
const OVERDUE_SECONDS: i64 = 120;
/// How many deals one run looks at, of the present ones and of those that are past.
const DEALS_MAX: usize = 1000;
const PAST_DEALS_MAX: usize = 100;
/// How often units are counted anew because somebody else wrote meanwhile what they counted.
const COUNTS_MAX: usize = 5;

fn run(app: App) -> Work {
    Box::pin(async move {
        let store = app.store();
        for (past, deals_max) in [(false, DEALS_MAX), (true, PAST_DEALS_MAX)] {
            for (_, found) in store.list_deals(past, &list::Part::default(), deals_max).await? {
                if found.summary.reserved > 0 {
                    sweep(&app, &found).await?;
                }
                let next = found.deal.advance(app.now(), found.available());
                if next != found.deal {
                    // Somebody else's change is looked at the next time.
                    let _ = store.save_deal(&next).await?;
                }
            }
        }
        Ok(())
    })
}

/// Closes what holds units of a deal long after its time.
async fn sweep(app: &App, found: &DealNow) -> Result<()> {
    let (deal, long_ago) = (&found.deal, app.now().plus_seconds(-OVERDUE_SECONDS));
    let stock = deal.stock();
    let buckets: Vec<u32> = (0..stock.buckets()).collect();
    for one in app.store().unit_holds(&stock, &buckets).await? {
        if let Hold::Held { quantity, until } = one.hold
            && until < long_ago
        {
            close_overdue(app, &deal.id, &one.order_id, Part { bucket: one.bucket, quantity }).await?;
        }
    }
    Ok(())
}

/// Counts the units of a deal and writes down how many are reserved and sold.
///
/// # Errors
/// `BUSY` when others wrote down what they counted each time; those of the store.
pub async fn count(app: &App, id: &DealId) -> Result<()> {
    let (store, now) = (app.store(), app.now());
    let deal = &store.recent_deal(id, now).await?.deal;
    for _ in 0..COUNTS_MAX {
        let before = store.find_summary(id).await?.unwrap_or_else(|| Summary::new(deal));
        let next = before.count(store.count_units(&deal.stock()).await?, now);
        if next == before {
            return Ok(());
        }
        if let Saved::Done = store.save_summary(&next).await? {
            return Ok(());
        }
    }
    Err(Error::busy("the units of a deal are counted by too many"))
}
