//! Promise 2: one owner for each seat, one holder at a time, and a hold ends when it says that it ends.

use std::collections::{BTreeMap, BTreeSet};

use domain::concerts::{Mark, Reservation, Status};
use domain::ids::ReservationId;

use super::Case;
use crate::simulation::core::BEGIN_MS;
use crate::simulation::seats::{Change, History};
use crate::simulation::venue::Hall;
use crate::simulation::visits::{Seats, Visit, Want};
use crate::simulation::world::SKEW_MS_MAX;

/// How old the truth of "somebody has this seat" may be when the request comes: a second in a cache, and the
/// lag of the read before.
const REFUSAL_AGE_MS_MAX: u64 = 2_000;

/// What is sold is sold to the paid reservation that names it, and the other way round; no two have one seat.
pub fn one_owner_for_each_seat(case: &Case<'_>) -> Vec<String> {
    let mut broken = Vec::new();
    let facts = &case.facts.concerts;
    let mut paid: BTreeMap<(String, u32), &ReservationId> = BTreeMap::new();
    for reservation in facts.reservations.values() {
        let hall = hall_of(reservation);
        let names = case.party.venue.hall(&hall).map(|hall| &hall.seats);
        for (index, name) in reservation.indexes.iter().zip(&reservation.seats) {
            if names.and_then(|names| names.get(*index as usize)).is_none_or(|known| known != name.as_str()) {
                broken.push(format!("{} has seat {index} under the name {name}", reservation.id));
            }
            if reservation.status == Status::Paid
                && let Some(other) = paid.insert((hall.clone(), *index), &reservation.id)
            {
                broken.push(format!("{} and {other} have both paid for {hall} {name}", reservation.id));
            }
        }
    }
    let sold: BTreeMap<(String, u32), &ReservationId> = facts
        .seats
        .iter()
        .filter_map(|(seat, mark)| match mark {
            Mark::Sold { to } => Some((seat.clone(), to)),
            Mark::Held { .. } => None,
        })
        .collect();
    if paid != sold {
        broken.push(format!("paid are {paid:?}, sold are {sold:?}"));
    }
    broken
}

/// Nobody takes a seat from who still holds it, or from its owner; and only who is not paid lets it go.
pub fn holds_end_when_they_say(case: &Case<'_>) -> Vec<String> {
    let history = &case.seats;
    history
        .changes
        .iter()
        .filter(|change| !is_right(case, change))
        .map(|change| format!("{change:?}"))
        .collect()
}

/// Whether a seat may go on like this, by a clock that is ahead as far as clocks can be.
fn is_right(case: &Case<'_>, change: &Change) -> bool {
    let (until, by) = match &change.before {
        None => return !matches!(change.after, Some(Mark::Sold { .. })),
        Some(Mark::Sold { .. }) => return false,
        Some(Mark::Held { until, by }) => (until.as_millis(), by),
    };
    let is_over = until <= BEGIN_MS + (change.at_ms + SKEW_MS_MAX) as i64;
    match &change.after {
        Some(Mark::Sold { to }) => to == by,
        Some(Mark::Held { .. }) => is_over,
        None => {
            let known = case.facts.concerts.reservations.get(by);
            is_over
                || known
                    .is_some_and(|one| one.status == Status::Canceled || !one.indexes.contains(&change.index))
        }
    }
}

/// The seats of a reservation were held for it by one write, for as long as it says.
pub fn all_seats_or_none(case: &Case<'_>) -> Vec<String> {
    let history = &case.seats;
    let grabs = grabs(history);
    let mut broken = Vec::new();
    for reservation in case.facts.concerts.reservations.values() {
        let (hall, hold) = (hall_of(reservation), reservation.hold());
        let wanted: BTreeSet<u32> = reservation.indexes.iter().copied().collect();
        let is_it = |grab: &&Grab<'_>| grab.hall == hall && *grab.mark == hold && grab.indexes == wanted;
        if !grabs.iter().any(|grab| is_it(&grab)) {
            broken.push(format!("{reservation:?} was not held at once, but {grabs:?}"));
        }
    }
    for visit in &case.visits {
        let Some(id) = answered(visit) else { continue };
        let found = case.facts.concerts.reservations.get(&id);
        let count = match &visit.want {
            Want::Reserve(_, _, Seats::Named(names)) => names.len(),
            Want::Reserve(_, _, Seats::Best(count)) => *count,
            _ => continue,
        };
        if found.is_none_or(|found| found.seats.len() != count) {
            broken.push(format!("{visit:?} was told of {found:?}"));
        }
    }
    broken
}

