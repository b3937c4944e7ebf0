//! Contract of seats: a hold gets all of its seats or none, has them exclusively, and ends by time.

use crate::assert_each_eq;
use domain::concerts::{Concert, ConcertDate, Date, Reservation, Reserver, SeatBlock, SeatLayout, SeatState};
use domain::ids::{ConcertId, ReservationId};
use store::{HoldOutcome, Saved};
use tokio::task::JoinSet;

use super::samples::user;
use super::{ContractBackend, at};

fn date() -> ConcertDate {
    ConcertDate {
        trail: domain::trail::Trail::default(),
        concert_id: ConcertId::new("winter"),
        date: Date::parse("2026-12-24").unwrap(),
        layout: SeatLayout::plain(50, 10),
        created_at: at(0),
        request_fingerprint: None,
        version: 1,
    }
}

/// Returns a reservation by `name` of the seats at `indexes`, held for a minute from `second` on.
fn wanted(name: &str, indexes: &[u32], second: i64) -> Reservation {
    let concert = Concert {
        trail: domain::trail::Trail::default(),
        id: date().concert_id,
        name: "Winter".to_owned(),
        description: String::new(),
        time_zone: "UTC".to_owned(),
        hold_seconds: 60,
        queue_id: None,
        created_at: at(0),
        created_by: user("operator"),
        request_fingerprint: None,
        version: 1,
    };
    let reserver =
        Reserver { id: ReservationId::new(user(name), "1"), queue_position: None, request_fingerprint: None };
    let date = date();
    Reservation::of(reserver, &concert, date.date, &date.seats_at(indexes), at(second))
}

async fn hold(backend: &ContractBackend, wanted: &Reservation, second: i64) -> HoldOutcome {
    backend.store().hold_seats(wanted, at(second)).await.unwrap()
}

/// Returns the indexes of the seats because of which a hold was refused. Panics if the hold succeeded.
fn taken_of(hold: HoldOutcome) -> Vec<u32> {
    match hold {
        HoldOutcome::Taken(taken) => taken.into_keys().collect(),
        HoldOutcome::Done(until) => panic!("held until {until:?}"),
    }
}

/// Returns the state of the seats, as a new instance reads it.
async fn seats(backend: &ContractBackend) -> SeatBlock {
    backend.store().seats(&date(), at(0)).await.unwrap()
}

/// Checks that a hold gets all of its seats or none, in one block and across blocks, and that a refusal names
/// the seats that are taken.
pub async fn seats_are_held_all_or_none(backend: &ContractBackend) {
    assert_eq!(hold(backend, &wanted("ann", &[0, 12], 0), 0).await, HoldOutcome::Done(at(60)));
    let before = seats(backend).await;
    for (indexes, taken) in [
        (vec![0, 1], vec![0]),
        (vec![11, 12, 13], vec![12]),
        (vec![0, 12, 24, 36], vec![0, 12]),
        (vec![0], vec![0]),
    ] {
        assert_eq!(taken_of(hold(backend, &wanted("bob", &indexes, 0), 0).await), taken);
        assert_eq!(seats(backend).await, before);
    }
    assert_eq!(hold(backend, &wanted("bob", &[1, 11, 13, 24], 0), 0).await, HoldOutcome::Done(at(60)));
    assert_eq!(seats(backend).await.len(), 6);
}

/// Checks that a repeat while the hold lasts finds its seats and the end of the hold, and that a request
/// after the end holds the seats anew.
pub async fn a_repeat_finds_its_seats(backend: &ContractBackend) {
    for indexes in [vec![0, 1], vec![23, 24]] {
        for second in [0, 0, 7, 59] {
            assert_eq!(
                hold(backend, &wanted("ann", &indexes, second), second).await,
                HoldOutcome::Done(at(60))
            );
        }
        assert_eq!(hold(backend, &wanted("ann", &indexes, 60), 60).await, HoldOutcome::Done(at(120)));
    }
}

