//! Scheduled worker that keeps figures small and right: it merges counters that nothing is counted into any
//! more, and continues the recount of all figures from the tables.

use domain::Result;
use runtime::{App, Source, Work, Worker};

use crate::services::recount;

/// Scheduled worker `analytics-maintain-figures`, every five minutes.
pub static WORKER: Worker =
    Worker { name: "analytics-maintain-figures", source: Source::Schedule(EVERY_SECONDS, run) };

const EVERY_SECONDS: u32 = 300;
/// Age in seconds of the last count into an item from which it is merged. Streams keep records for 24 hours,
/// so no record that the item has counted can be delivered again.
const MERGED_AFTER_SECONDS: i64 = 26 * 60 * 60;
/// Maximum number of list entries that one run reads to find items to merge.
const ITEMS_MAX: usize = 2_000;

fn run(app: App) -> Work {
    Box::pin(async move {
        merge_counters(&app).await?;
        recount::run_step(&app).await
    })
}

/// Merges the items of shards that counted nothing for 26 hours into those of their days.
async fn merge_counters(app: &App) -> Result<()> {
    let store = app.store();
    let before = app.now().plus_seconds(-MERGED_AFTER_SECONDS);
    for (topic, date) in store.list_unmerged_days(before, ITEMS_MAX).await? {
        let (day, shards) = store.get_day_figures(&topic, &date).await?;
        let over: Vec<_> = shards.into_iter().filter(|shard| shard.at < before).collect();
        // What is left after the first transaction of a day, and what changed meanwhile, is merged by the next
        // run.
        if !over.is_empty() {
            store.merge_figures(&day, &over).await?;
        }
    }
    Ok(())
}
