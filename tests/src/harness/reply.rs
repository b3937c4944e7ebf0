//! Responses and their assertions.

use crate::assert_each_eq;
use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;

/// Response of the API.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status of the response.
    pub status: u16,
    /// Headers of the response.
    pub headers: HeaderMap,
    /// Body of the response.
    pub bytes: Bytes,
    /// Body as JSON, or null if it is not JSON.
    pub json: Value,
    call: String,
    operation_id: Option<&'static str>,
}

impl Reply {
    /// Creates the response to a call, which has this operation id in the OpenAPI document.
    pub(super) fn new(
        method: &str,
        path: &str,
        operation_id: Option<&'static str>,
        parts: http::response::Parts,
        bytes: Bytes,
    ) -> Self {
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let call = format!("{method} {path}");
        Self { status: parts.status.as_u16(), headers: parts.headers, bytes, json, call, operation_id }
    }

    /// Returns the operation id of the call in the OpenAPI document. Panics if there is none.
    pub fn operation_id(&self) -> &'static str {
        self.operation_id.unwrap_or_else(|| panic!("{} is no operation", self.call))
    }

    /// Returns the path of the call, with its query.
    pub fn path(&self) -> &str {
        self.call.split_once(' ').map_or("", |(_, path)| path)
    }

    /// Returns a header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).expect("the body is text")
    }

    /// Returns the value to which this cookie is set. It is empty if the cookie is deleted.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let lines = self.headers.get_all("set-cookie").into_iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.filter_map(|line| line.split(';').next()?.split_once('='));
        pairs.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
    }

    /// Returns the refresh token from the cookie. It is empty if the cookie is deleted.
    pub fn refresh_token(&self) -> Option<String> {
        self.cookie("__Host-refresh_token")
    }

    /// Checks the status, and returns the `data` of the body.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.call, self.json);
        self.json["data"].clone()
    }

    /// Checks the status and the error code, and returns the `error` of the body.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        let error = &self.json["error"];
        assert_each_eq!(
            (self.status, status),
            (error["code"].as_str(), Some(code)),
            "{}: {}",
            self.call,
            self.json
        );
        error.clone()
    }

    /// Checks that the response is a 400 that names exactly these invalid fields, in any order.
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
