//! Final check of limited rewards: after everything has settled, all remaining units can be claimed, and then
//! the reward is sold out.

use crate::simulation::clients::Party;
use crate::simulation::facts::Facts;
use crate::simulation::plan::{Asks, user};

/// Maximum number of claims, more than any stock of a run has units.
const BUYERS_MAX: usize = 80;

/// Maximum number of `BUSY` responses.
const BUSY_MAX: usize = 3;

/// Lets new users claim every limited reward until it is sold out. Every unit must be found, and no others.
pub async fn sell_out(party: &Party) -> Vec<String> {
    let mut broken = Vec::new();
    let mut number = 1_000;
    // One request per second, so that caches are at most a second old.
    let second = std::time::Duration::from_millis(1_100);
    for offer in party.plan.offers.iter().filter(|offer| offer.asks != Asks::Activity) {
        let Some(stock) = &offer.stock else { continue };
        let (mut sold_out, mut busy) = (false, 0);
        for _ in 0..BUYERS_MAX {
            number += 1;
            let answer = party.claim_once(&user(number), &offer.campaign, Some(&offer.reward), None).await;
            match (answer.status(), answer.code()) {
                (202, _) => {}
                (409, "OUT_OF_STOCK") => {
                    sold_out = true;
                    break;
                }
                // A bucket with an announced return that never happened must first be repaired.
                (503, "BUSY") if busy < BUSY_MAX => busy += 1,
                _ => broken.push(format!("{stock}: {answer:?}")),
            }
            if broken.len() > 3 {
                return broken;
            }
        }
        tokio::time::sleep(second).await;
        if !sold_out {
            broken.push(format!("{stock} never sells out"));
        }
        let history = party.world.core.stocks.all().remove(stock).unwrap_or_default();
        if history.held() != history.total {
            broken.push(format!(
                "{stock} is sold out with {} of {} units held",
                history.held(),
                history.total
            ));
        }
    }
    let facts = Facts::read(&party.world.core);
    let crowded = facts.buckets.iter().filter(|(_, bucket)| bucket.holds.len() > 20);
    broken.extend(
        crowded.map(|((stock, number), _)| format!("bucket {number} of {stock} has more than 20 holders")),
    );
    broken
}
