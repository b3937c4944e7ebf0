//! Invariant 11: every change of an audited item has exactly one entry, in an unbroken chain, and the published
//! roots cover them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::audit::{AuditEntry, AuditHour, AuditRoot, SubjectKind, verify};
use flate2::read::DeflateDecoder;
use serde_json::Value;
use store::RootRecord;
use store::schema::AUDIT;

use super::Case;
use crate::simulation::world::histories::writes::read;

/// Entries of the table by subject and number, each with the hour whose root covers it.
type Entries = BTreeMap<(SubjectKind, String, u64), (AuditEntry, AuditHour)>;

/// Checks that the entries in the table are exactly those whose hashes the items had as their heads, and that no
/// chain was cut or restarted.
pub fn every_change_has_one_entry(case: &Case<'_>) -> Vec<String> {
    let history = case.workload.world.core.chains.history();
    let (entries, mut violations) = entries(case);
    violations.extend(history.violations);
    let told: BTreeMap<String, &AuditEntry> =
        entries.values().map(|(entry, _)| (entry.hash().to_string(), entry)).collect();
    let mut made = BTreeSet::new();
    for (name, chain) in &history.chains {
        for (number, hash) in chain {
            made.insert(hash);
            if !told.contains_key(hash) {
                violations.push(format!("entry {number} of {name} is not in the audit"));
            }
        }
    }
    let more = told.iter().filter(|(hash, _)| !made.contains(hash));
    violations.extend(more.map(|(_, entry)| format!("an entry of nothing: {entry:?}")));
    violations
}

/// Checks that reservations, orders and ledgers have as many entries as versions, so that none is left out.
pub fn every_version_has_an_entry(case: &Case<'_>) -> Vec<String> {
    let (entries, _) = entries(case);
    let mut counts: BTreeMap<(SubjectKind, String), u64> = BTreeMap::new();
    for (kind, id, _) in entries.into_keys() {
        *counts.entry((kind, id)).or_default() += 1;
    }
    let facts = &case.facts.concerts;
    let reservations =
        facts.reservations.values().map(|one| (SubjectKind::Reservation, one.id.to_string(), one.version));
    let orders = case.sales.orders.values().filter_map(|versions| versions.last());
    let orders = orders.map(|(_, order)| (SubjectKind::Order, order.id.to_string(), order.version));
    let ledgers = facts.ledgers.iter();
    let ledgers = ledgers.map(|(user, ledger)| (SubjectKind::Payment, user.to_string(), ledger.len() as u64));
    let wrong = reservations.chain(orders).chain(ledgers).filter_map(|(kind, id, versions)| {
        let found = counts.get(&(kind, id.clone())).copied().unwrap_or(0);
        (found != versions).then(|| format!("{kind:?} {id} has {found} entries and {versions} versions"))
    });
    wrong.collect()
}

/// Checks that an export of the whole table is verified, with the roots that are published.
pub fn audits_are_verified(case: &Case<'_>) -> Vec<String> {
    let lines: Vec<String> = entries(case)
        .0
        .into_values()
        .map(|(entry, hour)| serde_json::to_string(&entry.covered_in(hour)).expect("an entry is JSON"))
        .collect();
    let items = case.workload.world.core.scan(&AUDIT);
    let roots = items.into_iter().filter(|item| item["pk"]["S"] == "ROOTS");
    let roots: Vec<AuditRoot> = roots.map(|item| read::<RootRecord>(item).root).collect();
    let fault = verify(lines.iter().map(String::as_str), &roots).fault;
    let mut violations: Vec<String> =
        fault.map(|fault| format!("the audit is not verified: {fault:?}")).into_iter().collect();
    violations.extend(case.workload.world.core.outside.replaced_objects());
    violations
}

/// Returns the entries of the table. An entry may be in several items, with equal content.
fn entries(case: &Case<'_>) -> (Entries, Vec<String>) {
    let (mut entries, mut violations) = (Entries::new(), Vec::new());
    for item in case.workload.world.core.scan(&AUDIT) {
        let Some(hour) = item["pk"]["S"].as_str().and_then(|pk| pk.strip_prefix("AUDIT#")) else { continue };
        let (hour, shard) = hour.split_once('#').expect("a partition of an hour has a shard");
        // Announcements repeat late entries, which have items of their own.
        if shard == "L" {
            continue;
        }
        let covered = item["late"]["S"].as_str().unwrap_or(hour).parse().expect("an hour");
        for entry in unpacked(&item) {
            let name = (entry.subject_kind, entry.subject_id.clone(), entry.number);
            let known = entries.entry(name).or_insert_with(|| (entry.clone(), covered));
            known.1 = known.1.min(covered);
            if known.0 != entry {
                violations.push(format!("two entries have one number: {entry:?} and {:?}", known.0));
            }
        }
    }
    (entries, violations)
}

fn unpacked(item: &Value) -> Vec<AuditEntry> {
    let packed = STANDARD.decode(item["entries"]["B"].as_str().unwrap_or_default()).expect("bytes");
    let mut text = String::new();
    DeflateDecoder::new(&packed[..]).read_to_string(&mut text).expect("a pack is compressed");
    text.lines().map(|line| serde_json::from_str(line).expect("a pack has entries")).collect()
}
