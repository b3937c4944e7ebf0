//! Evaluation of a condition from the facts about a user.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::evaluation::{ConditionKind, ConditionOutcome, Evaluation, count};
use super::{Condition, ExternalCheck, MONTHS_MAX, days};
use crate::Timestamp;
use crate::activities::{
    ActivityMonth, ActivityType, OutsideId, SKEW_SECONDS, StoredActivity, keep_earliest,
};

/// Data that must be gathered before a condition can be evaluated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Activity types, each with the UTC months to read, as `2026-11`.
    pub activities: BTreeSet<(ActivityType, String)>,
    /// External checks of the tree without duplicates. [`Condition::externals_needed`] returns those that can
    /// change the result.
    pub externals: Vec<ExternalCheck>,
}

/// Period in which activities count, from `start` inclusive to `end` exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Start of the period, inclusive.
    pub start: Timestamp,
    /// End of the period, exclusive. `None` if it is open.
    pub end: Option<Timestamp>,
}

impl Window {
    /// Returns the effective end at `now`, exclusive: the end of the period, but at most [`SKEW_SECONDS`]
    /// after `now`. Activities with a later time do not count yet.
    fn end_at(self, now: Timestamp) -> Timestamp {
        let soon = Timestamp::from_millis(now.plus_seconds(SKEW_SECONDS).as_millis().saturating_add(1));
        self.end.map_or(soon, |end| end.min(soon))
    }
}

/// Answer of the external condition service to a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExternalAnswer {
    /// The service confirms that the user qualifies.
    Qualified,
    /// The service denies that the user qualifies.
    NotQualified,
    /// No usable answer was received.
    Unavailable,
}

impl From<ExternalAnswer> for ConditionOutcome {
    fn from(answer: ExternalAnswer) -> Self {
        match answer {
            ExternalAnswer::Qualified => Self::Passed,
            ExternalAnswer::NotQualified => Self::Failed,
            ExternalAnswer::Unavailable => Self::Unknown,
        }
    }
}

/// Facts about a user that a condition is evaluated with.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Period in which activities count.
    pub window: Window,
    /// Time zone whose calendar days are counted.
    pub zone: TimeZone,
    /// Time of the evaluation.
    pub now: Timestamp,
    /// Activities that were read, in any order. Months without activities may be absent.
    pub months: Vec<ActivityMonth>,
    /// Answers of external services. Checks that were not made are absent.
    pub externals: BTreeMap<ExternalCheck, ExternalAnswer>,
    /// Reasons of external services for negative answers.
    pub reasons: BTreeMap<ExternalCheck, String>,
}

type Answers = BTreeMap<ExternalCheck, ExternalAnswer>;

impl Condition {
    /// Returns the activities and external checks that the condition needs for this period at `now`. Only
    /// the last [`MONTHS_MAX`] months of the period up to `now` are read; activities before them do not
    /// count.
    pub fn needs(&self, period_start: Timestamp, period_end: Option<Timestamp>, now: Timestamp) -> Needs {
        let mut types = BTreeSet::new();
        let mut externals = BTreeSet::new();
        self.leaves(&mut |leaf| match leaf {
            Self::External(check) => {
                externals.insert(check);
            }
            leaf => types.extend(leaf.activity_type()),
        });
        let months = months(Window { start: period_start, end: period_end }, now);
        Needs {
            activities: types
                .into_iter()
                .flat_map(|kind| months.iter().map(move |month| (kind.clone(), month.clone())))
                .collect(),
            externals: externals.into_iter().cloned().collect(),
        }
    }

    /// Evaluates the condition. Activities with the same id count once, at their earliest time inside the
    /// period. An external check without an answer is unknown. Unknown results propagate by Kleene's
    /// three-valued logic: an `any` with one child that holds does hold.
    pub fn evaluate(&self, facts: &Facts) -> Evaluation {
        Seen::new(facts).node(self, &facts.externals)
    }

    /// Evaluates the condition without external answers, to show the user's progress.
    pub fn progress(&self, facts: &Facts) -> Evaluation {
        Seen::new(facts).node(self, &Answers::new())
    }

    /// Returns the external checks to make, without duplicates: those without an answer in `facts` that can
    /// change the result. Empty if the other facts decide it.
    pub fn externals_needed(&self, facts: &Facts) -> Vec<ExternalCheck> {
        let mut open = BTreeSet::new();
        collect_open(self, &self.evaluate(facts), &mut open);
        open.into_iter().filter(|check| !facts.externals.contains_key(*check)).cloned().collect()
    }

    fn leaves<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        match self {
            Self::All(children) | Self::Any(children) => {
                children.iter().for_each(|child| child.leaves(visit))
            }
            Self::Not(child) => child.leaves(visit),
            leaf => visit(leaf),
        }
    }

    const fn activity_type(&self) -> Option<&ActivityType> {
        match self {
            Self::Count(leaf) => Some(&leaf.kind),
            Self::DistinctDays(leaf) => Some(&leaf.kind),
            Self::Streak(leaf) => Some(&leaf.kind),
            Self::QuestCleared(_) => Some(&ActivityType::QUEST_CLEAR),
            Self::All(_) | Self::Any(_) | Self::Not(_) | Self::External(_) => None,
        }
    }
}

