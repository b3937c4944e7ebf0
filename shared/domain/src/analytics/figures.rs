//! Figures of stored items, and series of figures read back.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{
    ACTIVE, ACTIVE_GAP_QUARTERS_MAX, Counters, PARTICIPANTS, SaleCounter, SlotLength, TimeSlot, Topic,
    granted, requested_as, wait_counter,
};
use crate::Timestamp;
use crate::accounts::Account;
use crate::claims::{Claim, LineStatus};
use crate::concerts::{Reservation, ReservationStatus};
use crate::ids::QueueId;
use crate::orders::{Order, OrderEndReason, OrderEventKind, OrderStatus};
use crate::waiting_room::{
    ARRIVAL_WINDOW_MS, AdmissionBlock, ArrivalBucket, ArrivalBucketKey, PositionEnd, PositionState,
};

/// Counter of registered users, in the slot of the registration and, over all times, in
/// [`TimeSlot::ALL_TIME`].
const REGISTERED: &str = "n";

/// Counters of a waiting room.
pub mod at_queue {
    /// Entries that joined.
    pub const JOINED: &str = "j";
    /// Positions that were admitted.
    pub const ADMITTED: &str = "i";
    /// Users who left, before or after their admission.
    pub const LEFT: &str = "g";
    /// Admitted positions whose users sent no protected request in time.
    pub const NO_SHOWS: &str = "s";
    /// Admitted positions whose users paid for a purchase.
    pub const SERVED: &str = "d";
    /// Admitted positions whose time was over before a purchase.
    pub const EXPIRED: &str = "e";
}

/// Numbers by topic, time slot and counter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures(BTreeMap<(Topic, TimeSlot), Counters>);

impl Figures {
    /// Returns the difference from the figures `before` to the figures `after`.
    #[must_use]
    pub fn between(before: &Self, after: Self) -> Self {
        let mut difference = after;
        for (key, counters) in &before.0 {
            difference.0.entry(key.clone()).or_default().subtract(counters);
        }
        difference.0.retain(|_, counters| !counters.is_zero());
        difference
    }

    /// Adds all figures of `other`.
    pub fn merge(&mut self, other: Self) {
        for (key, counters) in other.0 {
            self.0.entry(key).or_default().merge(&counters);
        }
    }

    /// Returns the figures of a claim: each requested reward in the slot of its first request, with its
    /// status now; each granted one in the slot of the grant; and the user as a participant.
    pub fn of_claim(claim: &Claim, length: SlotLength) -> Self {
        let mut figures = Self::default();
        let topics = [Topic::Campaigns, Topic::Campaign(claim.campaign_id.clone())];
        let mut add = |at: Timestamp, counter: String| {
            topics.iter().for_each(|topic| figures.add(topic, TimeSlot::of(at, length), &counter, 1));
        };
        add(claim.created_at, PARTICIPANTS.to_owned());
        for (index, line) in claim.lines.iter().enumerate() {
            let (kind, asked_at) = (line.payload.kind(), claim.first_asked_at(index));
            add(asked_at, requested_as(kind, line.status));
            if line.status == LineStatus::Granted {
                add(claim.granted_at(index).unwrap_or(asked_at), granted(kind));
            }
        }
        figures
    }

    /// Returns the figures of an order. One that was never completed has none.
    pub fn of_order(order: &Order, length: SlotLength) -> Self {
        let sale = Sale {
            topics: [Topic::Deals, Topic::Deal(order.deal_id.clone())],
            units: order.quantity.into(),
            amount: order.total_price().0,
            length,
        };
        let ended = |kind| order.when(kind).unwrap_or_else(|| order.updated_at());
        let end = match order.status {
            OrderStatus::Failed => return Self::default(),
            OrderStatus::Pending | OrderStatus::Reserved => None,
            OrderStatus::Confirmed => Some((SaleEnd::Paid, ended(OrderEventKind::Confirmed))),
            OrderStatus::Canceled if order.reason == Some(OrderEndReason::Expired) => {
                Some((SaleEnd::Lapsed, order.expires_at))
            }
            OrderStatus::Canceled => Some((SaleEnd::Canceled, ended(OrderEventKind::Canceled))),
        };
        sale.figures(order.created_at, end)
    }

