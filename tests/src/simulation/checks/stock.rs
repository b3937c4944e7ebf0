//! Invariant 3: no unit is given twice, and after everything has settled no unit is missing.

use std::collections::{BTreeMap, BTreeSet};

use domain::claims::{Claim, LineItem, LineStatus};
use domain::messages::holder_name;
use domain::rewards::Offer;
use domain::stock::Stock;

use super::Case;
use super::facts::Facts;

/// Checks that each unit of a limited reward is free, or held by exactly one line item that is not rejected.
pub fn no_unit_is_lost_or_given_twice(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    for stock in case.facts.offers.iter().filter(|offer| !offer.batches.is_empty()).filter_map(Offer::stock) {
        let holders = holders_by_bucket(&case.facts, &stock);
        for number in 0..stock.buckets() {
            let units = u64::from(stock.units_of(number));
            let held: Vec<String> =
                holders.get(&number).into_iter().flatten().map(|(name, ..)| name.clone()).collect();
            let (left, holds) = match case.facts.buckets.get(&(stock.id.clone(), number)) {
                Some(bucket) => (bucket.left, bucket.holds.keys().cloned().collect()),
                None => (units, Vec::new()),
            };
            if sorted(&held) != sorted(&holds) || left + holds.len() as u64 != units {
                violations.push(format!(
                    "bucket {number} of {} with {units} units has {left} left, is held by {holds:?}, and lines hold \
                     {held:?}",
                    stock.id
                ));
            }
        }
        if let Some(beyond) = holders.keys().find(|number| **number >= stock.buckets()) {
            violations
                .push(format!("lines hold units of bucket {beyond} of {}, which does not exist", stock.id));
        }
    }
    violations
}

/// Checks that each code of the pool is free, or held by exactly one line item that is not rejected, and that
/// no code is in the pool twice or missing.
pub fn no_code_is_lost_or_given_twice(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    let Some(pool) = case.workload.rewards.pool.as_ref().map(ToString::to_string) else { return violations };
    let mut codes: Vec<&String> = Vec::new();
    let mut held: BTreeSet<(u32, String)> = BTreeSet::new();
    for ((stock, number), bucket) in case.facts.buckets.iter().filter(|((stock, _), _)| *stock == pool) {
        codes.extend(bucket.codes.iter().chain(bucket.codes_held.values()));
        held.extend(bucket.codes_held.values().map(|code| (*number, code.clone())));
        if bucket.left != bucket.codes.len() as u64 || !bucket.holds.keys().eq(bucket.codes_held.keys()) {
            violations.push(format!("bucket {number} of {stock} contradicts itself: {bucket:?}"));
        }
    }
    codes.sort();
    let all = codes.len();
    codes.dedup();
    let promised = case.workload.history.codes();
    if codes.len() != all || promised.iter().any(|code| !codes.contains(&code)) {
        violations.push(format!("the pool has {codes:?} ({all} in all) instead of {promised:?}"));
    }
    let mut taken = BTreeSet::new();
    for (claim, line) in case.facts.lines().filter(|(_, line)| line.status != LineStatus::Rejected) {
        let Some(unit) = line.held.as_ref().filter(|unit| unit.stock == pool) else { continue };
        if !taken.insert((unit.bucket, unit.code.clone().unwrap_or_default())) {
            violations
                .push(format!("{} has a code that somebody else has too: {unit:?}", claim.grant_id_of(line)));
        }
    }
    if taken != held {
        violations.push(format!("lines hold the codes {taken:?}, the pool says {held:?}"));
    }
    violations
}

/// Checks that no mark of the sold-out index was replaced by one of an earlier generation.
pub fn hints_only_go_forward(case: &Case<'_>) -> Vec<String> {
    let went_back = case.workload.world.core.stocks.hints_that_went_back();
    went_back.into_iter().map(|hint| format!("a hint went back: {hint}")).collect()
}

type Holder<'a> = (String, &'a Claim, &'a LineItem);

fn holders_by_bucket<'a>(facts: &'a Facts, stock: &Stock) -> BTreeMap<u32, Vec<Holder<'a>>> {
    let mut holders: BTreeMap<u32, Vec<Holder<'a>>> = BTreeMap::new();
    for (claim, line) in facts.lines().filter(|(_, line)| line.status != LineStatus::Rejected) {
        if let Some(held) = line.held.as_ref().filter(|held| held.stock == stock.id) {
            let name = holder_name(&claim.user_id, line.number, None);
            holders.entry(held.bucket).or_default().push((name, claim, line));
        }
    }
    holders
}

fn sorted(names: &[String]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort();
    names
}
