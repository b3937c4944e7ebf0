//! Invariant 2: each seat has one owner and one holder at a time, and a hold ends when it says it ends.

use std::collections::{BTreeMap, BTreeSet};

use domain::concerts::{Reservation, ReservationStatus, SeatState};
use domain::ids::ReservationId;

use super::Case;
use crate::simulation::records::requests::{RequestRecord, Seats, Want};
use crate::simulation::setup::concerts::Hall;
use crate::simulation::world::histories::seats::{Change, History};
use crate::simulation::world::{BEGIN_MS, SKEW_MS_MAX};

/// Maximum age of the seats on which a request was decided, in milliseconds: a second in a cache, and the
/// replication lag of the read before.
const SEEN_AGE_MS_MAX: u64 = 2_000;

/// Checks that the sold seats are exactly those of the paid reservations, and that no two of these have a
/// common seat.
pub fn one_owner_for_each_seat(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    let facts = &case.facts.concerts;
    let mut paid: BTreeMap<(String, u32), &ReservationId> = BTreeMap::new();
    for reservation in facts.reservations.values() {
        let hall = hall_of(reservation);
        let names = case.workload.concerts.hall(&hall).map(|hall| &hall.seats);
        for (index, name) in reservation.indexes.iter().zip(&reservation.seats) {
            if names.and_then(|names| names.get(*index as usize)).is_none_or(|known| known != name.as_str()) {
                violations.push(format!("{} has seat {index} under the name {name}", reservation.id));
            }
            if reservation.status == ReservationStatus::Paid
                && let Some(other) = paid.insert((hall.clone(), *index), &reservation.id)
            {
                violations.push(format!("{} and {other} have both paid for {hall} {name}", reservation.id));
            }
        }
    }
    let sold: BTreeMap<(String, u32), &ReservationId> = facts
        .seats
        .iter()
        .filter_map(|(seat, mark)| match mark {
            SeatState::Sold { to } => Some((seat.clone(), to)),
            SeatState::Held { .. } => None,
        })
        .collect();
    if paid != sold {
        violations.push(format!("paid are {paid:?}, sold are {sold:?}"));
    }
    violations
}

/// Checks every change of a seat: no seat is taken from a hold before its end or from its owner, and a hold
/// is released early only if its reservation was canceled or does not have the seat.
pub fn holds_end_when_they_say(case: &Case<'_>) -> Vec<String> {
    let history = &case.seats;
    history
        .changes
        .iter()
        .filter(|change| !is_right(case, change))
        .map(|change| format!("{change:?}"))
        .collect()
}

/// Returns `true` if the change of a seat is valid by the clock that is furthest ahead.
fn is_right(case: &Case<'_>, change: &Change) -> bool {
    let (until, by) = match &change.before {
        None => return !matches!(change.after, Some(SeatState::Sold { .. })),
        Some(SeatState::Sold { .. }) => return false,
        Some(SeatState::Held { until, by }) => (until.as_millis(), by),
    };
    let is_over = until <= BEGIN_MS + (change.at_ms + SKEW_MS_MAX) as i64;
    match &change.after {
        Some(SeatState::Sold { to }) => to == by,
        Some(SeatState::Held { .. }) => is_over,
        None => {
            let known = case.facts.concerts.reservations.get(by);
            is_over
                || is_given_up(case, by, change.at_ms)
                || known.is_some_and(|one| !one.indexes.contains(&change.index))
        }
    }
}

/// Returns `true` if a cancellation of the reservation was sent before `until_ms` and not refused. Its
/// outcome may be unknown, and its seats free although the cancellation is not stored.
pub fn is_given_up(case: &Case<'_>, id: &ReservationId, until_ms: u64) -> bool {
    let asked = case.requests.iter().filter(|record| record.want == Want::Cancel(id.clone()));
    asked.filter(|record| !record.is_refused()).any(|record| record.sent_ms <= until_ms)
}

/// Checks that one write held all seats of each reservation, for the time in the reservation, and that a
/// response confirmed as many seats as were requested.
pub fn all_seats_or_none(case: &Case<'_>) -> Vec<String> {
    let history = &case.seats;
    let grabs = grabs(history);
    let mut violations = Vec::new();
    for reservation in case.facts.concerts.reservations.values() {
        let (hall, hold) = (hall_of(reservation), reservation.hold());
        let wanted: BTreeSet<u32> = reservation.indexes.iter().copied().collect();
        let is_it = |grab: &&Grab<'_>| grab.hall == hall && *grab.mark == hold && grab.indexes == wanted;
        if !grabs.iter().any(|grab| is_it(&grab)) {
            violations.push(format!("{reservation:?} was not held at once, but {grabs:?}"));
        }
    }
    for record in &case.requests {
        let Some(id) = answered(record) else { continue };
        let found = case.facts.concerts.reservations.get(&id);
        let count = match &record.want {
            Want::Reserve(_, _, Seats::Named(names)) => names.len(),
            Want::Reserve(_, _, Seats::Best(count)) => *count,
            _ => continue,
        };
        if found.is_none_or(|found| found.seats.len() != count) {
            violations.push(format!("{record:?} was told of {found:?}"));
        }
    }
    violations
}

/// Seats that one write held for one reservation, of one concert and day.
#[derive(Debug)]
struct Grab<'a> {
    hall: &'a str,
    mark: &'a SeatState,
    indexes: BTreeSet<u32>,
}

