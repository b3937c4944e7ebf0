//! Invariant 6 for claims: every request reaches a final state, and every change is kept and published once.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::claims::{self, Claim, ClaimChangeKind, LineItem, LineStatus};
use domain::events::{DomainEvent, DomainEventData};

use super::Case;

/// Checks that each line item is finally granted, rejected or failed, unless it waits for a review, and that
/// the published changes lead to its status by valid steps.
pub fn everything_ends(case: &Case<'_>) -> Vec<String> {
    let (published, mut violations) = published(case);
    for claim in &case.facts.claims {
        let published = published.get(&claim.id()).map_or(&[][..], Vec::as_slice);
        for (index, line) in claim.lines.iter().enumerate() {
            let of_line = published.iter().filter(|change| change.is_of(line));
            let steps: Vec<LineStatus> = of_line.map(|change| change.status).collect();
            // A failed line item may be requested again, and then be in review again.
            let again = steps.rsplit(|step| *step == LineStatus::Failed).next().unwrap_or_default();
            let decided =
                again.iter().any(|step| matches!(step, LineStatus::Approved | LineStatus::Rejected));
            let at_its_end = match line.status {
                LineStatus::Granted | LineStatus::Rejected | LineStatus::Failed => true,
                LineStatus::InReview => !decided,
                LineStatus::Requested | LineStatus::Approved | LineStatus::Granting => false,
            };
            let kept = claim.newest(index, |_| true).map(|change| change.to);
            if !at_its_end || steps.last() != Some(&line.status) || kept != Some(line.status) {
                violations.push(format!("{} is {:?} after {steps:?}", claim.grant_id_of(line), line.status));
            }
            if let Some(pair) = steps.windows(2).find(|pair| !follows(pair[0], pair[1])) {
                violations.push(format!(
                    "{} went from {:?} to {:?}",
                    claim.grant_id_of(line),
                    pair[0],
                    pair[1]
                ));
            }
            violations.extend(decided_once(claim, line, &steps));
        }
    }
    violations
}

/// Returns `true` if a line item may change its status from `before` to `after`.
fn follows(before: LineStatus, after: LineStatus) -> bool {
    match before {
        LineStatus::Requested | LineStatus::Approved => {
            matches!(after, LineStatus::Granting | LineStatus::Granted | LineStatus::Failed)
        }
        LineStatus::Granting => {
            matches!(after, LineStatus::Granting | LineStatus::Granted | LineStatus::Failed)
        }
        LineStatus::InReview => matches!(after, LineStatus::Approved | LineStatus::Rejected),
        // A failed line item may be requested again, rejected, or granted after its message is redriven.
        LineStatus::Failed => true,
        LineStatus::Rejected | LineStatus::Granted => false,
    }
}

fn decided_once(claim: &Claim, line: &LineItem, steps: &[LineStatus]) -> Option<String> {
    let granted = steps.iter().filter(|step| **step == LineStatus::Granted).count();
    (granted > 1).then(|| format!("{} was granted {granted} times: {steps:?}", claim.grant_id_of(line)))
}

/// Change of a line item, as the data platform received it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Published {
    /// Version of the claim that made the change, and the index of the change within it.
    place: (u64, u64),
    at: Timestamp,
    reward: String,
    number: u32,
    status: LineStatus,
    actor: Option<String>,
    reason: Option<String>,
}

impl Published {
    fn is_of(&self, line: &LineItem) -> bool {
        self.number == line.number && self.reward == line.reward_id.as_str()
    }

    fn is(&self, change: &claims::ClaimChange) -> bool {
        self.at == change.at
            && self.status == change.to
            && self.actor.as_deref() == change.by.as_ref().map(|by| by.as_str())
            && self.reason == change.note
    }
}

/// Returns the published changes by claim id, in order and without repeated events, and a sentence for each
/// event that contradicts another one with its id.
fn published(case: &Case<'_>) -> (BTreeMap<String, Vec<Published>>, Vec<String>) {
    let mut violations = Vec::new();
    let mut events: BTreeMap<String, DomainEvent> = BTreeMap::new();
    for event in &case.outbox {
        if let Some(known) = events.insert(event.id.clone(), event.clone())
            && known != *event
        {
            violations.push(format!("two events have one id: {known:?} and {event:?}"));
        }
    }
    let mut published: BTreeMap<String, Vec<Published>> = BTreeMap::new();
    for event in events.into_values() {
        let DomainEventData::Claim(data) = event.data else { continue };
        let mut place = event.id.rsplit(':').map(|part| part.parse().unwrap_or(0));
        let (index, version) = (place.next().unwrap_or(0), place.next().unwrap_or(0));
        published.entry(event.correlation_id).or_default().push(Published {
            place: (version, index),
            at: event.occurred_at,
            reward: data.reward_id.to_string(),
            number: data.number,
            status: data.status,
            actor: data.actor.map(|actor| actor.to_string()),
            reason: data.reason,
        });
    }
    published.values_mut().for_each(|changes| changes.sort());
    (published, violations)
}

/// Checks that every change of every claim was published once: as often as the claim counts changes of that
/// kind, and with the same content as each change that is kept. All decisions must be kept.
pub fn every_change_is_told_once(case: &Case<'_>) -> Vec<String> {
    let (mut published, mut violations) = published(case);
    for claim in &case.facts.claims {
        let heard = published.remove(&claim.id()).unwrap_or_default();
        let apart: Vec<&claims::ClaimChange> = case
            .facts
            .replaced_decisions
            .iter()
            .filter(|one| one.user_id == claim.user_id && one.campaign_id == claim.campaign_id)
            .map(|one| &one.change)
            .collect();
        for (index, line) in claim.lines.iter().enumerate() {
            let heard: Vec<&Published> = heard.iter().filter(|change| change.is_of(line)).collect();
            let counted = |kind: ClaimChangeKind| {
                let kept =
                    claim.history.iter().filter(|change| change.line == index && change.kind() == kind);
                kept.map(|change| change.times as usize).sum::<usize>()
            };
            let published = |kind: ClaimChangeKind| {
                heard
                    .iter()
                    .filter(|published| {
                        ClaimChangeKind::of(published.status, published.actor.is_some()) == kind
                    })
                    .count()
            };
            for kind in KINDS {
                if counted(kind) != published(kind) {
                    violations.push(format!(
                        "{}: {kind:?} counted {} times and told {} times: {heard:?}",
                        claim.grant_id_of(line),
                        counted(kind),
                        published(kind)
                    ));
                }
            }
            let kept =
                claim.history.iter().chain(apart.iter().copied()).filter(|change| change.line == index);
            let unheard = kept.filter(|change| !heard.iter().any(|published| published.is(change)));
            violations.extend(unheard.map(|change| format!("nobody heard of {change:?} of {}", claim.id())));
            let apart = apart.iter().filter(|change| change.line == index).count();
            if counted(ClaimChangeKind::Decision) > 0 && apart + 1 != counted(ClaimChangeKind::Decision) {
                violations.push(format!("{} has {apart} decisions apart", claim.grant_id_of(line)));
            }
        }
    }
    violations.extend(published.into_keys().map(|id| format!("events of a claim that is not there: {id}")));
    violations
}

const KINDS: [ClaimChangeKind; 6] = [
    ClaimChangeKind::Request,
    ClaimChangeKind::FailedRequest,
    ClaimChangeKind::Decision,
    ClaimChangeKind::Attempt,
    ClaimChangeKind::FailedGrant,
    ClaimChangeKind::Grant,
];
