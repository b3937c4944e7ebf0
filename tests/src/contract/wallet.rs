//! Contract of money ledgers: chains without gaps, and payments that are written completely or not at all.

use crate::assert_each_eq;
use domain::concerts::{Date, Reservation, ReservationStatus};
use domain::ids::{ConcertId, DealId, Nonce, OrderId, ProductId, QueueId, ReservationId};
use domain::orders::{self, Order, OrderEndReason, OrderEvent, OrderEventKind, OrderedProduct};
use domain::stock::OrderPart;
use domain::waiting_room::{Admission, PositionEnd, PositionKey, QueuePosition};
use domain::wallet::{LedgerEntry, NewestEntries, Purchase};
use domain::{Money, Quantity};
use store::{HoldOutcome, LedgerRange, PaymentWritten, PurchaseWrite, Saved, Store};
use tokio::task::JoinSet;

use super::samples::user;
use super::{ContractBackend, at};

/// Returns the present ledger of Ann.
async fn ledger(store: &Store) -> NewestEntries {
    let newest = LedgerRange { before: None, limit: 50, consistent: true };
    NewestEntries::of(user("ann"), store.entries(&user("ann"), newest).await.unwrap(), true).unwrap()
}

async fn charge(store: &Store, amount: u64) -> LedgerEntry {
    let entry = ledger(store).await.charge(Money(amount), None, Nonce::NONE, at(0)).unwrap();
    assert_eq!(store.append_entry(&entry).await.unwrap(), Saved::Done);
    entry
}

/// Creates a reservation of Ann, and holds its seats at `indexes`.
async fn held(
    store: &Store,
    name: &str,
    indexes: &[u32],
    queue_position: Option<PositionKey>,
) -> Reservation {
    let reservation = Reservation {
        trail: domain::trail::Trail::default(),
        id: ReservationId::new(user("ann"), name),
        concert_id: ConcertId::new("winter"),
        date: Date::parse("2026-12-24").unwrap(),
        seats: indexes.iter().map(|index| serde_json::from_str(&(index + 1).to_string()).unwrap()).collect(),
        indexes: indexes.to_vec(),
        amount: Money(100),
        status: ReservationStatus::Held,
        held_until: at(300),
        created_at: at(0),
        paid_at: None,
        canceled_at: None,
        expired_at: None,
        queue_position,
        payment: None,
        request_fingerprint: None,
        version: 1,
    };
    assert_eq!(store.hold_seats(&reservation, at(0)).await.unwrap(), HoldOutcome::Done(at(300)));
    assert_eq!(store.create_reservation(&reservation).await.unwrap(), Saved::Done);
    reservation
}

/// Returns the next ledger entry, which pays `reservation`, and the paid reservation.
async fn payment(store: &Store, reservation: &Reservation) -> (LedgerEntry, Reservation) {
    let ledger = ledger(store).await;
    let purchase = Purchase::Reservation(reservation.id.clone());
    let paid = reservation.pay(ledger.next_id(), at(1)).unwrap();
    (ledger.pay(reservation.amount, purchase, None, Nonce::NONE, at(1)).unwrap(), paid)
}

async fn pay(
    store: &Store,
    entry: &LedgerEntry,
    paid: &Reservation,
    queue_position: Option<&PositionKey>,
) -> PaymentWritten {
    store.pay(std::slice::from_ref(entry), PurchaseWrite::Seats(paid), queue_position).await.unwrap()
}

/// Creates an admission in the waiting room `doors` that its user has used.
async fn taken_up(store: &Store) -> PositionKey {
    let queue_position = PositionKey { queue_id: QueueId::new("doors"), position: QueuePosition(3) };
    let admission = Admission { since: at(0), first_use_before: at(60), until: at(600) };
    store.use_position(&queue_position, &admission, at(0), at(0)).await.unwrap();
    queue_position
}

/// Creates an order of Ann for 100 (two units at 50), with a payment requested from the provider.
async fn ordered(store: &Store, name: &str, queue_position: Option<PositionKey>) -> Order {
    let log = [OrderEventKind::Created, OrderEventKind::StockReserved]
        .map(|kind| OrderEvent::new(kind, Some(user("ann")), at(0)));
    let order = Order {
        trail: domain::trail::Trail::default(),
        id: OrderId::new(user("ann"), name),
        deal_id: DealId::new("1"),
        product: OrderedProduct { id: ProductId::new("1"), name: "Cat tree".to_owned(), thumbnail_url: None },
        quantity: Quantity(2),
        unit_price: 50,
        status: orders::replay(&log),
        reason: None,
        parts: vec![OrderPart { bucket: 0, quantity: Quantity(2) }],
        log: log.to_vec(),
        created_at: at(0),
        expires_at: at(300),
        queue_position,
        payment: None,
        request_fingerprint: None,
        version: 1,
    };
    let asked = order.ask_payment(None, at(0)).unwrap();
    for order in [&order, &asked] {
        assert_eq!(store.save_order(order).await.unwrap(), Saved::Done);
    }
    asked
}

