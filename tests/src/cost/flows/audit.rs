//! Costs of recording audit entries, finding them, and publishing roots.

use domain::Timestamp;
use domain::accounts::Role;
use domain::audit::{AuditEntry, SubjectKind, state_digest};
use domain::ids::derived;
use domain::trail::AuditAct;
use serde_json::json;

use super::row;
use crate::cost::bench::Bench;
use crate::cost::budgets::Row;

/// Number of changes in a full batch of a stream.
const BATCH: u32 = 100;
/// Largest number of write units of a full batch: a fifth of a unit for each entry.
const BATCH_WRU_MAX: f64 = 20.0;

pub async fn measure() -> Vec<Row> {
    let mut rows = recorded().await;
    rows.extend(found().await);
    rows
}

/// Returns an entry as a claim's grant has it, with texts that compress no better than those of a deployment.
fn entry(number: u32, at: Timestamp) -> AuditEntry {
    let random = |name: &str| derived(&[name, &number.to_string()]);
    let digest = |half: u32| state_digest(&json!([number, half]));
    let lines =
        |status: &str| json!({"lines": {format!("rwd_{}.1", random("reward")): status}, "changes": 2});
    AuditEntry {
        subject_kind: SubjectKind::Request,
        subject_id: format!("usr_{}:cmp_01JDQ8W5Z3T1N7K2M4P6R8V0AB", random("user")),
        number: 2,
        at,
        actor: "system".to_owned(),
        role: None,
        request_id: Some(random("request")),
        what: AuditAct::Granted,
        before: Some(lines("requested")),
        before_digest: None,
        after: lines("granted"),
        reason: None,
        previous_at: Some(at.plus_seconds(-1)),
        previous: Some(format!("{}{}", digest(1), digest(2))),
    }
}

async fn recorded() -> Vec<Row> {
    let bench = Bench::start().await;
    let now = bench.app.now();
    let entries: Vec<AuditEntry> = (0..BATCH).map(|number| entry(number, now)).collect();
    let (recorded, batch) = bench.metered(bench.app.store().record_audit(&entries, now)).await;
    recorded.expect("entries");
    assert!(batch.wru <= BATCH_WRU_MAX, "{batch:?} for {BATCH} entries");
    let (recorded, again) = bench.metered(bench.app.store().record_audit(&entries[10..], now)).await;
    recorded.expect("entries");
    vec![
        row("record the audit entries of 100 changes in one second", batch),
        row("record the audit entries of 90 of them again, in another batch", again),
    ]
}

async fn found() -> Vec<Row> {
    let mut bench = Bench::start().await;
    let (user, auditor) = (bench.user(), bench.somebody(Role::Auditor));
    for amount in [500, 700] {
        let charged =
            bench.call("POST", "/balance/charge", Some(&user), Some(json!({"amount": amount}))).await;
        assert_eq!(charged.status, 201, "{charged:?}");
        bench.advance_seconds(1);
    }
    bench.relay().await;
    let path = format!("/audit?subject_kind=payment&subject_id={}", user.id);
    let (answer, subject) = bench.measure(bench.call("GET", &path, Some(&auditor), None)).await;
    assert_eq!(answer.body["data"].as_array().map(Vec::len), Some(2), "{answer:?}");
    let (answer, page) = bench.measure(bench.call("GET", "/audit?limit=2", Some(&auditor), None)).await;
    assert_eq!(answer.body["data"].as_array().map(Vec::len), Some(2), "{answer:?}");
    bench.advance_seconds(2 * 3600);
    let publish = audit::workers::publish_roots::WORKER.handle_tick(&bench.app);
    let (published, roots) = bench.metered(publish).await;
    published.expect("roots");
    vec![
        row("audit of a ledger with two entries", subject),
        row("audit, a page of two entries", page),
        row("publish the first root of the audit", roots),
    ]
}
