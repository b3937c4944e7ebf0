//! Invariants of mailed tokens, codes and sessions: each token and each code works at most once, and a session that
//! its owner ended stays ended.

use std::collections::BTreeMap;

use super::Case;
use crate::simulation::records::account_owners::OwnerRecord;

/// Checks that no mailed token and no code of an authenticator app was accepted twice.
pub fn tokens_and_codes_work_once(case: &Case<'_>) -> Vec<String> {
    let mut successes: BTreeMap<String, usize> = BTreeMap::new();
    for record in case.workload.owners.all() {
        if let OwnerRecord::Use { once, succeeded: true } = record {
            *successes.entry(once).or_default() += 1;
        }
    }
    let twice = successes.into_iter().filter(|(_, count)| *count > 1);
    twice.map(|(once, count)| format!("{once} was accepted {count} times")).collect()
}

/// Checks that no call and no refresh with an ended session succeeded.
pub fn ended_sessions_stay_ended(case: &Case<'_>) -> Vec<String> {
    let calls = case.workload.owners.all().into_iter().filter_map(|record| match record {
        OwnerRecord::AfterTheEnd { call, status: status @ 200..300 } => Some((call, status)),
        _ => None,
    });
    calls.map(|(call, status)| format!("{call} with an ended session was answered with {status}")).collect()
}
