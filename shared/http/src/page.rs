//! Lists by cursor.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Error, Result};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::borrow::Cow;

use crate::route::{Describe, Operation};

/// How many entries a page may have: 1 to 100, 20 when nothing is said.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(transparent)]
pub struct Limit(pub usize);

impl Default for Limit {
    fn default() -> Self {
        Self(20)
    }
}

impl JsonSchema for Limit {
    fn schema_name() -> Cow<'static, str> {
        "Limit".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 1, "maximum": 100, "default": 20})
    }
}

/// Where a list goes on: opaque to clients.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Cursor(#[schemars(length(min = 1, max = 1024))] String);

impl Cursor {
    /// A cursor that carries `position`.
    pub fn of(position: &impl Serialize) -> Option<String> {
        serde_json::to_vec(position).ok().map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The position that it carries.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` for one that this list did not give.
    pub fn position<T: DeserializeOwned>(&self) -> Result<T> {
        URL_SAFE_NO_PAD
            .decode(&self.0)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| Error::invalid_field("cursor", "is not a cursor of this list"))
    }
}

/// 200 with one page of a list.
pub struct Page<T> {
    /// The entries of this page.
    pub entries: Vec<T>,
    /// The cursor of the next page; none after the last.
    pub next_cursor: Option<String>,
}

impl<T: Serialize> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        let body = json!({"success": true, "data": self.entries, "meta": {"next_cursor": self.next_cursor}});
        (StatusCode::OK, axum::Json(body)).into_response()
    }
}

/// 200 with one page of a list and something about the whole of it: the fields of `M` stand in `meta`.
pub struct PageWith<T, M> {
    /// The page.
    pub page: Page<T>,
    /// What is said about the whole.
    pub meta: M,
}

impl<T: Serialize, M: Serialize> IntoResponse for PageWith<T, M> {
    fn into_response(self) -> Response {
        let mut meta = json!(self.meta);
        meta["next_cursor"] = json!(self.page.next_cursor);
        (StatusCode::OK, axum::Json(json!({"success": true, "data": self.page.entries, "meta": meta})))
            .into_response()
    }
}

impl<T: JsonSchema, M: JsonSchema> Describe for PageWith<T, M> {
    fn describe(operation: &mut Operation) {
        Page::<T>::describe(operation);
        operation.meta = Some(|generator| Some(M::json_schema(generator)));
    }
}

impl<T: JsonSchema> Describe for Page<T> {
    fn describe(operation: &mut Operation) {
        operation.paged = true;
        operation.success = Some((StatusCode::OK, |generator| Some(generator.subschema_for::<Vec<T>>())));
    }
}
