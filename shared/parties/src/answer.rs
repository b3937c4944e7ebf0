//! Reading answers.

use serde::de::DeserializeOwned;

use crate::REASON_CHARS_MAX;

/// Nobody is there to call.
pub const NOT_CONFIGURED: &str = "not_configured";
/// Nothing came in time.
pub const TIMEOUT: &str = "timeout";
/// The connection was refused, or broke.
pub const CONNECTION: &str = "connection";
/// Something came that is not an answer.
pub const BAD_ANSWER: &str = "bad_answer";

/// The answer in `body`, or `None` for one that was too long or is something else.
pub fn read<T: DeserializeOwned>(body: Option<&[u8]>) -> Option<T> {
    serde_json::from_slice(body?).ok()
}

/// `http_503` for 503.
pub fn status(status: u16) -> String {
    format!("http_{status}")
}

/// A reason from outside, fit for being kept and shown: one line, bounded.
pub fn reason(text: &str) -> Option<String> {
    let line: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(REASON_CHARS_MAX).collect();
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}
