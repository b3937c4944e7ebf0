//! Invariant 6 for reservations, deals, orders and money: everything reaches a final state, and every change
//! is published once.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::concerts::{Reservation, ReservationStatus};
use domain::deals::Deal;
use domain::events::{DomainEvent, DomainEventData};

use super::Case;
use crate::replies::schema_violation;
use crate::simulation::world::histories::sales::History;

/// Checks that each reservation is finally paid, canceled or expired, with the time, in its second version.
pub fn reservations_end(case: &Case<'_>) -> Vec<String> {
    let ended = |one: &&Reservation| {
        let times = (one.paid_at.is_some(), one.canceled_at.is_some(), one.expired_at.is_some());
        one.version == 2
            && match one.status {
                ReservationStatus::Held => false,
                ReservationStatus::Paid => times == (true, false, false),
                ReservationStatus::Canceled => times == (false, true, false),
                ReservationStatus::Expired => times == (false, false, true),
            }
    };
    let left = case.facts.concerts.reservations.values().filter(|one| !ended(one));
    left.map(|one| format!("{one:?} has not ended well")).collect()
}

/// Checks that the data of each event is valid by the schema of its type.
pub fn data_fits_its_schema(case: &Case<'_>) -> Vec<String> {
    case.outbox.iter().filter_map(schema_violation).collect()
}

/// Checks that each reservation and its end, each version of an order, each change of a deal, and each ledger
/// entry was published once, and nothing else. A repeat of an event is identical.
pub fn everything_is_published_once(case: &Case<'_>) -> Vec<String> {
    let facts = &case.facts.concerts;
    let mut kept: BTreeMap<String, DomainEvent> = BTreeMap::new();
    for reservation in facts.reservations.values() {
        let held = Reservation {
            status: ReservationStatus::Held,
            paid_at: None,
            canceled_at: None,
            expired_at: None,
            payment: None,
            version: 1,
            ..reservation.clone()
        };
        for event in [DomainEvent::of_reservation(&held), DomainEvent::of_reservation(reservation)] {
            kept.insert(event.id.clone(), event);
        }
    }
    let entries = facts.ledgers.values().flatten().map(DomainEvent::of_entry);
    kept.extend(entries.chain(of_deals(&case.sales)).map(|event| (event.id.clone(), event)));
    let mut violations = Vec::new();
    let mut heard: BTreeMap<String, DomainEvent> = BTreeMap::new();
    for event in &case.outbox {
        let mut event = event.clone();
        match event.data {
            // These have checkers of their own.
            DomainEventData::Claim(_)
            | DomainEventData::Account(_)
            | DomainEventData::AuditRoot(_)
            | DomainEventData::Campaign(_)
            | DomainEventData::Offer(_)
            | DomainEventData::Product(_)
            | DomainEventData::Concert(_)
            | DomainEventData::Date(_)
            | DomainEventData::Queue(_)
            | DomainEventData::LetIn(_)
            | DomainEventData::NoShow(_)
            | DomainEventData::Notification(_) => continue,
            // The event has the time at which it was relayed, which is unknown here.
            DomainEventData::Deal(_) => event.occurred_at = Timestamp::from_millis(0),
            _ => {}
        }
        if let Some(known) = heard.insert(event.id.clone(), event.clone())
            && known != event
        {
            violations.push(format!("two events have one id: {known:?} and {event:?}"));
        }
    }
    for (id, event) in &kept {
        if heard.get(id) != Some(event) {
            violations.push(format!("{event:?} was told as {:?}", heard.get(id)));
        }
    }
    let more = heard.iter().filter(|(id, _)| !kept.contains_key(*id));
    violations.extend(more.map(|(_, event)| format!("an event of nothing: {event:?}")));
    violations
}

/// Returns the domain events that all versions of deals and orders must have caused.
fn of_deals(sales: &History) -> impl Iterator<Item = DomainEvent> {
    let orders = sales.orders.values().flatten().map(|(_, order)| DomainEvent::of_order(order));
    let deals = sales.deals.values().flat_map(|versions| {
        let before = std::iter::once(None).chain(versions.iter().map(|(_, deal)| Some(deal.status)));
        let published = |(before, (_, deal)): (_, &(u64, Deal))| {
            DomainEvent::of_deal(before, deal, Timestamp::from_millis(0))
        };
        before.zip(versions).map(published)
    });
    orders.chain(deals)
}
