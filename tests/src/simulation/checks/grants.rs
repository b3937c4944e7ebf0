//! Invariants 1 and 4: one grant for each granted line item, and points that add up.

use std::collections::BTreeMap;

use domain::claims::LineStatus;
use domain::rewards::{Fulfilment, RewardPayload};

use super::Case;

/// Checks that each granted line item has exactly the grant that it promises, and that nobody has any other
/// grant. Withheld grants do not count.
pub fn one_grant_for_each_line(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    let mut grants: BTreeMap<String, Vec<(String, u64)>> = BTreeMap::new();
    for grant in case.facts.grants.iter().filter(|grant| grant.withheld.is_none()) {
        let what = format!("{:?} {:?}", grant.payload, grant.code);
        grants.entry(grant.id.clone()).or_default().push((what, u64::from(grant.quantity)));
    }
    for entry in case.facts.ledgers.values().flatten().filter(|entry| entry.withheld.is_none()) {
        grants.entry(entry.grant_id.clone()).or_default().push(("points".to_owned(), entry.points.0));
    }
    for (claim, line) in case.facts.lines() {
        let id = claim.grant_id_of(line);
        let found = grants.remove(&id).unwrap_or_default();
        let code = match &line.payload {
            RewardPayload::Coupon(code) => Some(code.clone()),
            _ => line.held.as_ref().and_then(|held| held.code.clone()),
        };
        let wanted = match &line.payload {
            _ if line.status != LineStatus::Granted => vec![],
            RewardPayload::Points(points) => {
                vec![("points".to_owned(), points.0 * u64::from(line.quantity))]
            }
            payload => vec![(format!("{payload:?} {code:?}"), u64::from(line.quantity))],
        };
        if found != wanted {
            violations.push(format!("grants of {id} ({:?}): {found:?} instead of {wanted:?}", line.status));
        }
        if line.payload == RewardPayload::PooledCoupon && code.is_none() && line.status == LineStatus::Granted
        {
            violations.push(format!("{id} is a coupon without a code"));
        }
    }
    violations.extend(grants.into_iter().map(|(id, found)| format!("grants of no line: {id} {found:?}")));
    violations
}

/// Checks that the entries of each points ledger are numbered without a gap, and that each balance is the sum
/// so far.
pub fn ledgers_are_chains(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    for (user, ledger) in &case.facts.ledgers {
        let mut balance = 0;
        for (index, entry) in ledger.iter().enumerate() {
            balance += entry.points.0;
            if entry.number != index as u64 + 1 || entry.balance != balance {
                violations.push(format!(
                    "entry {index} of the ledger of {user} is {entry:?}, the sum is {balance}"
                ));
            }
        }
    }
    violations
}

/// Checks that the fulfilment service delivered exactly the granted line items that it was asked for, under
/// the same references, and was never asked for one grant with different contents.
pub fn the_outside_agrees(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    let mut fulfilled = case.workload.world.core.outside.fulfilled();
    for (claim, line) in case.facts.lines().filter(|(_, line)| line.fulfilment == Fulfilment::External) {
        let id = claim.grant_id_of(line);
        match (fulfilled.remove(&id), line.status) {
            (Some(reference), LineStatus::Granted) if line.reference.as_ref() == Some(&reference) => {}
            (None, status) if status != LineStatus::Granted => {}
            (there, status) => {
                violations
                    .push(format!("{id} is {status:?} {:?} here, and {there:?} outside", line.reference));
            }
        }
    }
    violations.extend(case.workload.world.core.outside.contradictions());
    violations.extend(fulfilled.keys().map(|id| format!("{id} was handed over outside and is no line here")));
    violations
}