/// Lists the UTC months of the period up to `now`, newest first, at most [`MONTHS_MAX`].
fn months(window: Window, now: Timestamp) -> Vec<String> {
    let end = window.end_at(now);
    if end <= window.start {
        return Vec::new();
    }
    days::months_back(window.start, Timestamp::from_millis(end.as_millis() - 1)).take(MONTHS_MAX).collect()
}

/// Collects unknown checks below unknown nodes. A check below a decided node cannot change the result.
fn collect_open<'a>(condition: &'a Condition, node: &Evaluation, open: &mut BTreeSet<&'a ExternalCheck>) {
    if node.passed != ConditionOutcome::Unknown {
        return;
    }
    match condition {
        Condition::All(children) | Condition::Any(children) => {
            for (child, node) in children.iter().zip(&node.children) {
                collect_open(child, node, open);
            }
        }
        Condition::Not(child) => node.children.iter().for_each(|node| collect_open(child, node, open)),
        Condition::External(check) => {
            open.insert(check);
        }
        _ => {}
    }
}

/// Activities that count, by type.
struct Seen<'a> {
    zone: &'a TimeZone,
    by_type: BTreeMap<&'a ActivityType, Vec<&'a StoredActivity>>,
    reasons: &'a BTreeMap<ExternalCheck, String>,
}

impl<'a> Seen<'a> {
    fn new(facts: &'a Facts) -> Self {
        let window = facts.window.start..facts.window.end_at(facts.now);
        let mut known: BTreeMap<&ActivityType, BTreeMap<&OutsideId, &StoredActivity>> = BTreeMap::new();
        for month in &facts.months {
            let known = known.entry(&month.kind).or_default();
            for (id, entry) in month.entries.iter().filter(|(_, entry)| window.contains(&entry.at)) {
                keep_earliest(known, id, entry);
            }
        }
        let by_type =
            known.into_iter().map(|(kind, entries)| (kind, entries.into_values().collect())).collect();
        Self { zone: &facts.zone, by_type, reasons: &facts.reasons }
    }

    fn of(&self, kind: &ActivityType) -> &[&'a StoredActivity] {
        self.by_type.get(kind).map_or(&[], Vec::as_slice)
    }

    fn refs(&self, kind: &ActivityType) -> BTreeSet<&'a OutsideId> {
        self.of(kind).iter().filter_map(|entry| entry.reference.as_ref()).collect()
    }

    fn days(&self, kind: &ActivityType) -> BTreeSet<i32> {
        self.of(kind).iter().map(|entry| entry.at.day_in(self.zone)).collect()
    }

    fn node(&self, condition: &Condition, answers: &Answers) -> Evaluation {
        let nodes = |children: &[Condition]| children.iter().map(|child| self.node(child, answers)).collect();
        match condition {
            Condition::All(children) => Evaluation::all(nodes(children)),
            Condition::Any(children) => Evaluation::any(nodes(children)),
            Condition::Not(child) => Evaluation::not(self.node(child, answers)),
            Condition::Count(leaf) => {
                let actual =
                    if leaf.distinct_refs { self.refs(&leaf.kind).len() } else { self.of(&leaf.kind).len() };
                Evaluation {
                    activity: Some(leaf.kind.clone()),
                    distinct_refs: leaf.distinct_refs,
                    ..Evaluation::leaf(ConditionKind::Count, leaf.at_least, count(actual))
                }
            }
            Condition::DistinctDays(leaf) => Evaluation {
                activity: Some(leaf.kind.clone()),
                ..Evaluation::leaf(
                    ConditionKind::DistinctDays,
                    leaf.at_least,
                    count(self.days(&leaf.kind).len()),
                )
            },
            Condition::Streak(leaf) => Evaluation {
                activity: Some(leaf.kind.clone()),
                ..Evaluation::leaf(
                    ConditionKind::Streak,
                    leaf.days,
                    days::longest_run(&self.days(&leaf.kind), self.zone),
                )
            },
            Condition::QuestCleared(leaf) => {
                let cleared = self.refs(&ActivityType::QUEST_CLEAR).contains(&leaf.quest_id);
                Evaluation {
                    quest_id: Some(leaf.quest_id.clone()),
                    ..Evaluation::leaf(ConditionKind::QuestCleared, 1, u32::from(cleared))
                }
            }
            Condition::External(check) => {
                let passed = answers
                    .get(check)
                    .map_or(ConditionOutcome::Unknown, |answer| ConditionOutcome::from(*answer));
                Evaluation {
                    check: Some(check.check.clone()),
                    actual: passed.known().map(u32::from),
                    reason: self.reasons.get(check).filter(|_| passed == ConditionOutcome::Failed).cloned(),
                    passed,
                    ..Evaluation::unknown(ConditionKind::External, 1)
                }
            }
        }
    }
}
