//! Claims of lanes: one worker sends a lane at a time, and whoever finds it taken leaves a note.

use domain::ids::{Nonce, WebhookId};
use domain::webhooks::{EventOrder, Lane, LaneName, TEST_TYPE};
use domain::{BusyReason, Result};
use runtime::App;
use store::{TryResult, retry};

use super::lane_run::{LaneRun, save};

/// Lane to send, as a message names it.
#[derive(Clone, Debug)]
pub struct LaneToSend {
    /// Webhook of the lane.
    pub webhook_id: WebhookId,
    /// Name of the lane.
    pub name: LaneName,
    /// Place behind which events wait.
    pub from: EventOrder,
    /// Whether to send even if the lane waits for its next attempt.
    pub at_once: bool,
}

/// Sends the events of a lane that wait, unless the webhook is off or another worker sends them.
///
/// # Errors
/// `BUSY` when a read or write failed. A repeat continues.
pub async fn send_lane(app: &App, lane: &LaneToSend) -> Result<()> {
    let webhook = app.store().get_webhook_if_exists(&lane.webhook_id).await?;
    let is_test = lane.name.0.starts_with(&LaneName::of(TEST_TYPE, "").0);
    match webhook.filter(|webhook| webhook.enabled || is_test) {
        None => stop(app, lane).await,
        Some(webhook) => match claim(app, lane).await? {
            Some((lane, nonce)) => LaneRun::new(app, webhook, lane, nonce)?.run().await,
            None => Ok(()),
        },
    }
}

/// Makes sure that an event behind `from`, which was just stored, is sent before all later ones: the owner of the lane,
/// or the next one, reads from `from` again.
///
/// # Errors
/// `BUSY` when a read or write failed.
pub async fn notice(app: &App, webhook: &WebhookId, name: &LaneName, from: &EventOrder) -> Result<()> {
    let attempt = async |found: Option<Lane>| {
        let Some(next) = found.and_then(|lane| lane.notice(from, app.now())) else {
            return Ok(TryResult::Done(()));
        };
        Ok(match save(app, &next).await? {
            Ok(()) => TryResult::Done(()),
            Err(there) => TryResult::Conflict(there),
        })
    };
    let found = app.store().get_lane_if_exists(webhook, name).await?;
    retry(BusyReason::Webhook, found, attempt).await
}

/// Takes the lane out of the due index, since its webhook is off or gone. Its events wait for a replay.
async fn stop(app: &App, lane: &LaneToSend) -> Result<()> {
    let attempt = async |found: Option<Lane>| {
        let now = app.now();
        match found.filter(|lane| lane.due_at.is_some() && !lane.is_claimed(now)) {
            None => Ok(TryResult::Done(())),
            Some(lane) => save(app, &lane.release(None, now)).await.map(|saved| match saved {
                Ok(()) => TryResult::Done(()),
                Err(there) => TryResult::Conflict(there),
            }),
        }
    };
    retry(BusyReason::Webhook, stored(app, lane).await?, attempt).await
}

/// Claims the lane. Returns `None` when another worker owns it (a note in the lane then tells that worker what to
/// send), when the lane waits for its next attempt, and when no event waits.
async fn claim(app: &App, wanted: &LaneToSend) -> Result<Option<(Lane, Nonce)>> {
    let (nonce, from) = (app.nonce(), &wanted.from);
    let attempt = async |found: Option<Lane>| {
        let now = app.now();
        let new = || Lane::new(wanted.webhook_id.clone(), wanted.name.clone(), now);
        let lane = found.unwrap_or_else(new);
        let waits = lane.is_waiting(now) && !wanted.at_once;
        let next = if lane.is_owned_by(nonce) {
            return Ok(TryResult::Done(Some((lane, nonce))));
        } else if lane.is_claimed(now) || waits {
            match lane.notice(from, now) {
                None => return Ok(TryResult::Done(None)),
                Some(next) => next,
            }
        } else {
            let claimed = lane.claim(nonce, from, now);
            let is_empty = app.store().get_first_pending(&claimed).await?.is_none();
            match (is_empty, lane.due_at) {
                (true, None) => return Ok(TryResult::Done(None)),
                (true, Some(_)) => lane.release(None, now),
                (false, _) => claimed,
            }
        };
        match save(app, &next).await? {
            Ok(()) => Ok(TryResult::Done(next.is_owned_by(nonce).then_some((next, nonce)))),
            Err(there) => Ok(TryResult::Conflict(there)),
        }
    };
    retry(BusyReason::Webhook, stored(app, wanted).await?, attempt).await
}

async fn stored(app: &App, lane: &LaneToSend) -> Result<Option<Lane>> {
    app.store().get_lane_if_exists(&lane.webhook_id, &lane.name).await
}
