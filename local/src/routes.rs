//! Everything that dibs answers to and works on: the routes and workers of every domain.

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

/// Every route, domain by domain.
pub fn routes() -> &'static [&'static Route] {
    &ALL
}

/// Every worker.
pub fn workers() -> &'static [&'static Worker] {
    workers::WORKERS
}

/// The OpenAPI document as the routes make it, in the form in which it is committed.
pub fn document() -> String {
    let document = edge::openapi::document(routes());
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}
