//! From what is known about a user to what becomes of a condition.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::evaluation::{Evaluation, Kind, Outcome, count};
use super::{Condition, ExternalCheck, MONTHS_MAX, days};
use crate::Timestamp;
use crate::activities::{ActivityMonth, ActivityType, Entry, OutsideId, SKEW_SECONDS, keep_earliest};

/// What has to be read and asked before a condition can be evaluated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Types with the months in UTC, as `2026-11`.
    pub activities: BTreeSet<(ActivityType, String)>,
    /// Every external check of the tree, each once; [`Condition::externals_needed`] says which of them
    /// matter.
    pub externals: Vec<ExternalCheck>,
}

/// Activities count from `start` on and before `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first moment that counts.
    pub start: Timestamp,
    /// The first moment that no longer counts; without one it is open.
    pub end: Option<Timestamp>,
}

impl Window {
    /// The first moment that does not count at `now`: the end, or what is too far ahead of our clock to be
    /// believed.
    fn end_at(self, now: Timestamp) -> Timestamp {
        let soon = Timestamp::from_millis(now.plus_seconds(SKEW_SECONDS).as_millis().saturating_add(1));
        self.end.map_or(soon, |end| end.min(soon))
    }
}

/// What an outside service has said to a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExternalAnswer {
    /// The user qualifies.
    Qualified,
    /// The user does not.
    NotQualified,
    /// There was no usable answer.
    Unavailable,
}

impl From<ExternalAnswer> for Outcome {
    fn from(answer: ExternalAnswer) -> Self {
        match answer {
            ExternalAnswer::Qualified => Self::Passed,
            ExternalAnswer::NotQualified => Self::Failed,
            ExternalAnswer::Unavailable => Self::Unknown,
        }
    }
}

/// What is known about a user.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Only activities in it count.
    pub window: Window,
    /// Its calendar decides what a day is.
    pub zone: TimeZone,
    /// When this is.
    pub now: Timestamp,
    /// What was read, in any order; months without activities may be missing.
    pub months: Vec<ActivityMonth>,
    /// What outside services have said; what is missing has not been asked.
    pub externals: BTreeMap<ExternalCheck, ExternalAnswer>,
    /// What outside services said about a no.
    pub reasons: BTreeMap<ExternalCheck, String>,
}

type Answers = BTreeMap<ExternalCheck, ExternalAnswer>;

impl Condition {
    /// What to read for a period at `now`: for each type the months from `period_start` to now or
    /// `period_end`, the most recent [`MONTHS_MAX`] of them. What happened in a longer period before those is
    /// not looked at.
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

    /// What becomes of it by `facts`. Activities under one id count once, with the earliest of their times in
    /// the window, so that one more outside of it takes nothing away. An external check without an answer is unknown, and so is
    /// what depends on it (Kleene's three values: an `any` with a child that holds does hold).
    pub fn evaluate(&self, facts: &Facts) -> Evaluation {
        Seen::new(facts).node(self, &facts.externals)
    }

    /// How far the user has come: the same, without asking any outside service.
    pub fn progress(&self, facts: &Facts) -> Evaluation {
        Seen::new(facts).node(self, &Answers::new())
    }

    /// The external checks that still have to be asked, each once: those without an answer in `facts` that
    /// can change the result. None when the rest decides it.
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

/// The months in UTC of a window as it is at `now`, the most recent [`MONTHS_MAX`].
fn months(window: Window, now: Timestamp) -> Vec<String> {
    let end = window.end_at(now);
    if end <= window.start {
        return Vec::new();
    }
    days::months_back(window.start, Timestamp::from_millis(end.as_millis() - 1)).take(MONTHS_MAX).collect()
}

/// What lies under an unknown node and is itself unknown can change it; what lies under a decided one cannot.
fn collect_open<'a>(condition: &'a Condition, node: &Evaluation, open: &mut BTreeSet<&'a ExternalCheck>) {
    if node.passed != Outcome::Unknown {
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

/// The activities that count, by type.
struct Seen<'a> {
    zone: &'a TimeZone,
    by_type: BTreeMap<&'a ActivityType, Vec<&'a Entry>>,
    reasons: &'a BTreeMap<ExternalCheck, String>,
}

impl<'a> Seen<'a> {
    fn new(facts: &'a Facts) -> Self {
        let window = facts.window.start..facts.window.end_at(facts.now);
        let mut known: BTreeMap<&ActivityType, BTreeMap<&OutsideId, &Entry>> = BTreeMap::new();
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

    fn of(&self, kind: &ActivityType) -> &[&'a Entry] {
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
                    ..Evaluation::leaf(Kind::Count, leaf.at_least, count(actual))
                }
            }
            Condition::DistinctDays(leaf) => Evaluation {
                activity: Some(leaf.kind.clone()),
                ..Evaluation::leaf(Kind::DistinctDays, leaf.at_least, count(self.days(&leaf.kind).len()))
            },
            Condition::Streak(leaf) => Evaluation {
                activity: Some(leaf.kind.clone()),
                ..Evaluation::leaf(
                    Kind::Streak,
                    leaf.days,
                    days::longest_run(&self.days(&leaf.kind), self.zone),
                )
            },
            Condition::QuestCleared(leaf) => {
                let cleared = self.refs(&ActivityType::QUEST_CLEAR).contains(&leaf.quest_id);
                Evaluation {
                    quest_id: Some(leaf.quest_id.clone()),
                    ..Evaluation::leaf(Kind::QuestCleared, 1, u32::from(cleared))
                }
            }
            Condition::External(check) => {
                let passed = answers.get(check).map_or(Outcome::Unknown, |answer| Outcome::from(*answer));
                Evaluation {
                    check: Some(check.check.clone()),
                    actual: passed.known().map(u32::from),
                    reason: self.reasons.get(check).filter(|_| passed == Outcome::Failed).cloned(),
                    passed,
                    ..Evaluation::unknown(Kind::External, 1)
                }
            }
        }
    }
}
