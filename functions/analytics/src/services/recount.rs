//! Recount of all figures from the tables, in bounded steps.
//!
//! A pass first reads the tables and adds up the figures of every item, then waits until the relays have
//! counted what changed meanwhile, and compares. Only a time slot into which nothing was counted since a quarter
//! of an hour before the pass began is compared: every change of an item counts into the slots whose figures
//! it changes, so the items that were read contribute to such a slot what they did all the time.

use std::collections::BTreeMap;

use domain::analytics::{Counters, TimeSlot, Topic, is_recounted};
use domain::waiting_room::ENTRIES_KEPT_SECONDS;
use domain::{Result, Timestamp};
use runtime::{App, Metric, count, slot_length};
use store::{DayFigures, RecountStep, Saved, ShardFigures};

/// Time after the start of a pass, in seconds, at which the next one may begin.
const EVERY_SECONDS: i64 = 24 * 60 * 60;
/// Time in seconds in which a relay counts a change. A relay that needs longer is alarmed.
const RELAYED_WITHIN_SECONDS: i64 = 15 * 60;
/// Duration of a pass, in seconds, after which it is given up: counters that were counted into meanwhile may
/// be merged, and then show no longer that they were.
const PASS_SECONDS_MAX: i64 = 20 * 60 * 60;
/// Time in seconds before the expiry of queue entries from which their figures are not compared any more.
const EXPIRY_MARGIN_SECONDS: i64 = 24 * 60 * 60;
/// Maximum number of pages of 1 MB that one run reads in a table.
const PAGES_MAX: usize = 8;
/// Maximum number of items of analytics whose days one run compares.
const COMPARED_MAX: i32 = 500;

/// Continues the recount by one step, or begins the next pass if one is due.
pub async fn run_step(app: &App) -> Result<()> {
    let (stored, now) = (app.store().get_recount_if_exists().await?, app.now());
    let is_due = |recount: &RecountStep| {
        let age_s = now.as_seconds() - recount.started_at.as_seconds();
        let limit_s = if recount.done_at.is_some() { EVERY_SECONDS } else { PASS_SECONDS_MAX };
        age_s >= limit_s
    };
    match stored {
        Some(recount) if !is_due(&recount) => continue_pass(app, recount).await,
        stored => {
            save(app, RecountStep::begin(stored.map_or(0, |stored| stored.version), now)).await.map(drop)
        }
    }
}

async fn continue_pass(app: &App, recount: RecountStep) -> Result<()> {
    if recount.done_at.is_some() {
        return Ok(());
    }
    let Some(read_at) = recount.read_at else { return read_step(app, recount).await };
    if app.now() < read_at.plus_seconds(RELAYED_WITHIN_SECONDS) {
        return Ok(());
    }
    compare_step(app, recount).await
}

/// Reads the next pages of a table and adds their figures. The end of the step is stored before its figures
/// are added, so that whoever repeats the step reads exactly the same range.
async fn read_step(app: &App, recount: RecountStep) -> Result<()> {
    let (store, length) = (app.store(), slot_length(app));
    let until = recount.begun.as_ref();
    let (figures, end) = store.read_figures(&recount.position, until, PAGES_MAX, length).await?;
    let begun = match until {
        Some(_) => recount,
        None => {
            let step = recount.step + 1;
            let next = RecountStep { begun: Some(end.clone()), step, ..recount };
            let Some(begun) = save(app, next).await? else { return Ok(()) };
            begun
        }
    };
    store.add_recounted(&begun, figures).await?;
    let position = begun.begun.clone().unwrap_or(end);
    let read_at = position.is_at_end().then(|| app.now());
    save(app, RecountStep { position, begun: None, read_at, ..begun }).await.map(drop)
}

/// Compares the next days of analytics with what was recounted.
async fn compare_step(app: &App, recount: RecountStep) -> Result<()> {
    let (days, next) =
        app.store().list_counted_days(&recount, recount.compared.clone(), COMPARED_MAX).await?;
    for (topic, day) in days {
        compare_day(app, &recount, &topic, &day).await?;
    }
    let done_at = next.is_none().then(|| app.now());
    save(app, RecountStep { compared: next, done_at, ..recount }).await.map(drop)
}

/// Compares the figures of one topic and day with those that were recounted, and corrects them.
async fn compare_day(app: &App, recount: &RecountStep, topic: &Topic, day: &str) -> Result<()> {
    let store = app.store();
    let recounted = store.get_recounted(recount, topic, day).await?;
    let (stored, shards) = store.get_day_figures(topic, day).await?;
    let wrong = differences(recount, topic, &stored, &shards, &recounted, app.now());
    if wrong.is_empty() {
        return Ok(());
    }
    count(Metric::Broken, 1);
    tracing::error!(%topic, day, ?wrong, "figures are corrected");
    // What a concurrent change prevents, and what does not fit into one update, is left to the next pass.
    store.correct_figures(&stored, &wrong).await.map(drop)
}

/// Returns by how much the recounted figures of a day are above the counted ones, in the slots that can be
/// compared.
fn differences(
    recount: &RecountStep,
    topic: &Topic,
    stored: &DayFigures,
    shards: &[ShardFigures],
    recounted: &BTreeMap<TimeSlot, Counters>,
    now: Timestamp,
) -> BTreeMap<TimeSlot, Counters> {
    let mut all = recounted.clone();
    stored.slots.iter().for_each(|(slot, counters)| all.entry(*slot).or_default().subtract(counters));
    shards.iter().for_each(|shard| all.entry(shard.slot).or_default().subtract(&shard.counters));
    let quiet_since = recount.started_at.plus_seconds(-RELAYED_WITHIN_SECONDS);
    let moved = |slot: TimeSlot| shards.iter().any(|shard| shard.slot == slot && shard.at >= quiet_since);
    let kept_from = now.plus_seconds(EXPIRY_MARGIN_SECONDS - ENTRIES_KEPT_SECONDS);
    let expires = matches!(topic, Topic::Queues | Topic::Queue(_));
    let is_compared = |slot: TimeSlot| {
        let is_kept = !expires || slot.start() >= kept_from;
        let is_over = slot == TimeSlot::ALL_TIME || slot.start() < quiet_since;
        is_kept && is_over && !moved(slot)
    };
    all.retain(|slot, _| is_compared(*slot));
    let mut wrong = BTreeMap::new();
    for (slot, counters) in all {
        let mut difference = Counters::default();
        let numbers = counters.iter().filter(|(counter, _)| is_recounted(counter));
        numbers.for_each(|(counter, by)| difference.add(counter, by));
        if !difference.is_zero() {
            wrong.insert(slot, difference);
        }
    }
    wrong
}

/// Writes the next version of the recount, and returns it. Returns `None` if another worker came first.
async fn save(app: &App, recount: RecountStep) -> Result<Option<RecountStep>> {
    let next = RecountStep { version: recount.version + 1, ..recount };
    Ok(match app.store().save_recount(&next).await? {
        Saved::Done => Some(next),
        Saved::Conflict(_) => None,
    })
}
