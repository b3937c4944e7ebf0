//! CSV export of claims, one row for each line item.

use dibs_http::csv_table;
use domain::Result;

use crate::views::claim::ClaimView;

/// Names of the columns.
const HEAD: [&str; 19] = [
    "request_id",
    "event_id",
    "user_id",
    "reward_id",
    "number",
    "type",
    "status",
    "requested_at",
    "granted_at",
    "reason",
    "decided_by",
    "points",
    "item_id",
    "badge_id",
    "quantity",
    "code_ending",
    "outcome_unknown",
    "reference",
    "message",
];

/// Formats `claims` as CSV with a header row.
///
/// # Errors
/// `INTERNAL_ERROR` when the CSV writer fails, which happens only when memory runs out.
pub fn table(claims: &[ClaimView]) -> Result<Vec<u8>> {
    csv_table(&HEAD, claims.iter().flat_map(rows))
}

/// Returns the rows of a claim, one for each line item.
fn rows(claim: &ClaimView) -> impl Iterator<Item = Vec<String>> {
    claim.lines.iter().map(|line| {
        let kind = serde_json::to_value(line.kind).ok();
        vec![
            claim.id.clone(),
            claim.event_id.to_string(),
            claim.user_id.to_string(),
            line.reward_id.to_string(),
            line.number.to_string(),
            kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default().to_owned(),
            line.status.as_ref().to_owned(),
            line.requested_at.to_string(),
            line.granted_at.map(|at| at.to_string()).unwrap_or_default(),
            line.reason.clone().unwrap_or_default(),
            line.decided_by.as_ref().map(ToString::to_string).unwrap_or_default(),
            line.payload.points.map(|points| points.to_string()).unwrap_or_default(),
            line.payload.item_id.clone().unwrap_or_default(),
            line.payload.badge_id.clone().unwrap_or_default(),
            line.payload.quantity.to_string(),
            line.payload.code_ending.clone().unwrap_or_default(),
            line.outcome_unknown.to_string(),
            line.reference.clone().unwrap_or_default(),
            line.message.clone().unwrap_or_default(),
        ]
    })
}
