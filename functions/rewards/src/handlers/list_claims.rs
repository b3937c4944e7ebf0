//! `GET /events/requests`: lists the claims of all users as JSON or CSV, for staff.

use crate::services::claim_lists::{ClaimFilter, Format};
use crate::views::claim::entry;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dibs_http::{Cursor, Describe, Operation, Page, Query, Reader, Route, axum, route};
use domain::Result;
use domain::error::FieldError;
use runtime::App;

use crate::services::claim_lists::{ClaimPage, browse};
use crate::views::claim::{ClaimView, ClaimViewer};
use crate::views::csv;

pub static ROUTE: Route = route!(
    /// Returns requests as JSON or, with `format=csv`, as a table of 200 requests, with the address of the next
    /// page in the header `Link`. Filters narrow the list to an event, a status, a reward, a user or a period.
    GET ["/events/requests"] "rewards-list-claims" list_claims,
    "List the requests of all users: those of one event newest first, those in review oldest first, or \
     all event by event",
    []
);

/// Number of claims in a CSV page. With a hundred line items each, the page stays far below 5 MB.
const CSV_LIMIT: usize = 200;

/// One page of claims, as JSON or CSV.
enum Claims {
    Json(Page<ClaimView>),
    Csv(Vec<u8>, Option<String>),
}

async fn list_claims(
    State(app): State<App>,
    reader: Reader,
    Query(filter): Query<ClaimFilter>,
) -> Result<Claims> {
    if let (Some(from), Some(to)) = (filter.from, filter.to)
        && from >= to
    {
        return Err(domain::Error::invalid(vec![FieldError::new("to", "must be after from")]));
    }
    let limit = if filter.format == Format::Csv { CSV_LIMIT } else { filter.limit.0 };
    let at = filter.cursor.as_ref().map(Cursor::position).transpose()?;
    let ClaimPage { claims, next } = browse(&app, &filter, at, limit).await?;
    let next_cursor = next.as_ref().and_then(Cursor::of);
    let entries = claims.iter().map(|claim| entry(claim, ClaimViewer::of(&reader.id, claim))).collect();
    if filter.format == Format::Json {
        return Ok(Claims::Json(Page { entries, next_cursor }));
    }
    let next = next_cursor.map(|cursor| next_address(&filter, &cursor));
    Ok(Claims::Csv(csv::table(&entries)?, next))
}

/// Returns the path of the next page: the same filters with another cursor.
fn next_address(filter: &ClaimFilter, cursor: &str) -> String {
    let mut address = format!("/api/v1/events/requests?format=csv&cursor={cursor}");
    let parameters = [
        ("event_id", filter.event_id.as_ref().map(ToString::to_string)),
        ("status", filter.status.map(|status| status.as_ref().to_owned())),
        ("reward_id", filter.reward_id.as_ref().map(ToString::to_string)),
        ("user_id", filter.user_id.as_ref().map(ToString::to_string)),
        ("from", filter.from.map(|from| from.to_string())),
        ("to", filter.to.map(|to| to.to_string())),
    ];
    for (name, value) in parameters {
        if let Some(value) = value {
            address.push_str(&format!("&{name}={value}"));
        }
    }
    address
}

impl IntoResponse for Claims {
    fn into_response(self) -> Response {
        let (table, next) = match self {
            Self::Json(page) => return page.into_response(),
            Self::Csv(table, next) => (table, next),
        };
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
            (header::CONTENT_DISPOSITION, "attachment; filename=\"requests.csv\""),
        ];
        let mut response = (StatusCode::OK, headers, table).into_response();
        let link = next.and_then(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok());
        if let Some(link) = link {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}

impl Describe for Claims {
    fn describe(operation: &mut Operation) {
        Page::<ClaimView>::describe(operation);
        operation.raw = &["text/csv"];
    }
}
