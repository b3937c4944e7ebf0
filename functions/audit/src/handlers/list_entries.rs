//! `GET /audit`: lists audit entries as JSON, NDJSON or CSV, for auditors.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dibs_http::{Auditor, Cursor, Describe, Operation, Page, Query, Route, axum, route};
use domain::Result;
use domain::audit::CoveredEntry;
use runtime::App;

use crate::services::filter::{AuditFilter, EntryFormat, EntryPage};
use crate::services::{by_subject, by_time};
use crate::views;

pub static ROUTE: Route = route!(
    /// Returns audit entries, newest first: of one subject, of one member of staff, or of all, narrowed by kind,
    /// actor, role, kind of change and period. With `format=ndjson` or `csv` a page has 1,000 entries, and the
    /// header `Link` has the address of the next page. `dibs audit verify` checks an NDJSON export. A page
    /// may have fewer entries than its limit, or none, although there is a next one: follow the cursor until there is
    /// none. `NOT_FOUND` means that the subject has no entries.
    GET ["/audit"] "audit-list-entries" list_entries,
    "List audit entries, as pages or as an export",
    [NotFound]
)
.operation_ids(&["listAuditEntries"]);

/// Number of entries in a page of an export. At half a kilobyte each, the page stays far below 5 MB.
const EXPORT_LIMIT: usize = 1000;

/// One page of audit entries.
enum Entries {
    Json(Page<CoveredEntry>),
    Export { kind: &'static str, body: Vec<u8>, next: Option<String> },
}

async fn list_entries(
    State(app): State<App>,
    _: Auditor,
    Query(filter): Query<AuditFilter>,
) -> Result<Entries> {
    let subject = filter.subject()?;
    let after = filter.cursor.as_ref().map(Cursor::position).transpose()?;
    let limit = if filter.format == EntryFormat::Json { filter.limit.0 } else { EXPORT_LIMIT };
    let EntryPage { entries, next } = match (&subject, filter.staff_actor()) {
        (Some(subject), _) => by_subject::list(&app, subject, &filter, after, limit).await?,
        (None, Some(actor)) => by_time::list_acts(&app, actor, &filter, after, limit).await?,
        (None, None) => by_time::list(&app, &filter, after, limit).await?,
    };
    let next_cursor = next.as_ref().and_then(Cursor::of);
    let address = next_cursor.as_ref().map(|cursor| next_address(&filter, cursor));
    Ok(match filter.format {
        EntryFormat::Json => Entries::Json(Page { entries, next_cursor }),
        EntryFormat::Ndjson => {
            Entries::Export { kind: "application/x-ndjson", body: views::lines(&entries)?, next: address }
        }
        EntryFormat::Csv => {
            Entries::Export { kind: "text/csv; charset=utf-8", body: views::table(&entries)?, next: address }
        }
    })
}

/// Returns the path of the next page: the same filters with another cursor.
fn next_address(filter: &AuditFilter, cursor: &str) -> String {
    let format = if filter.format == EntryFormat::Csv { "csv" } else { "ndjson" };
    let mut address = format!("/api/v1/audit?format={format}&cursor={cursor}");
    let parameters = [
        ("subject_kind", filter.subject_kind.map(|kind| kind.as_ref().to_owned())),
        ("subject_id", filter.subject_id.clone()),
        ("actor", filter.actor.clone()),
        ("role", filter.role.map(|role| role.as_ref().to_owned())),
        ("what", filter.what.map(|what| what.as_ref().to_owned())),
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

impl IntoResponse for Entries {
    fn into_response(self) -> Response {
        let (kind, body, next) = match self {
            Self::Json(page) => return page.into_response(),
            Self::Export { kind, body, next } => (kind, body, next),
        };
        let name = if kind.starts_with("text/csv") { "audit.csv" } else { "audit.ndjson" };
        let headers = [
            (header::CONTENT_TYPE, kind.to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        ];
        let mut response = (StatusCode::OK, headers, body).into_response();
        let link = next.and_then(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok());
        if let Some(link) = link {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}

impl Describe for Entries {
    fn describe(operation: &mut Operation) {
        Page::<CoveredEntry>::describe(operation);
        operation.raw = &["application/x-ndjson", "text/csv"];
    }
}
