//! Invariant 3 for deals: sold and reserved units never exceed the stock, no unit is lost, and each refusal
//! because of too few units is true.

use domain::deals;
use domain::ids::OrderId;
use domain::orders::{BucketAction, Order, OrderStatus};
use domain::stock::{BucketHold, OrderPart};

use super::Case;
use crate::simulation::records::requests::{RequestRecord, Want};
use crate::simulation::world::histories::sales::History;
use crate::simulation::world::replica::LAG_MS_MAX;
use crate::simulation::world::{BEGIN_MS, SKEW_MS_MAX};

/// Maximum age of the stock on which a refusal was decided when its request was sent, in milliseconds.
const REFUSAL_AGE_MS_MAX: u64 = 1_000;
/// Maximum age of the deal on which a response was decided, in milliseconds: a second in a cache, and the
/// replication lag of the read before.
const SEEN_AGE_MS_MAX: u64 = 1_000 + LAG_MS_MAX;
/// Maximum time after its end for which a hold may still be in a bucket without an order, in milliseconds.
/// The check of the hold has failed by then, and the sweeper has run.
const SWEPT_MS_MAX: i64 = 300_000;

/// Returns the invalid steps of all deals, which their history recorded: at every time each unit of a bucket
/// must be free or belong to one order, and its state must follow the order.
pub fn deals_keep_their_rules(case: &Case<'_>) -> Vec<String> {
    case.sales.violations.clone()
}

/// Checks that held units belong to an order that names them, that sold units belong to a confirmed order,
/// and that each order that is held or confirmed has its units.
pub fn no_unit_of_a_deal_is_lost(case: &Case<'_>) -> Vec<String> {
    let (mut violations, sales) = (Vec::new(), &case.sales);
    for ((deal, bucket), holds) in &sales.holds {
        for (id, hold) in holds {
            let order = sales.order_now(id);
            if !is_right(case, order, *bucket, hold) || order.is_some_and(|order| order.deal_id != *deal) {
                violations.push(format!("bucket {bucket} of {deal} has {hold:?} for {order:?}"));
            }
        }
    }
    for order in sales.orders_now().filter(|order| order.status != OrderStatus::Failed) {
        let lost: Vec<&OrderPart> = order.parts.iter().filter(|part| !has(sales, order, part)).collect();
        if !lost.is_empty() && matches!(order.status, OrderStatus::Reserved | OrderStatus::Confirmed) {
            violations.push(format!("{order:?} has lost {lost:?}"));
        }
    }
    violations
}

/// Returns `true` if the hold may be in the bucket after everything has settled. `order` is the order that it
/// names.
fn is_right(case: &Case<'_>, order: Option<&Order>, bucket: u32, hold: &BucketHold) -> bool {
    let due = order.map(|order| order.due(bucket));
    match hold {
        BucketHold::Sold { .. } => due == Some(BucketAction::Settle),
        BucketHold::Held { .. } if due == Some(BucketAction::Keep) => true,
        BucketHold::Held { until, .. } => {
            let now = case.workload.world.core.env.time(0).as_millis();
            due != Some(BucketAction::Settle) && until.as_millis() + SWEPT_MS_MAX > now
        }
    }
}

fn has(sales: &History, order: &Order, part: &OrderPart) -> bool {
    let holds = sales.holds.get(&(order.deal_id.clone(), part.bucket));
    holds.and_then(|holds| holds.get(&order.id)).is_some_and(|hold| hold.quantity() == part.quantity)
}

/// Checks that each refusal because of too few units names a number of units that was available at some time
/// from a second before the request on, and that is less than requested.
pub fn too_few_were_there(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    for record in case.requests.iter().filter(|record| record.answer.code() == "INSUFFICIENT_STOCK") {
        let Want::Order(deal, quantity) = &record.want else {
            violations.push(format!("{record:?} wanted no units"));
            continue;
        };
        let details = &record.answer.error()["details"];
        let available = details["available"].as_u64().and_then(|units| u32::try_from(units).ok());
        let from_ms = record.sent_ms.saturating_sub(REFUSAL_AGE_MS_MAX);
        let was_so = available.is_some_and(|units| {
            units < *quantity && case.sales.had_between(deal, units, from_ms, record.came_ms)
        });
        if !was_so || details["requested"] != *quantity {
            violations.push(format!("{record:?} was never true: {:?}", case.sales.left.get(deal)));
        }
    }
    violations
}

