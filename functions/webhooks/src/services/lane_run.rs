//! Run over a claimed lane: sends the events that wait, one after another, until one fails or none is left.

use config::SecretString;
use domain::ids::Nonce;
use domain::messages::SendWebhook;
use domain::webhooks::{
    Delivery, DeliveryTry, DisabledReason, EventOrder, Lane, TryFailure, Webhook, next_try_at,
};
use domain::{BusyReason, Code, Error, Result, Timestamp};
use integrations::{WebhookCall, WebhookReply};
use runtime::{App, Metric, count, hops::hops, seconds_until};
use store::schema::WEBHOOK_DELIVERIES;
use store::{Saved, update_with_retry};

use super::secrets;

/// Time after which a run begins no further attempt, in milliseconds: its function has 30 seconds, of which an
/// attempt may take 15.
const WORK_MS: i64 = 10_000;
/// Maximum number of events that one run sends.
const EVENTS_MAX: usize = 25;
/// Number of tries to release a lane while others leave notes.
const RELEASES_MAX: usize = 8;
/// Longest wait of a lane that an SQS message covers, in seconds. Longer ones are for the due index alone.
const MESSAGE_SECONDS_MAX: i64 = 900;
/// Number of hops from which a run leaves the rest to the due index, since Lambda stops a chain of 16 messages.
const HOPS_MAX: u32 = 12;
/// Number of failed attempts of one event from which the webhook counts as failing. A single failure may be chance,
/// except a missing answer: further first attempts would wait for theirs, and hold up events for others.
const FAILING_ATTEMPTS: u32 = 2;

/// Run over a lane that this worker has claimed.
pub struct LaneRun<'a> {
    app: &'a App,
    webhook: Webhook,
    secrets: Vec<SecretString>,
    lane: Lane,
    nonce: Nonce,
    began: Timestamp,
    /// Place of the last event that this run has finished. It still reads from the lane's cursor, since events of
    /// earlier versions may be stored while it works.
    done: EventOrder,
}

/// Reason why a run ends.
enum End {
    /// No event waits.
    Empty,
    /// The first event is due at this time.
    Due(Timestamp),
    /// More events wait than one run may send.
    More,
    /// The webhook is off or gone.
    Off,
    /// Another worker owns the lane.
    Lost,
}

/// Result of one attempt.
enum Step {
    /// The next event has its turn.
    Next,
    /// The run ends.
    End(End),
}

impl<'a> LaneRun<'a> {
    /// Creates the run `nonce` over `lane`.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when no key of the deployment opens the secrets of the webhook.
    pub fn new(app: &'a App, webhook: Webhook, lane: Lane, nonce: Nonce) -> Result<Self> {
        let secrets = secrets::open(app, &webhook, app.now())?;
        let done = lane.cursor.clone();
        Ok(Self { app, webhook, secrets, lane, nonce, began: app.now(), done })
    }

    /// Sends the events that wait, and releases the lane.
    ///
    /// # Errors
    /// `BUSY` when a read or write failed. The claim then ends by the clock, and a repeat continues.
    pub async fn run(mut self) -> Result<()> {
        loop {
            let end = self.send_pending().await?;
            if !self.release(end).await? {
                return Ok(());
            }
        }
    }

    async fn send_pending(&mut self) -> Result<End> {
        for _ in 0..EVENTS_MAX {
            if self.app.now().as_millis() - self.began.as_millis() > WORK_MS {
                return Ok(End::More);
            }
            let Some(delivery) = self.app.store().get_first_pending(&self.lane).await? else {
                return Ok(End::Empty);
            };
            match self.attempt(&delivery).await? {
                Step::Next => {}
                Step::End(end) => return Ok(end),
            }
        }
        Ok(End::More)
    }