/// Checks that a hold ends by time alone, to the millisecond: until then another user is refused, and from
/// then on can hold the seats.
pub async fn a_hold_that_is_over_is_anybodys(backend: &ContractBackend) {
    let first = wanted("ann", &[3, 4], 0);
    assert_eq!(hold(backend, &first, 0).await, HoldOutcome::Done(at(60)));
    let second = wanted("bob", &[4, 5], 60);
    let just_before = domain::Timestamp::from_millis(at(60).as_millis() - 1);
    let refused = backend.store().hold_seats(&second, just_before).await.unwrap();
    assert_eq!(refused, HoldOutcome::Taken(SeatBlock::from([(4, first.hold())])));
    assert_eq!(hold(backend, &second, 60).await, HoldOutcome::Done(at(120)));
    let marks: Vec<SeatState> = seats(backend).await.into_values().collect();
    assert_eq!(marks, [first.hold(), second.hold(), second.hold()]);
}

/// Checks that a late expiry of a hold releases only the seats that nobody else has held since.
pub async fn what_has_passed_on_is_left_alone(backend: &ContractBackend) {
    let (first, store) = (wanted("ann", &[11, 12, 13], 0), backend.store());
    assert_eq!(hold(backend, &first, 0).await, HoldOutcome::Done(at(60)));
    assert_eq!(store.create_reservation(&first).await.unwrap(), Saved::Done);
    let second = wanted("bob", &[13], 60);
    assert_eq!(hold(backend, &second, 60).await, HoldOutcome::Done(at(120)));
    for _ in 0..2 {
        assert_eq!(store.end_reservation(&first.expire(at(60))).await.unwrap(), Saved::Done);
        assert_eq!(seats(backend).await, SeatBlock::from([(13, second.hold())]));
    }
    assert_eq!(store.get_reservation(&first.id).await.unwrap(), first.expire(at(60)));
}

/// Checks that each seat has one holder however many users compete, and that refused users hold none.
pub async fn a_race_for_seats_ends_even(backend: &ContractBackend) {
    let mut racers = JoinSet::new();
    for number in 0..24_u32 {
        let (store, name) = (backend.store(), format!("racer{number}"));
        // Each client wants two adjacent seats; some pairs cross the border between two blocks.
        let first = number % 12 + 6;
        let wanted = wanted(&name, &[first, first + 1], 0);
        racers.spawn(async move {
            for _ in 0..20 {
                match store.hold_seats(&wanted, at(0)).await {
                    Ok(outcome) => return (wanted, outcome),
                    Err(error) => assert_eq!(error.code, domain::Code::Busy),
                }
            }
            panic!("always busy");
        });
    }
    let outcomes = racers.join_all().await;
    let held = seats(backend).await;
    for (wanted, outcome) in outcomes {
        let mine = held.values().filter(|state| **state == wanted.hold()).count();
        match outcome {
            HoldOutcome::Done(_) => assert_eq!(mine, 2),
            HoldOutcome::Taken(taken) => assert_each_eq!((mine, 0), (taken.is_empty(), false)),
        }
    }
    assert!(held.len() >= 8, "{held:?}");
}

/// Checks that an instance decides on seats that it cached up to a second ago, and sees its own writes at
/// once.
pub async fn what_was_seen_is_remembered_for_a_second(backend: &ContractBackend) {
    let (store, first, second) = (backend.store(), wanted("ann", &[0], 0), wanted("bob", &[0], 0));
    assert_eq!(store.hold_seats(&first, at(0)).await.unwrap(), HoldOutcome::Done(at(60)));
    // Another instance releases the seat.
    assert!(backend.store().release_seats(&first.concert_id, first.date, &first.hold(), &[0]).await.unwrap());
    assert_eq!(taken_of(store.hold_seats(&second, at(0)).await.unwrap()), [0]);
    assert_eq!(store.get_seats_cached(&date(), at(0)).await.unwrap().len(), 1);
    assert_eq!(store.hold_seats(&second, at(1)).await.unwrap(), HoldOutcome::Done(at(60)));
    // The same instance releases the seat, and sees this at once.
    assert!(store.release_seats(&second.concert_id, second.date, &second.hold(), &[0]).await.unwrap());
    assert_eq!(store.hold_seats(&first, at(1)).await.unwrap(), HoldOutcome::Done(at(60)));
}
