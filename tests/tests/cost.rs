//! Tests of the cost table: every operation costs what is committed.

use dibs_tests::cost::budgets::{Budget, budgets, differences, table};
use dibs_tests::cost::{flows, in_paused_time};
use domain::events::EventType;
use serde_json::Value;

/// Required costs of operations, from `consistency.md`: operation, write units, read units, sequential round
/// trips.
const SPECIFIED: [(&str, f64, f64, Option<usize>); 19] = [
    ("claim accepted", 2.0, 1.5, Some(2)),
    ("claim of a limited reward, first bucket has units", 3.0, 1.5, Some(3)),
    ("grant one point line", 9.0, 1.0, None),
    ("refuse: duplicate claim", 1.0, 1.0, Some(2)),
    ("refuse: sold out", 0.0, 1.5, Some(2)),
    ("refuse: sold out, hint cached", 0.0, 1.5, Some(2)),
    ("hold one seat", 3.0, 0.5, Some(2)),
    ("pay one seat from the balance", 14.0, 2.0, Some(2)),
    ("pay one seat behind a queue", 14.0, 2.0, Some(2)),
    ("join a queue", 2.0, 1.0, Some(2)),
    ("poll a queue", 0.0, 0.5, Some(1)),
    ("charge a balance", 4.0, 1.0, Some(2)),
    ("order: reserve, first bucket has units", 3.0, 1.0, Some(2)),
    ("order: pay, confirm and settle the bucket", 14.0, 2.0, None),
    ("order: cancel, and give back", 3.0 + RECORDED, 1.0, Some(2)),
    ("order: expire, and give back", 3.0 + RECORDED, 1.0, None),
    ("read a deal", 0.0, 0.5, Some(1)),
    ("refuse: a deal is sold out", 0.0, 1.5, Some(2)),
    ("refuse: a deal is sold out, known from the last second", 0.0, 1.5, Some(2)),
];

/// Write units of the audit entry and the figures that a relay records of one change by itself. The specification counts
/// what consumers of streams write apart; these rows include the relay because it gives the units back.
const RECORDED: f64 = 3.0;

const KIBIBYTE: usize = 1024;

#[test]
fn every_operation_costs_what_is_committed() {
    let (measured, budgets) = (in_paused_time(flows::measure()), budgets());
    println!("{}", table(&measured, &budgets));
    let differences = differences(&measured, &budgets);
    assert!(differences.is_empty(), "tests/generate writes the numbers:\n{}", differences.join("\n"));
}

#[test]
fn no_budget_is_above_the_specified_one() {
    let budgets = budgets();
    for (operation, wru, rru, trips) in SPECIFIED {
        let budget = budgets.iter().find(|budget| budget.operation == operation).expect(operation);
        assert!(budget.wru <= wru && budget.rru <= rru, "{budget:?}");
        assert!(trips.is_none_or(|most| budget.trips.is_some_and(|trips| trips <= most)), "{budget:?}");
    }
}

/// Checks that relays write only what is derived from a change: for one change by itself, audit entries and figures of at
/// most six units; and one entry of the worklist, with its index entry, for each claim that enters or leaves it. At load,
/// a batch shares these writes. The relay of the wallet reads the entry before of each ledger.
#[test]
fn relay_writes_audit_entries_figures_and_the_worklist_of_reviews() {
    let is_of_relay = |budget: &&Budget| budget.operation.ends_with("what the stream's consumer writes");
    for budget in budgets().iter().filter(is_of_relay) {
        let written = match budget.operation.split(':').next() {
            Some("approve" | "reject") => 2.0 + 6.0,
            Some("claims of two users enter review") => 4.0 + 12.0,
            _ => 6.0,
        };
        let is_wallet = budget.operation.starts_with("charge a balance");
        assert!(budget.wru <= written && (is_wallet || budget.rru == 0.0), "{budget:?}");
    }
}

/// Checks that a claim of one line item has at most a kibibyte, because the budgets assume one unit for its
/// write.
#[test]
fn a_claim_of_one_line_stays_within_a_kibibyte() {
    for size in in_paused_time(flows::sizes()) {
        println!("{size:?}");
        assert!(size.requested <= KIBIBYTE && size.granted <= KIBIBYTE, "{size:?}");
    }
}

/// Checks that a seat block of held seats has at most a kibibyte, because each hold and each sale writes one.
#[test]
fn a_full_block_of_seats_stays_within_a_kibibyte() {
    let size = in_paused_time(flows::size_of_a_full_block());
    println!("{size} bytes");
    assert!(size <= KIBIBYTE, "{size}");
}

/// Checks that eleven ledger entries have at most four kibibytes, because the first read of a ledger takes
/// eleven for half a read unit.
#[test]
fn eleven_entries_of_a_ledger_are_one_read_of_four_kibibytes() {
    let size = in_paused_time(flows::entry_size());
    println!("{size} bytes");
    assert!(11 * size <= 4 * KIBIBYTE, "{size}");
}

/// Checks that a paid order has at most a kibibyte, because each of its events writes it.
#[test]
fn a_paid_order_stays_within_a_kibibyte() {
    let size = in_paused_time(flows::order_size());
    println!("{size} bytes");
    assert!(size <= KIBIBYTE, "{size}");
}

/// Checks that an admission block has at most a kibibyte, because each change of one of its positions writes
/// it.
#[test]
fn a_gate_stays_within_a_kibibyte() {
    let size = in_paused_time(flows::admission_block_size());
    println!("{size} bytes");
    assert!(size <= KIBIBYTE, "{size}");
}

/// Checks that a waiting room achieves the highest admission rate that the API accepts, although each of its
/// runs takes time.
#[test]
fn ten_thousand_a_second_are_let_in() {
    let seen = in_paused_time(flows::ten_thousand_a_second());
    println!("{seen:?}");
    let (last_ms, admitted) = seen[seen.len() - 1];
    assert!(last_ms >= 5_000 && admitted >= 50_000, "{seen:?}");
    for (ms, admitted) in seen {
        let due = u64::try_from(ms).unwrap_or(0) * 10;
        assert!(admitted.abs_diff(due) <= 10, "{admitted} after {ms} ms");
    }
}

/// Checks that events share entries of the event bus at least as often as the costs assume, and that an entry is
/// billed as one.
#[test]
fn a_full_batch_of_a_relay_is_few_entries_of_the_bus() {
    let entries = in_paused_time(flows::entries_of_a_full_batch());
    println!("{entries:?}");
    let prices: Value = serde_json::from_str(include_str!("../cost/prices.json")).expect("JSON");
    let assumed = prices["assumed"]["rush_events"]["value"].as_u64().expect("a number");
    let kinds: Vec<EventType> = entries.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [EventType::ClaimRequested, EventType::ClaimGranted]);
    for entry in entries {
        assert!(entry.events as u64 >= assumed && entry.bytes <= 64 * KIBIBYTE, "{entry:?}");
    }
}
