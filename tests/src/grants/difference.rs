//! Differences between two sets of grants, in both directions.

use std::fmt;

use store::schema::REVOKED;

use super::{Actions, Functions};

/// Action of one function on one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Name of the function.
    pub function: String,
    /// Name of the action in IAM.
    pub action: String,
    /// Description of the resource: `the table rewards`, `the queue grants`.
    pub resource: String,
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} on {}", self.function, self.action, self.resource)
    }
}

/// Returns the grants that `one` contains and `other` does not.
pub fn more(one: &Functions, other: &Functions) -> Vec<Grant> {
    let mut found = Vec::new();
    for (function, grants) in one {
        let (tables, queues) = match other.get(function) {
            Some(other) => (Some(&other.tables), Some(&other.queues)),
            None => (None, None),
        };
        let kinds = [("table", &grants.tables, tables), ("queue", &grants.queues, queues)];
        for (kind, resources, other) in kinds {
            for (resource, actions) in resources {
                let there = other.and_then(|other| other.get(resource));
                found.extend(missing(actions, there).map(|action| Grant {
                    function: function.clone(),
                    action: action.clone(),
                    resource: format!("the {kind} {resource}"),
                }));
            }
        }
    }
    found
}

fn missing<'a>(actions: &'a Actions, there: Option<&'a Actions>) -> impl Iterator<Item = &'a String> {
    actions.iter().filter(move |action| there.is_none_or(|there| !there.contains(*action)))
}

/// Returns a sentence for each recorded call that the role of its function does not allow.
pub fn not_allowed(calls: &Functions, roles: &Functions) -> Vec<String> {
    let sentence = |grant| format!("{grant} is not in the role that terraform/functions.json gives it");
    more(calls, roles).into_iter().map(sentence).collect()
}

/// Returns a sentence for each action that a role allows and its function never called. Reads of the
/// revocation list are left out: an instance reads it once a second, and a test has one instance for all
/// functions. The coverage tests check that each signed-in route may read it.
pub fn never_used(roles: &Functions, calls: &Functions) -> Vec<String> {
    let is_the_list =
        |grant: &Grant| grant.action == "Query" && grant.resource == format!("the table {}", REVOKED.name);
    let sentence = |grant| format!("{grant} is in terraform/functions.json, and no test saw it called");
    more(roles, calls).into_iter().filter(|grant| !is_the_list(grant)).map(sentence).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn functions(of: Value) -> Functions {
        serde_json::from_value(of).unwrap()
    }

    fn usual() -> Functions {
        functions(json!({
            "accounts-login": {"routes": ["POST /api/v1/auth/login"],
                "tables": {"accounts": ["GetItem", "UpdateItem"], "accounts/index/list": ["Query"]}},
            "accounts-relay-changes": {"queues": {"activities": ["SendMessage"]}},
        }))
    }

    #[test]
    fn the_same_is_no_difference() {
        assert!(not_allowed(&usual(), &usual()).is_empty());
        assert!(never_used(&usual(), &usual()).is_empty());
    }

    #[test]
    fn a_call_that_no_role_allows_is_named() {
        for (calls, sentence) in [
            (
                json!({"accounts-login": {"tables": {"accounts": ["DeleteItem", "GetItem"]}}}),
                "accounts-login: DeleteItem on the table accounts",
            ),
            (
                json!({"accounts-login": {"tables": {"accounts": ["Query"]}}}),
                "accounts-login: Query on the table accounts",
            ),
            (
                json!({"accounts-login": {"queues": {"activities": ["SendMessage"]}}}),
                "accounts-login: SendMessage on the queue activities",
            ),
            (
                json!({"accounts-logout": {"tables": {"accounts": ["GetItem"]}}}),
                "accounts-logout: GetItem on the table accounts",
            ),
        ] {
            let said = not_allowed(&functions(calls), &usual());
            assert_eq!(
                said,
                [format!("{sentence} is not in the role that terraform/functions.json gives it")]
            );
        }
    }

    #[test]
    fn an_action_that_is_never_called_is_named() {
        let mut calls = usual();
        calls.get_mut("accounts-login").unwrap().tables.remove("accounts/index/list");
        calls.remove("accounts-relay-changes");
        let said = never_used(&usual(), &calls);
        assert_eq!(
            said,
            [
                "accounts-login: Query on the table accounts/index/list is in terraform/functions.json, and no test saw it called",
                "accounts-relay-changes: SendMessage on the queue activities is in terraform/functions.json, and no test saw it called",
            ]
        );
    }
}
