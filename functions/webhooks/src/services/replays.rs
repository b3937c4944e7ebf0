//! Replays: the events of a webhook from a time on are made to wait again, oldest first.

use domain::ids::WebhookId;
use domain::messages::SendWebhook;
use domain::webhooks::{Delivery, DeliveryStatus, Replay, ReplayKind, ReplayProgress, TEST_TYPE};
use domain::{BusyReason, Code, Error, Result, Timestamp};
use futures::future::try_join_all;
use runtime::{App, hops::hops};
use store::list::SHARDS;
use store::schema::WEBHOOK_DELIVERIES;
use store::{Saved, TryResult, retry};

use super::events::Lanes;

/// Number of events that are handled together.
const PAGE: usize = 100;
/// Number of events that are written concurrently.
const AT_ONCE: usize = 16;
/// Time after which a run leaves the rest to the next one, in milliseconds.
const WORK_MS: i64 = 10_000;
/// Number of hops from which a run leaves the rest to the due index.
const HOPS_MAX: u32 = 12;
/// Delay of a replay's first message, in seconds, in which the newest events reach the list index.
const DELAY_SECONDS: u32 = 5;

/// Begins a replay of the webhook from the time `from`.
///
/// # Errors
/// `CONFLICT` when one of all events is under way. One of the events that wait is begun anew.
pub async fn begin(app: &App, webhook: &WebhookId, kind: ReplayKind, from: Timestamp) -> Result<Replay> {
    let store = app.store();
    let attempt = async |earlier: Option<Replay>| {
        let runs = earlier.as_ref().is_some_and(|earlier| earlier.progress.is_some());
        if runs && kind == ReplayKind::All {
            let message = "A replay of this webhook is under way; begin the next one when it has ended.";
            return Err(Error::refused(Code::Conflict, message));
        }
        let replay = Replay::begin(webhook.clone(), kind, from, earlier.as_ref(), app.now());
        match store.save_replay(&replay).await? {
            Saved::Done => Ok(TryResult::Done(replay)),
            Saved::Conflict(there) => Ok(TryResult::Conflict(there.map(|there| *there))),
        }
    };
    let earlier = store.get_replay_if_exists(webhook, kind).await?;
    let replay = retry(BusyReason::Webhook, earlier, attempt).await?;
    send(app, webhook, kind, DELAY_SECONDS).await?;
    Ok(replay)
}

/// Continues a replay for some seconds. It ends early when the webhook is off or gone.
///
/// # Errors
/// `BUSY` when a read or write failed. A repeat continues.
pub async fn go_on(app: &App, webhook: &WebhookId, kind: ReplayKind) -> Result<()> {
    let (store, began) = (app.store(), app.now());
    let Some(mut replay) = store.get_replay_if_exists(webhook, kind).await? else { return Ok(()) };
    let is_on = store.get_webhook_if_exists(webhook).await?.is_some_and(|webhook| webhook.enabled);
    while let Some(progress) = replay.progress.clone() {
        let progress = if is_on { page(app, &replay, &progress).await? } else { None };
        replay = replay.go_on(progress, app.now());
        if let Saved::Conflict(_) = store.save_replay(&replay).await? {
            // Another worker continues the replay.
            return Ok(());
        }
        if replay.progress.is_some() && app.now().as_millis() - began.as_millis() > WORK_MS {
            // Beyond the last hop the due index continues it.
            return if hops() < HOPS_MAX { send(app, webhook, kind, 0).await } else { Ok(()) };
        }
    }
    Ok(())
}

/// Makes one page of events wait again and wakes their lanes. Returns the progress after it.
async fn page(app: &App, replay: &Replay, progress: &ReplayProgress) -> Result<Option<ReplayProgress>> {
    let store = app.store();
    let after = progress.after.as_deref();
    let (found, last) = store.list_deliveries_of_replay(replay, progress.shard, after, PAGE).await?;
    let is_wanted = |one: &&Delivery| {
        let waits = one.status == DeliveryStatus::Pending;
        one.event_type != TEST_TYPE && (waits || replay.kind == ReplayKind::All)
    };
    let wanted: Vec<&Delivery> = found.iter().filter(is_wanted).collect();
    if replay.kind == ReplayKind::All {
        for some in wanted.chunks(AT_ONCE) {
            try_join_all(some.iter().map(|one| store.replay_delivery(one, replay))).await?;
        }
    }
    let mut lanes = Lanes::default();
    wanted.into_iter().for_each(|one| lanes.add(one));
    lanes.notice(app).await?;
    lanes.send(app, true, 0).await?;
    Ok(match last {
        Some(last) => Some(ReplayProgress { shard: progress.shard, after: Some(last) }),
        None if progress.shard + 1 < SHARDS => {
            Some(ReplayProgress { shard: progress.shard + 1, after: None })
        }
        None => None,
    })
}

async fn send(app: &App, webhook: &WebhookId, kind: ReplayKind, delay_s: u32) -> Result<()> {
    let message = SendWebhook::Replay { webhook_id: webhook.clone(), kind };
    app.store().send(&WEBHOOK_DELIVERIES, &[message], delay_s).await
}
