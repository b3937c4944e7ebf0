//! Endpoints, one a file: parse, authorize, one call of a service or the store, a typed reply.

use dibs_http::Route;

/// Every route of this domain, in the order of the OpenAPI document.
pub static ROUTES: &[&Route] = &[];
