//! Service that reserves seats: it holds the seats in their blocks, then writes the reservation.
//!
//! The seat blocks decide. A request that dies between the two writes leaves held seats without a
//! reservation. Their hold expires by itself; a repeat with the same `Idempotency-Key` finds the seats
//! held for its own reservation and goes on.

use dibs_http::User;
use domain::accounts::Role;
use std::collections::BTreeSet;

use dibs_http::{QueueTokenHeader, find_created, resolve_create};
use domain::concerts::{
    Concert, ConcertDate, Date, Reservation, Reserver, Seat, SeatBlock, SeatName, SeatState, check_count,
};
use domain::ids::{ConcertId, ReservationId, UserId};
use domain::{BusyReason, Code, Error, Result, Timestamp};
use futures::future::{try_join, try_join_all};
use runtime::{App, add_entity};
use store::{HoldOutcome, Saved, TryResult, retry};
use waiting_room::services::admission::require_admission;

/// Parameters of a reservation request.
pub struct ReservationRequest {
    /// Id of the reservation to create, which contains its owner.
    pub id: ReservationId,
    /// Fingerprint of the request; `None` without an `Idempotency-Key`.
    pub request_fingerprint: Option<String>,
    /// Queue token for the waiting room of the concert.
    pub token: QueueTokenHeader,
    /// Concert whose seats are reserved.
    pub concert: ConcertId,
    /// Calendar day of the concert date, in the concert's time zone.
    pub date: Date,
    /// Seats to reserve, by name or by number.
    pub wanted: RequestedSeats,
}

/// Requested seats, by name or by number.
pub enum RequestedSeats {
    /// The seats with these names.
    Seats(Vec<SeatName>),
    /// Number of adjacent seats, to be chosen by dibs.
    Count(usize),
}

/// Inputs of the decision about a reservation.
struct ReservationCase<'a> {
    app: &'a App,
    concert: &'a Concert,
    date: &'a ConcertDate,
    reserver: Reserver,
    now: Timestamp,
}

/// Holds the requested seats and creates the reservation. Returns the reservation of an earlier try of the
/// same request.
///
/// # Errors
/// `QUEUE_TOKEN_REQUIRED`, `QUEUE_TOKEN_INVALID` and `QUEUE_TOKEN_EXPIRED` of the guard; `DATE_IN_PAST`;
/// `INVALID_SEAT_COUNT`; `REPEATED_SEAT`; `UNKNOWN_SEAT`; `SEAT_TAKEN`; `SEAT_ALREADY_YOURS`;
/// `NO_ADJACENT_SEATS`; `IDEMPOTENCY_KEY_REUSED`; `BUSY` when concurrent requests won each try.
pub async fn reserve(app: &App, asked: ReservationRequest) -> Result<Reservation> {
    add_entity(&asked.id);
    let (id, request_fingerprint) = (asked.id.clone(), asked.request_fingerprint.clone());
    let earlier = async || {
        find_created(request_fingerprint.as_deref(), app.store().get_reservation_if_exists(&id)).await
    };
    if let Some(there) = earlier().await? {
        return Ok(there);
    }
    match try_reserve(app, asked).await {
        // A parallel try of the same request may have succeeded meanwhile.
        Err(refusal) => earlier().await?.ok_or(refusal),
        reserved => reserved,
    }
}

async fn try_reserve(app: &App, asked: ReservationRequest) -> Result<Reservation> {
    let (store, now) = (app.store(), app.now());
    let concert = store.get_concert_cached(&asked.concert, now);
    let (concert, date) = try_join(concert, store.get_date_cached(&asked.concert, asked.date, now)).await?;
    let queue_position =
        require_admission(app, concert.queue_id.as_ref(), asked.id.owner(), &asked.token).await?;
    concert.check_ahead(date.date, now)?;
    let asker = asked.id.owner().clone();
    let reserver = Reserver { id: asked.id, queue_position, request_fingerprint: asked.request_fingerprint };
    let case = ReservationCase { app, concert: &concert, date: &date, reserver, now };
    match asked.wanted {
        RequestedSeats::Seats(names) => {
            let seats = date.seats(&names)?;
            match case.hold(&seats).await? {
                Ok(held) => Ok(held),
                Err(taken) => {
                    Err(date.refuse(&taken, &asker, &unwritten_reservations(app, &taken, &asker).await?))
                }
            }
        }
        RequestedSeats::Count(count) => case.hold_adjacent(count).await,
    }
}

