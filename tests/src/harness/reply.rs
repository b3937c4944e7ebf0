//! Replies and what is expected of them.

use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub bytes: Bytes,
    /// The body as JSON; null when it is none.
    pub json: Value,
    call: String,
}

impl Reply {
    pub(super) fn new(method: &str, path: &str, parts: http::response::Parts, bytes: Bytes) -> Self {
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let call = format!("{method} {path}");
        Self { status: parts.status.as_u16(), headers: parts.headers, bytes, json, call }
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).expect("the body is text")
    }

    /// What this cookie was set to; empty when it is taken away.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let lines = self.headers.get_all("set-cookie").into_iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.filter_map(|line| line.split(';').next()?.split_once('='));
        pairs.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
    }

    /// The refresh token that came in a cookie; empty when the cookie takes it away.
    pub fn refresh_token(&self) -> Option<String> {
        self.cookie("__Host-refresh_token")
    }

    /// The data, when the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.call, self.json);
        self.json["data"].clone()
    }

    /// The error, when it is this one.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        let error = &self.json["error"];
        assert_eq!(
            (self.status, error["code"].as_str()),
            (status, Some(code)),
            "{}: {}",
            self.call,
            self.json
        );
        error.clone()
    }

    /// That exactly these fields were refused, in any order.
    #[track_caller]
    pub fn invalid(self, fields: &[&str]) {
        let error = self.refused(400, "VALIDATION_ERROR");
        let details = error["details"].as_array().expect("fields are named");
        let mut found: Vec<&str> = details.iter().filter_map(|detail| detail["field"].as_str()).collect();
        let mut expected = fields.to_vec();
        found.sort_unstable();
        found.dedup();
        expected.sort_unstable();
        assert_eq!(found, expected, "{error}");
        assert!(details.iter().all(|detail| detail["message"].as_str().is_some_and(|text| !text.is_empty())));
    }
}
