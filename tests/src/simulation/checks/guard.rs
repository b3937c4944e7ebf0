//! Invariants of protected resources: only admitted users get them, and only until their admission has ended.

use domain::Timestamp;
use domain::concerts::{self, Reservation};
use domain::ids::{QueueId, UserId};
use domain::orders::{Order, OrderStatus};
use domain::waiting_room::{PositionEnd, PositionKey as Number, QueuePosition};

use super::Case;
use super::seats::{answered, hall_of};
use super::units::ordered;
use crate::simulation::records::requests::{RequestRecord, Want};
use crate::simulation::world::histories::lines::Place;
use crate::simulation::world::replica::LAG_MS_MAX;
use crate::simulation::world::{BEGIN_MS, SKEW_MS_MAX};

/// Maximum time between the time at which a purchase says that it was paid and the write of the payment, in
/// milliseconds.
const PAYS_FOR_MS_MAX: u64 = 60_000;

/// Reservation or order, with the position by which its user was admitted.
struct Got<'a> {
    /// Reservation or order in debug form, for the violation.
    what: String,
    whose: &'a UserId,
    place: Option<&'a Number>,
    /// Waiting room that protects the seats or the deal, if one does.
    queue: Option<&'a QueueId>,
    /// Time at which the request was first sent, in milliseconds of the run.
    asked_ms: Option<u64>,
}

/// Returns all reservations, and all orders that have not failed.
fn everything<'a>(case: &'a Case<'_>) -> Vec<Got<'a>> {
    let seats = case.facts.concerts.reservations.values().filter_map(|reservation: &Reservation| {
        let hall = case.workload.concerts.hall(&hall_of(reservation))?;
        let asked_ms = asked_ms(case, |record| answered(record).as_ref() == Some(&reservation.id));
        let (what, whose) = (format!("{reservation:?}"), reservation.id.owner());
        Some(Got {
            what,
            whose,
            place: reservation.queue_position.as_ref(),
            queue: hall.queue.as_ref(),
            asked_ms,
        })
    });
    let units = case.sales.orders_now().filter(|order| order.status != OrderStatus::Failed);
    let units = units.filter_map(|order: &Order| {
        let deal = case.workload.deals.deal(&order.deal_id)?;
        let asked_ms = asked_ms(case, |record| ordered(record).as_ref() == Some(&order.id));
        let (what, whose) = (format!("{order:?}"), order.id.owner());
        Some(Got { what, whose, place: order.queue_position.as_ref(), queue: deal.queue.as_ref(), asked_ms })
    });
    seats.chain(units).collect()
}

/// Checks that each user who reserved protected seats or ordered protected units was admitted, had taken up
/// the admission, and sent the request before the admission ended.
pub fn who_reserves_was_let_in(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    for Got { what, whose, place, queue, asked_ms } in everything(case) {
        let (Some(queue), Some(number)) = (queue, place) else {
            if queue.is_some() || place.is_some() {
                violations.push(format!("{what} is behind {queue:?}"));
            }
            continue;
        };
        let has = case.facts.concerts.positions(queue, whose);
        let Some(line) = case.lines.get(queue) else { continue };
        let mut place = line.positions.get(&number.position).copied().unwrap_or_default();
        place.since = line.since(number.position);
        let is_theirs =
            number.queue_id == *queue && has.iter().any(|(position, ..)| *position == number.position);
        if !is_theirs || place.taken_ms.is_none() || place.admitted_ms > place.taken_ms {
            violations.push(format!("{what} was made by who has {has:?}, at {place:?}"));
        }
        let (token_seconds, _) = line.terms(number.position);
        if asked_ms.is_some_and(|asked_ms| was_over(place, token_seconds, asked_ms)) {
            violations.push(format!("{what} was made with a place that was over: {place:?}"));
        }
    }
    violations
}

/// Checks that no admission ended before the times that its user was told, although the settings of the
/// waiting room changed.
pub fn places_end_when_they_were_told(case: &Case<'_>) -> Vec<String> {
    let refused = case.requests.iter().filter(|record| record.answer.code() == "QUEUE_TOKEN_EXPIRED");
    refused.filter(|record| !may_be_over(case, record)).map(|record| format!("{record:?}")).collect()
}

