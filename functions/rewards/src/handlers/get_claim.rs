//! `GET /events/requests/{request_id}`: returns a claim with its audit to its owner or staff.

use axum::extract::State;
use dibs_http::{Cursor, Limit, Path, Query, Route, SignedIn, Versioned, axum, route};
use domain::claims::Claim;
use domain::{Error, Result};
use runtime::{App, add_entity};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::claim::{AuditPosition, ChangeView, ClaimDetails, ClaimViewer};

pub static ROUTE: Route = route!(
    /// Returns a request. Its owner sees it without the internal reasons of decisions; staff see the whole
    /// audit, page by page. `FORBIDDEN` means that the request is another user's, or that its owner asks for
    /// further pages of the audit.
    GET ["/events/requests/{request_id}"] "rewards-get-claim" get_claim,
    "Get a request with its lines, attempts, grants and audit",
    [Forbidden]
);

/// Query of earlier decisions in the audit of a request: the page to return.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditPage {
    /// Number of earlier decisions in a page.
    #[serde(default)]
    audit_limit: Limit,
    /// Cursor from `audit_next_cursor` of a response. With it, `audit` holds decisions that newer ones have
    /// replaced, oldest first. Only for staff.
    audit_cursor: Option<Cursor>,
}

async fn get_claim(
    State(app): State<App>,
    caller: SignedIn,
    Path(id): Path<String>,
    Query(page): Query<AuditPage>,
) -> Result<Versioned<ClaimDetails>> {
    let (user, campaign) = Claim::parse_id(&id).ok_or_else(|| Error::not_found("reward request"))?;
    add_entity(&id);
    if user != caller.id && !caller.reads_all() {
        return Err(Error::forbidden());
    }
    let claim = app.store().get_claim(&user, &campaign).await?;
    let viewer = ClaimViewer::of(&caller.id, &claim);
    let mut details = ClaimDetails::of(&claim, viewer);
    if let Some(cursor) = &page.audit_cursor {
        if viewer == ClaimViewer::Owner {
            return Err(Error::forbidden());
        }
        let before = cursor.position::<AuditPosition>()?.before;
        let limit = page.audit_limit.0;
        let decisions =
            app.store().list_replaced_decisions(&user, &campaign, before.as_deref(), limit).await?;
        let last = decisions.last().filter(|_| decisions.len() == limit).map(|(place, _)| place.clone());
        details.audit_next_cursor = last.and_then(|last| Cursor::of(&AuditPosition { before: Some(last) }));
        let decisions = decisions.iter().rev();
        details.audit = decisions.filter_map(|(_, change)| ChangeView::of(&claim, change, viewer)).collect();
    }
    Ok(Versioned(claim.version, details))
}
