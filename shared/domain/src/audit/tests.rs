//! Tests of chains, roots and verification: 1,000 random tamperings, each from its seed.

use assertions::assert_each_eq;
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::*;
use crate::concerts::{Date, Reservation, ReservationStatus};
use crate::ids::{ConcertId, PaymentId, ReservationId, UserId};
use crate::trail::Hash;
use crate::{Money, Timestamp};

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn author(request: &str) -> Author {
    Author {
        actor: Some(UserId::new("1")),
        role: Some("USER".to_owned()),
        request_id: Some(request.to_owned()),
        at: Some(at(77)),
    }
}

fn held(name: u64, created_at: Timestamp) -> Reservation {
    Reservation {
        id: ReservationId::new(UserId::new("1"), name),
        concert_id: ConcertId::new("1"),
        date: Date::parse("2026-12-24").unwrap(),
        seats: vec![serde_json::from_str("11").unwrap()],
        indexes: vec![10],
        amount: Money(20),
        status: ReservationStatus::Held,
        held_until: at(i64::MAX),
        created_at,
        paid_at: None,
        canceled_at: None,
        expired_at: None,
        queue_position: None,
        payment: None,
        request_fingerprint: None,
        trail: Trail::default(),
        version: 1,
    }
}

/// Returns the versions of a reservation that was held and paid, each sealed.
fn paid(name: u64, created_at: Timestamp, paid_at: Timestamp) -> [Reservation; 2] {
    let mut first = held(name, created_at);
    seal(&mut first, &author("r1"));
    let mut second = first.pay(PaymentId::new(UserId::new("1"), name), paid_at).unwrap();
    seal(&mut second, &author("r2"));
    [first, second]
}

#[test]
fn relay_builds_the_entry_whose_hash_the_writer_stored() {
    let [first, second] = paid(1, at(5), at(9));
    let (one, two) = (entry_between(None, &first).unwrap(), entry_between(Some(&first), &second).unwrap());
    assert_each_eq!(
        (one.hash(), first.trail.head().unwrap().hash),
        (two.hash(), second.trail.head().unwrap().hash),
        (two.previous.clone(), Some(one.hash().to_string())),
        (two.before.clone(), Some(one.after.clone())),
        ((one.number, two.number), (1, 2)),
        ((one.at, two.previous_at), (at(5), Some(at(5)))),
        ((one.what, two.what), (AuditAct::Held, AuditAct::Paid)),
        ((two.actor.as_str(), two.role.as_deref()), ("usr_1", Some("USER"))),
        (two.request_id.as_deref(), Some("r2")),
        (two.after["payment_id"].clone(), json!("usr_1:1"))
    );
}

#[test]
fn seal_is_done_once_for_a_version_and_not_at_all_without_a_change() {
    let [first, second] = paid(1, at(5), at(9));
    let mut again = second.clone();
    seal(&mut again, &author("r3"));
    let mut same = Reservation { version: 3, ..second.clone() };
    seal(&mut same, &author("r3"));
    assert_each_eq!(
        (again.trail.head(), second.trail.head()),
        (same.trail.head(), second.trail.head()),
        (entry_between(Some(&second), &same), None),
        (second.trail.stored_before(2), first.trail.head().map(|head| head.hash)),
        (same.trail.stored_before(3), second.trail.head().map(|head| head.hash))
    );
}

#[test]
fn next_version_follows_what_a_copy_of_the_entity_wrote() {
    let first = held(1, at(5));
    let mut written = first.clone();
    seal(&mut written, &author("r1"));
    let mut second = first.pay(PaymentId::new(UserId::new("1"), 1), at(9)).unwrap();
    seal(&mut second, &author("r2"));
    // A try that another write came before does not lead on.
    let mut again = first.cancel(at(9)).unwrap();
    seal(&mut again, &author("r3"));
    let previous = written.trail.head().map(|head| head.hash);
    assert_each_eq!(
        (second.trail.stored_before(2), previous),
        (again.trail.stored_before(2), previous),
        (second.trail.head().unwrap().number, 2),
        (again.trail.head().unwrap().hash != second.trail.head().unwrap().hash, true)
    );
}

#[test]
fn chain_of_an_item_without_a_head_begins_at_its_next_change() {
    let before = held(1, at(5));
    let mut after = before.cancel(at(8)).unwrap();
    seal(&mut after, &author("r1"));
    let entry = entry_between(Some(&before), &after).unwrap();
    assert_each_eq!((entry.number, 2), (entry.before.clone(), None), (entry.what, AuditAct::Canceled));
    assert_eq!(entry.hash(), after.trail.head().unwrap().hash);
}

