//! Every function that there is, for whoever compares them with what is deployed.

use edge::{Access, Route, Source, Worker};
use serde::Serialize;

use crate::routes::{routes, workers};

/// One Lambda function: its entry in `terraform/functions.json`, as the code knows it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Function {
    /// `<domain>-<operation>`: the binary, too.
    pub name: &'static str,
    /// The keys of API Gateway's routes that lead to it: `POST /api/v1/auth/login`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<String>,
    /// Who may call its routes: `open`, `signed-in`, or roles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<String>,
    /// What calls a worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Event>,
}

/// What calls a worker.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The messages of this queue.
    Queue(&'static str),
    /// The stream of this table.
    Stream(&'static str),
    /// The clock, every so many seconds.
    ScheduleS(u32),
}

/// All functions: the routes, what answers where there is no route, and the workers.
pub fn functions() -> Vec<Function> {
    let default = Function {
        name: edge::DEFAULT_FUNCTION,
        routes: vec!["$default".to_owned()],
        access: Some(access(Access::Open)),
        source: None,
    };
    let workers = workers().iter().map(|worker| of_worker(worker));
    routes().iter().map(|route| of_route(route)).chain([default]).chain(workers).collect()
}

fn of_route(route: &Route) -> Function {
    let addresses = route.paths.iter().flat_map(|path| edge::addresses(path));
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
    };
    Function { name: worker.name, routes: Vec::new(), access: None, source: Some(source) }
}

fn access(access: Access) -> String {
    match access {
        Access::Open => "open".to_owned(),
        Access::SignedIn => "signed-in".to_owned(),
        Access::Roles(roles) => roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" or "),
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
        let said = [
            serde_json::json!({"name": "auth-login", "routes": ["POST /api/v1/auth/login"], "access": "open"}),
            serde_json::json!({"name": "platform-default", "routes": ["$default"], "access": "open"}),
            serde_json::json!({"name": "workers-grant-rewards", "source": {"queue": "grants"}}),
            serde_json::json!({"name": "workers-relay-rewards", "source": {"stream": "rewards"}}),
            serde_json::json!({"name": "workers-advance-deals", "source": {"schedule_s": 60}}),
        ];
        for said in said {
            assert_eq!(function(said["name"].as_str().unwrap()), said);
        }
    }

    #[test]
    fn a_path_in_the_root_is_routed_in_both_places() {
        let routes = function("auth-jwks")["routes"].clone();
        assert_eq!(routes[0], "GET /.well-known/jwks.json");
        assert_eq!(routes[1], "GET /api/v1/.well-known/jwks.json");
    }
}
