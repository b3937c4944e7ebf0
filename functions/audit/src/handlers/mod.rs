//! Endpoints, one a file: parse, authorize, one call of a service or the store, a typed reply.

pub mod list_entries;
pub mod list_roots;

use dibs_http::Route;

/// Every route of this domain, in the order of the OpenAPI document.
pub static ROUTES: &[&Route] = &[&list_entries::ROUTE, &list_roots::ROUTE];
