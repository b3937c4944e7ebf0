//! Measures `dibs audit verify`: makes entries with their roots, verifies them, and prints the times.
//!
//! `cargo run --release -p dibs-tests --bin audit-numbers -- 100000`

use std::time::Instant;

use domain::Timestamp;
use domain::audit::{AuditEntry, AuditHour, AuditRoot, Leaves, SubjectKind, verify};
use domain::trail::AuditAct;
use serde_json::json;

/// Number of entries of each chain.
const CHAIN: u64 = 4;
/// Time between two entries, in milliseconds.
const EVERY_MS: i64 = 200;

fn main() {
    let count: u64 = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(100_000);
    let began = Instant::now();
    let (lines, roots) = export(count);
    println!("{count} entries under {} roots made in {} ms", roots.len(), began.elapsed().as_millis());
    let began = Instant::now();
    let report = verify(lines.iter().map(String::as_str), &roots);
    println!("verified in {} ms", began.elapsed().as_millis());
    assert_eq!((report.fault, report.covered), (None, count), "the export is right");
}

fn export(count: u64) -> (Vec<String>, Vec<AuditRoot>) {
    let (mut lines, mut roots) = (Vec::new(), Vec::<AuditRoot>::new());
    let (mut leaves, mut before) = (Leaves::default(), None::<AuditEntry>);
    let mut hour = AuditHour::of(at(0));
    for index in 0..count {
        let entry = entry(index, before.take());
        while AuditHour::of(entry.at) != hour {
            roots.push(leaves.root(hour, roots.last()));
            (leaves, hour) = (Leaves::default(), hour.next());
        }
        leaves.add(entry.subject(), entry.number, entry.hash());
        let line = serde_json::to_string(&entry.clone().covered_in(hour));
        lines.push(line.expect("an entry is JSON"));
        before = Some(entry);
    }
    roots.push(leaves.root(hour, roots.last()));
    (lines, roots)
}

fn at(index: u64) -> Timestamp {
    Timestamp::from_millis(1_796_115_600_000 + i64::try_from(index).unwrap_or(0) * EVERY_MS)
}

fn entry(index: u64, before: Option<AuditEntry>) -> AuditEntry {
    let (user, number) = (index / CHAIN, index % CHAIN + 1);
    let before = before.filter(|_| number > 1);
    AuditEntry {
        subject_kind: SubjectKind::Request,
        subject_id: format!("usr_{user:026}:cmp_01JDQ8W5Z3T1N7K2M4P6R8V0AB"),
        number,
        at: at(index),
        actor: format!("usr_{user:026}"),
        role: Some("USER".to_owned()),
        request_id: Some(format!("{index:036}")),
        what: AuditAct::Requested,
        before: before.as_ref().map(|before| before.after.clone()),
        before_digest: None,
        after: json!({"lines": {"rwd_01JDQ8W5Z3T1N7K2M4P6R8V0CD.1": "requested"}, "changes": number}),
        reason: None,
        previous_at: before.as_ref().map(|before| before.at),
        previous: before.map(|before| before.hash().to_string()),
    }
}
