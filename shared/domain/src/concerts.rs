//! Concerts: dates, seat layouts and reservations.

mod date;
mod layout;
mod reservation;
mod seats;

pub use date::Date;
pub use layout::{Row, SEATS_MAX, Seat, SeatLayout, SeatName, Section};
pub use reservation::{Reservation, ReservationStatus, Reserver, SEATS_OF_ONE_MAX};
pub use seats::{BLOCK_SEATS, SeatBlock, SeatState, block_of, blocks_of, free_below};

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::ids::{ConcertId, QueueId, ReservationId, UserId};
use crate::time::millis;
use crate::trail::Trail;
use crate::{Code, Error, KeyedFingerprint, Result, Timestamp};

/// Concert with one or more dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concert {
    /// Id of the concert.
    pub id: ConcertId,
    /// Display name of the concert.
    pub name: String,
    /// Description of the concert for users.
    #[serde(default)]
    pub description: String,
    /// IANA time zone of its dates.
    pub time_zone: String,
    /// Duration for which seats are held until payment, in seconds.
    pub hold_seconds: u32,
    /// Waiting room that a user must pass before reserving. `None` if there is none.
    #[serde(default)]
    pub queue_id: Option<QueueId>,
    /// Time of creation, in UTC.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Operator who created the concert.
    pub created_by: UserId,
    /// Request fingerprint of the creation, for idempotency checks; `None` without an `Idempotency-Key`.
    #[serde(default, rename = "mark")]
    pub request_fingerprint: Option<String>,
    /// Version for optimistic locking; rises by one with every write.
    pub version: u64,
    /// Head of the chain of audit entries.
    #[serde(default, skip_serializing_if = "Trail::is_empty")]
    pub trail: Trail,
}

/// Date of a concert with its seat layout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConcertDate {
    /// Concert that takes place on this date.
    pub concert_id: ConcertId,
    /// Calendar day in the concert's time zone.
    pub date: Date,
    /// Seats of the date and their prices.
    pub layout: SeatLayout,
    /// Time of creation, in UTC.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Fingerprint of the creating request, for idempotency checks; `None` without an `Idempotency-Key`.
    #[serde(default, rename = "mark")]
    pub request_fingerprint: Option<KeyedFingerprint>,
    /// Version for optimistic locking; rises by one with every write.
    pub version: u64,
    /// Head of the chain of audit entries.
    #[serde(default, skip_serializing_if = "Trail::is_empty")]
    pub trail: Trail,
}

impl Concert {
    /// Checks that the time zone is known.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` for the field `time_zone` if the zone is unknown.
    pub fn check(&self) -> Result<()> {
        self.zone().map(drop)
    }

    /// Returns the current calendar day in the concert's time zone.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` if the zone is unknown, which [`Concert::check`] excludes.
    pub fn today(&self, now: Timestamp) -> Result<Date> {
        Ok(Date::of(now, &self.zone()?))
    }

    /// Checks that `date` is today or later.
    ///
    /// # Errors
    /// `DATE_IN_PAST` if the day is over in the concert's time zone; `VALIDATION_ERROR` if the zone is
    /// unknown.
    pub fn check_ahead(&self, date: Date, now: Timestamp) -> Result<()> {
        let today = self.today(now)?;
        if date < today {
            return Err(Error::refused(Code::DateInPast, "This date is in the past; choose a later one.")
                .with_details(serde_json::json!({"date": date, "today": today})));
        }
        Ok(())
    }

    fn zone(&self) -> Result<TimeZone> {
        crate::campaigns::zone(&self.time_zone)
    }
}