/// Returns the ids of reservations of `asker` that hold seats in `taken` but are not written. Their
/// request has held the seats and not written the reservation yet, or it died in between.
async fn unwritten_reservations(
    app: &App,
    taken: &SeatBlock,
    asker: &UserId,
) -> Result<BTreeSet<ReservationId>> {
    let ids = taken.values().map(SeatState::reservation).filter(|id| id.owner() == asker);
    let ids: BTreeSet<ReservationId> = ids.cloned().collect();
    let found = try_join_all(ids.iter().map(|id| app.store().get_reservation_if_exists(id))).await?;
    let written: Vec<ReservationId> = found.into_iter().flatten().map(|found| found.id).collect();
    Ok(ids.into_iter().filter(|id| !written.contains(id)).collect())
}

impl ReservationCase<'_> {
    /// Holds `seats` and writes the reservation. Returns the taken seats instead when one of them is taken.
    async fn hold(&self, seats: &[Seat<'_>]) -> Result<std::result::Result<Reservation, SeatBlock>> {
        let store = self.app.store();
        let new = Reservation::of(self.reserver.clone(), self.concert, self.date.date, seats, self.now);
        let held = match store.hold_seats(&new, self.now).await? {
            HoldOutcome::Done(held_until) => Reservation { held_until, ..new },
            HoldOutcome::Taken(taken) => return Ok(Err(taken)),
        };
        let saved = store.create_reservation(&held).await?;
        if let Saved::Conflict(Some(there)) = &saved {
            // A parallel try of the same request holds other seats, so those of this try are released.
            let left: Vec<u32> =
                held.indexes.iter().copied().filter(|index| !there.indexes.contains(index)).collect();
            store.release_seats(&held.concert_id, held.date, &held.hold(), &left).await?;
        }
        resolve_create(saved, held).map(Ok)
    }

    /// Holds `count` adjacent seats: the first free ones of the date, or free ones at random once another
    /// request has taken those.
    async fn hold_adjacent(&self, count: usize) -> Result<Reservation> {
        check_count(count)?;
        let store = self.app.store();
        let attempt = async |is_first: bool| {
            let states = if is_first {
                store.get_seats_cached(self.date, self.now).await?
            } else {
                store.seats(self.date, self.now).await?
            };
            let entropy = if is_first { 0 } else { self.app.entropy() };
            match self.choose_seats(&states, count, entropy) {
                Some(indexes) => {
                    let held = self.hold(&self.date.seats_at(&indexes)).await?;
                    Ok(held.map_or(TryResult::Conflict(false), TryResult::Done))
                }
                // The cached states may be stale by a second.
                None if is_first => Ok(TryResult::Conflict(false)),
                None => Err(Error::refused(
                    Code::NoAdjacentSeats,
                    "There are not enough free seats next to each other; ask for fewer seats, or choose seats by name.",
                )
                .with_details(serde_json::json!({"requested": count}))),
            }
        };
        retry(BusyReason::Seats, true, attempt).await
    }

    /// Chooses `count` adjacent free seats, or the seats that an earlier try of this request holds.
    /// `entropy` picks among all groups of adjacent free seats; 0 picks the first one. Returns `None` when
    /// there is no such group.
    fn choose_seats(&self, states: &SeatBlock, count: usize, entropy: u128) -> Option<Vec<u32>> {
        let is_taken = |index: &u32| states.get(index).is_some_and(|state| !state.is_free_at(self.now));
        let mine = states.iter().filter(|(_, state)| *state.reservation() == self.reserver.id);
        let mine: Vec<u32> = mine.map(|(index, _)| *index).filter(is_taken).collect();
        if mine.len() == count {
            return Some(mine);
        }
        let count = u32::try_from(count).ok()?;
        let starts = self.date.layout.groups(count, |index| !is_taken(&index));
        let choice = entropy.checked_rem(starts.len() as u128)?;
        let start = *starts.get(usize::try_from(choice).ok()?)?;
        Some((start..start + count).collect())
    }
}

/// Checks that the reservation belongs to the caller, whether it exists or not. The id contains its owner.
///
/// # Errors
/// `FORBIDDEN` when it belongs to another user and the caller is not an administrator.
pub fn check_owner(user: &User, id: &ReservationId) -> Result<()> {
    add_entity(id);
    if *id.owner() == user.id || user.is(Role::Admin) { Ok(()) } else { Err(Error::forbidden()) }
}
