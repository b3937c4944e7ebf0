//! Invariants of orders: each one is as it was requested, and ends with one final status.

use std::collections::{BTreeMap, BTreeSet};

use domain::Timestamp;
use domain::deals;
use domain::ids::{OrderId, UserId};
use domain::orders::{Order, OrderEndReason, OrderEventKind, OrderStatus};

use super::Case;
use super::units::ordered;
use crate::simulation::records::requests::{RequestRecord, Want};
use crate::simulation::world::{BEGIN_MS, SKEW_MS_MAX};

/// Maximum time after the cancellation of a deal in which a function may still accept orders for it, in
/// milliseconds. The second cancellation of the deal's orders runs later.
const TAKEN_FOR_ACTIVE_MS_MAX: i64 = 50_000;

/// Checks that each order is finally confirmed, canceled or failed, and that its event log agrees with the
/// status.
pub fn orders_end(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    for order in case.sales.orders_now() {
        let count = |kind| order.log.iter().filter(|event| event.kind == kind).count();
        let ends = (count(OrderEventKind::Confirmed), count(OrderEventKind::Canceled));
        let is_well = match order.status {
            OrderStatus::Confirmed => ends == (1, 0) && order.reason.is_none() && order.payment.is_some(),
            OrderStatus::Canceled => ends == (0, 1) && order.reason.is_some() && order.payment.is_none(),
            OrderStatus::Failed => order.reason == Some(OrderEndReason::Abandoned) && order.version == 1,
            OrderStatus::Pending | OrderStatus::Reserved => false,
        };
        if !is_well || count(OrderEventKind::Created) != 1 || order.log[0].kind != OrderEventKind::Created {
            violations.push(format!("{order:?} has not ended well"));
        }
    }
    violations
}

/// Checks that each order that a response confirmed exists as requested, that an `Idempotency-Key` creates
/// one order, that each request without an `Idempotency-Key` creates an order of its own, and that nobody has
/// an order without a request for it.
pub fn orders_are_what_was_asked(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    let mut made_by: BTreeMap<OrderId, Option<&String>> = BTreeMap::new();
    let mut by_key: BTreeMap<(&UserId, &String), OrderId> = BTreeMap::new();
    for record in &case.requests {
        let (Want::Order(deal, quantity), Some(id)) = (&record.want, ordered(record)) else { continue };
        let found = case.sales.order_now(&id);
        let is_it = |order: &Order| {
            (&order.deal_id, order.quantity.0, order.id.owner()) == (deal, *quantity, &record.user)
                && order.status != OrderStatus::Failed
        };
        if !found.is_some_and(is_it) {
            violations.push(format!("{record:?} was told of {found:?}"));
        }
        let twice = match made_by.insert(id.clone(), record.key.as_ref()) {
            None => false,
            Some(before) => before.is_none() || before != record.key.as_ref(),
        };
        let other = record.key.as_ref().and_then(|key| by_key.insert((&record.user, key), id.clone()));
        if twice || other.is_some_and(|other| other != id) {
            violations.push(format!("{record:?} was told of an order that another request made"));
        }
    }
    violations.extend(nobody_asked(case));
    violations
}

/// Checks that no user has more orders of a deal and quantity than requests that may have created one.
fn nobody_asked(case: &Case<'_>) -> Vec<String> {
    let mut asked: BTreeMap<(&UserId, String, u32), BTreeSet<String>> = BTreeMap::new();
    for (number, record) in case.requests.iter().enumerate() {
        let Want::Order(deal, quantity) = &record.want else { continue };
        // A request that was refused counts if it has an `Idempotency-Key`, because another request with it
        // may have succeeded.
        let may_have = record.key.is_some() || !record.is_refused();
        if may_have {
            let which = record.key.clone().unwrap_or_else(|| number.to_string());
            asked.entry((&record.user, deal.to_string(), *quantity)).or_default().insert(which);
        }
    }
    let mut made: BTreeMap<(&UserId, String, u32), usize> = BTreeMap::new();
    for order in case.sales.orders_now().filter(|order| order.status != OrderStatus::Failed) {
        *made.entry((order.id.owner(), order.deal_id.to_string(), order.quantity.0)).or_default() += 1;
    }
    let more = made.iter().filter(|(what, count)| asked.get(what).map_or(0, BTreeSet::len) < **count);
    more.map(|more| format!("more was ordered than asked: {more:?}")).collect()
}

