//! Endpoint of a webhook that answers as a test says, and remembers what it got.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dibs_http::axum::Router;
use dibs_http::axum::body::Bytes;
use dibs_http::axum::http::{HeaderMap, StatusCode};
use dibs_http::axum::response::{IntoResponse, Response};
use dibs_tests::harness::TestApp;
use domain::events::CloudEvent;
use domain::messages::WebhookEvents;
use serde_json::{Value, json};
use store::schema::WEBHOOK_EVENTS;
use tokio::net::TcpListener;

/// Answer of the endpoint.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// Answer with this status.
    Status(u16),
    /// Answer with this status and a `Retry-After` of so many seconds.
    RetryAfter(u16, u32),
    /// Answer 200 after a second, which is too late for a system with little patience.
    Late,
}

/// Call that the endpoint got.
#[derive(Clone, Debug)]
pub struct Received {
    /// Headers of the call.
    pub headers: HeaderMap,
    /// Event in the body.
    pub event: Value,
}

impl Received {
    /// Returns the value of a header.
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

/// Endpoint on this machine.
#[derive(Clone, Default)]
pub struct Receiver {
    url: String,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Receiver {
    /// Starts an endpoint that gives `answers` in turn, and then 200.
    pub async fn start(answers: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let answers = Arc::new(Mutex::new(answers.iter().copied().collect()));
        let receiver = Self { url, answers, received: Arc::default() };
        let endpoint = receiver.clone();
        let answer = async move |headers: HeaderMap, body: Bytes| endpoint.answer(headers, body).await;
        tokio::spawn(async move { dibs_http::axum::serve(listener, Router::new().fallback(answer)).await });
        receiver
    }

    async fn answer(&self, headers: HeaderMap, body: Bytes) -> Response {
        let event = serde_json::from_slice(&body).unwrap();
        self.received.lock().unwrap().push(Received { headers, event });
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or(Answer::Status(200));
        let status = |status| StatusCode::from_u16(status).unwrap();
        match answer {
            Answer::Status(code) => status(code).into_response(),
            Answer::RetryAfter(code, seconds) => {
                (status(code), [("retry-after", seconds.to_string())]).into_response()
            }
            Answer::Late => {
                tokio::time::sleep(Duration::from_secs(1)).await;
                StatusCode::OK.into_response()
            }
        }
    }

    /// Adds an answer behind those that are still to be given.
    pub fn answer_next(&self, answer: Answer) {
        self.answers.lock().unwrap().push_back(answer);
    }

    /// Returns the URL of the endpoint.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns what the endpoint got so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Returns the ids of the events that the endpoint got so far, in order.
    pub fn event_ids(&self) -> Vec<String> {
        self.received().iter().map(|one| one.event["id"].as_str().unwrap().to_owned()).collect()
    }
}

/// Returns the event of version `version` of the order `order`, as a relay publishes it.
pub fn event(app: &TestApp, order: &str, version: u32) -> CloudEvent {
    let event = json!({
        "specversion": "1.0", "id": format!("{order}:{version}"), "source": "/dibs/local",
        "type": if version == 1 { "order.reserved" } else { "order.confirmed" },
        "subject": order, "time": app.now(), "datacontenttype": "application/json",
        "data": {"order_id": order},
    });
    serde_json::from_value(event).unwrap()
}

/// Publishes events as a relay does, in one message.
pub async fn publish(app: &TestApp, events: &[CloudEvent]) {
    let message = WebhookEvents { events: events.to_vec() };
    app.app().store().send(&WEBHOOK_EVENTS, &[message], 0).await.unwrap();
    app.wait_seconds(3).await;
}
