//! Contract of the audit's storage: entries are recorded once, whatever the boundaries of the batches, and late
//! ones are covered by a later hour.

use assertions::assert_each_eq;
use domain::Timestamp;
use domain::audit::{AuditEntry, AuditHour, AuditRoot, Leaves, SubjectKind};
use domain::trail::AuditAct;
use serde_json::json;
use store::{AuditShard, RootRecord, Saved};

use super::ContractBackend;

/// Returns entry `number` of the request of user `user`, made `second` seconds after the hour began.
fn entry(user: u32, number: u64, second: i64) -> AuditEntry {
    AuditEntry {
        subject_kind: SubjectKind::Request,
        subject_id: format!("usr_01JDQ8W5Z3T1N7K2M4P6R8V0{user:02}:cmp_01JDQ8W5Z3T1N7K2M4P6R8V0XY"),
        number,
        at: hour().start().plus_seconds(second),
        actor: format!("usr_01JDQ8W5Z3T1N7K2M4P6R8V0{user:02}"),
        role: Some("USER".to_owned()),
        request_id: Some(format!("JKJaXmPLvHcESHA{user:02}")),
        what: AuditAct::Requested,
        before: None,
        before_digest: None,
        after: json!({"lines": {"rwd_01JDQ8W5Z3T1N7K2M4P6R8V0AB.1": "requested"}, "changes": 1}),
        reason: None,
        previous_at: None,
        previous: None,
    }
}

fn hour() -> AuditHour {
    "2026-11-28T10".parse().unwrap()
}

fn in_time() -> Timestamp {
    hour().start().plus_seconds(3000)
}

fn names(entries: &[AuditEntry]) -> Vec<(String, u64)> {
    let mut names: Vec<_> = entries.iter().map(|entry| (entry.subject_id.clone(), entry.number)).collect();
    names.sort();
    names
}

pub async fn entries_are_recorded_once_whatever_the_batches(backend: &ContractBackend) {
    let store = backend.store();
    let all: Vec<AuditEntry> = (0..60).map(|user| entry(user, 1, i64::from(user) / 20)).collect();
    for batch in [&all[..40], &all[10..40], &all[..60], &all[35..], &all[..1]] {
        store.record_audit(batch, in_time()).await.unwrap();
    }
    let found = store.list_audit_hour(hour()).await.unwrap();
    assert_each_eq!((names(&found), names(&all)), (found.len(), 60));
    let second = store.audit_second(hour(), hour().start(), true).await.unwrap();
    let there: std::collections::BTreeSet<_> = second.iter().flat_map(|pack| names(&pack.entries)).collect();
    assert_eq!(there.len(), 20, "those of the first second");
}

pub async fn packs_are_listed_from_the_latest_second_on(backend: &ContractBackend) {
    let store = backend.store();
    let all: Vec<AuditEntry> = (0..30).map(|user| entry(user, 1, i64::from(user) * 60)).collect();
    store.record_audit(&all, in_time()).await.unwrap();
    let mut seconds = Vec::new();
    for shard in AuditShard::all() {
        let mut below: Option<String> = None;
        loop {
            let packs = store.list_audit_packs(hour(), shard, below.as_deref(), 2).await.unwrap();
            let Some(last) = packs.last() else { break };
            below = Some(last.position.clone());
            let positions: Vec<i64> =
                packs.iter().map(|pack| store::AuditPack::second_at(&pack.position)).collect();
            assert!(positions.is_sorted_by(|one, other| one > other), "{positions:?}");
            seconds.extend(positions);
        }
    }
    seconds.sort_unstable();
    assert_eq!(seconds, (0..30).map(|minute| minute * 60).collect::<Vec<i64>>());
}

pub async fn late_entry_is_covered_by_the_hour_in_which_it_is_recorded(backend: &ContractBackend) {
    let store = backend.store();
    let (punctual, late) = (entry(1, 1, 5), entry(2, 1, 5));
    store.record_audit(std::slice::from_ref(&punctual), in_time()).await.unwrap();
    let now = hour().next().start().plus_seconds(700);
    for batch in [vec![late.clone()], vec![punctual.clone(), late.clone()]] {
        store.record_audit(&batch, now).await.unwrap();
    }
    assert_each_eq!(
        (names(&store.list_audit_hour(hour()).await.unwrap()), names(&[punctual])),
        (names(&store.list_audit_hour(hour().next()).await.unwrap()), names(&[late]))
    );
    let packs = store.audit_second(hour(), hour().start().plus_seconds(5), true).await.unwrap();
    let covered: Vec<_> = packs.iter().map(|pack| (pack.entries.len(), pack.late)).collect();
    assert!(covered.contains(&(1, None)) && covered.contains(&(1, Some(hour().next()))), "{covered:?}");
}

pub async fn acts_of_staff_are_in_the_partition_of_their_actor(backend: &ContractBackend) {
    let store = backend.store();
    let by = |number: u64, second: i64| AuditEntry {
        actor: "usr_operator".to_owned(),
        role: Some("OPERATOR".to_owned()),
        ..entry(1, number, second)
    };
    let acts = [by(1, 3), by(2, 900)];
    store.record_audit(&[&acts[..], &[entry(2, 1, 3)]].concat(), in_time()).await.unwrap();
    store.record_audit(&acts, in_time()).await.unwrap();
    let packs = store.list_staff_acts("usr_operator", None, 10).await.unwrap();
    let found: Vec<u64> = packs.iter().flat_map(|pack| &pack.entries).map(|entry| entry.number).collect();
    assert_each_eq!(
        (found, vec![1, 2]),
        (store.list_staff_acts("usr_other", None, 10).await.unwrap().len(), 0)
    );
}

pub async fn root_is_written_once_and_then_version_by_version(backend: &ContractBackend) {
    let store = backend.store();
    let root: AuditRoot = Leaves::default().root(hour(), None);
    let record = RootRecord { root, published: false, has_late: false, archived: false, version: 1 };
    for _ in 0..2 {
        assert_eq!(store.save_audit_root(&record).await.unwrap(), Saved::Done);
    }
    let next = RootRecord { published: true, version: 2, ..record.clone() };
    assert_eq!(store.save_audit_root(&next).await.unwrap(), Saved::Done);
    let stale = RootRecord { archived: true, version: 2, ..record };
    assert_eq!(store.save_audit_root(&stale).await.unwrap(), Saved::Conflict(Some(Box::new(next.clone()))));
    assert_each_eq!(
        (store.list_audit_roots(None, 5).await.unwrap(), vec![next.clone()]),
        (store.list_audit_roots(Some(hour()), 5).await.unwrap(), vec![]),
        (store.get_audit_root_if_exists(hour()).await.unwrap(), Some(next))
    );
}
