//! Events on their way into the lanes of webhooks.

use std::collections::BTreeMap;

use domain::events::CloudEvent;
use domain::ids::{WebhookId, fresh};
use domain::messages::SendWebhook;
use domain::webhooks::{Delivery, EventOrder, LaneName, NewDelivery, TEST_TYPE, Webhook};
use domain::{Error, Result};
use futures::future::try_join_all;
use runtime::App;
use serde_json::json;
use store::schema::WEBHOOK_DELIVERIES;

use super::lanes::notice;

/// Number of events that are written concurrently.
const AT_ONCE: usize = 16;
/// Time in seconds that a new event waits in its lane, so that one of an earlier version, whose message was
/// overtaken, can still come before it.
const HOLD_BACK_SECONDS: u32 = 2;

/// Lanes to send, each with the place behind which events wait.
#[derive(Default)]
pub struct Lanes(BTreeMap<(WebhookId, LaneName), EventOrder>);

impl Lanes {
    /// Adds the lane of `delivery`.
    pub fn add(&mut self, delivery: &Delivery) {
        let from = delivery.order.before();
        let known = self.0.entry((delivery.webhook_id.clone(), delivery.lane.clone()));
        let known = known.or_insert_with(|| from.clone());
        if from < *known {
            *known = from;
        }
    }

    /// Makes sure that the events, which were just stored, are sent before all later ones of their lanes.
    ///
    /// # Errors
    /// `BUSY` when a lane could not be read or written.
    pub async fn notice(&self, app: &App) -> Result<()> {
        let lanes: Vec<_> = self.0.iter().collect();
        for some in lanes.chunks(AT_ONCE) {
            try_join_all(some.iter().map(|((webhook, lane), from)| notice(app, webhook, lane, from))).await?;
        }
        Ok(())
    }

    /// Sends a message for each lane, which arrives after `delay_s` seconds.
    ///
    /// # Errors
    /// `BUSY` when a message could not be sent; others may have been.
    pub async fn send(self, app: &App, at_once: bool, delay_s: u32) -> Result<()> {
        let message = |((webhook_id, lane), from)| SendWebhook::Lane { webhook_id, lane, from, at_once };
        let messages: Vec<SendWebhook> = self.0.into_iter().map(message).collect();
        app.store().send(&WEBHOOK_DELIVERIES, &messages, delay_s).await
    }
}

/// Writes each of `events` for each webhook that it matches, also for those that are off, and wakes the lanes. An
/// event that is written already stays as it is.
///
/// # Errors
/// `BUSY` when an event could not be written, or its lane not be woken. A repeat completes both.
pub async fn fan_out(app: &App, events: &[CloudEvent]) -> Result<()> {
    let (store, now) = (app.store(), app.now());
    let webhooks = store.list_webhooks().await?;
    let mut deliveries = Vec::new();
    for event in events {
        for webhook in webhooks.iter().filter(|webhook| webhook.events.matches(event.kind.as_str())) {
            deliveries.push(Delivery::new(webhook.id.clone(), new_delivery(event)?, now));
        }
    }
    for some in deliveries.chunks(AT_ONCE) {
        try_join_all(some.iter().map(|one| store.save_delivery(one))).await?;
    }
    let mut stored = Lanes::default();
    deliveries.iter().for_each(|one| stored.add(one));
    stored.notice(app).await?;
    let mut lanes = Lanes::default();
    for webhook in &webhooks {
        let has_events = deliveries.iter().any(|one| one.webhook_id == webhook.id);
        // A webhook that was off may be on by now, and the replay that follows has not seen what was just written.
        if has_events && (webhook.enabled || is_on(app, webhook).await?) {
            deliveries.iter().filter(|one| one.webhook_id == webhook.id).for_each(|one| lanes.add(one));
        }
    }
    lanes.send(app, false, HOLD_BACK_SECONDS).await
}

async fn is_on(app: &App, webhook: &Webhook) -> Result<bool> {
    Ok(app.store().get_webhook_if_exists(&webhook.id).await?.is_some_and(|webhook| webhook.enabled))
}

fn new_delivery(event: &CloudEvent) -> Result<NewDelivery> {
    Ok(NewDelivery {
        id: event.id.clone(),
        kind: event.kind.as_str().to_owned(),
        subject: event.subject.clone(),
        time: event.time,
        body: serde_json::to_string(event).map_err(Error::internal)?,
    })
}

/// Writes a test event for the webhook, and wakes its lane.
///
/// # Errors
/// `BUSY` when it could not be written or its lane not be woken.
pub async fn add_test(app: &App, webhook: &Webhook) -> Result<Delivery> {
    let now = app.now();
    let id = format!("evt_{}", fresh(now, app.entropy()));
    let body = json!({
        "specversion": "1.0", "id": id, "source": format!("/dibs/{}", app.environment()), "type": TEST_TYPE,
        "subject": webhook.id, "time": now, "datacontenttype": "application/json",
        "data": {"webhook_id": webhook.id},
    });
    // Each test has a lane of its own, so that none waits for another.
    let event = NewDelivery {
        id: id.clone(),
        kind: TEST_TYPE.to_owned(),
        subject: id,
        time: now,
        body: body.to_string(),
    };
    let delivery = Delivery::new(webhook.id.clone(), event, now);
    // A conflict can only be with this very event, whose random id nobody else has.
    let _ = app.store().save_delivery(&delivery).await?;
    let mut lanes = Lanes::default();
    lanes.add(&delivery);
    lanes.send(app, true, 0).await?;
    Ok(delivery)
}
