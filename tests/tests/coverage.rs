//! Tests of completeness: every route has its module, an entry in the OpenAPI document, the callers that its
//! signature says, and the refusals of its kind. `tests/observed.rs` checks that tests have provoked each
//! refusal of a route.

mod refusals;
mod sizes;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dibs_http::{Access, Domain};
use dibs_tests::generate::access;
use dibs_tests::harness::{Caller, TestApp};
use domain::Code;
use domain::accounts::Role;
use local::routes::{DOMAINS, document, routes};
use serde_json::Value;
use store::schema::REVOKED;

#[tokio::test]
async fn route_refuses_exactly_the_callers_that_it_should() {
    let app = TestApp::start().await;
    type CallerOf = fn(&TestApp) -> Caller;
    let callers: [(Option<Role>, CallerOf); 5] = [
        (None, TestApp::anonymous),
        (Some(Role::User), TestApp::user),
        (Some(Role::Operator), TestApp::operator),
        (Some(Role::Auditor), TestApp::auditor),
        (Some(Role::Admin), TestApp::admin),
    ];
    let mut calls = 0;
    for route in routes() {
        for path in route.paths {
            let path = filled(path);
            for (role, caller) in callers {
                let reply = caller(&app).call(route.method, &path).await;
                let found = (reply.status, reply.json["error"]["code"].as_str().unwrap_or_default());
                match access::refusal(route.operation().access, role) {
                    Some(refusal) => assert_eq!(found, refusal, "{} by {role:?}", route.name),
                    // These routes respond with 401 to a caller with any role: a refresh because its cookie
                    // is missing, the others because the caller has no account. Other callers without access
                    // get 403.
                    None if matches!(
                        route.name,
                        "accounts-refresh" | "accounts-get-account" | "accounts-update-account"
                    ) => {}
                    // A callback without the provider's signature gets 401 from any caller.
                    None if route.name == "wallet-handle-payment-callback" => assert_eq!(found.0, 401),
                    None if route.name == "rewards-get-claim" && role == Some(Role::User) => {}
                    None if route.name == "wallet-get-payment" && role == Some(Role::User) => {}
                    None => assert!(!matches!(found.0, 401 | 403), "{} by {role:?}: {found:?}", route.name),
                }
                calls += 1;
            }
            for caller in [app.expired(), app.forger()] {
                let reply = caller.call(route.method, &path).await;
                if route.operation().access != Access::Open {
                    reply.refused(401, "UNAUTHORIZED");
                }
            }
        }
    }
    assert!(calls >= 5 * routes().len());
    app.finish().await;
}

