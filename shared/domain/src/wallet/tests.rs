use crate::Money;
use crate::ids::Nonce;
use assertions::assert_each_eq;
use proptest::prelude::*;

use super::*;

fn user() -> UserId {
    UserId::new("1")
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000).plus_seconds(seconds)
}

fn request(key: &str) -> KeyedFingerprint {
    KeyedFingerprint::new(&["wallet-charge-balance"], key, "body")
}

fn seats(name: u32) -> Purchase {
    Purchase::Reservation(ReservationId::new(user(), name))
}

fn units(name: u32) -> Purchase {
    Purchase::Order(OrderId::new(user(), name))
}

/// Returns the ledger that a reader of at most `limit` of the `entries` sees. They are sorted oldest first.
fn seen(entries: &[LedgerEntry], limit: usize) -> NewestEntries {
    let newest: Vec<LedgerEntry> = entries.iter().rev().take(limit).cloned().collect();
    let whole = newest.len() < limit;
    NewestEntries::of(user(), newest, whole).unwrap()
}

#[test]
fn a_charge_is_a_whole_number_within_bounds() {
    let amount = |text: &str| charge_amount(&serde_json::from_str(text).unwrap());
    for (text, fine) in [("1", 1), ("10000000", 10_000_000)] {
        assert_eq!(amount(text).unwrap(), fine);
    }
    for text in ["0", "-1", "0.5", "1.5", "10000001", "1e300", "-0.0", "18446744073709551616"] {
        let error = amount(text).unwrap_err();
        assert_each_eq!(
            (error.code, Code::InvalidAmount),
            (error.details.unwrap()["max"].as_u64(), Some(CHARGE_MAX))
        );
    }
}

#[test]
fn the_balance_runs_through_the_entries() {
    let mut entries = vec![seen(&[], 12).charge(Money(500), None, Nonce::NONE, at(0)).unwrap()];
    let refused = seen(&entries, 12).pay(Money(501), seats(1), None, Nonce(0), at(1)).unwrap_err();
    assert_eq!(refused.code, Code::InsufficientBalance);
    assert_eq!(refused.details.unwrap(), json!({"balance": 500, "required": 501}));
    assert_eq!(seen(&entries, 12).next_id().to_string(), "usr_1:2");
    entries.push(seen(&entries, 12).pay(Money(500), seats(1), None, Nonce(0), at(1)).unwrap());
    assert_eq!(seen(&entries, 12).balance(), Money(0));
    assert_each_eq!(
        (entries[1].kind(), EntryKind::Payment),
        (entries[1].id().to_string(), "usr_1:2".to_owned())
    );
    // A purchase with a price of 0 is paid too.
    assert_eq!(seen(&entries, 12).pay(Money(0), seats(2), None, Nonce(0), at(2)).unwrap().balance, Money(0));
}

#[test]
fn what_comes_in_from_outside_can_pay_at_once() {
    let before = seen(&[], 12);
    let charge = before.receive(Money(300), "ref", Nonce(7), at(0)).unwrap();
    assert_each_eq!(
        (charge.kind(), EntryKind::Charge),
        (charge.balance, Money(300)),
        (charge.reference.as_deref(), Some("ref"))
    );
    let after = before.followed_by(charge);
    assert_each_eq!((after.balance(), Money(300)), (before.balance(), Money(0)));
    let payment = after.pay(Money(300), units(1), None, Nonce(7), at(0)).unwrap();
    assert_each_eq!((payment.number, 2), (payment.balance, Money(0)), (payment.reference, None));
}

#[test]
fn a_missing_entry_is_a_view_of_no_moment() {
    let mut entries: Vec<LedgerEntry> = Vec::new();
    for second in 0..4 {
        entries.push(seen(&entries, 12).charge(Money(1), None, Nonce::NONE, at(second)).unwrap());
    }
    let without = |missing: usize, whole| {
        let newest = entries.iter().rev().filter(|entry| entry.number != missing as u64).cloned().collect();
        NewestEntries::of(user(), newest, whole).map(|ledger| ledger.balance())
    };
    assert_eq!(without(2, true).unwrap_err().code, Code::Busy);
    assert_eq!(without(1, true).unwrap_err().code, Code::Busy);
    assert_eq!(without(1, false).unwrap(), Money(4));
    // A writer with an outdated view computes an existing number, so its write fails.
    assert_eq!(without(4, true).unwrap(), 3);
}

