//! Lists by cursor: the page size, the cursor and the response with one page.

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

/// Maximum number of entries of a page, 1 to 100, by default 20.
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

/// Position from which a list continues: `next_cursor` of the page before. It is opaque to clients.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Cursor(#[schemars(length(min = 1, max = 1024))] String);

impl Cursor {
    /// Encodes `position` as a cursor. Returns `None` when it cannot be serialized.
    pub fn of(position: &impl Serialize) -> Option<String> {
        serde_json::to_vec(position).ok().map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Decodes the position of the cursor.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` when the cursor does not belong to this kind of list.
    pub fn position<T: DeserializeOwned>(&self) -> Result<T> {
        URL_SAFE_NO_PAD
            .decode(&self.0)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| Error::invalid_field("cursor", "is not a cursor of this list"))
    }
}

/// Response 200 with one page of a list.
pub struct Page<T> {
    /// Entries of the page.
    pub entries: Vec<T>,
    /// Cursor of the next page; `None` on the last one.
    pub next_cursor: Option<String>,
}

impl<T: Serialize> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        let body = json!({"success": true, "data": self.entries, "meta": {"next_cursor": self.next_cursor}});
        (StatusCode::OK, axum::Json(body)).into_response()
    }
}

/// Response 200 with one page of a list and further metadata: the fields of `M` become members of `meta`.
pub struct PageWith<T, M> {
    /// Page with its cursor.
    pub page: Page<T>,
    /// Further members of `meta`, besides `next_cursor`.
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
