//! Concerts: dates, seats, and the reservations that hold them.

mod date;
mod layout;
mod reservation;
mod seats;

pub use date::Date;
pub use layout::{Layout, Row, SEATS_MAX, Seat, SeatName, Section};
pub use reservation::{Reservation, Reserver, SEATS_OF_ONE_MAX, Status};
pub use seats::{BLOCK_SEATS, Block, Mark, block_of, blocks_of, free_below};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::ids::{ConcertId, QueueId, UserId};
use crate::time::millis;
use crate::{Code, Error, Result, Timestamp};

/// A concert, on one or more dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concert {
    /// Its id.
    pub id: ConcertId,
    /// For people.
    pub name: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// The IANA zone whose calendar its dates are of.
    pub time_zone: String,
    /// For how long seats are held until they are paid.
    pub hold_seconds: u32,
    /// The waiting room in front of it.
    #[serde(default)]
    pub queue_id: Option<QueueId>,
    /// When it was made.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: UserId,
    /// Stands for the body of the request that made it, when that had an `Idempotency-Key`.
    #[serde(default)]
    pub mark: Option<String>,
    /// One more with every write.
    pub version: u64,
}

/// One evening of a concert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConcertDate {
    /// Of which concert.
    pub concert_id: ConcertId,
    /// Which day.
    pub date: Date,
    /// Its seats and what they cost.
    pub layout: Layout,
    /// When it was made.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Stands for the request that made it, when that had an `Idempotency-Key`.
    #[serde(default)]
    pub mark: Option<DateMark>,
    /// One more with every write.
    pub version: u64,
}

/// Stands for the request that made a date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateMark {
    /// Stands for caller, route and `Idempotency-Key`.
    pub key: String,
    /// Stands for the body.
    pub body: String,
}

impl Concert {
    /// That its zone is one.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` for `time_zone` when nobody knows it.
    pub fn check(&self) -> Result<()> {
        self.zone().map(drop)
    }

    /// The day that it is for the concert.
    ///
    /// # Errors
    /// Only when nobody knows its zone, which [`Concert::check`] has refused.
    pub fn today(&self, now: Timestamp) -> Result<Date> {
        Ok(Date::of(now, &self.zone()?))
    }

    /// That `date` is not over.
    ///
    /// # Errors
    /// `DATE_IN_PAST` when it is.
    pub fn check_ahead(&self, date: Date, now: Timestamp) -> Result<()> {
        let today = self.today(now)?;
        if date < today {
            return Err(Error::refused(Code::DateInPast, "This date is over.")
                .with_details(serde_json::json!({"date": date, "today": today})));
        }
        Ok(())
    }

    fn zone(&self) -> Result<TimeZone> {
        crate::campaigns::zone(&self.time_zone)
    }
}

