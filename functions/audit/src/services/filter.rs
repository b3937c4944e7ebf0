//! Filter of audit entries.

use dibs_http::{Cursor, Limit};
use domain::accounts::Role;
use domain::audit::{AuditEntry, AuditHour, AuditSubject, CoveredEntry, SubjectKind};
use domain::error::FieldError;
use domain::trail::AuditAct;
use domain::{Error, Result, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Query parameters of the list of audit entries.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AuditFilter")]
pub struct AuditFilter {
    /// Kind of the subjects.
    pub subject_kind: Option<SubjectKind>,
    /// Id of one subject; it needs `subject_kind`. For payments, the id of the user whose ledger it is.
    #[schemars(length(min = 1, max = 170))]
    pub subject_id: Option<String>,
    /// Account that made the changes, or `system`.
    #[schemars(length(min = 1, max = 80))]
    pub actor: Option<String>,
    /// Role in which the account acted. With `actor` and a role of staff, entries are read from a list of this account,
    /// which is fast for every period.
    pub role: Option<Role>,
    /// Kind of the changes.
    pub what: Option<AuditAct>,
    /// Time from which changes are listed, in UTC.
    pub from: Option<Timestamp>,
    /// Time before which changes are listed, in UTC.
    pub to: Option<Timestamp>,
    /// Format of the reply: `json`, the default, `ndjson` for an export that can be verified, or `csv`.
    #[serde(default)]
    pub format: EntryFormat,
    /// Maximum number of entries of a page in JSON, 1 to 100, by default 20. Exports have pages of 1,000.
    #[serde(default)]
    pub limit: Limit,
    /// Value of `next_cursor` in the page before; absent for the first page.
    pub cursor: Option<Cursor>,
}

/// Format of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum EntryFormat {
    /// JSON, in the form of other lists.
    #[default]
    Json,
    /// JSON with one entry a line.
    Ndjson,
    /// Table for spreadsheets.
    Csv,
}

/// Position of the last entry of a page. Entries are in descending order of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// Hour of the entry.
    pub hour: AuditHour,
    /// Second of the entry, since 1970.
    pub second: i64,
    /// Kind and id of the subject, and number of the entry. Empty before the first entry of a second.
    pub entry: Option<(String, String, u64)>,
}

impl Position {
    /// Returns the position of `entry`.
    pub fn of(entry: &AuditEntry) -> Self {
        let name = (entry.subject_kind.as_ref().to_owned(), entry.subject_id.clone(), entry.number);
        Self { hour: AuditHour::of(entry.at), second: entry.at.as_seconds(), entry: Some(name) }
    }
}

/// Page of entries, and the position after which the next one begins.
#[derive(Debug)]
pub struct EntryPage {
    /// Entries of the page, newest first.
    pub entries: Vec<CoveredEntry>,
    /// Position of the next page; `None` on the last one.
    pub next: Option<Position>,
}

impl AuditFilter {
    /// Returns the subject that the filter names.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` when there is an id without a kind, or when `from` is not before `to`.
    pub fn subject(&self) -> Result<Option<AuditSubject>> {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from >= to
        {
            return Err(Error::invalid(vec![FieldError::new("to", "must be after from")]));
        }
        match (self.subject_kind, &self.subject_id) {
            (Some(kind), Some(id)) => Ok(Some(AuditSubject { kind, id: id.clone() })),
            (None, Some(_)) => Err(Error::invalid_field("subject_kind", "must name the kind of subject_id")),
            (_, None) => Ok(None),
        }
    }

    /// Returns `true` if `entry` passes the filter.
    pub fn matches(&self, entry: &AuditEntry) -> bool {
        let is = |wanted: Option<&str>, text: &str| wanted.is_none_or(|wanted| wanted == text);
        self.subject_kind.is_none_or(|kind| kind == entry.subject_kind)
            && is(self.subject_id.as_deref(), &entry.subject_id)
            && is(self.actor.as_deref(), &entry.actor)
            && self.role.is_none_or(|role| entry.role.as_deref() == Some(role.as_ref()))
            && self.what.is_none_or(|what| what == entry.what)
            && self.from.is_none_or(|from| from <= entry.at)
            && self.to.is_none_or(|to| entry.at < to)
    }

    /// Returns the account of `actor` if the filter also names a role of staff. `None` otherwise.
    pub fn staff_actor(&self) -> Option<&str> {
        self.actor.as_deref().filter(|_| self.role.is_some_and(|role| role != Role::User))
    }
}
