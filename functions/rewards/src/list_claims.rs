//! `GET /events/requests`: lists the claims of all users as JSON or CSV, for staff.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Timestamp;
use domain::claims::{Claim, Status};
use domain::error::FieldError;
use domain::ids::{CampaignId, RewardId, UserId};
use edge::{App, Cursor, Describe, Limit, Operation, Page, Query, Reader, Result, Route, axum, route};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::browsing::{Found, browse};
use crate::csv;
use crate::views::claim::{ClaimView, Viewer};

pub static ROUTE: Route = route!(
    GET ["/events/requests"] "rewards-list-claims" list_claims,
    "List the requests of all users: those of one event newest first, those in review oldest first, or \
     all event by event",
    []
);

/// Number of claims in a CSV page. With a hundred line items each, the page stays far below 5 MB.
const CSV_LIMIT: usize = 200;

/// Filters and format of the list of requests.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Id of the event that the requests belong to.
    pub event_id: Option<CampaignId>,
    /// Status that at least one line of the request has.
    pub status: Option<Status>,
    /// Id of a reward that at least one line of the request is for.
    pub reward_id: Option<RewardId>,
    /// Id of the user who made the requests.
    pub user_id: Option<UserId>,
    /// Earliest creation time of the requests, in UTC, inclusive.
    pub from: Option<Timestamp>,
    /// Latest creation time of the requests, in UTC, exclusive.
    pub to: Option<Timestamp>,
    /// Format of the response, `json` by default; `csv` has a row for each line.
    #[serde(default)]
    pub format: Format,
    /// Maximum number of entries to return, 1 to 100, by default 20.
    #[serde(default)]
    limit: Limit,
    /// Value of `next_cursor` in the page before; absent for the first page.
    cursor: Option<Cursor>,
}

/// Format of a list of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Format {
    /// JSON in the usual envelope, with the cursor of the next page in `meta`.
    #[default]
    Json,
    /// CSV table with a row for each line. The header `Link` has the address of the next page.
    Csv,
}

impl Filter {
    /// Returns whether the filter drops claims from a list by event and time. Each dropped claim is a paid
    /// read.
    pub fn selects(&self) -> bool {
        self.status.is_some() || self.reward_id.is_some()
    }

    /// Returns whether `claim` passes the filter.
    pub fn matches(&self, claim: &Claim) -> bool {
        let line = claim.lines.iter().any(|line| {
            self.status.is_none_or(|status| line.status == status)
                && self.reward_id.as_ref().is_none_or(|reward| line.reward_id == *reward)
        });
        line && self.user_id.as_ref().is_none_or(|user| claim.user_id == *user)
            && self.event_id.as_ref().is_none_or(|campaign| claim.campaign_id == *campaign)
            && self.from.is_none_or(|from| from <= claim.created_at)
            && self.to.is_none_or(|to| claim.created_at < to)
    }
}

/// One page of claims, as JSON or CSV.
enum Claims {
    Json(Page<ClaimView>),
    Csv(Vec<ClaimView>, Option<String>),
}

async fn list_claims(State(app): State<App>, reader: Reader, Query(filter): Query<Filter>) -> Result<Claims> {
    if let (Some(from), Some(to)) = (filter.from, filter.to)
        && from >= to
    {
        return Err(domain::Error::invalid(vec![FieldError::new("to", "must be after from")]).into());
    }
    let limit = if filter.format == Format::Csv { CSV_LIMIT } else { filter.limit.0 };
    let at = filter.cursor.as_ref().map(Cursor::position).transpose()?;
    let Found { claims, next } = browse(&app, &filter, at, limit).await?;
    let next_cursor = next.as_ref().and_then(Cursor::of);
    let entries = claims.iter().map(|claim| entry(claim, Viewer::of(&reader.id, claim))).collect();
    if filter.format == Format::Json {
        return Ok(Claims::Json(Page { entries, next_cursor }));
    }
    let next = next_cursor.map(|cursor| next_address(&filter, &cursor));
    Ok(Claims::Csv(entries, next))
}

/// Builds the response for a claim in a list. Evaluated conditions are left out, since they would make a page
/// too large. The claim's own route returns them.
pub fn entry(claim: &Claim, viewer: Viewer) -> ClaimView {
    let mut view = ClaimView::of(claim, viewer);
    view.lines.iter_mut().for_each(|line| line.condition = None);
    view
}

/// Returns the path of the next page: the same filters with another cursor.
fn next_address(filter: &Filter, cursor: &str) -> String {
    let mut address = format!("/api/v1/events/requests?format=csv&cursor={cursor}");
    let parameters = [
        ("event_id", filter.event_id.as_ref().map(ToString::to_string)),
        ("status", filter.status.map(|status| status.as_str().to_owned())),
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
        let (claims, next) = match self {
            Self::Json(page) => return page.into_response(),
            Self::Csv(claims, next) => (claims, next),
        };
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
            (header::CONTENT_DISPOSITION, "attachment; filename=\"requests.csv\""),
        ];
        let mut response = (StatusCode::OK, headers, csv::table(&claims)).into_response();
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
