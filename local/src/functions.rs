//! List of all Lambda functions, which tests compare with the deployment.

use dibs_http::{Access, Route};
use runtime::{Source, Worker};
use serde::Serialize;

use crate::routes::{routes, workers};

/// Lambda function, as the code defines it. It corresponds to an entry of `terraform/functions.json`.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Function {
    /// Name of the function and of its binary: `<domain>-<operation>`.
    pub name: &'static str,
    /// Route keys of API Gateway that lead to the function, such as `POST /api/v1/auth/login`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<String>,
    /// Access to the routes: `open`, `signed-in`, or the allowed roles. `None` for workers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<String>,
    /// Event source of a worker. `None` for routes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Event>,
}

/// Event source of a worker.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Messages of the queue with this name.
    Queue(&'static str),
    /// Stream of the table with this name.
    Stream(&'static str),
    /// Schedule, with its period in seconds.
    ScheduleS(u32),
    /// Route of the WebSocket API, such as `$default`.
    Socket(&'static str),
}

/// Returns all functions: one for each route, the one for paths without a route, and one for each worker.
pub fn functions() -> Vec<Function> {
    let default = Function {
        name: runtime::DEFAULT_FUNCTION,
        routes: vec!["$default".to_owned()],
        access: Some(access(Access::Open)),
        source: None,
    };
    let workers = workers().iter().map(|worker| of_worker(worker));
    routes().iter().map(|route| of_route(route)).chain([default]).chain(workers).collect()
}

fn of_route(route: &Route) -> Function {
    let addresses = route.paths.iter().flat_map(|path| dibs_http::addresses(path));
    Function {
        name: route.name,
        routes: addresses.map(|address| format!("{} {address}", route.method)).collect(),
        access: Some(access(route.operation().access)),
        source: None,
    }
}

fn of_worker(worker: &Worker) -> Function {
    let source = match worker.source {
        Source::Queue(queue, _) => Event::Queue(queue.name),
        Source::Stream(table, _) => Event::Stream(table.name),
        Source::Schedule(every_s, _) => Event::ScheduleS(every_s),
        Source::Socket(route, _) => Event::Socket(route),
    };
    Function { name: worker.name, routes: Vec::new(), access: None, source: Some(source) }
}

fn access(access: Access) -> String {
    match access {
        Access::Open => "open".to_owned(),
        Access::SignedIn => "signed-in".to_owned(),
        Access::Roles(roles) => roles.iter().map(|role| role.as_ref()).collect::<Vec<_>>().join(" or "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(name: &str) -> serde_json::Value {
        let found = functions().into_iter().find(|function| function.name == name);
        serde_json::to_value(found.unwrap()).unwrap()
    }

    #[test]
    fn a_function_is_shown_with_what_leads_to_it() {
        let expected = [
            serde_json::json!({"name": "accounts-login", "routes": ["POST /api/v1/auth/login"], "access": "open"}),
            serde_json::json!({"name": "platform-default", "routes": ["$default"], "access": "open"}),
            serde_json::json!({"name": "rewards-grant-rewards", "source": {"queue": "grants"}}),
            serde_json::json!({"name": "rewards-relay-changes", "source": {"stream": "rewards"}}),
            serde_json::json!({"name": "deals-advance-deals", "source": {"schedule_s": 60}}),
        ];
        for expected in expected {
            assert_eq!(function(expected["name"].as_str().unwrap()), expected);
        }
    }

    #[test]
    fn a_path_in_the_root_is_routed_in_both_places() {
        let routes = function("accounts-get-jwks")["routes"].clone();
        assert_eq!(routes[0], "GET /.well-known/jwks.json");
        assert_eq!(routes[1], "GET /api/v1/.well-known/jwks.json");
    }
}