impl ConcertDate {
    /// Returns the seats with these names, in the order of `names`.
    ///
    /// # Errors
    /// - `INVALID_SEAT_COUNT` if the number of names is not 1 to [`SEATS_OF_ONE_MAX`].
    /// - `REPEATED_SEAT` if a name occurs twice.
    /// - `UNKNOWN_SEAT` if the date has no seat with a name.
    pub fn seats(&self, names: &[SeatName]) -> Result<Vec<Seat<'_>>> {
        check_count(names.len())?;
        let repeated = |(at, name): (usize, &SeatName)| names[..at].contains(name).then(|| name.clone());
        if let Some(name) = names.iter().enumerate().find_map(repeated) {
            return Err(Error::refused(
                Code::RepeatedSeat,
                "The request names a seat more than once; name each seat once.",
            )
            .with_details(serde_json::json!({"seats": [name]})));
        }
        let unknown: Vec<&SeatName> = names.iter().filter(|name| self.layout.find(name).is_none()).collect();
        if !unknown.is_empty() {
            return Err(Error::refused(
                Code::UnknownSeat,
                "This date does not have the seats in details.seats; choose from the seats that it lists.",
            )
            .with_details(serde_json::json!({"seats": unknown})));
        }
        Ok(names.iter().filter_map(|name| self.layout.find(name)).collect())
    }

    /// Returns the seats with these indexes, in layout order.
    pub fn seats_at(&self, indexes: &[u32]) -> Vec<Seat<'_>> {
        self.layout.seats_where(|index| indexes.contains(&index)).collect()
    }

    /// Builds the error for a request of user `asker` for seats of which `taken` are held or sold:
    /// `SEAT_ALREADY_YOURS` if reservations of `asker` have all of these, else `SEAT_TAKEN`. The details name
    /// the seats that others have and the asker's own reservations, and separately the seats of `unfinished`
    /// reservations: seats that a request of the asker holds, which is in progress or died before it stored
    /// the reservation.
    pub fn refuse(&self, taken: &SeatBlock, asker: &UserId, unfinished: &BTreeSet<ReservationId>) -> Error {
        let is_unfinished = |state: &SeatState| unfinished.contains(state.reservation());
        let is_own = |state: &SeatState| state.reservation().owner() == asker && !is_unfinished(state);
        let named = |wanted: &dyn Fn(&SeatState) -> bool| -> Vec<(SeatName, &SeatState)> {
            let found = taken.iter().filter(|(_, state)| wanted(state));
            let (indexes, states): (Vec<u32>, Vec<&SeatState>) =
                found.map(|(index, state)| (*index, state)).unzip();
            self.seats_at(&indexes).into_iter().map(|seat| seat.name).zip(states).collect()
        };
        let names = |seats: &[(SeatName, &SeatState)]| -> Vec<SeatName> {
            seats.iter().map(|(name, _)| name.clone()).collect()
        };
        let (own, others) = (named(&is_own), named(&|state| !is_own(state)));
        let yours: Vec<_> = own
            .iter()
            .map(|(seat, state)| {
                json!({"seat": seat, "reservation_id": state.reservation(), "expires_at": state.until()})
            })
            .collect();
        if others.is_empty() {
            let is_held = |(_, state): &(SeatName, &SeatState)| state.until().is_some();
            let message = match (own.iter().any(is_held), own.iter().all(is_held)) {
                (_, true) => "You have this seat already: pay or cancel the reservation that details name.",
                (true, false) => {
                    "You have these seats already: pay or cancel the reservations in details that have an expires_at; \
                     the others are paid."
                }
                (false, false) => {
                    "You have this seat already, and it is paid: choose another one if you want more."
                }
            };
            let id = own.first().map(|(_, state)| state.reservation());
            let details = json!({"seats": names(&own), "reservation_id": id, "yours": yours});
            return Error::refused(Code::SeatAlreadyYours, message).with_details(details);
        }
        let mut details = json!({"seats": names(&others)});
        if !own.is_empty() {
            details["yours"] = yours.into();
        }
        let dead: Vec<_> = named(&is_unfinished)
            .iter()
            .map(|(seat, state)| json!({"seat": seat, "held_until": state.until()}))
            .collect();
        let message = if dead.is_empty() {
            "The seats in details.seats are taken; choose others."
        } else {
            "An unfinished request of yours holds a seat until the time in details.unfinished: repeat it with its \
             Idempotency-Key, choose another seat, or try again then."
        };
        if !dead.is_empty() {
            details["unfinished"] = dead.into();
        }
        Error::refused(Code::SeatTaken, message).with_details(details)
    }
}

