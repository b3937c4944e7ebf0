//! Invariants of responses to claims: what a client was told is true, and stays true.

use std::collections::BTreeMap;

use domain::claims::{Claim, LineStatus};
use domain::ids::fingerprint;
use serde_json::Value;

use super::Case;
use crate::simulation::records::claims::Claimed;
use crate::simulation::setup::rewards::Asks;

/// Maximum age of the stock on which a "sold out" refusal was decided when the request was sent, in
/// milliseconds: a second in a cache, and the replication lag of the read before.
const REFUSAL_AGE_MS_MAX: u64 = 2_000;

/// Checks that every line item that a client was told of exists, and that no claim got an unexpected status
/// or `INTERNAL_ERROR`.
pub fn no_answer_is_lost(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    for claimed in case.workload.history.claims() {
        let id = Claim::id_of(&claimed.user, &claimed.campaign);
        let claim = case.facts.claims.iter().find(|claim| claim.id() == id);
        for (reward, number) in told_lines(&claimed) {
            let there = claim.is_some_and(|claim| {
                claim
                    .lines
                    .iter()
                    .any(|line| line.reward_id.as_str() == reward && u64::from(line.number) == number)
            });
            if !there {
                violations.push(format!("{id} was told of line {number} of {reward}, which is not there"));
            }
        }
        let status = claimed.answer.status();
        let strange = match status {
            0 | 202 | 409 | 422 | 500.. => false,
            // Operators pause campaigns at times, so this refusal is possible.
            _ => claimed.answer.code() != "EVENT_NOT_ACTIVE",
        };
        if strange || claimed.answer.code() == "INTERNAL_ERROR" {
            violations.push(format!("{id} got {:?}", claimed.answer));
        }
    }
    violations
}

/// Returns reward and number of each line item in an accepted response.
fn told_lines(claimed: &Claimed) -> Vec<(String, u64)> {
    if claimed.answer.status() != 202 {
        return Vec::new();
    }
    let data = claimed.answer.data();
    let claim = if claimed.reward.is_some() { data } else { &data["request"] };
    let lines = claim["lines"].as_array().into_iter().flatten();
    lines
        .filter_map(|line| Some((line["reward_id"].as_str()?.to_owned(), line["number"].as_u64()?)))
        .collect()
}

/// Checks that no user has a reward more often than its limit allows, or twice for one `Idempotency-Key`, and
/// that the line items of a reward are numbered from 1 without a gap.
pub fn limits_hold(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    let asked = case.workload.history.claims();
    for claim in &case.facts.claims {
        let mut by_reward: BTreeMap<&str, Vec<&domain::claims::LineItem>> = BTreeMap::new();
        for line in &claim.lines {
            by_reward.entry(line.reward_id.as_str()).or_default().push(line);
        }
        for (reward, lines) in by_reward {
            let offer = case
                .workload
                .rewards
                .offers
                .iter()
                .find(|offer| offer.reward.as_str() == reward && offer.campaign == claim.campaign_id);
            let limit = offer.map_or(0, |offer| offer.per_user_limit);
            let mut numbers: Vec<u32> = lines.iter().map(|line| line.number).collect();
            numbers.sort_unstable();
            if lines.len() as u64 > limit || numbers != (1..=lines.len() as u32).collect::<Vec<_>>() {
                violations.push(format!("{} has {numbers:?} of {reward}, limit {limit}", claim.id()));
            }
            let mut keys: Vec<&String> = lines.iter().filter_map(|line| line.key.as_ref()).collect();
            let all = keys.len();
            keys.sort();
            keys.dedup();
            if keys.len() != all {
                violations.push(format!("{} has {reward} twice for one key", claim.id()));
            }
            let known = |key: &&String| {
                let mut mine =
                    asked.iter().filter(|one| one.user == claim.user_id && one.campaign == claim.campaign_id);
                mine.any(|one| one.key.as_ref().is_some_and(|sent| fingerprint(&[sent]) == **key))
            };
            if let Some(key) = keys.iter().find(|key| !known(key)) {
                violations.push(format!("{} has {reward} for {key}, a key that nobody sent", claim.id()));
            }
        }
    }
    violations
}

