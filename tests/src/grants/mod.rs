//! Comparison of what each function may do on AWS with what it did in the tests. `terraform/functions.json`
//! contains the permissions, and a [`Recorder`] in the SDK's clients records the calls.

mod calls;
mod difference;
mod files;
mod recorder;

pub use calls::{Call, calls_of};
pub use difference::{Grant, more, never_used, not_allowed};
pub use files::{Roles, calls_folder, keep, kept, roles};
pub use recorder::Recorder;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Names of actions in IAM, without `dynamodb:` or `sqs:`.
pub type Actions = BTreeSet<String>;

/// Actions that one function called, or that its role allows. This is the part of its entry in
/// `terraform/functions.json` that defines the role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Actions on DynamoDB, by `<table>` or `<table>/index/<index>`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tables: BTreeMap<String, Actions>,
    /// Actions on SQS, by the name of the queue.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub queues: BTreeMap<String, Actions>,
}

/// Grants of every function, by its name.
pub type Functions = BTreeMap<String, Grants>;

impl Grants {
    /// Adds the actions of `other`.
    pub fn add(&mut self, other: Self) {
        for (table, actions) in other.tables {
            self.tables.entry(table).or_default().extend(actions);
        }
        for (queue, actions) in other.queues {
            self.queues.entry(queue).or_default().extend(actions);
        }
    }
}

/// Adds all grants of `from` to those in `into`, function by function.
pub fn merge(into: &mut Functions, from: Functions) {
    for (function, grants) in from {
        into.entry(function).or_default().add(grants);
    }
}
