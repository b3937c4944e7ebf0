//! Routes and workers of every domain.

use std::sync::LazyLock;

use edge::{Route, Worker};

static ALL: LazyLock<Vec<&'static Route>> = LazyLock::new(|| {
    [
        platform::ROUTES,
        auth::ROUTES,
        rewards::ROUTES,
        queue::ROUTES,
        concerts::ROUTES,
        wallet::ROUTES,
        deals::ROUTES,
    ]
    .concat()
});

/// Returns every route, domain by domain.
pub fn routes() -> &'static [&'static Route] {
    &ALL
}

/// Returns every worker of dibs.
pub fn workers() -> &'static [&'static Worker] {
    workers::WORKERS
}

/// Returns the OpenAPI document of all routes, in its committed format.
pub fn document() -> String {
    let document = edge::openapi::document(routes());
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}
