//! `GET /health`: checks that all tables answer.

use std::collections::BTreeMap;

use dibs_http::axum::extract::State;
use dibs_http::{Done, Route, route};
use domain::{Code, Error, Result, Timestamp};
use runtime::App;
use schemars::JsonSchema;
use serde::Serialize;
use store::schema::TABLES;

/// Route that checks the health of the deployment.
pub static ROUTE: Route = route!(
    /// Reads each table once and reports it as `ok` or `failing`. If one fails, the response is 503 `BUSY` with the
    /// same report in `details`.
    GET ["/health"] "platform-health" health, "Check the health of the deployment", []
)
.operation_ids(&["getHealth"]);

/// Time in seconds after which a client should check again.
const RETRY_AFTER_SECONDS: u32 = 5;

/// Health of the deployment with the checks that decide it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Health {
    /// Overall health: `healthy`, or `failing` when any check fails.
    pub status: &'static str,
    /// Time of the response, in UTC.
    pub timestamp: Timestamp,
    /// Version of dibs that is deployed.
    pub version: &'static str,
    /// Result of each check by its name: `ok` or `failing`.
    pub checks: BTreeMap<String, &'static str>,
}

async fn health(State(app): State<App>) -> Result<Done<Health>> {
    let mut checks = BTreeMap::new();
    for table in TABLES {
        let outcome = app.store().check(table).await;
        if let Err(error) = &outcome {
            tracing::error!(table = table.name, %error, "a health check fails");
        }
        checks.insert(format!("table_{}", table.name), if outcome.is_ok() { "ok" } else { "failing" });
    }
    let all = checks.values().all(|check| *check == "ok");
    let health = Health {
        status: if all { "healthy" } else { "failing" },
        timestamp: app.now(),
        version: env!("CARGO_PKG_VERSION"),
        checks,
    };
    if all {
        return Ok(Done(health));
    }
    let failing =
        Error::refused(Code::Busy, "A service that dibs needs fails; details names it. Try again shortly.");
    Err(failing.with_details(health).retry_after(RETRY_AFTER_SECONDS))
}