impl ConcertDate {
    /// The seats that are called `names`.
    ///
    /// # Errors
    /// `INVALID_SEAT_COUNT`, `REPEATED_SEAT`, `UNKNOWN_SEAT`.
    pub fn seats(&self, names: &[SeatName]) -> Result<Vec<Seat<'_>>> {
        check_count(names.len())?;
        let repeated = |(at, name): (usize, &SeatName)| names[..at].contains(name).then(|| name.clone());
        if let Some(name) = names.iter().enumerate().find_map(repeated) {
            return Err(Error::refused(Code::RepeatedSeat, "A seat is named twice.")
                .with_details(serde_json::json!({"seats": [name]})));
        }
        let unknown: Vec<&SeatName> = names.iter().filter(|name| self.layout.find(name).is_none()).collect();
        if !unknown.is_empty() {
            return Err(Error::refused(Code::UnknownSeat, "This date has no such seat.")
                .with_details(serde_json::json!({"seats": unknown})));
        }
        Ok(names.iter().filter_map(|name| self.layout.find(name)).collect())
    }

    /// The seats at `indexes`.
    pub fn seats_at(&self, indexes: &[u32]) -> Vec<Seat<'_>> {
        self.layout.seats_where(|index| indexes.contains(&index)).collect()
    }

    /// Refuses seats that are `taken`, by what stands for them. When any of them is somebody else's, these are
    /// named, and those of `asker` beside them; when all are the asker's own, it says by which reservation.
    /// That may be one which another request of theirs is about to write.
    pub fn refuse(&self, taken: &Block, asker: &UserId) -> Error {
        let is_own = |mark: &Mark| mark.reservation().owner() == asker;
        let indexes = |own: bool| -> Vec<u32> {
            taken.iter().filter(|(_, mark)| is_own(mark) == own).map(|(index, _)| *index).collect()
        };
        let names = |indexes: &[u32]| -> Vec<SeatName> {
            self.seats_at(indexes).into_iter().map(|seat| seat.name).collect()
        };
        let own = indexes(true);
        let reservations: Vec<_> = own
            .iter()
            .zip(names(&own))
            .filter_map(|(index, seat)| Some((taken.get(index)?, seat)))
            .map(|(mark, seat)| {
                let expires_at = match mark {
                    Mark::Held { until, .. } => Some(*until),
                    Mark::Sold { .. } => None,
                };
                json!({"seat": seat, "reservation_id": mark.reservation(), "expires_at": expires_at})
            })
            .collect();
        let others = names(&indexes(false));
        if others.is_empty() {
            let message = "You have this seat already: pay or cancel the reservation that details name.";
            let id = own.first().and_then(|index| taken.get(index)).map(Mark::reservation);
            let details = json!({"seats": names(&own), "reservation_id": id, "yours": reservations});
            return Error::refused(Code::SeatAlreadyYours, message).with_details(details);
        }
        let mut details = json!({"seats": others});
        if !own.is_empty() {
            details["yours"] = reservations.into();
        }
        Error::refused(Code::SeatTaken, "Somebody has this seat; choose another one.").with_details(details)
    }
}

/// That one reservation may have so many seats.
///
/// # Errors
/// `INVALID_SEAT_COUNT`.
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
    use crate::ids::ReservationId;

    #[test]
    fn refused_seats_are_told_apart_by_who_has_them() {
        let date = ConcertDate {
            concert_id: ConcertId::new("1"),
            date: Date::parse("2026-12-24").unwrap(),
            layout: Layout::plain(5, 100),
            created_at: Timestamp::from_millis(0),
            mark: None,
            version: 1,
        };
        let by = |owner: &str, name: &str| ReservationId::new(UserId::new(owner), name);
        let held = |owner: &str| Mark::Held { until: Timestamp::from_millis(5_000), by: by(owner, "a") };
        let refuse = |taken: [(u32, Mark); 2]| date.refuse(&Block::from(taken), &UserId::new("me"));
        let all_mine = refuse([(1, held("me")), (2, Mark::Sold { to: by("me", "b") })]);
        assert_eq!(all_mine.code, Code::SeatAlreadyYours);
        let yours = json!([
            {"seat": "2", "reservation_id": "usr_me:a", "expires_at": "1970-01-01T00:00:05.000Z"},
            {"seat": "3", "reservation_id": "usr_me:b", "expires_at": null},
        ]);
        let details = json!({"seats": ["2", "3"], "reservation_id": "usr_me:a", "yours": yours});
        assert_eq!(all_mine.details, Some(details));
        let mixed = refuse([(1, held("me")), (2, held("you"))]);
        let details = json!({"seats": ["3"], "yours": [yours[0]]});
        assert_eq!((mixed.code, mixed.details), (Code::SeatTaken, Some(details)));
        let others = refuse([(0, held("you")), (4, held("you"))]);
        assert_eq!((others.code, others.details), (Code::SeatTaken, Some(json!({"seats": ["1", "5"]}))));
    }

    #[test]
    fn a_date_is_over_when_its_day_is_over_there() {
        let concert = Concert {
            id: ConcertId::new("1"),
            name: "a concert".into(),
            description: String::new(),
            time_zone: "Asia/Seoul".into(),
            hold_seconds: 300,
            queue_id: None,
            created_at: Timestamp::from_millis(0),
            created_by: UserId::new("1"),
            mark: None,
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
