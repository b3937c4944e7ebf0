//! Extractor of the `If-Match` header, by which an update applies only to the version that the caller has
//! read.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use domain::{Error, Result};

use crate::Failure;
use crate::route::{Describe, Operation};
use runtime::App;

/// Version that the caller has read; `None` when the header is missing or `*`.
#[derive(Clone, Copy, Debug)]
pub struct IfMatch(pub Option<u64>);

impl FromRequestParts<App> for IfMatch {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> std::result::Result<Self, Failure> {
        let sent = parts.headers.get(header::IF_MATCH).map(|value| version(value.as_bytes())).transpose()?;
        Ok(Self(sent.flatten()))
    }
}

/// Parses the version from an entity tag: a number in quotes. Accepts a weak tag, which a proxy may produce,
/// and a number without quotes.
fn version(value: &[u8]) -> Result<Option<u64>> {
    let text = std::str::from_utf8(value).unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let tag = text.strip_prefix("W/").unwrap_or(text);
    let number = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or(tag);
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let version = is_number.then(|| number.parse().ok()).flatten();
    version.map(Some).ok_or_else(|| Error::invalid_field("If-Match", "must be the ETag of an answer, or *"))
}

impl Describe for IfMatch {
    fn describe(operation: &mut Operation) {
        operation.if_match = true;
    }
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn tag_names_a_version_in_each_form_that_clients_send() {
        for tag in ["\"12\"", "W/\"12\"", "12", " \"12\" "] {
            assert_eq!(version(tag.as_bytes()).unwrap(), Some(12), "{tag}");
        }
        assert_eq!(version(b"*").unwrap(), None);
        for tag in ["", "\"\"", "\"a\"", "\"1", "-1", "+1", "\"1\", \"2\"", "99999999999999999999"] {
            assert!(version(tag.as_bytes()).is_err(), "{tag}");
        }
    }
}
