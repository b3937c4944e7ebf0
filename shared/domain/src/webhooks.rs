//! Webhooks: endpoints of companies to which domain events are delivered, signed by Standard Webhooks.

mod address;
mod delivery;
mod filter;
mod lane;
mod replay;
mod retries;
mod secret;

pub use address::{check_url, is_public};
pub use delivery::{
    Delivery, DeliveryStatus, DeliveryTry, EVENTS_KEPT_SECONDS, NewDelivery, TEST_TYPE, TryFailure,
};
pub use filter::{EventFilter, EventPattern};
pub use lane::{CLAIM_SECONDS, EventOrder, Lane, LaneClaim, LaneName};
pub use replay::{Replay, ReplayKind, ReplayProgress};
pub use retries::{ATTEMPTS_MAX, next_try_at};
pub use secret::{SECRET_PREFIX, key_of_secret, new_secret};

use serde::{Deserialize, Serialize};
use strum::AsRefStr;

use crate::ids::{UserId, WebhookId};
use crate::time::millis;
use crate::{Code, Error, Result, Timestamp};

/// Maximum number of webhooks of a deployment. Each event is written once for each webhook that it matches.
pub const WEBHOOKS_MAX: usize = 20;
/// Time for which a replaced secret still signs, in seconds: a day.
pub const ROTATION_SECONDS: i64 = 24 * 3600;
/// Maximum number of secrets that sign at once. Each adds a signature to the header.
pub const SECRETS_MAX: usize = 4;
/// Time without one success after which a webhook whose event ran out of attempts is switched off, in seconds.
pub const FAILING_SECONDS_MAX: i64 = 3 * 24 * 3600;

/// Webhook: an endpoint with the events that it receives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Id of the webhook.
    pub id: WebhookId,
    /// URL of the endpoint, which [`check_url`] has accepted.
    pub url: String,
    /// Types of the events that the endpoint receives.
    pub events: EventFilter,
    /// Description for staff; may be empty.
    pub description: String,
    /// Whether events are sent. Those of a webhook that is switched off are kept for a week.
    pub enabled: bool,
    /// Reason why the webhook is switched off. `None` while it is on.
    #[serde(default)]
    pub disabled_reason: Option<DisabledReason>,
    /// Time at which the webhook was switched off. `None` while it is on.
    #[serde(with = "millis::option", default)]
    pub disabled_at: Option<Timestamp>,
    /// Time since which an event failed at least twice and none succeeded. `None` while events succeed.
    #[serde(with = "millis::option", default)]
    pub failing_since: Option<Timestamp>,
    /// Secrets that sign, newest first, as the server's key has sealed them.
    pub secrets: Vec<WebhookSecret>,
    /// Creation time of the webhook.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Account that created the webhook.
    pub created_by: UserId,
    /// Time of the last change by staff. `None` when there was none.
    #[serde(with = "millis::option", default)]
    pub updated_at: Option<Timestamp>,
    /// Fingerprint of the request that created it; `None` without an `Idempotency-Key`.
    #[serde(rename = "mark", default)]
    pub request_fingerprint: Option<String>,
    /// Version: 1 when created, raised by one with every write.
    pub version: u64,
}

/// Secret of a webhook, encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookSecret {
    /// Secret, sealed under the server's key with the id of the webhook as context.
    pub sealed: String,
    /// Creation time of the secret.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Time before which the secret signs. `None` for the newest one.
    #[serde(with = "millis::option", default)]
    pub valid_until: Option<Timestamp>,
}

/// Reason why a webhook is switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, AsRefStr, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schemars(inline)]
pub enum DisabledReason {
    /// Staff switched it off.
    Requested,
    /// An event ran out of attempts, and no other one succeeded for three days.
    Failing,
    /// The endpoint answered 410 Gone.
    Gone,
}

/// Fields of a webhook to change. `None` keeps the value.
#[derive(Clone, Debug, Default)]
pub struct WebhookChanges {
    /// New URL of the endpoint.
    pub url: Option<String>,
    /// New filter of events.
    pub events: Option<EventFilter>,
    /// New description.
    pub description: Option<String>,
    /// New state of the switch: `true` for on, `false` for off.
    pub enabled: Option<bool>,
}

