//! Parsing of responses from outside services.

use serde::de::DeserializeOwned;

use crate::REASON_CHARS_MAX;

/// Reason: the service has no URL.
pub const NOT_CONFIGURED: &str = "not_configured";
/// Reason: no response arrived within the timeout.
pub const TIMEOUT: &str = "timeout";
/// Reason: the connection was refused or broke.
pub const CONNECTION: &str = "connection";
/// Reason: the response does not have the expected form.
pub const BAD_ANSWER: &str = "bad_answer";

/// Parses a response body. Returns `None` if it was too long or has another form.
pub fn read<T: DeserializeOwned>(body: Option<&[u8]>) -> Option<T> {
    serde_json::from_slice(body?).ok()
}

/// Returns the reason for an unexpected HTTP status, such as `http_503`.
pub fn status(status: u16) -> String {
    format!("http_{status}")
}

/// Sanitizes a reason from outside for storage: one line of at most [`REASON_CHARS_MAX`] characters. Returns
/// `None` if nothing is left.
pub fn reason(text: &str) -> Option<String> {
    let line: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(REASON_CHARS_MAX).collect();
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}
