//! Examples of analytics.

use serde_json::Value;

use super::Recording;
use crate::harness::TestApp;

/// Calls each endpoint of analytics for one day.
pub async fn analytics(app: &TestApp, examples: &mut Recording) {
    app.settle().await;
    let auditor = app.auditor();
    for name in ["events", "rewards", "users", "sales", "queues"] {
        let path = format!("/analytics/{name}?from=2026-11-30T15:00:00Z&to=2026-12-01T15:00:00Z");
        examples.call(&auditor, "GET", &path, Value::Null).await;
    }
}
