//! Conditions: what a user must have done to have a reward.
//!
//! A condition is a small typed tree. It tells which activities and outside answers it needs, so that nothing
//! else is read, and it evaluates to a tree of the same form that can say "2 of 3 days". It does no reading
//! itself.

mod days;
mod evaluate;
mod evaluation;
pub mod stored;
mod wire;

pub use evaluate::{ExternalAnswer, Facts, Needs, Window};
pub use evaluation::{Evaluation, Kind, Outcome};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::activities::{ActivityType, OutsideId};
use crate::error::FieldError;

/// How deep a tree may be; a single leaf is 1 deep.
pub const DEPTH_MAX: usize = 8;
/// How many nodes a tree may have, leaves and branches.
pub const NODES_MAX: usize = 64;
/// The most that a count or a number of days may ask for.
pub const AT_LEAST_MAX: u32 = 10_000;
/// The longest streak that may be asked for, in days.
pub const STREAK_DAYS_MAX: u32 = 366;
/// How many parameters an external check may have.
pub const PARAMS_MAX: usize = 16;
/// How long the value of a parameter may be, in characters.
pub const PARAM_CHARS_MAX: usize = 256;
/// Activities of so many months at most are looked at: the most recent ones of the period.
pub const MONTHS_MAX: usize = 24;

/// What a user must have done.
///
/// On the wire an object with the kind as its only field: `{"count": {"type": "invite", "at_least": 3}}`,
/// `{"all": [..]}`, `{"not": ..}`. `{"all": []}` asks for nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Every one of these; without any it always holds.
    #[serde(deserialize_with = "wire::children")]
    All(Vec<Condition>),
    /// At least one of these.
    #[serde(deserialize_with = "wire::some_children")]
    Any(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
    /// So many activities.
    #[serde(deserialize_with = "wire::object")]
    Count(Count),
    /// Activities on so many days.
    #[serde(deserialize_with = "wire::object")]
    DistinctDays(DistinctDays),
    /// Activities on so many days in a row.
    #[serde(deserialize_with = "wire::object")]
    Streak(Streak),
    /// A quest was cleared.
    #[serde(deserialize_with = "wire::object")]
    QuestCleared(QuestCleared),
    /// An outside service says that the user qualifies.
    #[serde(deserialize_with = "wire::object")]
    External(ExternalCheck),
}

/// At least so many activities of a type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Count {
    /// Of which type.
    #[serde(rename = "type")]
    pub kind: ActivityType,
    /// How many.
    #[serde(deserialize_with = "wire::at_least")]
    #[schemars(range(min = 1, max = AT_LEAST_MAX))]
    pub at_least: u32,
    /// Count what the activities refer to, each once, instead of the activities.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub distinct_refs: bool,
}

/// Activities of a type on at least so many calendar days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct DistinctDays {
    /// Of which type.
    #[serde(rename = "type")]
    pub kind: ActivityType,
    /// On how many days.
    #[serde(deserialize_with = "wire::at_least")]
    #[schemars(range(min = 1, max = AT_LEAST_MAX))]
    pub at_least: u32,
}

/// Activities of a type on so many calendar days in a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Streak {
    /// Of which type.
    #[serde(rename = "type")]
    pub kind: ActivityType,
    /// How many days in a row.
    #[serde(deserialize_with = "wire::streak_days")]
    #[schemars(range(min = 1, max = STREAK_DAYS_MAX))]
    pub days: u32,
}

/// A quest was cleared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct QuestCleared {
    /// Which quest: the `ref` of a `quest_clear` activity.
    pub quest_id: OutsideId,
}

/// A question to the outside service that checks conditions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct ExternalCheck {
    /// What that service calls the check.
    pub check: OutsideId,
    /// Sent along with it: up to 16 texts of up to 256 characters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "wire::params")]
    #[schemars(schema_with = "wire::params_schema")]
    pub params: BTreeMap<String, String>,
}

impl Condition {
    /// The condition that always holds.
    pub const fn always() -> Self {
        Self::All(Vec::new())
    }

    /// Whether it is [`Self::always`].
    pub fn is_always(&self) -> bool {
        matches!(self, Self::All(children) if children.is_empty())
    }

