//! What is there for whoever runs or calls dibs: health, the OpenAPI document and a page to try it, and the
//! answer to what no route matches.

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