    /// Returns the figures of a reservation.
    pub fn of_reservation(reservation: &Reservation, length: SlotLength) -> Self {
        let date = Topic::Date(reservation.concert_id.clone(), reservation.date);
        let sale = Sale {
            topics: [Topic::Concerts, date],
            units: reservation.seats.len() as u64,
            amount: reservation.amount.0,
            length,
        };
        let or_created = |at: Option<Timestamp>| at.unwrap_or(reservation.created_at);
        let end = match reservation.status {
            ReservationStatus::Held => None,
            ReservationStatus::Paid => Some((SaleEnd::Paid, or_created(reservation.paid_at))),
            ReservationStatus::Expired => Some((SaleEnd::Lapsed, reservation.held_until)),
            ReservationStatus::Canceled => Some((SaleEnd::Canceled, or_created(reservation.canceled_at))),
        };
        sale.figures(reservation.created_at, end)
    }

    /// Returns the figures of an account, without its activity.
    pub fn of_account(account: &Account, length: SlotLength) -> Self {
        let mut figures = Self::default();
        for slot in [TimeSlot::ALL_TIME, TimeSlot::of(account.created_at, length)] {
            figures.add(&Topic::Users, slot, REGISTERED, 1);
        }
        figures
    }

    /// Returns the figure of a sign-in or session refresh that moved the latest activity of an account into
    /// another time slot. It counts the distance from the slot before, from which the distinct users of any
    /// day follow ([`Series::active_users`]). Empty if the slot is the same.
    pub fn of_presence(before: Option<&Account>, after: &Account, length: SlotLength) -> Self {
        let latest = |account: &Account| {
            account.last_login_at.max(account.last_seen_at).map(|at| TimeSlot::of(at, length))
        };
        let (was, is) = (before.and_then(latest), latest(after));
        let mut figures = Self::default();
        if let Some(slot) = is.filter(|slot| was.is_none_or(|was| was < *slot)) {
            let gap = was.map_or(ACTIVE_GAP_QUARTERS_MAX, |was| slot.quarters_since(was));
            let counter = format!("{ACTIVE}{}", gap.min(ACTIVE_GAP_QUARTERS_MAX));
            figures.add(&Topic::Users, slot, &counter, 1);
        }
        figures
    }

    /// Returns the figures of an arrival bucket: its entries, and those who left before they had a position.
    /// Both belong to the slot of the arrival window.
    pub fn of_arrivals(
        queue: &QueueId,
        key: ArrivalBucketKey,
        bucket: &ArrivalBucket,
        length: SlotLength,
    ) -> Self {
        let window = i64::try_from(key.window).unwrap_or(0);
        let slot = TimeSlot::of(Timestamp::from_millis(window.saturating_mul(ARRIVAL_WINDOW_MS)), length);
        let mut figures = Self::default();
        for arrival in bucket.arrivals.values() {
            figures.add_to_queue(queue, slot, at_queue::JOINED);
            if arrival.is_none() {
                figures.add_to_queue(queue, slot, at_queue::LEFT);
            }
        }
        figures
    }

    /// Returns the figures of an admission block. The outcome of an admitted position and its waiting time
    /// belong to the slot of the admission, a departure to its own.
    pub fn of_admission_block(queue: &QueueId, block: &AdmissionBlock, length: SlotLength) -> Self {
        let mut figures = Self::default();
        for state in block.states.values() {
            let left_at =
                state.left_at.or(state.admitted_at).filter(|_| state.end == Some(PositionEnd::Left));
            if let Some(at) = left_at {
                figures.add_to_queue(queue, TimeSlot::of(at, length), at_queue::LEFT);
            }
            if let Some(at) = state.admitted_at {
                figures.add_admission(queue, TimeSlot::of(at, length), state);
            }
        }
        figures
    }

    fn add_admission(&mut self, queue: &QueueId, slot: TimeSlot, state: &PositionState) {
        self.add_to_queue(queue, slot, at_queue::ADMITTED);
        if let Some(class) = state.wait_class {
            self.add_to_queue(queue, slot, &wait_counter(class));
        }
        match state.end {
            Some(PositionEnd::Done) => self.add_to_queue(queue, slot, at_queue::SERVED),
            Some(PositionEnd::NoShow) => self.add_to_queue(queue, slot, at_queue::NO_SHOWS),
            Some(PositionEnd::Expired) => self.add_to_queue(queue, slot, at_queue::EXPIRED),
            Some(PositionEnd::Left) | None => {}
        }
    }

