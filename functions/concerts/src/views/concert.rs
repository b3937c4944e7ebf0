//! Response types for concerts, their dates and seats.

use domain::Timestamp;
use domain::concerts::{Concert, ConcertDate, Date, Seat, SeatBlock, SeatName, SeatState};
use domain::ids::{ConcertId, QueueId, UserId};
use schemars::JsonSchema;
use serde::Serialize;

/// Concert that sells seats on one or more dates.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Concert")]
pub struct ConcertView {
    /// Id of the concert.
    pub id: ConcertId,
    /// Display name of the concert.
    pub name: String,
    /// Description to display; may be empty.
    pub description: String,
    /// IANA time zone that the dates of the concert are in, for example `Asia/Seoul`.
    pub time_zone: String,
    /// Time in seconds that reserved seats are held for payment.
    pub hold_seconds: u32,
    /// Queue that guards the seats and reservations of the concert; null when it is open to every user.
    pub queue_id: Option<QueueId>,
    /// Creation time of the concert, in UTC.
    pub created_at: Timestamp,
}

/// Date of a concert with its seats and prices.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ConcertDate")]
pub struct DateView {
    /// Id of the concert that the date belongs to.
    pub concert_id: ConcertId,
    /// Calendar day of the date, in the concert's time zone.
    pub date: Date,
    /// Number of seats in all, free or not.
    pub seats: u32,
    /// Price of the cheapest seat, in whole units of the currency.
    pub price_min: u64,
    /// Price of the most expensive seat, in whole units of the currency.
    pub price_max: u64,
    /// Sections of the venue. A date with seats in a single row has one section without a name.
    pub sections: Vec<SectionView>,
}

/// Section of a date: seats at the same price.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Section")]
pub struct SectionView {
    /// Name of the section; null when the date has a single row.
    pub name: Option<String>,
    /// Price of each seat of the section, in whole units of the currency.
    pub price: u64,
    /// Number of seats in the section, free or not.
    pub seats: u32,
}

/// Every seat of a date with its status, as seen by the caller.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SeatMap")]
pub struct SeatMapView {
    /// Id of the concert that the date belongs to.
    pub concert_id: ConcertId,
    /// Calendar day of the date, in the concert's time zone.
    pub date: Date,
    /// Number of seats that can be reserved now.
    pub available: usize,
    /// All seats of the date, in order: neighbours in a row follow each other.
    pub seats: Vec<SeatView>,
}

/// Seat of a date with its price and status.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Seat")]
pub struct SeatView {
    /// Name of the seat, unique within the date.
    pub seat: SeatName,
    /// Name of its section; null when the date has a single row.
    pub section: Option<String>,
    /// Name of its row; null when the date has a single row.
    pub row: Option<String>,
    /// Price of the seat, in whole units of the currency.
    pub price: u64,
    /// Availability of the seat: available, held or sold.
    pub status: SeatStatus,
    /// True when the caller holds the seat or has bought it.
    pub mine: bool,
}

/// Availability of a seat of a concert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum SeatStatus {
    /// The seat is free and can be reserved.
    Available,
    /// The seat is reserved and may still be paid. It becomes available again when the hold expires.
    Held,
    /// The seat is paid and cannot be reserved.
    Sold,
}

impl From<&Concert> for ConcertView {
    fn from(concert: &Concert) -> Self {
        Self {
            id: concert.id.clone(),
            name: concert.name.clone(),
            description: concert.description.clone(),
            time_zone: concert.time_zone.clone(),
            hold_seconds: concert.hold_seconds,
            queue_id: concert.queue_id.clone(),
            created_at: concert.created_at,
        }
    }
}

impl From<&ConcertDate> for DateView {
    fn from(date: &ConcertDate) -> Self {
        let sections = &date.layout.sections;
        let prices = || sections.iter().map(|section| section.price);
        Self {
            concert_id: date.concert_id.clone(),
            date: date.date,
            seats: date.layout.seats_len(),
            price_min: prices().min().unwrap_or_default(),
            price_max: prices().max().unwrap_or_default(),
            sections: sections
                .iter()
                .map(|section| SectionView {
                    name: section.name.clone(),
                    price: section.price,
                    seats: section.rows.iter().map(|row| row.seats).sum(),
                })
                .collect(),
        }
    }
}

impl SeatMapView {
    /// Builds the seat map of `date` from its states, as `caller` sees it at `now`.
    pub fn at(date: &ConcertDate, states: &SeatBlock, caller: &UserId, now: Timestamp) -> Self {
        let seats = date.layout.seats().map(|seat| SeatView::at(seat, states, caller, now));
        let seats: Vec<SeatView> = seats.collect();
        Self {
            concert_id: date.concert_id.clone(),
            date: date.date,
            available: seats.iter().filter(|seat| seat.status == SeatStatus::Available).count(),
            seats,
        }
    }
}

impl SeatView {
    fn at(seat: Seat<'_>, states: &SeatBlock, caller: &UserId, now: Timestamp) -> Self {
        let state = states.get(&seat.index).filter(|state| !state.is_free_at(now));
        Self {
            status: match state {
                None => SeatStatus::Available,
                Some(SeatState::Held { .. }) => SeatStatus::Held,
                Some(SeatState::Sold { .. }) => SeatStatus::Sold,
            },
            mine: state.is_some_and(|state| state.reservation().owner() == caller),
            seat: seat.name,
            section: seat.section.map(str::to_owned),
            row: seat.row.map(str::to_owned),
            price: seat.price,
        }
    }
}
