//! Evaluated condition: a tree of the same shape with required and actual values.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strum::IntoStaticStr;

use crate::activities::{ActivityType, OutsideId};

/// Bytes of an evaluated node in the store: its names and numbers, without the texts that name an activity, a quest or a
/// check.
pub(super) const NODE_BYTES: usize = 80;

/// Kind of a condition node.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[strum(serialize_all = "snake_case")]
pub enum ConditionKind {
    /// All children must hold.
    All,
    /// One or more children must hold.
    Any,
    /// The child must not hold.
    Not,
    /// A number of activities is required.
    Count,
    /// Activities on a number of days are required.
    DistinctDays,
    /// Activities on a number of consecutive days are required.
    Streak,
    /// A quest must be cleared.
    QuestCleared,
    /// An external service must confirm the user.
    External,
}

/// Three-valued result of a condition: `true`, `false` or `null` in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConditionOutcome {
    /// The condition is met.
    Passed,
    /// The condition is not met.
    Failed,
    /// The result depends on an external service that has not answered.
    Unknown,
}

impl ConditionOutcome {
    /// Returns the result as a boolean, or `None` if it is unknown.
    pub const fn known(self) -> Option<bool> {
        match self {
            Self::Passed => Some(true),
            Self::Failed => Some(false),
            Self::Unknown => None,
        }
    }
}

impl From<bool> for ConditionOutcome {
    fn from(passed: bool) -> Self {
        if passed { Self::Passed } else { Self::Failed }
    }
}

/// Negates by Kleene's logic: unknown stays unknown.
impl std::ops::Not for ConditionOutcome {
    type Output = Self;

    fn not(self) -> Self {
        self.known().map_or(Self::Unknown, |passed| Self::from(!passed))
    }
}

impl Serialize for ConditionOutcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.known().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ConditionOutcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<bool>::deserialize(deserializer)?.map_or(Self::Unknown, Self::from))
    }
}

/// Evaluated node of a condition: required value, actual value and result.
///
/// Empty fields are omitted, since the tree is stored with every claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evaluation {
    /// Kind of the condition node.
    pub kind: ConditionKind,
    /// Type of the activities, for `count`, `distinct_days` and `streak`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ActivityType")]
    pub activity: Option<ActivityType>,
    /// Whether distinct `ref` values are counted instead of activities, for `count`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub distinct_refs: bool,
    /// Id of the quest, for `quest_cleared`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OutsideId")]
    pub quest_id: Option<OutsideId>,
    /// Name of the check, for `external`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OutsideId")]
    pub check: Option<OutsideId>,
    /// Number that `actual` must reach: activities or days, or child nodes that hold, which are all
    /// children for `all` and 1 for `any`. It is 1 for `quest_cleared` and `external`. For `not` it is 0,
    /// which `actual` must not exceed.
    pub required: u32,
    /// Number that is reached so far, without child nodes whose result is unknown. Omitted for `external`
    /// and `not` while the external service has not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32")]
    pub actual: Option<u32>,
    /// Reason of the external service for a negative answer, visible to staff only: one line of at most 200
    /// characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub reason: Option<String>,
    /// Result of the node. `null` if it depends on an external service that has not answered.
    #[schemars(with = "Option<bool>")]
    pub passed: ConditionOutcome,
    /// Evaluated child nodes, in the order of the condition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Evaluation>,
}

impl Evaluation {
    /// Creates a node without children whose actual value is known.
    pub(super) fn leaf(kind: ConditionKind, required: u32, actual: u32) -> Self {
        Self { actual: Some(actual), passed: (actual >= required).into(), ..Self::unknown(kind, required) }
    }

    /// Creates a node whose result is unknown.
    pub(super) const fn unknown(kind: ConditionKind, required: u32) -> Self {
        Self {
            kind,
            activity: None,
            distinct_refs: false,
            quest_id: None,
            check: None,
            required,
            actual: None,
            reason: None,
            passed: ConditionOutcome::Unknown,
            children: Vec::new(),
        }
    }

    pub(super) fn all(children: Vec<Self>) -> Self {
        let passed = if children.iter().any(|child| child.passed == ConditionOutcome::Failed) {
            ConditionOutcome::Failed
        } else if children.iter().any(|child| child.passed == ConditionOutcome::Unknown) {
            ConditionOutcome::Unknown
        } else {
            ConditionOutcome::Passed
        };
        Self { passed, ..Self::branch(ConditionKind::All, count(children.len()), children) }
    }

    pub(super) fn any(children: Vec<Self>) -> Self {
        let passed = if children.iter().any(|child| child.passed == ConditionOutcome::Passed) {
            ConditionOutcome::Passed
        } else if children.iter().any(|child| child.passed == ConditionOutcome::Unknown) {
            ConditionOutcome::Unknown
        } else {
            ConditionOutcome::Failed
        };
        Self { passed, ..Self::branch(ConditionKind::Any, 1, children) }
    }

