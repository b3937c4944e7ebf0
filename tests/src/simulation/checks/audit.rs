//! Promise 6: everything ends, every change is kept and told once.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::claims::{Claim, Line, Status};
use domain::messages::{Change, DomainEvent};

use super::Case;

/// A line is granted, rejected or failed in the end, unless it waits for a review that nobody made; and its
/// history leads to where it stands.
pub fn everything_ends(case: &Case<'_>) -> Vec<String> {
    let mut broken = Vec::new();
    for claim in &case.facts.claims {
        for (index, line) in claim.lines.iter().enumerate() {
            let steps: Vec<Status> =
                claim.history.iter().filter(|change| change.line == index).map(|change| change.to).collect();
            // What failed may have been asked for again, and be in review again.
            let again = steps.rsplit(|step| *step == Status::Failed).next().unwrap_or_default();
            let decided = again.iter().any(|step| matches!(step, Status::Approved | Status::Rejected));
            let at_its_end = match line.status {
                Status::Granted | Status::Rejected | Status::Failed => true,
                Status::InReview => !decided,
                Status::Requested | Status::Approved | Status::Granting => false,
            };
            if !at_its_end || steps.last() != Some(&line.status) {
                broken.push(format!("{} is {:?} after {steps:?}", claim.grant_id_of(line), line.status));
            }
            if let Some(pair) = steps.windows(2).find(|pair| !follows(pair[0], pair[1])) {
                broken.push(format!("{} went from {:?} to {:?}", claim.grant_id_of(line), pair[0], pair[1]));
            }
            broken.extend(decided_once(claim, line, &steps));
        }
    }
    broken
}

/// What may come after what.
fn follows(before: Status, after: Status) -> bool {
    match before {
        Status::Requested | Status::Approved => {
            matches!(after, Status::Granting | Status::Granted | Status::Failed)
        }
        Status::Granting => matches!(after, Status::Granting | Status::Granted | Status::Failed),
        Status::InReview => matches!(after, Status::Approved | Status::Rejected),
        // Asked for again, rejected for good, or granted from the dead letters after all.
        Status::Failed => true,
        Status::Rejected | Status::Granted => false,
    }
}

fn decided_once(claim: &Claim, line: &Line, steps: &[Status]) -> Option<String> {
    let granted = steps.iter().filter(|step| **step == Status::Granted).count();
    (granted > 1).then(|| format!("{} was granted {granted} times: {steps:?}", claim.grant_id_of(line)))
}

type Told = (Timestamp, String, u32, Status, Option<String>, Option<String>);

/// The data platform heard of every change of every claim, once when repeats are dropped by their ids.
pub fn every_change_is_told_once(case: &Case<'_>) -> Vec<String> {
    let mut broken = Vec::new();
    let mut events: BTreeMap<String, DomainEvent> = BTreeMap::new();
    for event in case.outbox {
        let event: DomainEvent = match serde_json::from_value(event.clone()) {
            Ok(event) => event,
            Err(error) => return vec![format!("the outbox has what is no event: {event} ({error})")],
        };
        if let Some(known) = events.insert(event.id.clone(), event.clone())
            && known != event
        {
            broken.push(format!("two events have one id: {known:?} and {event:?}"));
        }
    }
    let mut told: BTreeMap<String, Vec<Told>> = BTreeMap::new();
    for event in events.into_values() {
        let Change::Claim(data) = event.data else { continue };
        let by = event.correlation_id;
        let actor = data.actor.map(|actor| actor.to_string());
        let entry =
            (event.occurred_at, data.reward_id.to_string(), data.number, data.status, actor, data.reason);
        told.entry(by).or_default().push(entry);
    }
    for claim in &case.facts.claims {
        let mut kept: Vec<Told> = claim
            .history
            .iter()
            .filter_map(|change| {
                let (line, actor) =
                    (claim.lines.get(change.line)?, change.by.as_ref().map(ToString::to_string));
                let reward = line.reward_id.to_string();
                Some((change.at, reward, line.number, change.to, actor, change.note.clone()))
            })
            .collect();
        let mut heard = told.remove(&claim.id()).unwrap_or_default();
        kept.sort();
        heard.sort();
        if kept != heard {
            let missing: Vec<_> = kept.iter().filter(|entry| !heard.contains(entry)).collect();
            let more: Vec<_> = heard.iter().filter(|entry| !kept.contains(entry)).collect();
            let (kept, heard) = (kept.len(), heard.len());
            broken.push(format!(
                "{}: {kept} kept, {heard} told; missing {missing:?}, too many {more:?}",
                claim.id()
            ));
        }
    }
    broken.extend(told.into_keys().map(|id| format!("events of a claim that is not there: {id}")));
    broken
}
