//! Invariant 11 for decisions of staff: each decision stays in the audit, and staff decide on what they saw.

use std::collections::BTreeMap;

use domain::accounts::Role;
use domain::claims::{Claim, ClaimChange};
use serde_json::Value;

use super::Case;
use crate::simulation::records::claims::Decided;
use crate::simulation::setup::user;
use crate::simulation::workload::Workload;
use crate::simulation::world::{Answer, get};

/// Number of earlier decisions that the auditor reads in one page.
const PAGE: usize = 2;
/// Number of the user who reads the audit.
const AUDITOR: usize = 803;

/// Checks that a decision that named a version of the claim was made on that version.
pub fn staff_decide_what_they_saw(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    for decided in case.workload.history.decisions() {
        let Some(version) = decided.version else { continue };
        let Some((user_id, campaign_id)) = Claim::parse_id(&decided.claim) else { continue };
        let kept = case.facts.claims.iter().filter(|claim| claim.id() == decided.claim);
        let kept = kept.flat_map(|claim| &claim.history);
        let apart = case.facts.replaced_decisions.iter();
        let apart = apart.filter(|one| one.user_id == user_id && one.campaign_id == campaign_id);
        let made = kept.chain(apart.map(|one| &one.change)).filter(|change| is_by(change, &decided));
        let elsewhere: Vec<&ClaimChange> = made.filter(|change| change.version != version + 1).collect();
        if !elsewhere.is_empty() {
            violations.push(format!("{decided:?} was made on another version: {elsewhere:?}"));
        }
    }
    violations
}

fn is_by(change: &ClaimChange, decided: &Decided) -> bool {
    change.by.as_ref() == Some(&decided.by) && change.note.as_ref() == Some(&decided.reason)
}

/// Reads the audit of each claim that staff decided about, as an auditor. Checks that it contains each
/// decision that got a success, and each decision that any response showed.
pub async fn audits_keep_decisions(workload: &Workload) -> Vec<String> {
    let (mut violations, decisions) = (Vec::new(), workload.history.decisions());
    let mut by_claim: BTreeMap<&str, Vec<&Decided>> = BTreeMap::new();
    for decided in &decisions {
        by_claim.entry(&decided.claim).or_default().push(decided);
    }
    for (claim, decisions) in by_claim {
        let audit = match read_audit(workload, claim).await {
            Ok(audit) => audit,
            Err(answer) => {
                violations.push(format!("the audit of {claim} cannot be read: {answer:?}"));
                continue;
            }
        };
        for decided in decisions {
            let is_there = audit.iter().any(|entry| {
                entry["actor"] == decided.by.to_string()
                    && entry["status"] == decided.status
                    && entry["reason"] == decided.reason
            });
            if !is_there {
                violations.push(format!("{decided:?} is not in the audit: {audit:?}"));
            }
            let by_staff = decided.shown.iter().filter(|entry| is_decision(entry));
            let gone = by_staff.filter(|shown| !audit.iter().any(|entry| is_same(entry, shown)));
            violations.extend(gone.map(|shown| format!("{shown} has left the audit of {claim}")));
        }
    }
    violations
}

fn is_decision(entry: &Value) -> bool {
    entry["actor"] != "dibs" && (entry["status"] == "approved" || entry["status"] == "rejected")
}

fn is_same(one: &Value, other: &Value) -> bool {
    ["at", "reward_id", "number", "status", "actor", "reason"].iter().all(|name| one[name] == other[name])
}

/// Returns every change of a claim that the API shows an auditor: the newest of each kind, and all earlier
/// decisions.
///
/// # Errors
/// Returns the response if it is not a success.
async fn read_audit(workload: &Workload, claim: &str) -> Result<Vec<Value>, Answer> {
    let read = async |query: &str| {
        let path = format!("/events/requests/{claim}{query}");
        let answer =
            workload.world.fault_free.clone().answer(get(&path, &user(AUDITOR), Role::Auditor)).await;
        if answer.status() == 200 { Ok(answer.data().clone()) } else { Err(answer) }
    };
    let mut page = read("").await?;
    let mut audit = Vec::new();
    loop {
        audit.extend(page["audit"].as_array().into_iter().flatten().cloned());
        let Some(cursor) = page["audit_next_cursor"].as_str() else { return Ok(audit) };
        page = read(&format!("?audit_limit={PAGE}&audit_cursor={cursor}")).await?;
    }
}
