//! Routes and workers of every domain.

use std::sync::LazyLock;

use dibs_http::{Domain, Route};
use runtime::Worker;
use serde_json::Value;

const EXAMPLES: &str = include_str!("../../functions/platform/examples.json");

/// Every domain, in the order in which the OpenAPI document shows them.
pub static DOMAINS: &[&Domain] = &[
    &platform::DOMAIN,
    &accounts::DOMAIN,
    &rewards::DOMAIN,
    &waiting_room::DOMAIN,
    &concerts::DOMAIN,
    &wallet::DOMAIN,
    &deals::DOMAIN,
    &notifications::DOMAIN,
    &webhooks::DOMAIN,
    &analytics::DOMAIN,
    &audit::DOMAIN,
    &live::DOMAIN,
];

static ROUTES: LazyLock<Vec<&'static Route>> =
    LazyLock::new(|| DOMAINS.iter().flat_map(|domain| domain.routes).copied().collect());
static WORKERS: LazyLock<Vec<&'static Worker>> =
    LazyLock::new(|| DOMAINS.iter().flat_map(|domain| domain.workers).copied().collect());

/// Returns every route, domain by domain.
pub fn routes() -> &'static [&'static Route] {
    &ROUTES
}

/// Returns every worker, domain by domain.
pub fn workers() -> &'static [&'static Worker] {
    &WORKERS
}

/// Returns the committed examples of all operations, by operation id. `tests/generate` records them.
pub fn examples() -> Value {
    serde_json::from_str(EXAMPLES).unwrap_or_default()
}

/// Returns the OpenAPI document of all routes, in its committed format.
pub fn document() -> String {
    let document = dibs_http::openapi::document(DOMAINS, &examples());
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}
