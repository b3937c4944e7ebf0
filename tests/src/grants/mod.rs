//! What each function may do on AWS, held against what it does in the tests. `terraform/functions.json` says
//! the one; the calls of the SDKs' clients, seen by a [`Recorder`], say the other.

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

/// Actions as IAM names them, without `dynamodb:` or `sqs:`.
pub type Actions = BTreeSet<String>;

/// What one function does, or may do: the part of its entry in `terraform/functions.json` that becomes its
/// role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// By table, or by `<table>/index/<index>`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tables: BTreeMap<String, Actions>,
    /// By queue.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub queues: BTreeMap<String, Actions>,
}

/// The same for every function, by its name.
pub type Functions = BTreeMap<String, Grants>;

/// Puts everything of `from` into `into` too.
pub fn merge(into: &mut Functions, from: Functions) {
    for (function, grants) in from {
        let known = into.entry(function).or_default();
        for (table, actions) in grants.tables {
            known.tables.entry(table).or_default().extend(actions);
        }
        for (queue, actions) in grants.queues {
            known.queues.entry(queue).or_default().extend(actions);
        }
    }
}