/// Checks that each entry number of a money ledger is given once, however many writers compete for it.
pub async fn a_number_is_one_entrys(backend: &ContractBackend) {
    let store = backend.store();
    let first = charge(&store, 5).await;
    assert_eq!(store.append_entry(&first).await.unwrap(), Saved::Done, "a repeat");
    // Another writer's entry has the same amount and the same millisecond, but another nonce.
    let alike = LedgerEntry { nonce: Nonce(first.nonce.0 + 1), ..first.clone() };
    assert_eq!(store.append_entry(&alike).await.unwrap(), Saved::Conflict(Some(Box::new(first.clone()))));
    let other = LedgerEntry { amount: Money(6), balance: Money(6), ..first.clone() };
    assert_eq!(store.append_entry(&other).await.unwrap(), Saved::Conflict(Some(Box::new(first.clone()))));
    let second = ledger(&store).await;
    let mut racers = JoinSet::new();
    for amount in 1..=20 {
        let (store, entry) =
            (backend.store(), second.charge(Money(amount), None, Nonce::NONE, at(1)).unwrap());
        racers.spawn(async move { store.append_entry(&entry).await.unwrap() });
    }
    let won = racers.join_all().await.into_iter().filter(|saved| *saved == Saved::Done).count();
    assert_eq!(won, 1);
    assert_eq!(store.entry(&first.id()).await.unwrap(), Some(first));
    assert_eq!(store.entry(&ledger(&store).await.next_id()).await.unwrap(), None);
}

/// Checks that a payment from the balance writes ledger entry, reservation, seats and admission together, and
/// that its repeat succeeds without a second payment.
pub async fn a_payment_is_written_whole_and_once(backend: &ContractBackend) {
    let store = backend.store();
    charge(&store, 500).await;
    let queue_position = taken_up(&store).await;
    // The seats are in two blocks.
    let reservation = held(&store, "a", &[11, 12], Some(queue_position.clone())).await;
    let (entry, paid) = payment(&store, &reservation).await;
    for _ in 0..2 {
        assert_eq!(pay(&store, &entry, &paid, Some(&queue_position)).await, PaymentWritten::Done);
    }
    assert_eq!(store.get_reservation(&paid.id).await.unwrap(), paid);
    assert_eq!(store.entry(&entry.id()).await.unwrap(), Some(entry));
    assert_eq!(ledger(&store).await.balance(), Money(400));
    assert_eq!(
        store.get_position_state_eventual(&queue_position).await.unwrap().end,
        Some(PositionEnd::Done)
    );
    assert!(
        !store.release_seats(&paid.concert_id, paid.date, &paid.hold(), &[11, 12]).await.unwrap(),
        "sold"
    );
}

/// Checks that a refused payment returns its reason and writes nothing.
pub async fn a_refused_payment_says_why_and_writes_nothing(backend: &ContractBackend) {
    let store = backend.store();
    charge(&store, 500).await;
    let queue_position = PositionKey { queue_id: QueueId::new("doors"), position: QueuePosition(3) };
    let reservation = held(&store, "a", &[0, 12], None).await;
    let unchanged = async || {
        assert_eq!(store.get_reservation(&reservation.id).await.unwrap(), reservation);
    };
    let (entry, paid) = payment(&store, &reservation).await;
    // Another writer appended the next ledger entry.
    charge(&store, 1).await;
    assert_eq!(pay(&store, &entry, &paid, None).await, PaymentWritten::Moved);
    unchanged().await;
    // One of the seats is released, which is the reason whether or not a queue token of an unused admission
    // is given.
    let (concert, date) = (&reservation.concert_id, reservation.date);
    assert!(store.release_seats(concert, date, &reservation.hold(), &[12]).await.unwrap());
    let (entry, paid) = payment(&store, &reservation).await;
    assert_eq!(pay(&store, &entry, &paid, None).await, PaymentWritten::SeatsLost);
    assert_eq!(pay(&store, &entry, &paid, Some(&queue_position)).await, PaymentWritten::SeatsLost);
    unchanged().await;
    // A later version of the reservation is stored.
    let canceled = reservation.cancel(at(1)).unwrap();
    assert_eq!(store.end_reservation(&canceled).await.unwrap(), Saved::Done);
    assert_eq!(pay(&store, &entry, &paid, None).await, PaymentWritten::Moved);
    assert_eq!(store.get_reservation(&reservation.id).await.unwrap(), canceled);
    assert_each_eq!(
        (ledger(&store).await.balance(), Money(501)),
        (store.entry(&entry.id()).await.unwrap(), None)
    );
}