fn grabs(history: &History) -> Vec<Grab<'_>> {
    let mut grabs: BTreeMap<(usize, &str, String), Grab<'_>> = BTreeMap::new();
    for Change { write, hall, index, after, .. } in &history.changes {
        let Some(mark @ SeatState::Held { .. }) = after else { continue };
        let grab = grabs.entry((*write, hall.as_str(), mark.to_string()));
        grab.or_insert_with(|| Grab { hall, mark, indexes: BTreeSet::new() }).indexes.insert(*index);
    }
    grabs.into_values().collect()
}

/// Checks that each refusal because of taken seats names requested seats that were taken, at most shortly
/// before.
pub fn refused_seats_were_taken(case: &Case<'_>) -> Vec<String> {
    let history = &case.seats;
    let mut violations = Vec::new();
    for record in &case.requests {
        let is_own = match record.answer.code() {
            "SEAT_TAKEN" => false,
            "SEAT_ALREADY_YOURS" => true,
            _ => continue,
        };
        let Want::Reserve(concert, date, Seats::Named(wanted)) = &record.want else {
            violations.push(format!("{record:?} named no seat"));
            continue;
        };
        let Some(hall) = case.workload.concerts.hall(&format!("{concert}#{date}")) else { continue };
        let named = record.answer.error()["details"]["seats"].as_array().into_iter().flatten();
        let named: Vec<&str> = named.filter_map(|name| name.as_str()).collect();
        let lies: Vec<&&str> = named.iter().filter(|name| !was_taken(history, hall, name, record)).collect();
        if named.is_empty()
            || !lies.is_empty()
            || named.iter().any(|name| !wanted.iter().any(|one| one == name))
        {
            violations.push(format!("these were not taken: {lies:?}: {record:?}"));
        }
        let by = record.answer.error()["details"]["reservation_id"].as_str().and_then(ReservationId::parse);
        if is_own != by.is_some_and(|by| *by.owner() == record.user) {
            violations.push(format!("told of a reservation that is somebody else's, or of none: {record:?}"));
        }
    }
    violations
}

/// Checks that each seat map shows every seat as it was between shortly before the request and the response.
pub fn maps_were_true(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    for record in &case.requests {
        let (Want::Look(concert, date), 200) = (&record.want, record.answer.status()) else { continue };
        let Some(hall) = case.workload.concerts.hall(&format!("{concert}#{date}")) else { continue };
        let shown = record.answer.data()["seats"].as_array().into_iter().flatten();
        let shown: Vec<(&str, &str)> =
            shown.filter_map(|seat| Some((seat["seat"].as_str()?, seat["status"].as_str()?))).collect();
        let right = |(name, status): &(&str, &str)| states(&case.seats, hall, name, record).contains(status);
        if shown.len() != hall.seats.len() || !shown.iter().all(right) {
            violations.push(format!("{shown:?} was never so: {record:?}"));
        }
    }
    violations
}

/// Returns `true` if a seat was held or sold at some time between shortly before the request of `record` and
/// its response.
fn was_taken(history: &History, hall: &Hall, name: &str, record: &RequestRecord) -> bool {
    states(history, hall, name, record).iter().any(|state| *state != "available")
}

/// Returns the statuses that a seat may have had between shortly before the request of `record` and its
/// response.
fn states(history: &History, hall: &Hall, name: &str, record: &RequestRecord) -> BTreeSet<&'static str> {
    let Some(index) = hall.seats.iter().position(|seat| seat == name) else { return BTreeSet::new() };
    let from_ms = record.sent_ms.saturating_sub(SEEN_AGE_MS_MAX);
    let hall = hall.name();
    let mine = history.changes.iter().filter(|change| change.index as usize == index && change.hall == hall);
    let begin = std::iter::once((0, None));
    let states: Vec<_> = begin.chain(mine.map(|change| (change.at_ms, change.after.as_ref()))).collect();
    let mut seen = BTreeSet::new();
    for (at, (since_ms, mark)) in states.iter().enumerate() {
        let until_ms = states.get(at + 1).map_or(u64::MAX, |(next_ms, _)| *next_ms);
        let (since_ms, until_ms) = ((*since_ms).max(from_ms), until_ms.min(record.came_ms));
        if since_ms > until_ms {
            continue;
        }
        match mark {
            None => drop(seen.insert("available")),
            Some(SeatState::Sold { .. }) => drop(seen.insert("sold")),
            Some(SeatState::Held { until, .. }) => {
                let over_ms = (until.as_millis() - BEGIN_MS).max(0) as u64;
                seen.extend((since_ms <= over_ms + SKEW_MS_MAX).then_some("held"));
                seen.extend((until_ms + SKEW_MS_MAX >= over_ms).then_some("available"));
            }
        }
    }
    seen
}

/// Returns concert and day of a reservation, as in the key of a seat block.
pub fn hall_of(reservation: &Reservation) -> String {
    format!("{}#{}", reservation.concert_id, reservation.date)
}

/// Returns the id of the reservation that a response confirmed.
pub fn answered(record: &RequestRecord) -> Option<ReservationId> {
    if record.answer.status() != 201 { None } else { record.id().and_then(ReservationId::parse) }
}
