//! Refusals and roles that no test observed.

use std::collections::{BTreeSet, HashSet};

use dibs_http::{Access, Route};
use domain::accounts::Role;
use serde_json::Value;

use super::ObservedReply;

const ROLES: [Role; 4] = [Role::User, Role::Operator, Role::Auditor, Role::Admin];

/// Error codes that any operation may return and that do not depend on its request: a failure or an overload
/// of the system. Separate tests provoke them.
const OF_THE_SYSTEM: [&str; 2] = ["INTERNAL_ERROR", "BUSY"];

/// Refusals that a race decides about: the loser of two requests at once gets this one or another, so that
/// some runs do not observe it. The API tests accept both.
const OF_RACES: [(&str, &str); 1] = [("accounts-update-account", "CONFLICT")];

/// Returns a sentence for each documented refusal that no test provoked, for each route that no test saw
/// succeed, and for each role whose acceptance or refusal by a route no test saw. A caller is accepted if the
/// reply is neither 401 nor 403. `document` is the OpenAPI document of the routes.
pub fn missing(routes: &[&Route], document: &Value, replies: &BTreeSet<ObservedReply>) -> Vec<String> {
    let mut sentences = Vec::new();
    for route in routes {
        let of_route: Vec<&ObservedReply> =
            replies.iter().filter(|reply| reply.route == route.name).collect();
        sentences.extend(codes(route, document, &of_route));
        sentences.extend(callers(route, &of_route));
    }
    sentences
}

fn codes(route: &Route, document: &Value, replies: &[&ObservedReply]) -> Vec<String> {
    let seen: HashSet<(u16, &str)> =
        replies.iter().filter_map(|reply| Some((reply.status, reply.code.as_deref()?))).collect();
    let mut sentences = BTreeSet::new();
    for path in route.paths {
        let operation = &document["paths"][format!("/api/v1{path}")][route.method.to_ascii_lowercase()];
        for (status, response) in operation["responses"].as_object().into_iter().flatten() {
            let Some(status) = status.parse().ok().filter(|status| *status >= 400) else { continue };
            for code in response["description"].as_str().unwrap_or_default().split(", ") {
                let is_certain = !OF_THE_SYSTEM.contains(&code) && !OF_RACES.contains(&(route.name, code));
                if is_certain && !seen.contains(&(status, code)) {
                    sentences.insert(format!("{}: no test observed the refusal {status} {code}", route.name));
                }
            }
        }
    }
    sentences.into_iter().collect()
}

fn callers(route: &Route, replies: &[&ObservedReply]) -> Vec<String> {
    let access = route.operation().access;
    let mut sentences = Vec::new();
    if !replies.iter().any(|reply| reply.status < 400) {
        sentences.push(format!("{}: no test observed a success", route.name));
    }
    for role in [None].into_iter().chain(ROLES.map(Some)) {
        let refusal = match (access, role) {
            (Access::Open, None) | (Access::SignedIn, Some(_)) => None,
            // A token makes no difference to an open route.
            (Access::Open, Some(_)) => continue,
            (_, None) => Some((401, "UNAUTHORIZED")),
            (Access::Roles(roles), Some(role)) => (!roles.contains(&role)).then_some((403, "FORBIDDEN")),
        };
        let own: Vec<&ObservedReply> = replies.iter().copied().filter(|reply| is_of(reply, role)).collect();
        let caller = role.as_ref().map_or("a caller without a token", |role| role.as_ref());
        match refusal {
            Some((status, code)) => {
                if !own.iter().any(|reply| reply.status == status && reply.code.as_deref() == Some(code)) {
                    sentences.push(format!("{}: no test saw {caller} refused with {code}", route.name));
                }
            }
            None => {
                if !own.iter().any(|reply| !matches!(reply.status, 401 | 403)) {
                    sentences.push(format!("{}: no test saw {caller} accepted", route.name));
                }
            }
        }
    }
    sentences
}

/// Returns `true` if the reply's caller has exactly `role`, or no token if that is `None`.
fn is_of(reply: &ObservedReply, role: Option<Role>) -> bool {
    match (&reply.roles, role) {
        (None, None) => true,
        (Some(roles), Some(role)) => roles.len() == 1 && roles[0] == role.as_ref(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use local::routes::{document, routes};

    use super::*;

    fn observed(roles: Option<&[&str]>, status: u16, code: Option<&str>) -> ObservedReply {
        ObservedReply {
            route: "accounts-get-user".to_owned(),
            roles: roles.map(|roles| roles.iter().map(|role| (*role).to_owned()).collect()),
            status,
            code: code.map(str::to_owned),
        }
    }

    fn sentences(replies: &[ObservedReply]) -> Vec<String> {
        let mut routes = routes().to_vec();
        routes.retain(|route| route.name == "accounts-get-user");
        let document: Value = serde_json::from_str(&document()).unwrap();
        missing(&routes, &document, &replies.iter().cloned().collect())
    }

    fn complete() -> Vec<ObservedReply> {
        let forbidden = Some("FORBIDDEN");
        vec![
            observed(None, 401, Some("UNAUTHORIZED")),
            observed(Some(&["USER"]), 403, forbidden),
            observed(Some(&["OPERATOR"]), 403, forbidden),
            observed(Some(&["AUDITOR"]), 403, forbidden),
            observed(Some(&["ADMIN"]), 404, Some("NOT_FOUND")),
            observed(Some(&["ADMIN"]), 503, Some("ACCESS_UNCONFIRMED")),
            observed(Some(&["ADMIN"]), 200, None),
            observed(Some(&["ADMIN"]), 400, Some("VALIDATION_ERROR")),
            observed(Some(&["ADMIN"]), 403, Some("TOTP_ENROLMENT_REQUIRED")),
        ]
    }

    #[test]
    fn nothing_is_missing_when_every_refusal_and_role_was_observed() {
        assert_eq!(sentences(&complete()), Vec::<String>::new());
    }

    #[test]
    fn each_reply_that_was_not_observed_is_named() {
        for (reply, sentence) in [
            (0, "no test saw a caller without a token refused with UNAUTHORIZED"),
            (1, "no test saw USER refused with FORBIDDEN"),
            (2, "no test saw OPERATOR refused with FORBIDDEN"),
            (4, "no test observed the refusal 404 NOT_FOUND"),
            (5, "no test observed the refusal 503 ACCESS_UNCONFIRMED"),
            (6, "no test observed a success"),
        ] {
            let mut replies = complete();
            replies.remove(reply);
            let found = sentences(&replies);
            assert!(found.contains(&format!("accounts-get-user: {sentence}")), "{sentence}: {found:?}");
        }
    }

    #[test]
    fn caller_with_several_roles_does_not_count_as_one_of_them() {
        let mut replies = complete();
        for reply in &mut replies[4..] {
            reply.roles = Some(vec!["USER".to_owned(), "ADMIN".to_owned()]);
        }
        assert_eq!(sentences(&replies), ["accounts-get-user: no test saw ADMIN accepted"]);
    }

    #[test]
    fn code_with_another_status_than_the_documented_one_does_not_count() {
        let mut replies = complete();
        replies[4] = observed(Some(&["ADMIN"]), 410, Some("NOT_FOUND"));
        assert_eq!(sentences(&replies), ["accounts-get-user: no test observed the refusal 404 NOT_FOUND"]);
    }
}
