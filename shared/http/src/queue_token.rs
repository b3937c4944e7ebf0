//! Header with the queue token of a waiting room.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::{Error, Result};

use crate::Failure;
use crate::route::{Describe, Operation};
use runtime::App;

/// Name of the header with the queue token.
pub const QUEUE_TOKEN_HEADER: &str = "x-queue-token";

/// Maximum length of a queue token, four times the length of a real one.
const QUEUE_TOKEN_LENGTH_MAX: usize = 2048;

/// Queue token of the request; `None` when the header is missing or empty.
#[derive(Clone, Debug)]
pub struct QueueTokenHeader(pub Option<String>);

impl FromRequestParts<App> for QueueTokenHeader {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> std::result::Result<Self, Failure> {
        let value = parts.headers.get(QUEUE_TOKEN_HEADER);
        let text = value.map(|value| checked(value.as_bytes())).transpose()?;
        Ok(Self(text.filter(|text| !text.is_empty())))
    }
}

fn checked(value: &[u8]) -> Result<String> {
    let visible = value.iter().all(|byte| (0x20..0x7f).contains(byte));
    match std::str::from_utf8(value) {
        Ok(text) if visible && text.len() <= QUEUE_TOKEN_LENGTH_MAX => Ok(text.to_owned()),
        _ => Err(Error::invalid_field("X-Queue-Token", "must be at most 2048 printable ASCII characters")),
    }
}

impl Describe for QueueTokenHeader {
    fn describe(operation: &mut Operation) {
        operation.queue_token = true;
    }
}
