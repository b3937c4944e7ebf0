//! Promise 4, for money: every balance is the sum of its ledger, every payment has its purchase.

use std::collections::{BTreeMap, BTreeSet};

use domain::concerts::Status;
use domain::ids::{PaymentId, UserId};
use domain::wallet::{Entry, Kind, Purchase, Request};
use serde_json::Value;

use super::Case;
use super::seats::is_given_up;
use crate::simulation::core::BEGIN_MS;
use crate::simulation::visits::{Visit, Want};
use crate::simulation::world::SKEW_MS_MAX;

/// Numbers without a gap, and a balance that is the sum so far and never below zero.
pub fn ledgers_of_money_are_chains(case: &Case<'_>) -> Vec<String> {
    let mut broken = Vec::new();
    for (user, ledger) in &case.facts.concerts.ledgers {
        let mut balance = 0_i128;
        for (index, entry) in ledger.iter().enumerate() {
            let amount = i128::from(entry.amount);
            balance += if entry.kind() == Kind::Charge { amount } else { -amount };
            if entry.number != index as u64 + 1 || balance < 0 || i128::from(entry.balance) != balance {
                broken.push(format!("entry {index} of {user} is {entry:?}, the sum is {balance}"));
            }
        }
    }
    broken
}

/// Each payment pays for one reservation, which names it; each paid reservation is paid by one.
pub fn every_payment_has_its_purchase(case: &Case<'_>) -> Vec<String> {
    let mut broken = Vec::new();
    let facts = &case.facts.concerts;
    let mut paid: BTreeMap<PaymentId, (String, u64)> = BTreeMap::new();
    for reservation in facts.reservations.values() {
        if (reservation.status == Status::Paid) != reservation.payment.is_some() {
            broken.push(format!("a reservation contradicts itself: {reservation:?}"));
        }
        if let Some(payment) = &reservation.payment
            && let Some(other) =
                paid.insert(payment.clone(), (reservation.id.to_string(), reservation.amount))
        {
            broken.push(format!("{payment} has paid for {other:?} and {reservation:?}"));
        }
    }
    let payments: BTreeMap<PaymentId, (String, u64)> = entries(case)
        .filter_map(|entry| {
            let Some(Purchase::Reservation(id)) = &entry.purchase else { return None };
            Some((entry.id(), (id.to_string(), entry.amount)))
        })
        .collect();
    if paid != payments {
        broken.push(format!("reservations name {paid:?}, ledgers say {payments:?}"));
    }
    broken
}

/// What was answered is in the ledger, once however often it was sent; what nobody asked for is not.
pub fn money_moves_once(case: &Case<'_>) -> Vec<String> {
    let mut broken = Vec::new();
    let visits = &case.visits;
    let mut keyless: BTreeSet<PaymentId> = BTreeSet::new();
    for visit in visits {
        let Some(id) = told(visit) else { continue };
        let found = entries(case).find(|entry| entry.id() == id);
        let agrees = found.is_some_and(|entry| match &visit.want {
            Want::Charge(amount) => entry.kind() == Kind::Charge && entry.amount == *amount,
            Want::Pay(reservation) => entry.purchase == Some(Purchase::Reservation(reservation.clone())),
            _ => false,
        });
        if !agrees {
            broken.push(format!("{visit:?} was told of {found:?}"));
        }
        if visit.key.is_none() && !keyless.insert(id.clone()) {
            broken.push(format!("two requests without a key were told of {id}"));
        }
    }
    let mut made: BTreeMap<(UserId, String), u64> = BTreeMap::new();
    for entry in entries(case) {
        if let Some(request) = &entry.request {
            *made.entry((entry.user_id.clone(), request.key.clone())).or_default() += 1;
        }
    }
    broken.extend(made.iter().filter(|(_, count)| **count > 1).map(|made| format!("one key made {made:?}")));
    broken.extend(nothing_is_left_of_refusals(visits, &made));
    broken.extend(nobody_else_moves_money(case, visits));
    broken
}

