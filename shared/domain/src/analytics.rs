//! Analytics: numbers of what happened, counted by topic and time slot.
//!
//! The figures of an item follow from its present content alone ([`Figures::of_claim`] and its neighbours). A
//! relay counts the difference between the figures of the old and the new image of each stream record, so the
//! sum of all counted differences is the sum of the figures of all stored items. A recount from the tables
//! therefore equals the counters. Every figure belongs to the time slot of its own fact, however late the
//! record arrives. Only active users depend on the order of the changes ([`Figures::of_presence`]).

mod counters;
mod figures;
mod period;
mod slot;
#[cfg(test)]
mod tests;
mod topic;
mod wait;

use counters::ACTIVE;

pub use counters::{
    ACTIVE_GAP_QUARTERS_MAX, Counters, PARTICIPANTS, REWARD_KINDS, SaleCounter, granted, is_recounted,
    requested_as, with_status,
};
pub use figures::{Figures, Series, at_queue};
pub use period::{BucketLength, DAYS_MAX, HOURS_MAX, Period, PeriodBucket};
pub use slot::{SlotLength, TimeSlot};
pub use topic::Topic;
pub use wait::{wait_class, wait_counter, wait_percentile_seconds};
