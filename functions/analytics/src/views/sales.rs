//! Figures of sales: orders of time deals and reservations of concerts.

use domain::Timestamp;
use domain::analytics::{Counters, SaleCounter};
use schemars::JsonSchema;
use serde::Serialize;

use crate::views::timeline::{FiguresView, Timeline, shown};

/// Orders of deals, or reservations of concerts, in a period. Units are those of orders, or seats.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SaleFigures")]
pub struct SaleFigures {
    /// Number of orders or reservations that were made. Each held units.
    held: u64,
    /// Number of units that they held.
    held_units: u64,
    /// Number of orders or reservations that were paid.
    paid: u64,
    /// Number of units that were paid.
    paid_units: u64,
    /// Number of orders or reservations that were not paid in time.
    lapsed: u64,
    /// Number of units of orders or reservations that were not paid in time.
    lapsed_units: u64,
    /// Number of orders or reservations that were canceled, by their user or with the deal.
    canceled: u64,
    /// Number of units of canceled orders or reservations.
    canceled_units: u64,
    /// Sum of the payments, in whole units of the currency.
    revenue: u64,
}

impl SaleFigures {
    /// Returns the figures of `counters`.
    pub fn of(counters: &Counters) -> Self {
        let number = |counter: SaleCounter| shown(counters.get(counter.name()));
        Self {
            held: number(SaleCounter::Orders),
            held_units: number(SaleCounter::Units),
            paid: number(SaleCounter::PaidOrders),
            paid_units: number(SaleCounter::PaidUnits),
            lapsed: number(SaleCounter::LapsedOrders),
            lapsed_units: number(SaleCounter::LapsedUnits),
            canceled: number(SaleCounter::CanceledOrders),
            canceled_units: number(SaleCounter::CanceledUnits),
            revenue: number(SaleCounter::Revenue),
        }
    }

    fn cells(&self) -> [String; 9] {
        let orders = [self.held, self.held_units, self.paid, self.paid_units, self.lapsed, self.lapsed_units];
        let [held, held_units, paid, paid_units, lapsed, lapsed_units] = orders.map(|one| one.to_string());
        let rest = [self.canceled, self.canceled_units, self.revenue].map(|one| one.to_string());
        let [canceled, canceled_units, revenue] = rest;
        [held, held_units, paid, paid_units, lapsed, lapsed_units, canceled, canceled_units, revenue]
    }
}

/// Sales of deals and concerts in a period.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SalesFigures")]
pub struct SalesFigures {
    /// Orders of time deals; null if a concert was asked for.
    pub deals: Option<SaleFigures>,
    /// Reservations of concerts; null if a deal was asked for.
    pub concerts: Option<SaleFigures>,
}

impl FiguresView for SalesFigures {
    const COLUMNS: &'static [&'static str] = &[
        "deals_held",
        "deals_held_units",
        "deals_paid",
        "deals_paid_units",
        "deals_lapsed",
        "deals_lapsed_units",
        "deals_canceled",
        "deals_canceled_units",
        "deals_revenue",
        "concerts_held",
        "concerts_held_units",
        "concerts_paid",
        "concerts_paid_units",
        "concerts_lapsed",
        "concerts_lapsed_units",
        "concerts_canceled",
        "concerts_canceled_units",
        "concerts_revenue",
    ];

    fn cells(&self) -> Vec<String> {
        let cells = |figures: &Option<SaleFigures>| {
            figures.as_ref().map_or_else(Default::default, SaleFigures::cells).to_vec()
        };
        [cells(&self.deals), cells(&self.concerts)].concat()
    }
}

/// Moment at which nothing was left of a deal or a date.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub struct SoldOut {
    /// Time at which nothing was left: to the minute for a deal, to the hour for a date.
    at: Timestamp,
    /// Seconds from the start of the sale until then. The sale of a deal starts with the deal, that of a date
    /// with its creation.
    seconds: u64,
}

impl SoldOut {
    /// Returns the moment `at` of a sale that began at `begin`.
    pub fn of(begin: Timestamp, at: Timestamp) -> Self {
        Self { at, seconds: shown(at.as_seconds() - begin.as_seconds()) }
    }
}

/// Figures of sales.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SalesAnalytics")]
pub struct SalesAnalytics {
    /// Sales in the period.
    #[serde(flatten)]
    pub timeline: Timeline<SalesFigures>,
    /// Moment at which the deal or date that was asked for sold out; null if it has not, and without one.
    pub sold_out: Option<SoldOut>,
}
