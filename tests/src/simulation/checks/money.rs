//! Invariant 4 for money: every balance is the sum of its ledger, and every payment has its purchase.

use std::collections::{BTreeMap, BTreeSet};

use domain::KeyedFingerprint;
use domain::concerts::ReservationStatus;
use domain::ids::{OrderId, PaymentId, ReservationId, UserId};
use domain::orders::{self, OrderEvent};
use domain::wallet::{EntryKind, LedgerEntry, Purchase};
use serde_json::Value;

use super::Case;
use super::orders::is_over_by;
use super::seats::is_given_up;
use crate::simulation::records::requests::{RequestRecord, Want};
use crate::simulation::world::payment_provider::Outcome;
use crate::simulation::world::{BEGIN_MS, SKEW_MS_MAX};

/// Checks that the entries of each money ledger are numbered without a gap, and that each balance is the sum
/// so far and not negative.
pub fn ledgers_of_money_are_chains(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    for (user, ledger) in &case.facts.concerts.ledgers {
        let mut balance = 0_i128;
        for (index, entry) in ledger.iter().enumerate() {
            let amount = i128::from(entry.amount.0);
            balance += if entry.kind() == EntryKind::Charge { amount } else { -amount };
            if entry.number != index as u64 + 1 || balance < 0 || i128::from(entry.balance.0) != balance {
                violations.push(format!("entry {index} of {user} is {entry:?}, the sum is {balance}"));
            }
        }
    }
    violations
}

/// Checks that each payment pays exactly one reservation or order, which names it, and that each paid
/// reservation and each confirmed order has a payment.
pub fn every_payment_has_its_purchase(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    let facts = &case.facts.concerts;
    let mut paid: BTreeMap<PaymentId, (String, u64)> = BTreeMap::new();
    for reservation in facts.reservations.values() {
        if (reservation.status == ReservationStatus::Paid) != reservation.payment.is_some() {
            violations.push(format!("a reservation contradicts itself: {reservation:?}"));
        }
        if let Some(payment) = &reservation.payment
            && let Some(other) =
                paid.insert(payment.clone(), (reservation.id.to_string(), reservation.amount.0))
        {
            violations.push(format!("{payment} has paid for {other:?} and {reservation:?}"));
        }
    }
    for order in case.sales.orders_now() {
        if (order.status == orders::OrderStatus::Confirmed) != order.payment.is_some() {
            violations.push(format!("an order contradicts itself: {order:?}"));
        }
        if let Some(payment) = &order.payment
            && let Some(other) = paid.insert(payment.clone(), (order.id.to_string(), order.total_price().0))
        {
            violations.push(format!("{payment} has paid for {other:?} and {order:?}"));
        }
    }
    let payments: BTreeMap<PaymentId, (String, u64)> = entries(case)
        .filter_map(|entry| Some((entry.id(), (entry.purchase.as_ref()?.id(), entry.amount.0))))
        .collect();
    if paid != payments {
        violations.push(format!("reservations and orders name {paid:?}, ledgers say {payments:?}"));
    }
    violations
}

/// Checks that money received by the payment provider was charged once in a ledger, that no other entry names
/// the provider, and that the order's event log agrees with each payment request.
pub fn the_provider_agrees(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    let mut came: BTreeMap<&String, Vec<&LedgerEntry>> = BTreeMap::new();
    for entry in entries(case) {
        if let Some(reference) = &entry.reference {
            came.entry(reference).or_default().push(entry);
        }
    }
    for (reference, asked) in case.workload.world.core.provider.asked() {
        let entries = came.remove(&reference).unwrap_or_default();
        let order = OrderId::parse(&asked.order_id).and_then(|id| case.sales.order_now(&id));
        let log = order.into_iter().flat_map(|order| &order.log);
        let about: Vec<&OrderEvent> = log.filter(|event| event.note.as_deref() == Some(&reference)).collect();
        let says = |kind| about.iter().filter(|event| event.kind == kind).count();
        let said = (
            says(orders::OrderEventKind::PaymentRequested),
            says(orders::OrderEventKind::PaymentCompleted),
            says(orders::OrderEventKind::PaymentFailed),
        );
        let is_right = match asked.outcome {
            Outcome::Completed => {
                // The provider never reports a failure of a payment whose money it received.
                let entry = entries.first().filter(|_| entries.len() == 1 && asked.heard > 0);
                said == (1, 1, 0)
                    && entry.is_some_and(|entry| {
                        entry.kind() == EntryKind::Charge && entry.amount == asked.amount
                    })
                    && order.is_some_and(|order| order.total_price() == asked.amount)
            }
            Outcome::Failed => said == (1, 0, 1) && entries.is_empty(),
            Outcome::Refused => was_asked_for_until_refused(&about) && entries.is_empty(),
        };
        if !is_right {
            violations.push(format!("{reference} is {asked:?} outside, and here {entries:?} of {order:?}"));
        }
    }
    violations.extend(came.iter().map(|more| format!("nobody outside knows of {more:?}")));
    violations
}

