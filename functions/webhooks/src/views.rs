//! Response types for webhooks and their deliveries.

use config::{ExposeSecret, SecretString};
use domain::Timestamp;
use domain::ids::WebhookId;
use domain::webhooks::{
    Delivery, DeliveryStatus, DeliveryTry, DisabledReason, EventFilter, Replay, TryFailure, Webhook,
};
use schemars::JsonSchema;
use serde::Serialize;

/// Webhook: an endpoint with the events that it receives.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Webhook")]
pub struct WebhookView {
    /// Id of the webhook.
    pub id: WebhookId,
    /// URL of the endpoint.
    pub url: String,
    /// Types of the events that the endpoint receives.
    pub events: EventFilter,
    /// Description for staff; may be empty.
    pub description: String,
    /// Whether events are sent. Those of a webhook that is off are kept for a week.
    pub enabled: bool,
    /// Reason why the webhook is off; null while it is on.
    pub disabled_reason: Option<DisabledReason>,
    /// Time at which the webhook was switched off, in UTC; null while it is on.
    pub disabled_at: Option<Timestamp>,
    /// Time since which an event failed at least twice and none succeeded, in UTC; null while events succeed.
    pub failing_since: Option<Timestamp>,
    /// Time at which the newest signing secret was created, in UTC.
    pub secret_created_at: Option<Timestamp>,
    /// Signing secret. Only the response to the creation has it, and a repeat with the same `Idempotency-Key` before
    /// the first rotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Creation time of the webhook, in UTC.
    pub created_at: Timestamp,
    /// Time of the last change by staff, in UTC; the creation time when there was none.
    pub updated_at: Timestamp,
}

impl From<&Webhook> for WebhookView {
    fn from(webhook: &Webhook) -> Self {
        Self {
            id: webhook.id.clone(),
            url: webhook.url.clone(),
            events: webhook.events.clone(),
            description: webhook.description.clone(),
            enabled: webhook.enabled,
            disabled_reason: webhook.disabled_reason,
            disabled_at: webhook.disabled_at,
            failing_since: webhook.failing_since,
            secret_created_at: webhook.secrets.first().map(|secret| secret.created_at),
            secret: None,
            created_at: webhook.created_at,
            updated_at: webhook.updated_at.unwrap_or(webhook.created_at),
        }
    }
}

impl WebhookView {
    /// Returns the view with its signing secret.
    pub fn with_secret(self, secret: &SecretString) -> Self {
        Self { secret: Some(secret.expose_secret().to_owned()), ..self }
    }
}

/// New signing secret of a webhook.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WebhookSecret")]
pub struct SecretView {
    /// Secret that signs from now on. It is not shown again.
    pub secret: String,
    /// Time up to which the secret before signs as well, in UTC.
    pub previous_valid_until: Timestamp,
}

/// Test event that was made for a webhook.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WebhookTest")]
pub struct TestView {
    /// Id of the test event. The attempts of the webhook show what became of it.
    pub event_id: String,
    /// Value of the header `webhook-id` of the attempt.
    pub message_id: String,
}

/// Replay of a webhook's events.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WebhookReplay")]
pub struct ReplayView {
    /// Time from which events are sent again, in UTC; at most a week ago.
    pub from: Timestamp,
    /// Time up to which events are sent again, in UTC, exclusive.
    pub to: Timestamp,
}

impl From<&Replay> for ReplayView {
    fn from(replay: &Replay) -> Self {
        Self { from: replay.from, to: replay.to }
    }
}

/// Event for a webhook, with the attempts to deliver it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WebhookDelivery")]
pub struct DeliveryView {
    /// Value of the header `webhook-id`, the same for each attempt.
    pub message_id: String,
    /// Id of the event.
    pub event_id: String,
    /// Type of the event.
    pub event_type: String,
    /// Status of the delivery.
    pub status: DeliveryStatus,
    /// Time at which dibs stored the event for the webhook, in UTC.
    pub accepted_at: Timestamp,
    /// Time of the attempt that succeeded, in UTC; null before.
    pub delivered_at: Option<Timestamp>,
    /// Time of the next attempt, in UTC. Null when none is planned, and while earlier events of the same subject
    /// come first.
    pub next_try_at: Option<Timestamp>,
    /// Whether the event was delivered after a later one of its subject, since it reached the webhooks too late.
    pub late: bool,
    /// Last attempts, oldest first, at most 12.
    pub tries: Vec<TryView>,
}

/// Attempt to deliver an event.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WebhookTry")]
pub struct TryView {
    /// Time of the attempt, in UTC.
    pub at: Timestamp,
    /// HTTP status of the answer; null without an answer.
    pub status: Option<u16>,
    /// Failure without an answer; null for an answer.
    pub failure: Option<TryFailure>,
    /// Duration of the attempt in milliseconds.
    pub took_ms: u64,
}

impl From<&Delivery> for DeliveryView {
    fn from(delivery: &Delivery) -> Self {
        Self {
            message_id: delivery.message_id(),
            event_id: delivery.event_id.clone(),
            event_type: delivery.event_type.clone(),
            status: delivery.status,
            accepted_at: delivery.accepted_at,
            delivered_at: delivery.delivered_at,
            next_try_at: delivery.next_try_at,
            late: delivery.late,
            tries: delivery.tries.iter().map(TryView::from).collect(),
        }
    }
}

impl From<&DeliveryTry> for TryView {
    fn from(tried: &DeliveryTry) -> Self {
        Self { at: tried.at, status: tried.status, failure: tried.failure, took_ms: tried.took_ms }
    }
}
