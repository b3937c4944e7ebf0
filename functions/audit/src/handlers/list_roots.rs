//! `GET /audit/roots`: lists the published roots, for auditors.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use dibs_http::{Auditor, Cursor, Describe, Limit, Operation, Page, Query, Route, axum, page, route};
use domain::Result;
use domain::audit::{AuditHour, AuditRoot};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::RootRecord;

use crate::views;

pub static ROUTE: Route = route!(
    /// Returns the hourly Merkle roots, latest first. With `format=ndjson` the reply has up to 1,000 roots, one a
    /// line (use `before` for earlier ones), as `dibs audit verify --roots` reads them. Whoever keeps the roots, from
    /// here or from the domain event `audit.root`, can tell later whether an export was changed.
    GET ["/audit/roots"] "audit-list-roots" list_roots, "List the hourly roots of the audit", []
)
.operation_ids(&["listAuditRoots"]);

/// Number of roots in an export, which are six weeks.
const EXPORT_LIMIT: usize = 1000;

/// Query parameters of the list of roots.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AuditRootFilter")]
pub struct RootFilter {
    /// UTC hour before which roots are listed, as `2026-11-28T10`.
    pub before: Option<AuditHour>,
    /// Format of the reply: `json`, the default, or `ndjson`.
    #[serde(default)]
    pub format: RootFormat,
    /// Maximum number of roots of a page in JSON, 1 to 100, by default 20.
    #[serde(default)]
    pub limit: Limit,
    /// Value of `next_cursor` in the page before; absent for the first page.
    pub cursor: Option<Cursor>,
}

/// Format of the list of roots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum RootFormat {
    /// JSON, in the form of other lists.
    #[default]
    Json,
    /// JSON with one root a line.
    Ndjson,
}

/// Page or export of roots.
enum Roots {
    Json(Page<AuditRoot>),
    Ndjson(Vec<u8>),
}

async fn list_roots(State(app): State<App>, _: Auditor, Query(filter): Query<RootFilter>) -> Result<Roots> {
    let before = match &filter.cursor {
        Some(cursor) => Some(cursor.position()?),
        None => filter.before,
    };
    if filter.format == RootFormat::Ndjson {
        let roots = app.store().list_audit_roots(before, EXPORT_LIMIT).await?;
        let roots: Vec<AuditRoot> = roots.into_iter().map(|record| record.root).collect();
        return Ok(Roots::Ndjson(views::lines(&roots)?));
    }
    let limit = filter.limit.0;
    let found = app.store().list_audit_roots(before, limit + 1).await?;
    let position = |record: &RootRecord| record.root.hour;
    Ok(Roots::Json(page(found, limit, position, |record| record.root.clone())))
}

impl IntoResponse for Roots {
    fn into_response(self) -> Response {
        match self {
            Self::Json(page) => page.into_response(),
            Self::Ndjson(lines) => {
                (StatusCode::OK, [(header::CONTENT_TYPE, "application/x-ndjson")], lines).into_response()
            }
        }
    }
}

impl Describe for Roots {
    fn describe(operation: &mut Operation) {
        Page::<AuditRoot>::describe(operation);
        operation.raw = &["application/x-ndjson"];
    }
}