/// Checks that an order that was open when its deal was canceled, or was created shortly afterwards, did not
/// expire instead, and that orders were canceled with their deal only after its cancellation.
pub fn orders_end_with_their_deal(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    for versions in case.sales.deals.values() {
        let canceled = versions.iter().find(|(_, deal)| deal.status == deals::DealStatus::Canceled);
        let Some((canceled_ms, deal)) = canceled else { continue };
        let at = |ms: i64| BEGIN_MS + *canceled_ms as i64 + ms;
        for order in case.sales.orders_now().filter(|order| order.deal_id == deal.id) {
            // An order that was written long after its units were taken expires by itself.
            let was_open = order.created_at.as_millis() <= at(TAKEN_FOR_ACTIVE_MS_MAX)
                && written_ms(case, order) as i64 <= *canceled_ms as i64 + TAKEN_FOR_ACTIVE_MS_MAX
                && order
                    .when(OrderEventKind::Canceled)
                    .is_some_and(|end| end.as_millis() > at(SKEW_MS_MAX as i64));
            if was_open && order.reason == Some(OrderEndReason::Expired) {
                violations.push(format!("{deal:?} was canceled, and {order:?} ran out"));
            }
            if order.reason == Some(OrderEndReason::DealCanceled)
                && order
                    .when(OrderEventKind::Canceled)
                    .is_some_and(|end| end.as_millis() < at(-(SKEW_MS_MAX as i64)))
            {
                violations.push(format!("{order:?} was canceled before {deal:?}"));
            }
        }
    }
    let open = |order: &&Order| order.reason == Some(OrderEndReason::DealCanceled);
    for order in case.sales.orders_now().filter(open) {
        let deal = case.sales.deal_now(&order.deal_id);
        if deal.is_none_or(|deal| deal.status != deals::DealStatus::Canceled) {
            violations.push(format!("{order:?} was canceled with {deal:?}"));
        }
    }
    violations
}

/// Returns the time at which the first version of an order was written.
fn written_ms(case: &Case<'_>, order: &Order) -> u64 {
    case.sales.orders.get(&order.id).and_then(|versions| versions.first()).map_or(0, |(at_ms, _)| *at_ms)
}

/// Checks that each refusal of a cancellation is true by its code: the order had ended, or was confirmed.
/// Checks also that an order whose cancellation got a success is canceled.
pub fn refused_cancels_were_to_be_refused(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    for record in &case.requests {
        let Want::CancelOrder(id) = &record.want else { continue };
        let Some(order) = case.sales.order_now(id) else { continue };
        let is_true = match record.answer.code() {
            "ALREADY_CANCELED" => is_over_by(case, order, record),
            "CANNOT_CANCEL" => order.status == OrderStatus::Confirmed,
            _ => record.answer.status() != 200 || order.status == OrderStatus::Canceled,
        };
        if !is_true {
            violations.push(format!("{record:?} is an answer for {order:?}"));
        }
    }
    violations
}

/// Returns `true` if the order had ended when the response of `record` arrived: a canceled version of it was
/// written by then, or its hold had expired by the clock that is furthest ahead.
pub fn is_over_by(case: &Case<'_>, order: &Order, record: &RequestRecord) -> bool {
    let versions = case.sales.orders.get(&order.id).into_iter().flatten();
    let mut ended = versions.filter(|(_, order)| order.status == OrderStatus::Canceled);
    ended.next().is_some_and(|(at_ms, _)| *at_ms <= record.came_ms)
        || order.expires_at.as_millis() <= BEGIN_MS + (record.came_ms + SKEW_MS_MAX) as i64
}

/// Checks that each order was shown with a status and a quantity that it had between request and response.
pub fn orders_are_shown_as_they_were(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    for record in &case.requests {
        let (Want::ReadOrder(id), 200) = (&record.want, record.answer.status()) else { continue };
        let versions = case.sales.orders.get(id).map_or(&[][..], Vec::as_slice);
        let begin = versions.iter().rposition(|(at_ms, _)| *at_ms <= record.sent_ms).unwrap_or(0);
        let mut there = versions[begin..].iter().filter(|(at_ms, _)| *at_ms <= record.came_ms);
        let data = record.answer.data();
        let shown: Option<OrderStatus> = serde_json::from_value(data["status"].clone()).ok();
        let latest = Timestamp::from_millis(BEGIN_MS + (record.came_ms + SKEW_MS_MAX) as i64);
        let is_it = |order: &Order| {
            (shown == Some(order.status) || shown == Some(order.status_at(latest)))
                && data["quantity"] == order.quantity.0
        };
        if !there.any(|(_, order)| is_it(order)) {
            violations.push(format!("{record:?} was shown {shown:?}, it was {versions:?}"));
        }
    }
    violations
}
