//! Counters of a topic and their short stored names. An item has one attribute for each counter, so short
//! names keep it within 1 KiB, one write unit.

use std::collections::BTreeMap;

use crate::claims::LineStatus;
use crate::rewards::RewardKind;

/// Number of users whose first request of a campaign falls into the slot. A user counts once in each campaign.
pub const PARTICIPANTS: &str = "u";
/// Prefix of the counters of active users. The number behind it is the distance from the previous slot in
/// which the user was active, in quarters of an hour.
pub(super) const ACTIVE: &str = "a";
/// Longest distance, in quarters of an hour, that is counted between two slots in which a user was active: 26
/// hours, more than the longest day. Longer distances and first activities count as this one.
pub const ACTIVE_GAP_QUARTERS_MAX: i64 = 26 * 4;

/// Every kind of a reward.
pub const REWARD_KINDS: [RewardKind; 4] =
    [RewardKind::Point, RewardKind::Item, RewardKind::Coupon, RewardKind::Badge];

/// Every status of a requested reward with the letter that names it in a counter.
const STATUSES: [(LineStatus, char); 7] = [
    (LineStatus::Requested, 'q'),
    (LineStatus::InReview, 'v'),
    (LineStatus::Approved, 'a'),
    (LineStatus::Granting, 't'),
    (LineStatus::Failed, 'f'),
    (LineStatus::Rejected, 'r'),
    (LineStatus::Granted, 'g'),
];

const fn letter(kind: RewardKind) -> char {
    match kind {
        RewardKind::Point => 'p',
        RewardKind::Item => 'i',
        RewardKind::Coupon => 'c',
        RewardKind::Badge => 'b',
    }
}

/// Returns the counter of rewards of `kind` that were first requested in the slot and have status `status`
/// now.
pub fn requested_as(kind: RewardKind, status: LineStatus) -> String {
    let status = STATUSES.iter().find(|(known, _)| *known == status).map_or('q', |(_, letter)| *letter);
    format!("s{}{status}", letter(kind))
}

/// Returns the counter of rewards of `kind` that were granted in the slot.
pub fn granted(kind: RewardKind) -> String {
    format!("g{}", letter(kind))
}

/// Returns the number of requests for rewards of `kind` in `counters`, by their status now.
pub fn with_status(counters: &Counters, kind: RewardKind) -> [(LineStatus, i64); 7] {
    STATUSES.map(|(status, _)| (status, counters.get(&requested_as(kind, status))))
}

/// Counter of orders of a deal or reservations of a concert's date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaleCounter {
    /// Orders that were created, each of which held units.
    Orders,
    /// Units that created orders held.
    Units,
    /// Orders that were paid.
    PaidOrders,
    /// Units of paid orders.
    PaidUnits,
    /// Sum of payments, in whole units of the currency.
    Revenue,
    /// Orders whose hold lapsed unpaid.
    LapsedOrders,
    /// Units of lapsed orders.
    LapsedUnits,
    /// Orders that were canceled, by their user or with the deal.
    CanceledOrders,
    /// Units of canceled orders.
    CanceledUnits,
}

impl SaleCounter {
    /// Returns the stored name of the counter.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Orders => "o",
            Self::Units => "ou",
            Self::PaidOrders => "p",
            Self::PaidUnits => "pu",
            Self::Revenue => "pm",
            Self::LapsedOrders => "l",
            Self::LapsedUnits => "lu",
            Self::CanceledOrders => "c",
            Self::CanceledUnits => "cu",
        }
    }
}

/// Returns whether a recount from the tables can compute `counter`. It cannot compute active users, since an account
/// keeps only its latest sign-in.
pub fn is_recounted(counter: &str) -> bool {
    !counter.starts_with(ACTIVE)
}

/// Numbers by counter. Counters that are 0 may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters(BTreeMap<String, i64>);

impl Counters {
    /// Returns the number of `counter`; 0 if it is absent.
    pub fn get(&self, counter: &str) -> i64 {
        self.0.get(counter).copied().unwrap_or(0)
    }

    /// Adds `by`, which may be negative, to `counter`.
    pub fn add(&mut self, counter: impl Into<String>, by: i64) {
        let number = self.0.entry(counter.into()).or_default();
        *number = number.saturating_add(by);
    }

    /// Adds all numbers of `other`.
    pub fn merge(&mut self, other: &Self) {
        other.iter().for_each(|(counter, by)| self.add(counter, by));
    }

    /// Subtracts all numbers of `other`.
    pub fn subtract(&mut self, other: &Self) {
        other.iter().for_each(|(counter, by)| self.add(counter, by.saturating_neg()));
    }

    /// Returns the counters that are not 0.
    pub fn iter(&self) -> impl Iterator<Item = (&str, i64)> {
        self.0.iter().filter(|(_, by)| **by != 0).map(|(counter, by)| (counter.as_str(), *by))
    }

    /// Returns whether every counter is 0.
    pub fn is_zero(&self) -> bool {
        self.iter().next().is_none()
    }
}