/// Seats that one write held for one reservation.
#[derive(Debug)]
struct Grab<'a> {
    hall: &'a str,
    mark: &'a Mark,
    indexes: BTreeSet<u32>,
}

fn grabs(history: &History) -> Vec<Grab<'_>> {
    let mut grabs: BTreeMap<(usize, &str, String), Grab<'_>> = BTreeMap::new();
    for Change { write, hall, index, after, .. } in &history.changes {
        let Some(mark @ Mark::Held { .. }) = after else { continue };
        let grab = grabs.entry((*write, hall.as_str(), mark.to_string()));
        grab.or_insert_with(|| Grab { hall, mark, indexes: BTreeSet::new() }).indexes.insert(*index);
    }
    grabs.into_values().collect()
}

/// Who was told that somebody has a seat was told so of a seat that somebody had, shortly before at most.
pub fn refused_seats_were_taken(case: &Case<'_>) -> Vec<String> {
    let history = &case.seats;
    let mut broken = Vec::new();
    for visit in case.visits.iter().filter(|visit| visit.answer.code() == "SEAT_TAKEN") {
        let Want::Reserve(concert, date, Seats::Named(wanted)) = &visit.want else {
            broken.push(format!("{visit:?} named no seat"));
            continue;
        };
        let Some(hall) = case.party.venue.hall(&format!("{concert}#{date}")) else { continue };
        let told = visit.answer.error()["details"]["seats"].as_array().into_iter().flatten();
        let told: Vec<&str> = told.filter_map(|name| name.as_str()).collect();
        let lies: Vec<&&str> = told.iter().filter(|name| !was_taken(history, hall, name, visit)).collect();
        if told.is_empty()
            || !lies.is_empty()
            || told.iter().any(|name| !wanted.iter().any(|one| one == name))
        {
            broken.push(format!("these were not taken: {lies:?}: {visit:?}"));
        }
    }
    broken
}

/// Whether a seat was held or sold at some moment until the answer of `visit`.
fn was_taken(history: &History, hall: &Hall, name: &str, visit: &Visit) -> bool {
    let Some(index) = hall.seats.iter().position(|seat| seat == name) else { return false };
    let mine = |change: &&Change| change.index as usize == index && change.hall == hall.name();
    let changes: Vec<&Change> = history.changes.iter().filter(mine).collect();
    let from_ms = visit.sent_ms.saturating_sub(REFUSAL_AGE_MS_MAX);
    changes.iter().enumerate().any(|(at, change)| {
        let gone_ms = changes.get(at + 1).map_or(u64::MAX, |next| next.at_ms);
        let end_ms = match &change.after {
            None => return false,
            Some(Mark::Sold { .. }) => gone_ms,
            Some(Mark::Held { until, .. }) => {
                gone_ms.min((until.as_millis() - BEGIN_MS).max(0) as u64 + SKEW_MS_MAX)
            }
        };
        change.at_ms <= visit.came_ms && end_ms >= from_ms
    })
}

/// Concert and day of a reservation, as blocks of seats are named by them.
pub fn hall_of(reservation: &Reservation) -> String {
    format!("{}#{}", reservation.concert_id, reservation.date)
}

/// The reservation that was promised.
pub fn answered(visit: &Visit) -> Option<ReservationId> {
    if visit.answer.status() != 201 { None } else { visit.id().and_then(ReservationId::parse) }
}