/// Checks that an order was accepted only if its deal was active at some time shortly before the response,
/// and refused as inactive only if the deal was inactive at some such time.
pub fn deals_are_open_when_they_are(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    for record in &case.requests {
        let Want::Order(deal, _) = &record.want else { continue };
        let is_made = record.answer.status() == 201;
        if !is_made && record.answer.code() != "DEAL_NOT_ACTIVE" {
            continue;
        }
        let sent_ms = if is_made { first_sent_ms(case, record) } else { record.sent_ms };
        let stood = stood(&case.sales, deal, sent_ms.saturating_sub(SEEN_AGE_MS_MAX), record.came_ms);
        let is_open = |status: &deals::DealStatus| *status == deals::DealStatus::Active;
        if stood.iter().any(is_open) && is_made || !stood.iter().all(is_open) && !is_made {
            continue;
        }
        violations.push(format!("{record:?} was answered by {stood:?}"));
    }
    violations
}

/// Returns the time at which the request of the response was first sent, with the same `Idempotency-Key`.
fn first_sent_ms(case: &Case<'_>, record: &RequestRecord) -> u64 {
    let same =
        |one: &&RequestRecord| record.key.is_some() && one.key == record.key && one.user == record.user;
    case.requests.iter().filter(same).map(|one| one.sent_ms).min().unwrap_or(record.sent_ms)
}

/// Returns the statuses that a deal may have had between two times, for clocks that differ from the true
/// time.
fn stood(sales: &History, id: &domain::ids::DealId, from_ms: u64, to_ms: u64) -> Vec<deals::DealStatus> {
    let versions = sales.deals.get(id).map_or(&[][..], Vec::as_slice);
    let begin = versions.iter().rposition(|(at_ms, _)| *at_ms <= from_ms).unwrap_or(0);
    let known = versions[begin..].iter().filter(|(at_ms, _)| *at_ms <= to_ms);
    let moment = |ms: i64| domain::Timestamp::from_millis(BEGIN_MS + ms);
    let (from, to) = (moment(from_ms as i64 - SKEW_MS_MAX as i64), moment((to_ms + SKEW_MS_MAX) as i64));
    known
        .flat_map(|(_, deal)| {
            let mut moments = vec![from, to];
            moments.extend([deal.starts_at, deal.ends_at].into_iter().filter(|at| (from..to).contains(at)));
            moments.into_iter().map(|at| deal.status_at(at, domain::Quantity::ONE))
        })
        .collect()
}

/// Checks that each deal was shown with units that add up to its stock, and with a status that it had.
pub fn deals_are_shown_whole(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    for record in &case.requests {
        let (Want::ReadDeal(id), 200) = (&record.want, record.answer.status()) else { continue };
        let data = record.answer.data();
        let count = |name: &str| data[name].as_u64().unwrap_or(u64::MAX);
        let (left, stock) = (count("available_quantity"), count("stock_quantity"));
        let shown: Option<deals::DealStatus> = serde_json::from_value(data["status"].clone()).ok();
        let mut stood =
            stood(&case.sales, id, record.sent_ms.saturating_sub(SEEN_AGE_MS_MAX), record.came_ms);
        if left == 0 {
            let sold_out = |status: &mut deals::DealStatus| {
                *status =
                    if *status == deals::DealStatus::Active { deals::DealStatus::Soldout } else { *status }
            };
            stood.iter_mut().for_each(sold_out);
        }
        let is_whole =
            count("reserved_quantity").checked_add(count("sold_quantity")) == stock.checked_sub(left);
        if !is_whole || !shown.is_some_and(|shown| stood.contains(&shown)) {
            violations.push(format!("{record:?} was shown one that stood at {stood:?}"));
        }
    }
    violations
}

/// Returns the id of the order that a response confirmed.
pub fn ordered(record: &RequestRecord) -> Option<OrderId> {
    let is_made = matches!(record.want, Want::Order(..)) && record.answer.status() == 201;
    if is_made { record.id().and_then(OrderId::parse) } else { None }
}