/// A key of which every try was refused has made nothing.
fn nothing_is_left_of_refusals(visits: &[Visit], made: &BTreeMap<(UserId, String), u64>) -> Vec<String> {
    let mut refused: BTreeMap<(UserId, String), bool> = BTreeMap::new();
    for visit in visits {
        let (Some(key), Some(route)) = (&visit.key, route(&visit.want)) else { continue };
        let key = (visit.user.clone(), Request::new(route, key, "").key);
        *refused.entry(key).or_insert(true) &= visit.is_refused();
    }
    let left = refused.iter().filter(|(key, refused)| **refused && made.contains_key(key));
    left.map(|(key, _)| format!("what was refused is in the ledger all the same: {key:?}")).collect()
}

/// Without a key there are no more entries than requests that may have made one.
fn nobody_else_moves_money(case: &Case<'_>, visits: &[Visit]) -> Vec<String> {
    let mut sent: BTreeMap<(&UserId, u64), i64> = BTreeMap::new();
    for visit in visits.iter().filter(|visit| visit.key.is_none() && !visit.is_refused()) {
        if let Want::Charge(amount) = visit.want {
            *sent.entry((&visit.user, amount)).or_default() += 1;
        }
    }
    for entry in entries(case).filter(|entry| entry.request.is_none() && entry.kind() == Kind::Charge) {
        *sent.entry((&entry.user_id, entry.amount)).or_default() -= 1;
    }
    sent.iter()
        .filter(|(_, left)| **left < 0)
        .map(|more| format!("more was charged than asked: {more:?}"))
        .collect()
}

/// "Your balance does not cover this" was said of a balance that was there and does not; "the seats are no
/// longer held" of a hold that was over.
pub fn refused_payments_were_to_be_refused(case: &Case<'_>) -> Vec<String> {
    let mut broken = Vec::new();
    let visits = &case.visits;
    for visit in visits {
        let Want::Pay(id) = &visit.want else { continue };
        let reservation = case.facts.concerts.reservations.get(id);
        let is_true = match visit.answer.code() {
            "INSUFFICIENT_BALANCE" => was_short(case, visits, visit),
            "HOLD_EXPIRED" => reservation.is_some_and(|one| {
                is_given_up(case, id, visit.came_ms)
                    || one.held_until.as_millis() <= BEGIN_MS + (visit.came_ms + SKEW_MS_MAX) as i64
            }),
            "ALREADY_PAID" => reservation.is_some_and(|one| one.status == Status::Paid),
            _ => true,
        };
        if !is_true {
            broken.push(format!("{visit:?} was refused for {reservation:?}"));
        }
    }
    broken
}

/// Whether the balance that was told was there when the request was sent or later, and is too little.
fn was_short(case: &Case<'_>, visits: &[Visit], visit: &Visit) -> bool {
    let details = &visit.answer.error()["details"];
    let (balance, required) = (details["balance"].as_u64(), details["required"].as_u64());
    let before = visits.iter().filter(|one| one.user == visit.user && one.came_ms <= visit.sent_ms);
    let known = before.filter_map(told).filter_map(|id| id.name().parse::<u64>().ok()).max().unwrap_or(0);
    let ledger = case.facts.concerts.ledgers.get(&visit.user);
    let mut later = ledger.into_iter().flatten().filter(|entry| entry.number >= known);
    let there = (known == 0 && balance == Some(0)) || later.any(|entry| Some(entry.balance) == balance);
    there && balance < required
}

fn entries<'a>(case: &'a Case<'_>) -> impl Iterator<Item = &'a Entry> {
    case.facts.concerts.ledgers.values().flatten()
}

/// The entry that an answer names.
fn told(visit: &Visit) -> Option<PaymentId> {
    let data = visit.answer.data();
    let number = |data: &Value| Some(PaymentId::new(visit.user.clone(), data["number"].as_u64()?));
    match visit.want {
        _ if visit.answer.status() != 201 => None,
        Want::Charge(_) => number(data),
        Want::Pay(_) => data["id"].as_str().and_then(PaymentId::parse),
        _ => None,
    }
}

fn route(want: &Want) -> Option<&'static str> {
    match want {
        Want::Charge(_) => Some(wallet::charge_balance::ROUTE.name),
        Want::Pay(_) => Some(wallet::create_payment::ROUTE.name),
        _ => None,
    }
}
