//! Recorder of examples: it sends calls and keeps what was sent and received, with random values replaced.

use std::collections::BTreeMap;

use crate::harness::{Call, Caller, Reply};
use domain::Timestamp;
use serde_json::{Value, json};

/// Length to which recorded times are cut, in milliseconds.
const STEP_MS: i64 = 5 * 60 * 1000;
/// Maximum length of a recorded text response, in characters. The rest of a longer one is cut off.
const TEXT_MAX: usize = 1_000;

/// Rate of a queue that the examples show, in users a second.
const RATE: f64 = 0.9;

/// Fields with random values, and what the examples show in their place.
const RANDOM: [(&str, &str); 12] = [
    ("access_token", "eyJhbGciOiJFZERTQSIsImtpZCI6ImtleS0xIn0.eyJzdWIiOiJ1c3JfMSJ9.c2lnbmF0dXJl"),
    ("ticket", "eyJ1c2VyX2lkIjoidXNyXzEifQ.c2lnbmF0dXJl"),
    ("token", "eyJ1c2VyX2lkIjoidXNyXzEifQ.c2lnbmF0dXJl"),
    ("invite_code", "7K2M9QXA"),
    ("kid", "key-1"),
    ("x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
    ("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ("next_cursor", "eyJhdCI6MX0"),
    ("totp_secret", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
    (
        "otpauth_uri",
        "otpauth://totp/dibs:park%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=dibs",
    ),
    ("totp_code", "287082"),
    ("recovery_codes", "7K2M-9QXA-3D4F-8RTV"),
];

/// Prefix of the ids of sessions, which are random, and the id that the examples show.
const SESSION: (&str, &str) = ("ses_", "ses_01KBD3V5T0A1B2C3D4E5F6G7H8");

/// Examples by operation id.
#[derive(Default)]
pub struct Recording(BTreeMap<&'static str, Value>);

impl Recording {
    /// Sends a request with an optional JSON body and an `Idempotency-Key` of its own, checks that it
    /// succeeds, keeps it as the example of its operation, and returns the `data` of the response.
    pub async fn call(&mut self, caller: &Caller, method: &str, path: &str, body: Value) -> Value {
        let call = caller.call(method, path).header("idempotency-key", &format!("{method} {path}"));
        let call = if body.is_null() { call } else { call.json(&body) };
        self.send(call, body).await.json["data"].clone()
    }

    /// Sends a prepared call with this body, checks that it succeeds, keeps it, and returns the response.
    pub async fn send(&mut self, call: Call, body: Value) -> Reply {
        let reply = call.await;
        let id = reply.operation_id();
        assert!((200..300).contains(&reply.status), "{id}: {} {}", reply.status, reply.json);
        let mut example = json!({"path": with_steady_session(reply.path()), "status": reply.status});
        if !body.is_null() {
            example["request"] = steady("", &body);
        }
        if let Some(media) = reply.header("content-type").and_then(|value| value.split(';').next()) {
            example["media_type"] = json!(media);
            example["response"] = match &reply.json {
                Value::Null => json!(reply.text().chars().take(TEXT_MAX).collect::<String>()),
                json => steady("", json),
            };
        }
        let earlier = self.0.insert(id, example);
        assert!(earlier.is_none(), "{id} is recorded twice");
        reply
    }

    /// Replaces the recorded response of an operation, for one that is too long to show.
    pub fn show_instead(&mut self, id: &str, response: Value) {
        self.0.get_mut(id).expect("it is recorded")["response"] = response;
    }

    /// Returns all recorded examples, by operation id.
    pub fn into_json(self) -> Value {
        json!(self.0)
    }
}

/// Returns `text` with the id of a session, with which it may end, replaced.
fn with_steady_session(text: &str) -> String {
    text.find(SESSION.0).map_or_else(|| text.to_owned(), |at| format!("{}{}", &text[..at], SESSION.1))
}

/// Returns `value`, the content of the field `name`, with times rounded down to five minutes and random
/// values replaced.
fn steady(name: &str, value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), steady(name, value))).collect()
        }
        Value::Array(values) => values.iter().map(|value| steady(name, value)).collect(),
        Value::String(text) => {
            match (RANDOM.iter().find(|(random, _)| *random == name), text.parse::<Timestamp>()) {
                (Some((_, shown)), _) => json!(shown),
                (None, Ok(time)) if text.contains('T') => {
                    json!(Timestamp::from_millis(time.as_millis() - time.as_millis().rem_euclid(STEP_MS)))
                }
                _ => json!(with_steady_session(text)),
            }
        }
        // `rate` and `remaining_seconds` depend on how fast the machine runs the scenario, so they are
        // rounded.
        Value::Number(_) if name == "rate" => json!(RATE),
        // The first version of a live state is the time in milliseconds.
        Value::Number(number) if name == "version" && number.as_i64() > Some(STEP_MS) => {
            json!(number.as_i64().map(|version| version - version.rem_euclid(STEP_MS)))
        }
        Value::Number(number) if name == "remaining_seconds" => {
            let step = STEP_MS / 1000;
            json!(number.as_i64().map(|seconds| seconds - seconds.rem_euclid(step)))
        }
        other => other.clone(),
    }
}
