//! Response types for concerts, their dates and seats.

use domain::Timestamp;
use domain::concerts::{Block, Concert, ConcertDate, Date, Mark, Seat, SeatName};
use domain::ids::{ConcertId, QueueId, UserId};
use schemars::JsonSchema;
use serde::Serialize;

/// A concert.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Concert")]
pub struct ConcertView {
    /// Its id.
    pub id: ConcertId,
    /// For people.
    pub name: String,
    /// For people.
    pub description: String,
    /// Whose calendar its dates are of.
    pub time_zone: String,
    /// For how long seats are held until they are paid.
    pub hold_seconds: u32,
    /// The waiting room in front of it.
    pub queue_id: Option<QueueId>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A date of a concert.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ConcertDate")]
pub struct DateView {
    /// Of which concert.
    pub concert_id: ConcertId,
    /// Which day.
    pub date: Date,
    /// How many seats it has, whoever has them.
    pub seats: u32,
    /// What the cheapest seat costs.
    pub price_min: u64,
    /// What the dearest seat costs.
    pub price_max: u64,
    /// Its sections; one without a name when there are none.
    pub sections: Vec<SectionView>,
}

/// Seats of one price.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Section")]
pub struct SectionView {
    /// What it is called.
    pub name: Option<String>,
    /// What each of its seats costs.
    pub price: u64,
    /// How many seats it has.
    pub seats: u32,
}

/// Every seat of a date.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SeatMap")]
pub struct SeatMapView {
    /// Of which concert.
    pub concert_id: ConcertId,
    /// Which day.
    pub date: Date,
    /// How many can be reserved.
    pub available: usize,
    /// All of them, in order: neighbours in a row stand beside each other.
    pub seats: Vec<SeatView>,
}

/// A seat and whether it can be had.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Seat")]
pub struct SeatView {
    /// What it is called.
    pub seat: SeatName,
    /// Its section, where there are several.
    pub section: Option<String>,
    /// Its row, where there are several.
    pub row: Option<String>,
    /// What it costs.
    pub price: u64,
    /// Whether it can be had.
    pub status: SeatStatus,
    /// Whether it is the caller who holds it or has bought it.
    pub mine: bool,
}

/// Whether a seat can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum SeatStatus {
    /// It can be reserved.
    Available,
    /// Somebody may still pay it.
    Held,
    /// It is somebody's.
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
    /// Builds the seat map of `date` from its marks, as `caller` sees it at `now`.
    pub fn at(date: &ConcertDate, marks: &Block, caller: &UserId, now: Timestamp) -> Self {
        let seats = date.layout.seats().map(|seat| SeatView::at(seat, marks, caller, now));
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
    fn at(seat: Seat<'_>, marks: &Block, caller: &UserId, now: Timestamp) -> Self {
        let mark = marks.get(&seat.index).filter(|mark| !mark.is_free_at(now));
        Self {
            status: match mark {
                None => SeatStatus::Available,
                Some(Mark::Held { .. }) => SeatStatus::Held,
                Some(Mark::Sold { .. }) => SeatStatus::Sold,
            },
            mine: mark.is_some_and(|mark| mark.reservation().owner() == caller),
            seat: seat.name,
            section: seat.section.map(str::to_owned),
            row: seat.row.map(str::to_owned),
            price: seat.price,
        }
    }
}
