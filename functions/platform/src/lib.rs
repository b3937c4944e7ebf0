//! Platform routes: health check, OpenAPI document, documentation page, and the response to unknown paths.

#![warn(missing_docs)]

mod docs;
mod health;
mod openapi;

pub use docs::ROUTE as DOCS;
pub use health::ROUTE as HEALTH;
pub use openapi::{DOCUMENT, ROUTE as OPENAPI};

use edge::Route;

/// Every route of this domain.
pub static ROUTES: &[&Route] = &[&HEALTH, &OPENAPI, &DOCS];
