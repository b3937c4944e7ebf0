//! What is behind a waiting room is for those who are let in, until they have what they waited for.

use std::collections::BTreeMap;

use domain::concerts::{Reservation, Status};
use domain::queue::{End, Place as Number};

use super::Case;
use super::seats::{answered, hall_of};
use crate::simulation::core::BEGIN_MS;
use crate::simulation::lines::Place;
use crate::simulation::replica::LAG_MS_MAX;
use crate::simulation::visits::Want;
use crate::simulation::world::SKEW_MS_MAX;

/// Whoever holds seats behind a waiting room was let in, and their place was not over when they asked.
pub fn who_reserves_was_let_in(case: &Case<'_>) -> Vec<String> {
    let mut broken = Vec::new();
    for reservation in case.facts.concerts.reservations.values() {
        let Some(hall) = case.party.venue.hall(&hall_of(reservation)) else { continue };
        let (Some(queue), Some(number)) = (&hall.queue, &reservation.place) else {
            if hall.queue.is_some() || reservation.place.is_some() {
                broken.push(format!("{reservation:?} is behind {:?}", hall.queue));
            }
            continue;
        };
        let has = case.facts.concerts.positions(queue, reservation.id.owner());
        let Some(line) = case.lines.get(queue) else { continue };
        let mut place = line.places.get(&number.number).copied().unwrap_or_default();
        place.since = line.since(number.number);
        let is_theirs =
            number.queue_id == *queue && has.iter().any(|(position, ..)| *position == number.number);
        if !is_theirs || place.taken_ms.is_none() || place.admitted_ms > place.taken_ms {
            broken.push(format!("{reservation:?} was made by who has {has:?}, at {place:?}"));
        }
        let token_seconds = case.facts.concerts.rooms.iter().find(|room| room.id == *queue);
        let token_seconds = token_seconds.map_or(0, |room| room.settings.token_seconds);
        if asked_ms(case, reservation).is_some_and(|asked_ms| was_over(place, token_seconds, asked_ms)) {
            broken.push(format!("{reservation:?} was made with a place that was over: {place:?}"));
        }
    }
    broken
}

/// Whether a place was over when a request came that was sent then.
fn was_over(place: Place, token_seconds: u32, sent_ms: u64) -> bool {
    let by_clock = place.since.is_none_or(|since| {
        let until_ms = since.plus_seconds(token_seconds.into()).as_millis() - BEGIN_MS;
        until_ms + SKEW_MS_MAX as i64 <= sent_ms as i64
    });
    by_clock || place.end.is_some_and(|(end_ms, _)| end_ms + LAG_MS_MAX < sent_ms)
}

/// When the request that was answered with this reservation was sent first.
fn asked_ms(case: &Case<'_>, reservation: &Reservation) -> Option<u64> {
    let visits = &case.visits;
    let told = visits.iter().find(|visit| {
        matches!(visit.want, Want::Reserve(..)) && answered(visit).as_ref() == Some(&reservation.id)
    })?;
    let same = |one: &&_| std::ptr::eq(*one, told);
    let tries = visits
        .iter()
        .filter(|one| same(one) || (told.key.is_some() && one.key == told.key && one.user == told.user));
    tries.map(|one| one.sent_ms).min()
}

/// A place ends with the one payment for what was held with it.
pub fn who_pays_is_done(case: &Case<'_>) -> Vec<String> {
    let mut paid: BTreeMap<String, u64> = BTreeMap::new();
    let name = |place: &Number| format!("{} {}", place.queue_id, place.number);
    let reservations = case.facts.concerts.reservations.values();
    for place in reservations.filter(|one| one.status == Status::Paid).filter_map(|one| one.place.as_ref()) {
        *paid.entry(name(place)).or_default() += 1;
    }
    let mut done: BTreeMap<String, u64> = BTreeMap::new();
    for (queue_id, line) in &case.lines {
        for (number, place) in &line.places {
            if place.end.is_some_and(|(_, end)| end == End::Done) {
                done.insert(name(&Number { queue_id: queue_id.clone(), number: *number }), 1);
            }
        }
    }
    if paid == done { Vec::new() } else { vec![format!("paid for are {paid:?}, done are {done:?}")] }
}