    pub(super) fn not(child: Self) -> Self {
        let holds = child.passed.known().map(u32::from);
        Self {
            passed: !child.passed,
            actual: holds,
            children: vec![child],
            ..Self::unknown(ConditionKind::Not, 0)
        }
    }

    fn branch(kind: ConditionKind, required: u32, children: Vec<Self>) -> Self {
        let holding = children.iter().filter(|child| child.passed == ConditionOutcome::Passed).count();
        Self { actual: Some(count(holding)), children, ..Self::unknown(kind, required) }
    }

    /// Returns the tree without the reasons of external services, for users.
    #[must_use]
    pub fn without_reasons(mut self) -> Self {
        self.reason = None;
        self.children = self.children.into_iter().map(Self::without_reasons).collect();
        self
    }

    /// Returns whether both are evaluations of the same condition, whatever their results.
    pub(crate) fn is_of_same_condition(&self, other: &Self) -> bool {
        let one = (self.kind, self.required, self.distinct_refs, &self.activity, &self.quest_id, &self.check);
        let another =
            (other.kind, other.required, other.distinct_refs, &other.activity, &other.quest_id, &other.check);
        let mut children = self.children.iter().zip(&other.children);
        one == another
            && self.children.len() == other.children.len()
            && children.all(|(one, other)| one.is_of_same_condition(other))
    }

    /// Returns the results of all nodes as one text, parents first: `+` (passed), `-` (failed) or `?`
    /// (unknown), followed by `actual` if it is known.
    pub(crate) fn values(&self) -> String {
        let outcome = match self.passed {
            ConditionOutcome::Passed => '+',
            ConditionOutcome::Failed => '-',
            ConditionOutcome::Unknown => '?',
        };
        let actual = self.actual.map(|actual| actual.to_string()).unwrap_or_default();
        let children: String = self.children.iter().map(Self::values).collect();
        format!("{outcome}{actual}{children}")
    }

    /// Returns the evaluation of the same condition with the results in `values`, a text of
    /// [`Self::values`], and without reasons of external services. `None` when `values` has another number
    /// of nodes.
    pub(crate) fn with_values(&self, values: &str) -> Option<Self> {
        let mut left = values;
        let evaluation = self.with_next_values(&mut left)?;
        left.is_empty().then_some(evaluation)
    }

    fn with_next_values(&self, left: &mut &str) -> Option<Self> {
        let passed = match left.chars().next()? {
            '+' => ConditionOutcome::Passed,
            '-' => ConditionOutcome::Failed,
            '?' => ConditionOutcome::Unknown,
            _ => return None,
        };
        let rest = &left[1..];
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (actual, next) = rest.split_at(digits);
        *left = next;
        let actual = if actual.is_empty() { None } else { Some(actual.parse().ok()?) };
        let children =
            self.children.iter().map(|child| child.with_next_values(left)).collect::<Option<_>>()?;
        Some(Self { passed, actual, reason: None, children, ..self.clone() })
    }

    /// Returns an upper bound for the stored size of the evaluation, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let texts = [&self.quest_id, &self.check].into_iter().flatten().map(|text| text.as_str().len());
        let activity = self.activity.as_ref().map_or(0, |activity| activity.as_str().len());
        let own = texts.sum::<usize>() + activity + self.reason.as_ref().map_or(0, String::len);
        NODE_BYTES + own + self.children.iter().map(Self::bytes).sum::<usize>()
    }

    /// Returns the result of the whole condition.
    pub const fn outcome(&self) -> ConditionOutcome {
        self.passed
    }
}

/// Converts a number to `u32`, saturating.
pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Formats the result of the node without its children as text: `login: 2 of 3 days`.
impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |noun: &str| match self.actual {
            Some(actual) => format!("{actual} of {}{noun}", self.required),
            None => format!("? of {}{noun}", self.required),
        };
        let name = self.activity.as_ref().map_or("", ActivityType::as_str);
        let said = |yes: &'static str, no: &'static str| match self.passed {
            ConditionOutcome::Passed => yes,
            ConditionOutcome::Failed => no,
            ConditionOutcome::Unknown => "not known",
        };
        match self.kind {
            ConditionKind::All => write!(f, "{}", of(" conditions")),
            ConditionKind::Any => write!(f, "{}", of(" conditions needed")),
            ConditionKind::Not => f.write_str(said("not so", "must not be so")),
            ConditionKind::Count if self.distinct_refs => write!(f, "{name}: {}", of(" different")),
            ConditionKind::Count => write!(f, "{name}: {}", of("")),
            ConditionKind::DistinctDays => write!(f, "{name}: {}", of(" days")),
            ConditionKind::Streak => write!(f, "{name}: {}", of(" days in a row")),
            ConditionKind::QuestCleared => {
                let quest = self.quest_id.as_ref().map_or("", OutsideId::as_str);
                write!(f, "quest {quest}: {}", said("cleared", "not cleared"))
            }
            ConditionKind::External => {
                let check = self.check.as_ref().map_or("", OutsideId::as_str);
                write!(f, "{check}: {}", said("qualified", "not qualified"))
            }
        }
    }
}
