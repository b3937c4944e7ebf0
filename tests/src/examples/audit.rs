//! Calls of the audit.

use serde_json::{Value, json};

use super::recorder::Recording;
use crate::harness::TestApp;

/// Hash as it is shown, since those of the scenario differ each time.
const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// Calls each operation of the audit.
pub async fn audit(app: &TestApp, examples: &mut Recording) {
    let auditor = app.auditor();
    app.settle().await;
    audit::workers::publish_roots::WORKER.handle_tick(app.app()).await.expect("a root can be written");
    examples.call(&auditor, "GET", "/audit?subject_kind=request&what=decided&limit=20", Value::Null).await;
    let entry = json!({
        "subject_kind": "request",
        "subject_id": "usr_01JDQ8W5Z3T1N7K2M4P6R8V0XY:cmp_01JDQ8W5Z3T1N7K2M4P6R8V0AB",
        "number": 2,
        "at": "2026-12-01T09:00:00.000Z",
        "actor": "usr_01JDQ8W5Z3T1N7K2M4P6R8V0OP",
        "role": "OPERATOR",
        "request_id": "JKJaXmPLvHcESHA=",
        "what": "decided",
        "before": {"lines": {"rwd_01JDQ8W5Z3T1N7K2M4P6R8V0CD.1": "in_review"}, "changes": 1},
        "after": {"lines": {"rwd_01JDQ8W5Z3T1N7K2M4P6R8V0CD.1": "approved"}, "changes": 2},
        "reason": "Receipt checked",
        "previous_at": "2026-12-01T08:55:00.000Z",
        "previous": HASH,
        "hash": HASH,
        "covered_in": "2026-12-01T09",
    });
    let page = |data: Value| json!({"success": true, "data": [data], "meta": {"next_cursor": null}});
    examples.show_instead("listAuditEntries", page(entry));
    examples.call(&auditor, "GET", "/audit/roots?limit=20", Value::Null).await;
    let root = json!({
        "hour": "2026-12-01T08", "subjects": 12, "entries": 31, "root": HASH, "previous": HASH, "hash": HASH,
    });
    examples.show_instead("listAuditRoots", page(root));
}
