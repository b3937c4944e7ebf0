//! Response types of the API for live updates, and the states of its topics.

use std::collections::BTreeMap;

use concerts::views::concert::SeatStatus;
use domain::concerts::{ConcertDate, SeatBlock, SeatState};
use domain::deals::DealStatus;
use domain::live::{TopicState, without_nulls};
use domain::{Error, Quantity, Result, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::DealNow;

/// Ticket for one connection.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LiveTicket")]
pub struct TicketView {
    /// Secret text to send over the connection as `{"action": "authenticate", "ticket": …}`.
    pub ticket: String,
    /// Time before which the ticket must be used, in UTC.
    pub expires_at: Timestamp,
}

/// Query of a snapshot: the version that the client has.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Since {
    /// Version of the client's state. `data` is null if it is the newest one.
    since: Option<u64>,
}

impl Since {
    /// Returns the state, unless the client has this version of it.
    pub fn newer(&self, state: &TopicState) -> Option<Value> {
        (self.since != Some(state.version)).then(|| state.value())
    }
}

/// Stock of a time deal with its version.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LiveDealStock")]
pub struct LiveDealStock {
    /// Version of the state; higher ones are newer.
    pub version: u64,
    /// State of the stock; null if it has the version that `since` names.
    #[schemars(with = "Option<StockView>")]
    pub data: Option<Value>,
}

/// Seats of a date with their version.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LiveSeatMap")]
pub struct LiveSeatMap {
    /// Version of the state; higher ones are newer.
    pub version: u64,
    /// State of the seats; null if it has the version that `since` names.
    #[schemars(with = "Option<SeatsView>")]
    pub data: Option<Value>,
}

/// Units and status of a time deal.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LiveStock")]
pub struct StockView {
    /// Status of the deal when the state was read. It may show the start and the end of the deal up to a minute late.
    pub status: DealStatus,
    /// Number of units in all.
    pub stock_quantity: Quantity,
    /// Number of units held for orders that are not paid yet.
    pub reserved_quantity: Quantity,
    /// Number of units in orders that are paid.
    pub sold_quantity: Quantity,
    /// Number of units that can still be ordered.
    pub available_quantity: Quantity,
    /// Time from which the deal can be ordered, in UTC.
    pub start_at: Timestamp,
    /// Time before which the deal can be ordered, in UTC.
    pub end_at: Timestamp,
}

impl StockView {
    /// Builds the state of a deal with its latest counts at `now`.
    pub fn at(found: &DealNow, now: Timestamp) -> Self {
        let (deal, available) = (&found.deal, found.available());
        Self {
            status: deal.status_at(now, available),
            stock_quantity: deal.stock_quantity,
            reserved_quantity: found.summary.reserved,
            sold_quantity: found.summary.sold,
            available_quantity: available,
            start_at: deal.starts_at,
            end_at: deal.ends_at,
        }
    }
}

/// Seats of a date that are not available.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LiveSeats")]
pub struct SeatsView {
    /// Number of seats that can be reserved.
    pub available: usize,
    /// Status of each seat that is held or sold, by its name. All other seats of the date are available.
    pub seats: BTreeMap<String, SeatStatus>,
}

impl SeatsView {
    /// Builds the state of the seats of `date` from their states at `now`.
    pub fn at(date: &ConcertDate, states: &SeatBlock, now: Timestamp) -> Self {
        let taken = date.layout.seats().filter_map(|seat| {
            let status = match states.get(&seat.index).filter(|state| !state.is_free_at(now))? {
                SeatState::Held { .. } => SeatStatus::Held,
                SeatState::Sold { .. } => SeatStatus::Sold,
            };
            Some((seat.name.to_string(), status))
        });
        let seats: BTreeMap<String, SeatStatus> = taken.collect();
        Self { available: date.layout.seats_len() as usize - seats.len(), seats }
    }
}

/// Returns the JSON of a view, without nulls.
pub fn json_of(view: impl Serialize) -> Result<Value> {
    serde_json::to_value(view).map(without_nulls).map_err(Error::internal)
}