/// Checks that each refusal of a claim is true by its code: the stock was empty at most shortly before, the
/// user has a line item of the reward, or the user does not meet the condition.
pub fn refusals_were_true(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    let stocks = case.workload.world.core.stocks.all();
    for claimed in case.workload.history.claims() {
        for (reward, code) in refusals(&claimed) {
            let offers = &case.workload.rewards.offers;
            let offer =
                offers.iter().find(|one| one.reward.as_str() == reward && one.campaign == claimed.campaign);
            let Some(offer) = offer else { continue };
            let stock = offer.stock.as_ref().and_then(|stock| stocks.get(stock));
            let from_ms = claimed.sent_ms.saturating_sub(REFUSAL_AGE_MS_MAX);
            let lie = match code.as_str() {
                "OUT_OF_STOCK" => {
                    stock.is_none_or(|stock| !stock.was_empty_between(from_ms, claimed.came_ms))
                }
                "ALREADY_REQUESTED" => !case.facts.lines().any(|(claim, line)| {
                    claim.user_id == claimed.user
                        && claim.campaign_id == claimed.campaign
                        && line.reward_id == offer.reward
                }),
                "CONDITION_NOT_MET" => match offer.asks {
                    Asks::Nothing => true,
                    Asks::Activity => false,
                    Asks::Outside => case.workload.world.core.outside.qualifies(claimed.user.as_str()),
                },
                _ => false,
            };
            if lie {
                violations.push(format!("{code} for {reward} was not true: {claimed:?}"));
            }
        }
    }
    violations.extend(unqualified(case));
    violations
}

/// Checks that no user has a reward for which the condition service does not qualify them.
fn unqualified(case: &Case<'_>) -> Vec<String> {
    let wrong = case.facts.lines().filter(|(claim, line)| {
        let offer = case.workload.rewards.offers.iter().find(|one| one.campaign == claim.campaign_id);
        offer.is_some_and(|offer| offer.asks == Asks::Outside)
            && !matches!(line.status, LineStatus::Failed | LineStatus::Rejected)
            && !case.workload.world.core.outside.qualifies(claim.user_id.as_str())
    });
    wrong
        .map(|(claim, line)| format!("{} does not qualify and is {:?}", claim.grant_id_of(line), line.status))
        .collect()
}

/// Returns each refused reward of a response, with its error code.
fn refusals(claimed: &Claimed) -> Vec<(String, String)> {
    if let Some(reward) = &claimed.reward {
        return vec![(reward.to_string(), claimed.answer.code().to_owned())];
    }
    let outcomes = claimed.answer.data()["outcomes"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    outcomes.filter_map(|one| Some((text(&one["reward_id"])?, text(&one["error"]["code"])?))).collect()
}

/// Checks that each confirmed invitation is recorded once, and that there are as many accounts as emails and
/// invite codes.
pub fn activities_are_recorded(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    for (inviter, invited) in case.workload.history.invitations() {
        let wanted = (inviter.to_string(), invited.to_string());
        let recorded = case.facts.invitations.iter().filter(|one| **one == wanted).count();
        if recorded != 1 {
            violations.push(format!("{inviter} invited {invited}, which is recorded {recorded} times"));
        }
    }
    let count = |prefix: &str| case.facts.account_keys.iter().filter(|key| key.starts_with(prefix)).count();
    let (accounts, emails, codes) = (count("ACCOUNT#"), count("EMAIL#"), count("INVITE#"));
    if accounts != emails || accounts != codes {
        violations.push(format!("{accounts} accounts have {emails} e-mails and {codes} invite codes"));
    }
    violations
}
