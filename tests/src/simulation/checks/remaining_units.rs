//! Final check of deals: after everything has settled, the stored figures are right, every unit that is not
//! sold can be ordered, and the deal is sold out afterwards.

use std::time::Duration;

use domain::Quantity;
use domain::orders::QUANTITY_MAX;
use domain::stock::BucketHold;

use super::remaining_seats::{Guest, SWEPT_AFTER};
use crate::simulation::actors::concertgoers::Concertgoer;
use crate::simulation::records::requests::Want;
use crate::simulation::setup::deals::{Fate, OnSale};
use crate::simulation::setup::user;
use crate::simulation::workload::Workload;
use crate::simulation::world::histories::sales::History;

/// Maximum number of orders beside those that take a unit: refused ones, also by an outdated cache.
const REFUSALS_MAX: usize = 40;
/// Number of `BUSY` responses that are accepted.
const BUSY_MAX: usize = 3;

/// Lets a new user order all units of each deal that are not sold. All of these must be available, and no
/// others.
pub async fn order_remaining_units(workload: &Workload) -> Vec<String> {
    if !workload.world.core.env.theme.deals {
        return Vec::new();
    }
    tokio::time::sleep(SWEPT_AFTER).await;
    let mut violations = what_is_stored_is_in_line(workload);
    let open = workload.deals.on_sale.iter().filter(|deal| deal.fate == Fate::Stays);
    for (number, deal) in open.enumerate() {
        let concertgoer = Concertgoer { workload: workload.clone(), id: user(2_100 + number) };
        let mut guest = Guest { concertgoer: &concertgoer, queue: deal.queue.as_ref(), token: None };
        violations.extend(buy_everything(&mut guest, deal).await);
    }
    violations
}

/// Checks that the stored status and unit counts of each deal agree with its buckets and the clock.
fn what_is_stored_is_in_line(workload: &Workload) -> Vec<String> {
    let (mut violations, sales) = (Vec::new(), workload.world.core.sales.history());
    for id in sales.deals.keys() {
        let (mut reserved, mut sold) = (0, 0);
        for hold in
            sales.holds.iter().filter(|((deal, _), _)| deal == id).flat_map(|(_, holds)| holds.values())
        {
            match hold {
                BucketHold::Held { quantity, .. } => reserved += quantity.0,
                BucketHold::Sold { quantity } => sold += quantity.0,
            }
        }
        let Some(deal) = sales.deal_now(id) else { continue };
        let counted = sales.summaries.get(id).map_or((0, 0), |summary| (summary.reserved.0, summary.sold.0));
        let left = deal.stock_quantity.saturating_sub(Quantity(reserved + sold));
        if reserved > 0 || counted != (reserved, sold) {
            violations
                .push(format!("{id} has {reserved} reserved and {sold} sold, and {counted:?} is stored"));
        }
        if deal.status != deal.status_at(workload.world.core.env.time(0), left) {
            violations.push(format!("{left} are left of {deal:?}"));
        }
    }
    violations
}

async fn buy_everything(guest: &mut Guest<'_>, deal: &OnSale) -> Vec<String> {
    let (core, mut busy) = (&guest.concertgoer.workload.world.core, 0);
    let now_left =
        |sales: &History| sales.left.get(&deal.id).and_then(|left| left.last()).map(|(_, left)| *left);
    let (mut quantity, mut is_rest) = (3, false);
    for _ in 0..deal.units + REFUSALS_MAX {
        let want = Want::Order(deal.id.clone(), quantity);
        let answer = if is_rest {
            // The remaining units are spread over several buckets. Two users want them at once, and one of
            // them gets them.
            let mut rival = Guest { token: guest.token.clone(), ..*guest };
            tokio::join!(guest.call(&want), rival.call(&want)).0
        } else {
            guest.call(&want).await
        };
        is_rest = false;
        match (answer.status(), answer.code()) {
            (201, _) => quantity = quantity % QUANTITY_MAX + 1,
            (409, "INSUFFICIENT_STOCK") => {
                let left = now_left(&core.sales.history());
                let available = answer.error()["details"]["available"].as_u64().map(|left| left as u32);
                match available {
                    Some(0) if left == Some(0) => return Vec::new(),
                    Some(there) if there > 0 && available == left => (quantity, is_rest) = (there, true),
                    // The refusal was based on an outdated cache, so the order is repeated.
                    _ => tokio::time::sleep(Duration::from_millis(1_100)).await,
                }
            }
            (503, "BUSY") if busy < BUSY_MAX => busy += 1,
            _ => return vec![format!("{quantity} of {} cannot be ordered: {answer:?}", deal.id)],
        }
    }
    vec![format!("{} never sells out: {:?} are left", deal.id, now_left(&core.sales.history()))]
}
