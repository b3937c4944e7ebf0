//! Final check of limited rewards: after everything has settled, all remaining units can be claimed, and the
//! reward is sold out afterwards.

use super::facts::Facts;
use crate::simulation::setup::rewards::Asks;
use crate::simulation::setup::user;
use crate::simulation::workload::Workload;

/// Number of `BUSY` responses that are accepted.
const BUSY_MAX: u64 = 3;

/// Lets new users claim each limited reward until it is sold out. All units that were left must be found, and
/// no more.
pub async fn claim_remaining_rewards(workload: &Workload) -> Vec<String> {
    let mut violations = Vec::new();
    let mut number = 1_000;
    // There is more than a second between two requests, so that no cache entry is reused.
    let second = std::time::Duration::from_millis(1_100);
    for offer in workload.rewards.offers.iter().filter(|offer| offer.asks != Asks::Activity) {
        let Some(stock) = &offer.stock else { continue };
        let (mut sold_out, mut busy) = (false, 0);
        let total = workload.world.core.stocks.all().get(stock).map_or(0, |history| history.total);
        // One claim more than there are units is refused.
        for _ in 0..=total + BUSY_MAX {
            number += 1;
            let answer = workload.claim_once(&user(number), &offer.campaign, Some(&offer.reward), None).await;
            match (answer.status(), answer.code()) {
                (202, _) => {}
                (409, "OUT_OF_STOCK") => {
                    sold_out = true;
                    break;
                }
                // The return of a unit that was announced and never happened is corrected in the index first.
                (503, "BUSY") if busy < BUSY_MAX => busy += 1,
                _ => violations.push(format!("{stock}: {answer:?}")),
            }
            if violations.len() > 3 {
                return violations;
            }
        }
        tokio::time::sleep(second).await;
        if !sold_out {
            violations.push(format!("{stock} never sells out"));
        }
        let history = workload.world.core.stocks.all().remove(stock).unwrap_or_default();
        if history.held() != history.total {
            violations.push(format!(
                "{stock} is sold out with {} of {} units held",
                history.held(),
                history.total
            ));
        }
    }
    let facts = Facts::read(&workload.world.core);
    let crowded = facts.buckets.iter().filter(|(_, bucket)| bucket.holds.len() > 20);
    violations.extend(
        crowded.map(|((stock, number), _)| format!("bucket {number} of {stock} has more than 20 holders")),
    );
    violations
}
