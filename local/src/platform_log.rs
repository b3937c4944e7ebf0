//! Fake data platform: it receives the messages of the outbox queue, drops repeats by event id, and keeps the
//! latest events for inspection. While it is set to fail, it accepts no event: each is delivered again until
//! it moves to the dead-letter queue, and `dibs redrive outbox` moves it back.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use domain::Timestamp;
use domain::events::{DomainEvent, PublishedEvents};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Maximum number of events kept. The oldest is dropped for each further one.
const EVENTS_MAX: usize = 10_000;
/// Duration of a long poll of the queue, in seconds.
const WAIT_SECONDS: i32 = 20;
/// Pause after a failed call to the queue.
const PAUSE: Duration = Duration::from_secs(1);

/// Events that the fake data platform received. Cheap to clone; all clones share the events.
#[derive(Clone, Default)]
pub struct PlatformLog(Arc<Mutex<Events>>);

/// Settings of the fake data platform.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlatformSettings {
    /// Whether the data platform rejects every event.
    pub fail: bool,
}

#[derive(Default)]
struct Events {
    last: VecDeque<DomainEvent>,
    known: HashSet<String>,
    settings: PlatformSettings,
}

impl PlatformLog {
    /// Returns the events kept, oldest first.
    pub fn events(&self) -> Vec<DomainEvent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).last.iter().cloned().collect()
    }

    /// Replaces the settings of the data platform.
    pub fn set(&self, settings: PlatformSettings) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).settings = settings;
    }

    fn settings(&self) -> PlatformSettings {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).settings
    }

    /// Receives domain events from the queue at `url` forever.
    pub async fn listen(self, sqs: aws_sdk_sqs::Client, url: String) {
        loop {
            let call = sqs
                .receive_message()
                .queue_url(&url)
                .max_number_of_messages(10)
                .wait_time_seconds(WAIT_SECONDS);
            let Ok(received) = call.send().await else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            for message in received.messages.unwrap_or_default() {
                if self.settings().fail {
                    tracing::warn!("a message was not taken: the data platform is told to fail");
                    continue;
                }
                match message.body().unwrap_or_default().parse() {
                    Ok(PublishedEvents(events)) => events.into_iter().for_each(|event| self.take(event)),
                    Err(error) => tracing::error!(%error, "a message of the outbox has no events"),
                }
                let delete = sqs.delete_message().queue_url(&url).set_receipt_handle(message.receipt_handle);
                if let Err(error) = delete.send().await {
                    tracing::warn!(%error, "an event stays in the queue and will come again");
                }
            }
        }
    }

    fn take(&self, event: DomainEvent) {
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !events.known.insert(event.id.clone()) {
            return;
        }
        events.last.push_back(event);
        if events.last.len() > EVENTS_MAX
            && let Some(oldest) = events.last.pop_front()
        {
            events.known.remove(&oldest.id);
        }
    }
}

/// Events that a request lists.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventsQuery {
    /// Time of the first change, inclusive. Without it, all events are listed.
    since: Option<Timestamp>,
}

/// Creates the routes of the fake data platform. `GET /_standins/events` lists the received events, those of
/// changes since a time with `?since=`; `GET` and `PUT` of `/_standins/platform` read and replace the settings.
pub fn router(log: PlatformLog) -> Router {
    Router::new()
        .route("/_standins/events", get(events))
        .route("/_standins/platform", get(settings).put(put_settings))
        .with_state(log)
}

async fn settings(State(log): State<PlatformLog>) -> Json<PlatformSettings> {
    Json(log.settings())
}

async fn put_settings(
    State(log): State<PlatformLog>,
    Json(settings): Json<PlatformSettings>,
) -> Json<PlatformSettings> {
    log.set(settings);
    Json(settings)
}

async fn events(State(log): State<PlatformLog>, Query(asked): Query<EventsQuery>) -> Json<Value> {
    let is_asked = |event: &DomainEvent| asked.since.is_none_or(|since| event.occurred_at >= since);
    let events: Vec<DomainEvent> = log.events().into_iter().filter(is_asked).collect();
    Json(json!({ "data": events }))
}
