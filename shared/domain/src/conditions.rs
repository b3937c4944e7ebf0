//! Conditions that a user must meet to receive a reward.
//!
//! A condition is a small typed tree. It lists the activities and external checks that it needs, so only
//! those are read, and it evaluates to a tree of the same shape with results such as "2 of 3 days". This
//! module performs no reads itself.

mod days;
mod evaluate;
mod evaluation;
pub mod stored;
mod wire;

pub use evaluate::{ExternalAnswer, Facts, Needs, Window};
pub use evaluation::{ConditionKind, ConditionOutcome, Evaluation};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::activities::{ActivityType, OutsideId};
use crate::error::FieldError;
use evaluation::NODE_BYTES;

/// Maximum depth of a tree. A single leaf has depth 1.
pub const DEPTH_MAX: usize = 8;
/// Maximum number of nodes in a tree, leaves and branches.
pub const NODES_MAX: usize = 64;
/// Upper bound of a required count and of a required number of days.
pub const AT_LEAST_MAX: u32 = 10_000;
/// Upper bound of a required streak, in days.
pub const STREAK_DAYS_MAX: u32 = 366;
/// Maximum number of parameters of an external check.
pub const PARAMS_MAX: usize = 16;
/// Maximum length of a parameter value, in characters.
pub const PARAM_CHARS_MAX: usize = 256;
/// Maximum number of months whose activities are read: the most recent ones of the period.
pub const MONTHS_MAX: usize = 24;

/// Condition tree.
///
/// In JSON each node is an object with the kind as its only field: `{"count": {"type": "invite", "at_least":
/// 3}}`, `{"all": [..]}`, `{"not": ..}`. The empty tree `{"all": []}` always holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Holds if all children hold. Holds always if there are none.
    #[serde(deserialize_with = "wire::children")]
    All(Vec<Condition>),
    /// Holds if at least one child holds.
    #[serde(deserialize_with = "wire::some_children")]
    Any(Vec<Condition>),
    /// Holds if the child does not hold.
    Not(Box<Condition>),
    /// Requires a number of activities.
    #[serde(deserialize_with = "wire::object")]
    Count(Count),
    /// Requires activities on a number of days.
    #[serde(deserialize_with = "wire::object")]
    DistinctDays(DistinctDays),
    /// Requires activities on a number of consecutive days.
    #[serde(deserialize_with = "wire::object")]
    Streak(Streak),
    /// Requires that a quest was cleared.
    #[serde(deserialize_with = "wire::object")]
    QuestCleared(QuestCleared),
    /// Requires that an external service confirms the user.
    #[serde(deserialize_with = "wire::object")]
    External(ExternalCheck),
}

/// Minimum number of activities of one type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Count {
    /// Type of the activities.
    #[serde(rename = "type")]
    pub kind: ActivityType,
    /// Required number of activities.
    #[serde(deserialize_with = "wire::at_least")]
    #[schemars(range(min = 1, max = AT_LEAST_MAX))]
    pub at_least: u32,
    /// Whether distinct `ref` values of the activities are counted instead of the activities.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub distinct_refs: bool,
}

/// Activities of one type on a minimum number of calendar days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct DistinctDays {
    /// Type of the activities.
    #[serde(rename = "type")]
    pub kind: ActivityType,
    /// Required number of days.
    #[serde(deserialize_with = "wire::at_least")]
    #[schemars(range(min = 1, max = AT_LEAST_MAX))]
    pub at_least: u32,
}

/// Activities of one type on consecutive calendar days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Streak {
    /// Type of the activities.
    #[serde(rename = "type")]
    pub kind: ActivityType,
    /// Required number of consecutive days.
    #[serde(deserialize_with = "wire::streak_days")]
    #[schemars(range(min = 1, max = STREAK_DAYS_MAX))]
    pub days: u32,
}

/// Requirement that a quest was cleared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct QuestCleared {
    /// Id of the quest: the `ref` of a `quest_clear` activity.
    pub quest_id: OutsideId,
}

/// Check by the external condition service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct ExternalCheck {
    /// Name of the check at that service.
    pub check: OutsideId,
    /// Parameters that are sent to the service: up to 16 texts of up to 256 characters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "wire::params")]
    #[schemars(schema_with = "wire::params_schema")]
    pub params: BTreeMap<String, String>,
}

impl Condition {
    /// Returns the condition that always holds.
    pub const fn always() -> Self {
        Self::All(Vec::new())
    }

    /// Returns `true` if it equals [`Self::always`].
    pub fn is_always(&self) -> bool {
        matches!(self, Self::All(children) if children.is_empty())
    }

    /// Combines both conditions with `all`. A condition that always holds is dropped.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self.is_always(), other.is_always()) {
            (true, _) => other,
            (_, true) => self,
            _ => Self::All(vec![self, other]),
        }
    }

    /// Validates the tree: at most [`DEPTH_MAX`] deep, at most [`NODES_MAX`] nodes, all numbers within their
    /// bounds. `field` is the path of the condition in the request, such as `condition`.
    ///
    /// # Errors
    /// All invalid fields, each with its path.
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

    /// Returns an upper bound for the stored size of its evaluation, in bytes.
    pub fn evaluated_bytes_max(&self) -> usize {
        /// Reason from the external service for a refusal: 200 characters of up to four bytes.
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

    /// Returns an upper bound for the length of [`Evaluation::values`] of this condition, in bytes.
    pub fn values_bytes_max(&self) -> usize {
        /// Bytes of one node: outcome and number. A user has less than 100,000 activities of a type in a
        /// period.
        const VALUE_BYTES: usize = 6;
        VALUE_BYTES
            + match self {
                Self::All(children) | Self::Any(children) => {
                    children.iter().map(Self::values_bytes_max).sum()
                }
                Self::Not(child) => child.values_bytes_max(),
                Self::Count(_)
                | Self::DistinctDays(_)
                | Self::Streak(_)
                | Self::QuestCleared(_)
                | Self::External(_) => 0,
            }
    }

    /// Returns the name of the node's kind as it appears in the API.
    pub fn name(&self) -> &'static str {
        self.kind().into()
    }

    /// Returns the kind of the root node.
    pub const fn kind(&self) -> ConditionKind {
        match self {
            Self::All(_) => ConditionKind::All,
            Self::Any(_) => ConditionKind::Any,
            Self::Not(_) => ConditionKind::Not,
            Self::Count(_) => ConditionKind::Count,
            Self::DistinctDays(_) => ConditionKind::DistinctDays,
            Self::Streak(_) => ConditionKind::Streak,
            Self::QuestCleared(_) => ConditionKind::QuestCleared,
            Self::External(_) => ConditionKind::External,
        }
    }
}

/// Visitor that validates a tree. Deserialization already checks the numbers of JSON trees; this also covers
/// trees that are built in code.
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
        // Stop at the limits: the tree is rejected anyway, and it may be very large.
        if self.too_deep || self.nodes > NODES_MAX {
            return;
        }
        let field = format!("{field}.{}", condition.name());
        match condition {
            Condition::All(children) | Condition::Any(children) => {
                if children.is_empty() && condition.kind() == ConditionKind::Any {
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