    /// Sends one event once, and writes what became of it.
    async fn attempt(&mut self, delivery: &Delivery) -> Result<Step> {
        let at = self.app.now();
        let call = WebhookCall {
            url: self.webhook.url.clone(),
            message_id: delivery.message_id(),
            now: at,
            body: delivery.body.clone(),
            secrets: self.secrets.clone(),
            // New events for an endpoint that does not answer would hold up those for others. A later attempt, of
            // which there are few, finds out whether it is only slow.
            is_brief: self.webhook.failing_since.is_some() && delivery.attempts == 0,
        };
        let reply = self.app.integrations().webhooks().send(&call).await;
        let now = self.app.now();
        let took_ms = u64::try_from(now.as_millis() - at.as_millis()).unwrap_or(0);
        let (status, failure, retry_after_s) = match reply {
            WebhookReply::Answer { status, retry_after_s } => (Some(status), None, retry_after_s),
            WebhookReply::Failed(failure) => (None, Some(failure), None),
        };
        let tried = DeliveryTry { at, status, failure, took_ms };
        if status.is_some_and(|status| (200..300).contains(&status)) {
            return self.succeeded(delivery, tried).await;
        }
        count(Metric::WebhookFailures, 1);
        let asked_s = retry_after_s.filter(|_| matches!(status, Some(429 | 503)));
        self.failed(delivery, tried, asked_s).await
    }

    async fn succeeded(&mut self, delivery: &Delivery, tried: DeliveryTry) -> Result<Step> {
        count(Metric::WebhookDeliveries, 1);
        let next = delivery.delivered(tried, self.lane.delivered.as_ref());
        if !self.save(&next).await? {
            return self.after_conflict().await;
        }
        if self.lane.delivered.as_ref().is_none_or(|newest| *newest < delivery.order) {
            self.lane.delivered = Some(delivery.order.clone());
        }
        self.done = self.done.clone().max(delivery.order.clone());
        if self.webhook.failing_since.is_some() && !delivery.is_test() {
            return self.change_webhook(|webhook| webhook.failing(None)).await;
        }
        Ok(Step::Next)
    }

    async fn failed(
        &mut self,
        delivery: &Delivery,
        tried: DeliveryTry,
        retry_after_s: Option<u32>,
    ) -> Result<Step> {
        let now = tried.at;
        if let Some(reason) = self.disabling(delivery, &tried) {
            self.change_webhook(|webhook| webhook.disable(reason, now)).await?;
            let (id, reason) = (&self.webhook.id, reason.as_ref());
            tracing::error!(webhook = %id, reason, "a webhook is switched off");
            count(Metric::WebhooksDisabled, 1);
            // A conflict means that somebody else wrote the event, which stays pending in any case.
            self.save(&delivery.stopped(tried)).await?;
            return Ok(Step::End(End::Off));
        }
        let entropy = self.app.entropy();
        let next_try_at = match delivery.is_last_attempt() {
            true => None,
            false => next_try_at(delivery.attempts + 1, retry_after_s, entropy, self.app.now()),
        };
        let is_silent = tried.failure == Some(TryFailure::Timeout);
        let next = delivery.failed(tried, next_try_at);
        if !self.save(&next).await? {
            return self.after_conflict().await;
        }
        if (is_silent || next.attempts >= FAILING_ATTEMPTS) && self.webhook.failing_since.is_none() {
            let step = self.change_webhook(|webhook| webhook.failing(Some(now))).await?;
            if let Step::End(_) = step {
                return Ok(step);
            }
        }
        match next_try_at {
            Some(at) => Ok(Step::End(End::Due(at))),
            None => {
                self.done = self.done.clone().max(delivery.order.clone());
                Ok(Step::Next)
            }
        }
    }

    /// Returns why the webhook has to be switched off after this failed attempt, if it has to be.
    fn disabling(&self, delivery: &Delivery, tried: &DeliveryTry) -> Option<DisabledReason> {
        if delivery.is_test() {
            return None;
        }
        if tried.status == Some(410) {
            return Some(DisabledReason::Gone);
        }
        let is_over = delivery.is_last_attempt() && self.webhook.has_failed_for_days(tried.at);
        is_over.then_some(DisabledReason::Failing)
    }