impl Webhook {
    /// Returns the webhook with these changes by staff, as the next version if anything changes. Switching it on clears
    /// the reason why it was off, and the time since which it failed.
    pub fn change(&self, changes: &WebhookChanges, now: Timestamp) -> Self {
        let mut next = self.clone();
        let set = |field: &mut String, value: &Option<String>| {
            if let Some(value) = value {
                field.clone_from(value);
            }
        };
        set(&mut next.url, &changes.url);
        set(&mut next.description, &changes.description);
        if let Some(events) = &changes.events {
            next.events = events.clone();
        }
        match changes.enabled {
            Some(true) if !self.enabled => {
                (next.enabled, next.disabled_reason) = (true, None);
                (next.disabled_at, next.failing_since) = (None, None);
            }
            Some(false) if self.enabled => next = next.switched_off(DisabledReason::Requested, now),
            _ => {}
        }
        if next == *self { next } else { Self { updated_at: Some(now), version: self.version + 1, ..next } }
    }

    /// Returns the webhook switched off by dibs, or unchanged if it is off already.
    pub fn disable(&self, reason: DisabledReason, now: Timestamp) -> Self {
        if !self.enabled {
            return self.clone();
        }
        Self { version: self.version + 1, ..self.clone().switched_off(reason, now) }
    }

    fn switched_off(self, reason: DisabledReason, now: Timestamp) -> Self {
        Self { enabled: false, disabled_reason: Some(reason), disabled_at: Some(now), ..self }
    }

    /// Returns the webhook with the time since which it fails: `since`, unless it is known already, or none
    /// after a success.
    pub fn failing(&self, since: Option<Timestamp>) -> Self {
        if self.failing_since.is_some() == since.is_some() {
            return self.clone();
        }
        Self { failing_since: since, version: self.version + 1, ..self.clone() }
    }

    /// Returns whether no event succeeded for [`FAILING_SECONDS_MAX`], so that the webhook has to be switched off.
    pub fn has_failed_for_days(&self, now: Timestamp) -> bool {
        self.failing_since.is_some_and(|since| since.plus_seconds(FAILING_SECONDS_MAX) <= now)
    }

    /// Returns the webhook with `sealed` as its newest secret. The one before signs for another day; secrets
    /// whose time is over are removed.
    ///
    /// # Errors
    /// `CONFLICT` when [`SECRETS_MAX`] secrets sign already.
    pub fn rotate(&self, sealed: String, now: Timestamp) -> Result<Self> {
        let mut secrets = vec![WebhookSecret { sealed, created_at: now, valid_until: None }];
        secrets.extend(self.signing_secrets(now).cloned().map(|secret| WebhookSecret {
            valid_until: Some(secret.valid_until.unwrap_or(now.plus_seconds(ROTATION_SECONDS))),
            ..secret
        }));
        if secrets.len() > SECRETS_MAX {
            let message = "The webhook has as many valid secrets as it may have; each replaced one is valid for a \
                           day. Rotate again tomorrow.";
            return Err(Error::refused(Code::Conflict, message));
        }
        Ok(Self { secrets, updated_at: Some(now), version: self.version + 1, ..self.clone() })
    }

    /// Lists the secrets that sign at the time `now`, newest first.
    pub fn signing_secrets(&self, now: Timestamp) -> impl Iterator<Item = &WebhookSecret> {
        self.secrets.iter().filter(move |secret| secret.valid_until.is_none_or(|until| now < until))
    }
}

/// Register of all webhooks. Creation and deletion write it, so that their number has a bound.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookRegister {
    /// Ids of the webhooks.
    pub ids: Vec<WebhookId>,
    /// Version: raised by one with every write.
    pub version: u64,
}

impl WebhookRegister {
    /// Returns the register with one more webhook.
    ///
    /// # Errors
    /// `TOO_MANY_WEBHOOKS` when there are [`WEBHOOKS_MAX`].
    pub fn with(&self, id: &WebhookId) -> Result<Self> {
        if self.ids.len() >= WEBHOOKS_MAX && !self.ids.contains(id) {
            let message =
                format!("There are {WEBHOOKS_MAX} webhooks already: delete one that is not needed.");
            return Err(Error::refused(Code::TooManyWebhooks, message));
        }
        let mut next = self.without(id);
        next.ids.push(id.clone());
        Ok(next)
    }

    /// Returns the register without this webhook.
    pub fn without(&self, id: &WebhookId) -> Self {
        let ids = self.ids.iter().filter(|known| *known != id).cloned().collect();
        Self { ids, version: self.version + 1 }
    }
}

#[cfg(test)]
mod tests;