#[test]
fn state_that_an_earlier_version_summarized_differently_stays_as_its_digest() {
    let [mut first, _] = paid(1, at(5), at(9));
    let mut head = first.trail.head().unwrap().clone();
    head.state = state_digest(&json!({"status": "as it was told before"}));
    first.trail.set(1, Some(head));
    let mut second = first.pay(PaymentId::new(UserId::new("1"), 1), at(9)).unwrap();
    seal(&mut second, &author("r2"));
    let entry = entry_between(Some(&first), &second).unwrap();
    assert_each_eq!(
        (entry.before.clone(), None),
        (entry.before_digest.is_some(), true),
        (entry.hash(), second.trail.head().unwrap().hash)
    );
}

#[test]
fn head_is_stored_in_few_bytes() {
    let [_, second] = paid(1, at(5), at(9));
    let head = serde_json::to_value(second.trail.head().unwrap()).unwrap();
    let names: Vec<&String> = head.as_object().unwrap().keys().collect();
    assert!(names.iter().all(|name| name.len() == 1), "{names:?}");
}

#[test]
fn merkle_root_is_that_of_rfc_6962() {
    // Inputs and roots of the test data of Certificate Transparency's reference implementation.
    let leaves =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let hashes: Vec<Hash> = leaves
        .iter()
        .map(|leaf| {
            Hash(Sha256::new().chain_update([0]).chain_update(hex::decode(leaf).unwrap()).finalize().into())
        })
        .collect();
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    for (count, root) in roots.iter().enumerate() {
        assert_eq!(merkle_root(&hashes[..count]).to_string(), *root, "{count} leaves");
    }
}

/// Pseudo-random numbers from a seed (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((bits ^ (bits >> 31)) % bound as u64).unwrap()
    }
}

/// Returns an export of `subjects` chains over several hours, with the roots of all its hours.
fn export(subjects: u64, random: &mut Random) -> (Vec<String>, Vec<AuditRoot>) {
    let mut entries = Vec::new();
    for name in 0..subjects {
        let created_at = at(random.below(4 * 3_600_000) as i64);
        let paid_at = at(created_at.as_millis() + random.below(2 * 3_600_000) as i64);
        let [first, second] = paid(name, created_at, paid_at);
        entries.push(entry_between(None, &first).unwrap());
        if random.below(4) > 0 {
            entries.push(entry_between(Some(&first), &second).unwrap());
        }
    }
    let last = entries.iter().map(|entry| AuditHour::of(entry.at)).max().unwrap();
    let (mut roots, mut hour) = (Vec::<AuditRoot>::new(), AuditHour::of(at(0)));
    while hour <= last {
        let mut leaves = Leaves::default();
        for entry in entries.iter().filter(|entry| AuditHour::of(entry.at) == hour) {
            leaves.add(entry.subject(), entry.number, entry.hash());
        }
        roots.push(leaves.root(hour, roots.last()));
        hour = hour.next();
    }
    let line = |entry: AuditEntry| {
        let hour = AuditHour::of(entry.at);
        serde_json::to_string(&entry.covered_in(hour)).unwrap()
    };
    (entries.into_iter().map(line).collect(), roots)
}

fn check(lines: &[String], roots: &[AuditRoot]) -> AuditReport {
    verify(lines.iter().map(String::as_str), roots)
}

#[test]
fn export_under_its_roots_is_right() {
    for seed in 0..20 {
        let (lines, roots) = export(30, &mut Random(seed));
        let report = check(&lines, &roots);
        assert_each_eq!(
            (report.fault, None),
            (report.entries, lines.len() as u64),
            (report.covered, lines.len() as u64),
            (report.subjects, 30),
            (report.uncovered_since, None)
        );
    }
}

/// Gives an entry the hash that its content has, as a forger would.
fn with_new_hash(mut entry: CoveredEntry) -> CoveredEntry {
    entry.hash = entry.entry.hash().to_string();
    entry
}

/// Changes the export in one of many ways, and returns which.
fn tamper(lines: &mut Vec<String>, random: &mut Random) -> String {
    let index = random.below(lines.len());
    let mut entry: CoveredEntry = serde_json::from_str(&lines[index]).unwrap();
    let kind = random.below(12);
    let changed = match kind {
        0 => {
            lines.remove(index);
            return format!("line {index} removed");
        }
        1 => {
            lines.truncate(index);
            return format!("truncated at {index}");
        }
        2 => {
            let copy = lines[index].clone();
            lines.insert(random.below(lines.len()), copy);
            return format!("line {index} repeated");
        }
        3 => {
            entry.entry.subject_id.push('9');
            lines.push(serde_json::to_string(&with_new_hash(entry)).unwrap());
            return format!("entry inserted like {index}");
        }
        4 => {
            let (other, mut text) = (random.below(lines.len()), lines[index].clone());
            let mut swapped: CoveredEntry = serde_json::from_str(&lines[other]).unwrap();
            if other == index {
                text.truncate(text.len() / 2);
                lines[index] = text;
                return format!("line {index} cut");
            }
            std::mem::swap(&mut entry.entry.at, &mut swapped.entry.at);
            lines[other] = serde_json::to_string(&with_new_hash(swapped)).unwrap();
            with_new_hash(entry)
        }
        5 => CoveredEntry { entry: AuditEntry { actor: "usr_2".to_owned(), ..entry.entry }, ..entry },
        6 => with_new_hash(CoveredEntry {
            entry: AuditEntry { actor: "usr_2".to_owned(), ..entry.entry },
            ..entry
        }),
        7 => {
            entry.entry.after["amount"] = json!(1);
            with_new_hash(entry)
        }
        8 => {
            entry.entry.reason = Some("because".to_owned());
            entry
        }
        9 => {
            entry.entry.number += 1;
            with_new_hash(entry)
        }
        10 => {
            entry.covered_in = entry.covered_in.next();
            entry
        }
        _ => {
            entry.entry.before = Some(json!({"status": "held", "amount": 3}));
            with_new_hash(entry)
        }
    };
    lines[index] = serde_json::to_string(&changed).unwrap();
    format!("line {index} changed by {kind}")
}