#[test]
fn a_key_is_searched_for_as_far_back_as_it_is_known() {
    let first = seen(&[], 12).charge(Money(5), Some(request("k")), Nonce::NONE, at(0)).unwrap();
    let second = seen(std::slice::from_ref(&first), 12).charge(Money(5), None, Nonce::NONE, at(60)).unwrap();
    let both = [first.clone(), second];
    let known = KEYS_KNOWN_SECONDS + CLOCKS_APART_SECONDS_MAX;
    assert_eq!(
        seen(&both, 12).search(&request("k"), at(90)).unwrap(),
        RequestSearch::Made(Box::new(first.clone()))
    );
    assert_eq!(seen(&both, 1).search(&request("k"), at(60 + known)).unwrap(), RequestSearch::ReadOn);
    assert_eq!(seen(&both, 1).search(&request("k"), at(61 + known)).unwrap(), RequestSearch::New);
    assert_eq!(seen(&both, 12).search(&request("l"), at(90)).unwrap(), RequestSearch::New);
    // An entry that was read is recognized, regardless of its age.
    assert_eq!(
        seen(&both, 12).search(&request("k"), at(9 * known)).unwrap(),
        RequestSearch::Made(Box::new(first))
    );
    let other = KeyedFingerprint { body: "another".to_owned(), ..request("k") };
    assert_eq!(seen(&both, 12).search(&other, at(90)).unwrap_err().code, Code::IdempotencyKeyReused);
    let route = KeyedFingerprint::new(&["wallet-create-payment"], "k", "body");
    assert_eq!(seen(&both, 12).search(&route, at(90)).unwrap(), RequestSearch::New);
}

#[test]
fn what_is_paid_for_is_named_by_one_field() {
    let text = |value: &Purchase| serde_json::to_string(value).unwrap();
    assert_eq!(text(&seats(7)), r#"{"reservation_id":"usr_1:7"}"#);
    assert_eq!(text(&units(7)), r#"{"order_id":"usr_1:7"}"#);
    for purchase in [seats(7), units(7)] {
        assert_eq!(serde_json::from_str::<Purchase>(&text(&purchase)).unwrap(), purchase);
        assert_each_eq!((purchase.id(), "usr_1:7".to_owned()), (purchase.owner(), &user()));
    }
}

/// Generates requests: charge or payment, amount, and one of a few idempotency keys or none.
fn wishes() -> impl Strategy<Value = Vec<(bool, u64, Option<u8>)>> {
    prop::collection::vec((any::<bool>(), 0..40u64, prop::option::of(0..6u8)), 0..60)
}

proptest! {
    /// Writers with an outdated view lose, and those that win preserve all invariants.
    #[test]
    fn money_is_conserved_and_a_request_is_in_the_ledger_once(
        wishes in wishes(), views in prop::collection::vec((0..4usize, 1..20usize), 60),
    ) {
        let mut entries: Vec<LedgerEntry> = Vec::new();
        for ((pays, amount, key), (behind, limit)) in wishes.into_iter().zip(views) {
            let view = seen(&entries[..entries.len().saturating_sub(behind)], limit);
            let request = key.map(|key| request(&key.to_string()));
            let found = request.as_ref().map(|request| view.search(request, at(1)).unwrap());
            if !matches!(found, None | Some(RequestSearch::New)) {
                continue;
            }
            let next = if pays { view.pay(Money(amount), seats(1), request, Nonce(0), at(0)) } else { view.charge(Money(amount), request, Nonce::NONE, at(0)) };
            match next {
                Ok(entry) if entries.len() as u64 + 1 == entry.number => entries.push(entry),
                Ok(entry) => prop_assert!(entry.number <= entries.len() as u64),
                Err(error) => prop_assert!(error.code == Code::InsufficientBalance && Money(amount) > view.balance()),
            }
        }
        let mut balance = Money::ZERO;
        for (number, entry) in (1..).zip(&entries) {
            let after = match entry.kind() {
                EntryKind::Charge => balance.checked_add(entry.amount),
                EntryKind::Payment | EntryKind::Forfeit => balance.checked_sub(entry.amount),
            };
            prop_assert_eq!(entry.number, number);
            prop_assert_eq!(Some(entry.balance), after);
            balance = entry.balance;
        }
        let mut keys: Vec<&str> = entries.iter().filter_map(|entry| Some(entry.request.as_ref()?.key.as_str())).collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        prop_assert_eq!(keys.len(), all);
    }
}

#[test]
fn ledger_whose_balances_do_not_follow_is_an_internal_error() {
    let first = seen(&[], 12).charge(Money(500), None, Nonce::NONE, at(0)).unwrap();
    let second =
        seen(std::slice::from_ref(&first), 12).pay(Money(200), seats(1), None, Nonce(0), at(1)).unwrap();
    let read = |newest: Vec<LedgerEntry>| NewestEntries::of(user(), newest, true);
    read(vec![second.clone(), first.clone()]).unwrap();
    for broken in [
        vec![LedgerEntry { balance: Money(301), ..second.clone() }, first.clone()],
        vec![LedgerEntry { amount: Money(501), ..second }, first.clone()],
        vec![LedgerEntry { balance: Money(501), ..first }],
    ] {
        assert!(read(broken.clone()).unwrap_err().is_broken(), "{broken:?}");
    }
}