/// Returns `true` if the events about a refused payment are requests, each followed by a refusal that the
/// same response caused before the next request. Every event names the buyer, because a refused payment has
/// no callback. The last refusal may be missing, because its response may have been lost.
fn was_asked_for_until_refused(about: &[&OrderEvent]) -> bool {
    let follows = |(at, event): (usize, &&OrderEvent)| {
        let is_request = at % 2 == 0;
        let kind = if is_request {
            orders::OrderEventKind::PaymentRequested
        } else {
            orders::OrderEventKind::PaymentFailed
        };
        event.kind == kind && event.actor.is_some()
    };
    !about.is_empty() && about.iter().enumerate().all(follows)
}

/// Checks that each confirmed charge and payment is in the ledger once, however often it was sent, and that
/// no other entry exists.
pub fn money_moves_once(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    let requests = &case.requests;
    let mut keyless: BTreeSet<PaymentId> = BTreeSet::new();
    for record in requests {
        let Some(id) = payment_in(record) else { continue };
        let found = entries(case).find(|entry| entry.id() == id);
        let agrees = found.is_some_and(|entry| match &record.want {
            Want::Charge(amount) => entry.kind() == EntryKind::Charge && entry.amount == *amount,
            Want::Pay(purchase) => entry.purchase.as_ref() == Some(purchase),
            _ => false,
        });
        if !agrees {
            violations.push(format!("{record:?} was told of {found:?}"));
        }
        if record.key.is_none() && !keyless.insert(id.clone()) {
            violations.push(format!("two requests without a key were told of {id}"));
        }
    }
    let mut made: BTreeMap<(UserId, String), u64> = BTreeMap::new();
    for entry in entries(case) {
        if let Some(request) = &entry.request {
            *made.entry((entry.user_id.clone(), request.key.clone())).or_default() += 1;
        }
    }
    violations
        .extend(made.iter().filter(|(_, count)| **count > 1).map(|made| format!("one key made {made:?}")));
    violations.extend(nothing_is_left_of_refusals(requests, &made));
    violations.extend(nobody_else_moves_money(case, requests));
    violations
}

/// Checks that an `Idempotency-Key` whose attempts were all refused created no ledger entry.
fn nothing_is_left_of_refusals(
    requests: &[RequestRecord],
    made: &BTreeMap<(UserId, String), u64>,
) -> Vec<String> {
    let mut refused: BTreeMap<(UserId, String), bool> = BTreeMap::new();
    for record in requests {
        let (Some(key), Some(route)) = (&record.key, route(&record.want)) else { continue };
        let key = (record.user.clone(), KeyedFingerprint::new(&[route], key, "").key);
        *refused.entry(key).or_insert(true) &= record.is_refused();
    }
    let left = refused.iter().filter(|(key, refused)| **refused && made.contains_key(key));
    left.map(|(key, _)| format!("what was refused is in the ledger all the same: {key:?}")).collect()
}

/// Checks that no user has more charges of an amount without an `Idempotency-Key` than requests that may have
/// created one.
fn nobody_else_moves_money(case: &Case<'_>, requests: &[RequestRecord]) -> Vec<String> {
    let mut sent: BTreeMap<(&UserId, u64), i64> = BTreeMap::new();
    for record in requests.iter().filter(|record| record.key.is_none() && !record.is_refused()) {
        if let Want::Charge(amount) = record.want {
            *sent.entry((&record.user, amount)).or_default() += 1;
        }
    }
    let keyless = |entry: &&LedgerEntry| entry.request.is_none() && entry.reference.is_none();
    for entry in entries(case).filter(keyless).filter(|entry| entry.kind() == EntryKind::Charge) {
        *sent.entry((&entry.user_id, entry.amount.0)).or_default() -= 1;
    }
    sent.iter()
        .filter(|(_, left)| **left < 0)
        .map(|more| format!("more was charged than asked: {more:?}"))
        .collect()
}

