//! Extractor of the header `User-Agent`, of which a session keeps the kinds of browser and system.

use dibs_http::axum::extract::FromRequestParts;
use dibs_http::axum::http::header;
use dibs_http::axum::http::request::Parts;
use dibs_http::{Describe, Failure, Operation};
use runtime::App;

/// Header `User-Agent` of the caller; `None` when it is missing or not text.
pub struct UserAgent(pub Option<String>);

impl FromRequestParts<App> for UserAgent {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Failure> {
        let header = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self(header.map(str::to_owned)))
    }
}

impl Describe for UserAgent {
    fn describe(_: &mut Operation) {}
}