/// Returns `true` if the admission of a request refused by `QUEUE_TOKEN_EXPIRED` may have ended, by the times
/// that its user was told.
fn may_be_over(case: &Case<'_>, refused: &RequestRecord) -> bool {
    let record = case.requests.iter().find(|record| {
        refused.token.is_some() && record.answer.data()["token"].as_str() == refused.token.as_deref()
    });
    let Some((queue, response)) = record.and_then(|record| match &record.want {
        Want::Poll(queue) => Some((queue, record.answer.data())),
        _ => None,
    }) else {
        return true;
    };
    let time = |name: &str| response[name].as_str().and_then(|at| at.parse::<Timestamp>().ok());
    let passed = |at: Option<Timestamp>, by_ms: u64| {
        at.is_some_and(|at| at.as_millis() - BEGIN_MS <= (by_ms + SKEW_MS_MAX) as i64)
    };
    let place = response["position"]
        .as_u64()
        .and_then(|position| case.lines.get(queue)?.positions.get(&QueuePosition(position)));
    let end = place.and_then(|place| place.end).filter(|(end_ms, _)| *end_ms <= refused.came_ms);
    let came = place.and_then(|place| place.taken_ms).is_some_and(|taken_ms| taken_ms <= refused.sent_ms);
    passed(time("expires_at"), refused.came_ms)
        || (!came && passed(time("take_up_before"), refused.came_ms))
        || match end {
            Some((_, PositionEnd::Done | PositionEnd::Left)) => true,
            Some((end_ms, PositionEnd::NoShow)) => passed(time("take_up_before"), end_ms),
            Some((end_ms, PositionEnd::Expired)) => passed(time("expires_at"), end_ms),
            None => false,
        }
}

/// Returns `true` if an admission had ended for certain before a request was sent at `sent_ms`, whichever
/// clock and replica were read.
fn was_over(place: Place, token_seconds: u32, sent_ms: u64) -> bool {
    let by_clock = place.since.is_none_or(|since| {
        let until_ms = since.plus_seconds(token_seconds.into()).as_millis() - BEGIN_MS;
        until_ms + SKEW_MS_MAX as i64 <= sent_ms as i64
    });
    by_clock || place.end.is_some_and(|(end_ms, _)| end_ms + LAG_MS_MAX < sent_ms)
}

/// Returns the time at which the request whose response satisfies `is_told` was first sent, with the same
/// key.
fn asked_ms(case: &Case<'_>, is_told: impl Fn(&RequestRecord) -> bool) -> Option<u64> {
    let requests = &case.requests;
    let record = requests.iter().find(|record| is_told(record))?;
    let same = |one: &&_| std::ptr::eq(*one, record);
    let tries = requests.iter().filter(|one| {
        same(one) || (record.key.is_some() && one.key == record.key && one.user == record.user)
    });
    tries.map(|one| one.sent_ms).min()
}

/// Checks that a payment ends the admission with which its purchase was reserved, unless it had ended before,
/// and that no admission ends as done without a payment.
pub fn who_pays_is_done(case: &Case<'_>) -> Vec<String> {
    let reservations = case.facts.concerts.reservations.values();
    let seats = reservations.filter(|one| one.status == concerts::ReservationStatus::Paid);
    // Each purchase with the time in milliseconds of the run by which it was written that it is paid. Of orders every
    // write is known, and of reservations the time that they say.
    let seats = seats.filter_map(|one| {
        let paid_ms = (one.paid_at?.as_millis() - BEGIN_MS).max(0) as u64;
        Some((one.queue_position.as_ref()?, paid_ms + PAYS_FOR_MS_MAX + SKEW_MS_MAX))
    });
    let units = case.sales.orders_now().filter(|one| one.status == OrderStatus::Confirmed);
    let units = units.filter_map(|one| {
        let versions = case.sales.orders.get(&one.id)?;
        let (paid_ms, _) = versions.iter().find(|(_, order)| order.status == OrderStatus::Confirmed)?;
        Some((one.queue_position.as_ref()?, *paid_ms))
    });
    let paid: Vec<_> = seats.chain(units).collect();
    let mut violations = Vec::new();
    for (number, paid_ms) in &paid {
        let place = case.lines.get(&number.queue_id).and_then(|line| line.positions.get(&number.position));
        let is_right = place
            .and_then(|place| place.end)
            .is_some_and(|(end_ms, end)| end == PositionEnd::Done || end_ms <= *paid_ms);
        if !is_right {
            violations.push(format!("{number:?} was paid by {paid_ms}, and stood open: {place:?}"));
        }
    }
    for (queue_id, line) in &case.lines {
        let done =
            line.positions.iter().filter(|(_, place)| matches!(place.end, Some((_, PositionEnd::Done))));
        let is_paid = |number: QueuePosition| {
            paid.iter().any(|(place, _)| place.queue_id == *queue_id && place.position == number)
        };
        violations.extend(
            done.filter(|(number, _)| !is_paid(**number))
                .map(|(number, place)| format!("nothing is paid, and {number} of {queue_id} is {place:?}")),
        );
    }
    violations
}
