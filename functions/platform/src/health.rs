//! GET /health

use std::collections::BTreeMap;

use domain::Timestamp;
use edge::axum::Json;
use edge::axum::extract::State;
use edge::axum::http::StatusCode;
use edge::axum::response::{IntoResponse, Response};
use edge::{App, Describe, Operation, Route, route};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use store::schema::TABLES;

/// The route.
pub static ROUTE: Route =
    route!(GET ["/health"] "platform-health" health, "Whether dibs can do its work", []);

/// How dibs is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Health {
    /// `ok` or `failing`.
    pub status: &'static str,
    /// The present.
    pub timestamp: Timestamp,
    /// The version of dibs.
    pub version: &'static str,
    /// `ok` or `failing` for each thing that it needs.
    pub checks: BTreeMap<String, &'static str>,
}

async fn health(State(app): State<App>) -> Health {
    let mut checks = BTreeMap::new();
    for table in TABLES {
        let outcome = app.store().check(table).await;
        if let Err(error) = &outcome {
            tracing::error!(table = table.name, %error, "a health check fails");
        }
        checks.insert(format!("table_{}", table.name), if outcome.is_ok() { "ok" } else { "failing" });
    }
    let all = checks.values().all(|check| *check == "ok");
    Health {
        status: if all { "ok" } else { "failing" },
        timestamp: app.now(),
        version: env!("CARGO_PKG_VERSION"),
        checks,
    }
}

impl IntoResponse for Health {
    fn into_response(self) -> Response {
        let status = if self.status == "ok" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        (status, Json(json!({"success": status == StatusCode::OK, "data": self}))).into_response()
    }
}

impl Describe for Health {
    fn describe(operation: &mut Operation) {
        edge::Done::<Self>::describe(operation);
    }
}