    /// Writes the next version of an event. Returns `false` when another write came first.
    async fn save(&self, delivery: &Delivery) -> Result<bool> {
        Ok(matches!(self.app.store().save_delivery(delivery).await?, Saved::Done))
    }

    /// Decides how to go on after another write of the event: a replay makes it wait again, another owner of the
    /// lane sends it.
    async fn after_conflict(&self) -> Result<Step> {
        let lane = self.app.store().get_lane_if_exists(&self.lane.webhook_id, &self.lane.name).await?;
        let is_ours = lane.is_some_and(|lane| lane.is_owned_by(self.nonce));
        Ok(if is_ours { Step::Next } else { Step::End(End::Lost) })
    }

    /// Changes the webhook. Ends the run when the webhook was deleted meanwhile.
    async fn change_webhook(&mut self, change: impl Fn(&Webhook) -> Webhook) -> Result<Step> {
        let store = self.app.store();
        let found = self.webhook.clone();
        let decide = |found: &Webhook| Ok(change(found));
        let save = async |next: Webhook| store.save_webhook(&next).await;
        match update_with_retry(BusyReason::Webhook, found, decide, save).await {
            Ok(changed) => self.webhook = changed,
            Err(Error { code: Code::NotFound, .. }) => return Ok(Step::End(End::Off)),
            Err(error) => return Err(error),
        }
        Ok(if self.webhook.enabled { Step::Next } else { Step::End(End::Off) })
    }

    /// Releases the lane, and makes sure that the rest is sent. Returns `true` when the run must go on, since
    /// events came while it ended.
    async fn release(&mut self, end: End) -> Result<bool> {
        let far = hops() >= HOPS_MAX;
        let due_at = match &end {
            End::Lost => return Ok(false),
            End::Empty | End::Off => None,
            End::Due(at) => Some(*at),
            End::More => far.then(|| self.app.now()),
        };
        for _ in 0..RELEASES_MAX {
            let now = self.app.now();
            let lane = Lane { cursor: self.done.clone(), ..self.lane.clone() };
            match save(self.app, &lane.release(due_at, now)).await? {
                Ok(()) => return self.follow(&end, far).await.map(|()| false),
                Err(Some(there)) if there.is_owned_by(self.nonce) => {
                    let cursor = there.wanted.iter().chain([&self.done]).min().cloned().unwrap_or_default();
                    self.done.clone_from(&cursor);
                    let delivered = self.lane.delivered.clone();
                    self.lane = Lane { cursor, delivered, wanted: None, ..there };
                    if matches!(end, End::Empty) {
                        return Ok(true);
                    }
                }
                Err(_) => return Ok(false),
            }
        }
        Err(Error::busy(BusyReason::Webhook))
    }

    /// Sends the message that continues the lane. What is due later than a message can wait is in the due index.
    async fn follow(&self, end: &End, far: bool) -> Result<()> {
        let now = self.app.now();
        let delay_s = match end {
            End::Due(at) if at.as_seconds() - now.as_seconds() < MESSAGE_SECONDS_MAX => {
                seconds_until(*at, now)
            }
            End::More if !far => 0,
            _ => return Ok(()),
        };
        let message = SendWebhook::Lane {
            webhook_id: self.lane.webhook_id.clone(),
            lane: self.lane.name.clone(),
            from: self.done.clone(),
            at_once: false,
        };
        self.app.store().send(&WEBHOOK_DELIVERIES, &[message], delay_s).await
    }
}

/// Writes the next version of a lane. Returns the stored one as an error when another write came first.
pub async fn save(app: &App, lane: &Lane) -> Result<Result<(), Option<Lane>>> {
    Ok(match app.store().save_lane(lane).await? {
        Saved::Done => Ok(()),
        Saved::Conflict(there) => Err(there.map(|there| *there)),
    })
}
