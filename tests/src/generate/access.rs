//! Table of the callers that each route allows. A change of access shows in its diff.

use std::fmt::Write;

use dibs_http::{Access, Operation};
use domain::accounts::Role;
use local::routes::routes;

use super::File;

const INTRODUCTION: &str = "# Who may call each route\n\nThe signature of a handler says who may call its route: this table \
    is made from the signatures by `tests/generate`,\nso that a change of access shows in its diff. A test calls each \
    route as each role. A handler may refuse more, as an order\nof another user.\n\n| route | function | callers |\n\
    |---|---|---|\n";

/// Returns the generated file with this table, `docs/authorization.md`.
pub fn file() -> File {
    let mut text = INTRODUCTION.to_owned();
    for route in routes() {
        let callers = callers(&route.operation());
        for path in route.paths {
            writeln!(text, "| `{} {path}` | {} | {callers} |", route.method, route.name)
                .expect("a string takes all that is written");
        }
    }
    File { path: "docs/authorization.md".to_owned(), text }
}

fn callers(operation: &Operation) -> String {
    match operation.access {
        Access::Open if operation.signed => "payment provider, by its signature".to_owned(),
        Access::Open if operation.cookie.is_some() => "everybody, by cookie".to_owned(),
        Access::Open if operation.token_optional => "everybody; staff sees more".to_owned(),
        Access::Open => "everybody".to_owned(),
        Access::SignedIn => "every signed-in account".to_owned(),
        Access::Roles(roles) => roles.iter().map(|role| role.as_ref()).collect::<Vec<_>>().join(", "),
    }
}

/// Returns the status and code with which a route refuses a caller with `role`, or without a token. `None` if
/// the caller is allowed.
pub fn refusal(access: Access, role: Option<Role>) -> Option<(u16, &'static str)> {
    match (access, role) {
        (Access::Open, _) | (Access::SignedIn, Some(_)) => None,
        (_, None) => Some((401, "UNAUTHORIZED")),
        (Access::Roles(roles), Some(role)) => (!roles.contains(&role)).then_some((403, "FORBIDDEN")),
    }
}