/// Checks the number of seats of one reservation.
///
/// # Errors
/// `INVALID_SEAT_COUNT` if `count` is not 1 to [`SEATS_OF_ONE_MAX`].
pub fn check_count(count: usize) -> Result<()> {
    if (1..=SEATS_OF_ONE_MAX).contains(&count) {
        return Ok(());
    }
    Err(Error::refused(Code::InvalidSeatCount, "A reservation has 1 to 4 seats.")
        .with_details(serde_json::json!({"requested": count, "max": SEATS_OF_ONE_MAX})))
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    #[test]
    fn refused_seats_are_told_apart_by_who_has_them() {
        let date = ConcertDate {
            trail: Trail::default(),
            concert_id: ConcertId::new("1"),
            date: Date::parse("2026-12-24").unwrap(),
            layout: SeatLayout::plain(5, 100),
            created_at: Timestamp::from_millis(0),
            request_fingerprint: None,
            version: 1,
        };
        let by = |owner: &str, name: &str| ReservationId::new(UserId::new(owner), name);
        let held = |owner: &str| SeatState::Held { until: Timestamp::from_millis(5_000), by: by(owner, "a") };
        let refuse = |taken: [(u32, SeatState); 2]| {
            date.refuse(&SeatBlock::from(taken), &UserId::new("me"), &BTreeSet::from([by("me", "dead")]))
        };
        let all_mine = refuse([(1, held("me")), (2, SeatState::Sold { to: by("me", "b") })]);
        assert_eq!(all_mine.code, Code::SeatAlreadyYours);
        assert!(all_mine.message.contains("the others are paid"), "{}", all_mine.message);
        let says = |taken, text: &str| {
            let refused = refuse(taken);
            assert_eq!(refused.code, Code::SeatAlreadyYours);
            assert!(refused.message.contains(text), "{}", refused.message);
        };
        let paid = || SeatState::Sold { to: by("me", "b") };
        says([(1, held("me")), (2, held("me"))], "pay or cancel the reservation");
        says([(1, paid()), (2, paid())], "it is paid");
        let yours = json!([
            {"seat": "2", "reservation_id": "usr_me:a", "expires_at": "1970-01-01T00:00:05.000Z"},
            {"seat": "3", "reservation_id": "usr_me:b", "expires_at": null},
        ]);
        let details = json!({"seats": ["2", "3"], "reservation_id": "usr_me:a", "yours": yours});
        assert_eq!(all_mine.details, Some(details));
        let mixed = refuse([(1, held("me")), (2, held("you"))]);
        let details = json!({"seats": ["3"], "yours": [yours[0]]});
        assert_each_eq!((mixed.code, Code::SeatTaken), (mixed.details, Some(details)));
        let others = refuse([(0, held("you")), (4, held("you"))]);
        assert_each_eq!((others.code, Code::SeatTaken), (others.details, Some(json!({"seats": ["1", "5"]}))));
        let dead = SeatState::Held { until: Timestamp::from_millis(7_000), by: by("me", "dead") };
        let unfinished = refuse([(0, dead), (1, held("me"))]);
        let dead = json!([{"seat": "1", "held_until": "1970-01-01T00:00:07.000Z"}]);
        let details = json!({"seats": ["1"], "yours": [yours[0]], "unfinished": dead});
        assert_each_eq!((unfinished.code, Code::SeatTaken), (unfinished.details, Some(details)));
    }

    #[test]
    fn a_date_is_over_when_its_day_is_over_there() {
        let concert = Concert {
            trail: Trail::default(),
            id: ConcertId::new("1"),
            name: "a concert".into(),
            description: String::new(),
            time_zone: "Asia/Seoul".into(),
            hold_seconds: 300,
            queue_id: None,
            created_at: Timestamp::from_millis(0),
            created_by: UserId::new("1"),
            request_fingerprint: None,
            version: 1,
        };
        let date = Date::parse("2026-12-24").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert!(concert.check_ahead(date, at("2026-12-24T14:59:59.999Z")).is_ok());
        let error = concert.check_ahead(date, at("2026-12-24T15:00:00Z")).unwrap_err();
        assert_eq!(error.code, Code::DateInPast);
        let nowhere = Concert { time_zone: "Mars/Olympus".into(), ..concert };
        assert_eq!(nowhere.check().unwrap_err().code, Code::ValidationError);
    }
}