    /// This one and `other`.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self.is_always(), other.is_always()) {
            (true, _) => other,
            (_, true) => self,
            _ => Self::All(vec![self, other]),
        }
    }

    /// That it may be saved: at most [`DEPTH_MAX`] deep with [`NODES_MAX`] nodes, every number within its
    /// bounds. `field` is where it stands in the request, like `condition`.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn check(&self, field: &str) -> Result<(), Vec<FieldError>> {
        let mut checker = Checker::default();
        checker.visit(self, 1, field);
        if checker.too_deep {
            checker.errors.push(FieldError::new(field, format!("must not be deeper than {DEPTH_MAX}")));
        }
        if checker.nodes > NODES_MAX {
            checker.errors.push(FieldError::new(field, format!("must not have more than {NODES_MAX} nodes")));
        }
        if checker.errors.is_empty() { Ok(()) } else { Err(checker.errors) }
    }

    /// Returns an upper bound for the bytes that its evaluation takes in the store.
    pub fn evaluated_bytes_max(&self) -> usize {
        /// Names and numbers of a node, without the texts that name an activity, a quest or a check.
        const NODE_BYTES: usize = 80;
        /// What an outside service says about a no: 200 characters.
        const REASON_BYTES: usize = 800;
        NODE_BYTES
            + match self {
                Self::All(children) | Self::Any(children) => {
                    children.iter().map(Self::evaluated_bytes_max).sum()
                }
                Self::Not(child) => child.evaluated_bytes_max(),
                Self::Count(leaf) => leaf.kind.as_str().len(),
                Self::DistinctDays(leaf) => leaf.kind.as_str().len(),
                Self::Streak(leaf) => leaf.kind.as_str().len(),
                Self::QuestCleared(leaf) => leaf.quest_id.as_str().len(),
                Self::External(leaf) => leaf.check.as_str().len() + REASON_BYTES,
            }
    }

    /// The name of its kind, as on the wire.
    pub const fn name(&self) -> &'static str {
        self.kind().as_str()
    }

    /// Its kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::All(_) => Kind::All,
            Self::Any(_) => Kind::Any,
            Self::Not(_) => Kind::Not,
            Self::Count(_) => Kind::Count,
            Self::DistinctDays(_) => Kind::DistinctDays,
            Self::Streak(_) => Kind::Streak,
            Self::QuestCleared(_) => Kind::QuestCleared,
            Self::External(_) => Kind::External,
        }
    }
}

/// Counts and collects on the way through a tree. Trees that came as JSON are right in their numbers already;
/// this holds for those made in code too.
#[derive(Default)]
struct Checker {
    nodes: usize,
    too_deep: bool,
    errors: Vec<FieldError>,
}

impl Checker {
    fn visit(&mut self, condition: &Condition, depth: usize, field: &str) {
        self.nodes += 1;
        if depth > DEPTH_MAX {
            self.too_deep = true;
        }
        // Beyond the bounds it is refused anyway: what lies there is not looked at, however much it is.
        if self.too_deep || self.nodes > NODES_MAX {
            return;
        }
        let field = format!("{field}.{}", condition.name());
        match condition {
            Condition::All(children) | Condition::Any(children) => {
                if children.is_empty() && condition.kind() == Kind::Any {
                    self.errors.push(FieldError::new(&field, "must not be empty: it would never hold"));
                }
                for (index, child) in children.iter().enumerate() {
                    self.visit(child, depth + 1, &format!("{field}[{index}]"));
                }
            }
            Condition::Not(child) => self.visit(child, depth + 1, &field),
            Condition::Count(Count { at_least, .. })
            | Condition::DistinctDays(DistinctDays { at_least, .. }) => {
                self.bounds(&field, "at_least", *at_least, AT_LEAST_MAX);
            }
            Condition::Streak(Streak { days, .. }) => self.bounds(&field, "days", *days, STREAK_DAYS_MAX),
            Condition::External(ExternalCheck { params, .. }) => {
                if let Err(message) = wire::check_params(params) {
                    self.errors.push(FieldError::new(format!("{field}.params"), message));
                }
            }
            Condition::QuestCleared(_) => {}
        }
    }

    fn bounds(&mut self, field: &str, name: &str, number: u32, max: u32) {
        if !(1..=max).contains(&number) {
            self.errors.push(FieldError::new(format!("{field}.{name}"), format!("must be 1 to {max}")));
        }
    }
}

#[cfg(test)]
mod tests;
