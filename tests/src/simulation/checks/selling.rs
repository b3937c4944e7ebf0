//! After the dust has settled everything that is left can be had, and then the answer is "sold out".

use crate::simulation::clients::Party;
use crate::simulation::facts::Facts;
use crate::simulation::plan::{Asks, user};

/// More than any stock of a run has.
const BUYERS_MAX: usize = 80;

/// How often "try again" may come instead.
const BUSY_MAX: usize = 3;

/// Lets new users ask for every limited reward until nothing is left. Every unit must be found, and none
/// more.
pub async fn sell_out(party: &Party) -> Vec<String> {
    let mut broken = Vec::new();
    let mut number = 1_000;
    // One request a second, so that what caches know is at most a second old.
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
                // A bucket whose refilling was announced and never came has to be set right by somebody.
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