#[test]
fn each_of_a_thousand_tamperings_under_a_root_is_found() {
    for seed in 0..1000 {
        let mut random = Random(seed);
        let (mut lines, roots) = export(12, &mut random);
        let what = tamper(&mut lines, &mut random);
        assert!(check(&lines, &roots).fault.is_some(), "seed {seed}: {what}");
    }
}

#[test]
fn tampering_names_the_first_entry_that_is_wrong() {
    let (lines, roots) = export(5, &mut Random(3));
    let wrong = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        check(&lines, &roots).fault.unwrap()
    };
    let changed = wrong(&|lines| lines[0] = lines[0].replace("usr_1\",\"role", "usr_2\",\"role"));
    assert_each_eq!((changed.line, Some(1)), (changed.place.as_str(), "reservation usr_1:0, entry 1"));
    let second = lines.iter().position(|line| line.contains("\"number\":2")).unwrap();
    let removed = wrong(&|lines| drop(lines.remove(second - 1)));
    // The first entry of the chain is gone, so its hour no longer has what its root covers.
    assert!(removed.place.starts_with("root of 1970-01-01T"), "{removed:?}");
    let truncated = wrong(&|lines| drop(lines.pop()));
    assert!(truncated.problem.contains("covers"), "{truncated:?}");
}

#[test]
fn removed_and_forged_roots_are_found() {
    let (lines, roots) = export(12, &mut Random(1));
    let fault = |roots: Vec<AuditRoot>| check(&lines, &roots).fault.map(|fault| fault.place);
    let without = |index: usize| [&roots[..index], &roots[index + 1..]].concat();
    assert_eq!(fault(without(1)).as_deref(), Some("root of 1970-01-01T02"));
    let mut forged = roots.clone();
    forged[0].entries += 1;
    assert_eq!(fault(forged).as_deref(), Some("root of 1970-01-01T00"));
}

#[test]
fn report_says_from_when_on_no_root_covers_the_entries() {
    let (lines, mut roots) = export(12, &mut Random(1));
    roots.truncate(2);
    let report = check(&lines, &roots);
    assert_each_eq!((report.fault, None), (report.uncovered_since, "1970-01-01T02".parse().ok()));
    assert!(report.covered > 0 && report.covered < report.entries, "{}", report.covered);
    assert_eq!(check(&lines, &[]).uncovered_since, "1970-01-01T00".parse().ok());
}

#[test]
fn lines_that_are_no_entries_are_faults() {
    for (text, problem) in [
        ("{", "the line is no JSON"),
        ("{} {}", "the line is no JSON"),
        (r#"{"actor": "usr_1", "actor": "usr_2"}"#, "the line names a member twice"),
        ("{}", "the line is no audit entry"),
        ("[1]", "the line is no audit entry"),
    ] {
        let fault = verify([text].into_iter(), &[]).fault.unwrap();
        assert_each_eq!((fault.line, Some(1)), (fault.problem.as_str(), problem));
    }
}

proptest! {
    #[test]
    fn hour_of_a_time_contains_it(seconds in 0..4_000_000_000_i64) {
        let time = Timestamp::from_millis(seconds * 1000);
        let hour = AuditHour::of(time);
        prop_assert!(hour.start() <= time && time < hour.next().start());
        prop_assert_eq!(hour.to_string().parse::<AuditHour>(), Ok(hour));
        prop_assert_eq!(hour.next().before(), hour);
    }

    #[test]
    fn digest_of_a_state_does_not_depend_on_the_order_of_members(numbers in prop::collection::btree_map("[a-z]{1,4}", 0..9_u32, 1..6)) {
        let forward: Value = numbers.iter().map(|(name, number)| (name.clone(), json!(number))).collect::<serde_json::Map<_, _>>().into();
        let backward: Value = numbers.iter().rev().map(|(name, number)| (name.clone(), json!(number))).collect::<serde_json::Map<_, _>>().into();
        prop_assert_eq!(state_digest(&forward), state_digest(&backward));
    }
}