    fn add_to_queue(&mut self, queue: &QueueId, slot: TimeSlot, counter: &str) {
        self.add(&Topic::Queues, slot, counter, 1);
        self.add(&Topic::Queue(queue.clone()), slot, counter, 1);
    }

    fn add(&mut self, topic: &Topic, slot: TimeSlot, counter: &str, by: i64) {
        self.0.entry((topic.clone(), slot)).or_default().add(counter, by);
    }
}

impl IntoIterator for Figures {
    type Item = ((Topic, TimeSlot), Counters);
    type IntoIter = std::collections::btree_map::IntoIter<(Topic, TimeSlot), Counters>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// End of an order or a reservation.
#[derive(Clone, Copy)]
enum SaleEnd {
    Paid,
    Lapsed,
    Canceled,
}

/// Order or reservation, as far as figures need it.
struct Sale {
    topics: [Topic; 2],
    units: u64,
    amount: u64,
    length: SlotLength,
}

impl Sale {
    fn figures(&self, created_at: Timestamp, end: Option<(SaleEnd, Timestamp)>) -> Figures {
        let mut figures = Figures::default();
        self.add(&mut figures, created_at, [SaleCounter::Orders, SaleCounter::Units]);
        let Some((end, at)) = end else { return figures };
        match end {
            SaleEnd::Paid => {
                self.add(&mut figures, at, [SaleCounter::PaidOrders, SaleCounter::PaidUnits]);
                for topic in &self.topics {
                    let amount = i64::try_from(self.amount).unwrap_or(i64::MAX);
                    figures.add(topic, TimeSlot::of(at, self.length), SaleCounter::Revenue.name(), amount);
                }
            }
            SaleEnd::Lapsed => {
                self.add(&mut figures, at, [SaleCounter::LapsedOrders, SaleCounter::LapsedUnits]);
            }
            SaleEnd::Canceled => {
                self.add(&mut figures, at, [SaleCounter::CanceledOrders, SaleCounter::CanceledUnits]);
            }
        }
        figures
    }

    fn add(&self, figures: &mut Figures, at: Timestamp, [orders, units]: [SaleCounter; 2]) {
        let slot = TimeSlot::of(at, self.length);
        for topic in &self.topics {
            figures.add(topic, slot, orders.name(), 1);
            figures.add(topic, slot, units.name(), i64::try_from(self.units).unwrap_or(i64::MAX));
        }
    }
}

/// Figures of one topic by time slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series(BTreeMap<TimeSlot, Counters>);

impl Series {
    /// Adds `counters` to those of `slot`.
    pub fn add(&mut self, slot: TimeSlot, counters: &Counters) {
        self.0.entry(slot).or_default().merge(counters);
    }

    /// Returns the sum over the slots that begin in `period`.
    pub fn sum(&self, period: &Range<Timestamp>) -> Counters {
        let mut sum = Counters::default();
        self.within(period).for_each(|(_, counters)| sum.merge(counters));
        sum
    }

    /// Returns the number of users who registered in `period`.
    pub fn new_users(&self, period: &Range<Timestamp>) -> i64 {
        self.within(period).map(|(_, counters)| counters.get(REGISTERED)).sum()
    }

    /// Returns the number of distinct users who were active in `period`, which begins with a slot and lasts
    /// 25 hours at most: of each slot those whose previous activity was before `period`.
    pub fn active_users(&self, period: &Range<Timestamp>) -> i64 {
        let begin = TimeSlot::of(period.start, SlotLength::Quarter);
        let first_in_period = |(slot, counters): (TimeSlot, &Counters)| -> i64 {
            let passed = slot.quarters_since(begin);
            let gaps = counters.iter().filter_map(|(counter, users)| {
                let gap: i64 = counter.strip_prefix(ACTIVE)?.parse().ok()?;
                (gap > passed).then_some(users)
            });
            gaps.sum()
        };
        self.within(period).map(first_in_period).sum()
    }

    /// Returns the slots with their counters, in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = (TimeSlot, &Counters)> {
        self.0.iter().map(|(slot, counters)| (*slot, counters))
    }

    fn within<'a>(&'a self, period: &Range<Timestamp>) -> impl Iterator<Item = (TimeSlot, &'a Counters)> {
        let period = period.clone();
        self.iter().filter(move |(slot, _)| period.contains(&slot.start()))
    }
}