/// Checks that an order is paid once, in one transaction: from the balance, or with money from the provider,
/// which is charged and paid out together.
pub async fn an_order_is_paid_whole_and_once(backend: &ContractBackend) {
    let store = backend.store();
    charge(&store, 100).await;
    let queue_position = taken_up(&store).await;
    let (first, second) =
        (ordered(&store, "a", Some(queue_position.clone())).await, ordered(&store, "b", None).await);
    let before = ledger(&store).await;
    let paid = first.pay(before.next_id(), at(1)).unwrap();
    let entry = before.pay(Money(100), Purchase::Order(first.id.clone()), None, Nonce::NONE, at(1)).unwrap();
    for _ in 0..2 {
        let outcome =
            store.pay(std::slice::from_ref(&entry), PurchaseWrite::Units(&paid), Some(&queue_position)).await;
        assert_eq!(outcome.unwrap(), PaymentWritten::Done);
    }
    assert_eq!(store.get_order(&paid.id).await.unwrap(), paid);
    assert_eq!(
        store.get_position_state_eventual(&queue_position).await.unwrap().end,
        Some(PositionEnd::Done)
    );

    let before = ledger(&store).await;
    let charge = before.receive(Money(100), "ref", Nonce(7), at(2)).unwrap();
    let after = before.followed_by(charge.clone());
    let paid = second.pay_by_provider("ref", after.next_id(), at(2)).unwrap();
    let payment = after.pay(Money(100), Purchase::Order(second.id.clone()), None, Nonce(7), at(2)).unwrap();
    let entries = [charge, payment];
    // The payment succeeds although the admission has ended or was never used.
    let nowhere = PositionKey { position: queue_position.position.next(), ..queue_position.clone() };
    for queue_position in [Some(&queue_position), Some(&nowhere), None] {
        assert_eq!(
            store.pay(&entries, PurchaseWrite::Units(&paid), queue_position).await.unwrap(),
            PaymentWritten::Done
        );
    }
    assert_eq!(store.get_position_state_eventual(&nowhere).await.unwrap().end, None);
    assert_eq!(store.get_order(&paid.id).await.unwrap(), paid);
    for entry in entries {
        assert_eq!(store.entry(&entry.id()).await.unwrap(), Some(entry));
    }
    assert_eq!(ledger(&store).await.balance(), Money(0));
}

/// Checks that money received for a canceled order is booked once and recorded in the order's current
/// version.
pub async fn money_for_an_order_is_noted_in_it_once(backend: &ContractBackend) {
    let store = backend.store();
    let order = ordered(&store, "a", None).await;
    let reference = order.open_payment(at(0)).unwrap();
    let before = ledger(&store).await;
    let entry = before.receive(Money(100), reference, Nonce(7), at(301)).unwrap();
    let noted = order.record_late_payment(reference, at(301));
    // The order has a newer version, so the first payment is refused and must be decided again.
    let canceled = order.cancel(None, OrderEndReason::DealCanceled, at(1)).unwrap();
    assert_eq!(store.save_order(&canceled).await.unwrap(), Saved::Done);
    let pay = async |noted: &Order| {
        store.pay(std::slice::from_ref(&entry), PurchaseWrite::Units(noted), None).await.unwrap()
    };
    assert_eq!(pay(&noted).await, PaymentWritten::Moved);
    assert_eq!(store.entry(&entry.id()).await.unwrap(), None);
    let canceled = store.get_order(&canceled.id).await.unwrap();
    let noted = canceled.record_late_payment(reference, at(301));
    for _ in 0..2 {
        assert_eq!(pay(&noted).await, PaymentWritten::Done);
    }
    // Another worker handles the same report, and does not know that it is already applied.
    let late = ledger(&store).await.receive(Money(100), reference, Nonce(8), at(301)).unwrap();
    let outcome = store.pay(&[late], PurchaseWrite::Units(&noted), None).await;
    assert_eq!(outcome.unwrap(), PaymentWritten::Moved);
    assert_each_eq!(
        (store.get_order(&order.id).await.unwrap(), noted),
        (ledger(&store).await.balance(), Money(100))
    );
}