/// Returns the path with a sample value in place of each parameter.
fn filled(path: &str) -> String {
    let part = |part: &str| match part {
        "{request_id}" => "usr_none:cmp_none".to_owned(),
        "{payment_id}" => "usr_none:1".to_owned(),
        "{file}" => "docs.js".to_owned(),
        part if part.starts_with('{') => "none".to_owned(),
        part => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns the files below `folder` with the extension `ending`, as paths relative to `folder`.
fn files(folder: &str, ending: &str) -> BTreeSet<String> {
    let (start, mut found) = (root().join(folder), BTreeSet::new());
    let mut folders = vec![start.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                found.insert(path.strip_prefix(&start).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    found
}

fn split(name: &'static str) -> (&'static str, &'static str) {
    let parts = |domain: &&Domain| Some((domain.name, name.strip_prefix(domain.name)?.strip_prefix('-')?));
    DOMAINS.iter().find_map(parts).unwrap_or_else(|| panic!("{name} is no <domain>-<operation>"))
}

#[test]
fn every_function_has_its_module_and_no_module_is_left_over() {
    for domain in DOMAINS {
        let folder = domain.name.replace('-', "_");
        let modules = |names: Vec<&'static str>| -> BTreeSet<String> {
            names.into_iter().map(|name| format!("{}.rs", split(name).1.replace('-', "_"))).collect()
        };
        let known = |part: &str| -> BTreeSet<String> {
            let there = root().join(format!("functions/{folder}/src/{part}")).is_dir();
            let all =
                if there { files(&format!("functions/{folder}/src/{part}"), "rs") } else { BTreeSet::new() };
            all.into_iter().filter(|file| file != "mod.rs" && !file.contains('/')).collect()
        };
        let routes = domain.routes.iter().map(|route| route.name).collect();
        assert_eq!(known("handlers"), modules(routes), "handlers of {}", domain.name);
        let workers = domain.workers.iter().map(|worker| worker.name).collect();
        assert_eq!(known("workers"), modules(workers), "workers of {}", domain.name);
    }
    let crates: BTreeSet<String> = std::fs::read_dir(root().join("functions"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(crates, DOMAINS.iter().map(|domain| domain.name.replace('-', "_")).collect());
}

#[test]
fn every_route_and_every_code_is_in_the_document() {
    let document: Value = serde_json::from_str(&document()).unwrap();
    let failure = &document["components"]["schemas"]["Failure"]["properties"]["error"]["properties"]["code"];
    let said = failure["description"].as_str().unwrap();
    for (code, meaning) in Code::ALL {
        assert!(!meaning.trim().is_empty(), "{code:?}");
        assert!(said.contains(&format!("`{}`", code.as_str())), "{code:?}");
    }
    let operations: usize =
        document["paths"].as_object().unwrap().values().map(|one| one.as_object().unwrap().len()).sum();
    let in_two_places =
        routes().iter().flat_map(|route| route.paths).filter(|path| path.starts_with("/.well-known/"));
    let wanted: usize = routes().iter().map(|route| route.paths.len()).sum();
    assert_eq!(operations, wanted + in_two_places.count());
    for route in routes() {
        for path in route.paths {
            let operation = &document["paths"][format!("/api/v1{path}")][route.method.to_ascii_lowercase()];
            assert!(operation["responses"].is_object(), "{} {path}", route.method);
        }
    }
}

/// Functions of the routes that can require an admission. Any other route that reads the queue token does not
/// refuse callers without one.
const GUARDED: [&str; 6] = [
    "rewards-claim-rewards",
    "rewards-claim-reward",
    "concerts-list-seats",
    "concerts-create-reservation",
    "deals-create-order",
    "live-get-seat-map",
];

#[test]
fn guarded_route_refuses_a_caller_without_its_queue_token() {
    let refusals = [Code::QueueTokenRequired, Code::QueueTokenInvalid, Code::QueueTokenExpired];
    for route in routes() {
        let guarded = GUARDED.contains(&route.name);
        let takes_token = route.operation().queue_token;
        assert_eq!(takes_token, guarded || route.name == "waiting-room-get-position", "{}", route.name);
        assert_eq!(refusals.iter().all(|code| route.refusals.contains(code)), guarded, "{}", route.name);
    }
}

#[test]
fn every_code_is_either_a_refusal_of_a_route_or_one_that_all_have() {
    let mut seen: BTreeSet<&str> = BTreeSet::from([
        "BAD_JSON",
        "DUPLICATE_MEMBER",
        "VALIDATION_ERROR",
        "UNAUTHORIZED",
        "FORBIDDEN",
        "ACCESS_UNCONFIRMED",
        "TOTP_ENROLMENT_REQUIRED",
        "NOT_FOUND",
        "METHOD_NOT_ALLOWED",
        "PAYLOAD_TOO_LARGE",
        "UNSUPPORTED_MEDIA_TYPE",
        "IDEMPOTENCY_KEY_REUSED",
        "INTERNAL_ERROR",
        "BUSY",
        "HOST_NOT_ALLOWED",
    ]);
    seen.extend(routes().iter().flat_map(|route| route.refusals).map(|code| code.as_str()));
    let all: BTreeSet<&str> = Code::ALL.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(all, seen, "a code that no route gives, or one that is not in the list");
}

/// Checks that the role of the function of each route that checks access tokens allows reading the revocation
/// list, and that no other one does.
#[test]
fn every_signed_in_function_may_read_the_list_of_revoked_access() {
    let Some(roles) = dibs_tests::grants::roles().unwrap().0 else { return };
    for route in routes() {
        let tables = &roles[route.name].tables;
        let may = tables.get(REVOKED.name).is_some_and(|actions| actions.contains("Query"));
        // An open route that shows more to staff reads the revocation list if an access token is sent.
        let asks = OPEN_TO_VIEWERS.contains(&route.name) || route.operation().access != Access::Open;
        assert_eq!(may, asks, "{}", route.name);
    }
}

/// Functions of open routes that read an access token if one is sent.
const OPEN_TO_VIEWERS: [&str; 3] = ["deals-list-products", "deals-get-product", "live-get-seat-map"];