/// Checks that each refusal of a payment is true by its code: the balance did not cover the price, the hold
/// had ended, or the purchase was paid already.
pub fn refused_payments_were_to_be_refused(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    let requests = &case.requests;
    for record in requests {
        let is_true = match (&record.want, record.answer.code()) {
            // A reservation or order that is held can be paid without a queue token.
            (Want::Pay(_) | Want::AskPayment(_), code) if code.starts_with("QUEUE_TOKEN") => false,
            (Want::Pay(_), "INSUFFICIENT_BALANCE") => was_short(case, requests, record),
            (Want::Pay(Purchase::Reservation(id)), code) => seats_say(case, record, id, code),
            (Want::Pay(Purchase::Order(id)) | Want::AskPayment(id), code) => {
                units_say(case, record, id, code)
            }
            _ => true,
        };
        if !is_true {
            violations.push(format!("{record:?} was refused"));
        }
    }
    violations
}

/// Returns `true` if the refusal of a payment with this code is true of the reservation.
fn seats_say(case: &Case<'_>, record: &RequestRecord, id: &ReservationId, code: &str) -> bool {
    let Some(one) = case.facts.concerts.reservations.get(id) else { return false };
    match code {
        "HOLD_EXPIRED" => {
            is_given_up(case, id, record.came_ms)
                || one.held_until.as_millis() <= BEGIN_MS + (record.came_ms + SKEW_MS_MAX) as i64
        }
        "ALREADY_PAID" => one.status == ReservationStatus::Paid,
        // A reservation that is held can be paid without a queue token.
        code => !code.starts_with("QUEUE_"),
    }
}

/// Returns `true` if the refusal of a payment with this code is true of the order.
fn units_say(case: &Case<'_>, record: &RequestRecord, id: &OrderId, code: &str) -> bool {
    let Some(order) = case.sales.order_now(id) else { return false };
    match code {
        "HOLD_EXPIRED" => is_over_by(case, order, record),
        "ALREADY_PAID" => order.status == orders::OrderStatus::Confirmed,
        code => !code.starts_with("QUEUE_"),
    }
}

/// Returns `true` if the balance that a refusal names is that of a ledger entry at or after the last one that
/// the user knew when they sent the request, and is less than the required amount.
fn was_short(case: &Case<'_>, requests: &[RequestRecord], record: &RequestRecord) -> bool {
    let details = &record.answer.error()["details"];
    let (balance, required) = (details["balance"].as_u64(), details["required"].as_u64());
    let before = requests.iter().filter(|one| one.user == record.user && one.came_ms <= record.sent_ms);
    let known =
        before.filter_map(payment_in).filter_map(|id| id.name().parse::<u64>().ok()).max().unwrap_or(0);
    let ledger = case.facts.concerts.ledgers.get(&record.user);
    let mut later = ledger.into_iter().flatten().filter(|entry| entry.number >= known);
    let there = (known == 0 && balance == Some(0)) || later.any(|entry| Some(entry.balance.0) == balance);
    there && balance < required
}

fn entries<'a>(case: &'a Case<'_>) -> impl Iterator<Item = &'a LedgerEntry> {
    case.facts.concerts.ledgers.values().flatten()
}

/// Returns the id of the ledger entry that a successful response names.
fn payment_in(record: &RequestRecord) -> Option<PaymentId> {
    let data = record.answer.data();
    let number = |data: &Value| Some(PaymentId::new(record.user.clone(), data["number"].as_u64()?));
    match record.want {
        _ if record.answer.status() != 201 => None,
        Want::Charge(_) => number(data),
        Want::Pay(_) => data["id"].as_str().and_then(PaymentId::parse),
        _ => None,
    }
}

fn route(want: &Want) -> Option<&'static str> {
    match want {
        Want::Charge(_) => Some(wallet::handlers::charge_balance::ROUTE.name),
        Want::Pay(_) => Some(wallet::handlers::create_payment::ROUTE.name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use domain::orders::OrderEventKind;

    use super::*;

    #[test]
    fn refused_payment_is_asked_for_again_only_after_its_refusal() {
        let asked = |is_known: bool, kinds: &[OrderEventKind]| {
            let actor = is_known.then(|| UserId::new("ann"));
            let new =
                |kind: &OrderEventKind| OrderEvent::new(*kind, actor.clone(), Timestamp::from_millis(0));
            let events: Vec<OrderEvent> = kinds.iter().map(new).collect();
            was_asked_for_until_refused(&events.iter().collect::<Vec<_>>())
        };
        let (request, refusal) = (OrderEventKind::PaymentRequested, OrderEventKind::PaymentFailed);
        let all = [request, refusal, request, refusal, request];
        for count in 1..=all.len() {
            assert!(asked(true, &all[..count]), "{count}");
        }
        assert!(!asked(true, &[]) && !asked(false, &all[..2]));
        for wrong in [[refusal, request], [request, request], [request, OrderEventKind::PaymentCompleted]] {
            assert!(!asked(true, &wrong), "{wrong:?}");
        }
        assert!(!asked(true, &[request, refusal, refusal]));
    }
}
