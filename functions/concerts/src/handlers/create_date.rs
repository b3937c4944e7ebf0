//! `POST /concerts/{concert_id}/dates`: adds a date with its seats to a concert, for operators.

use axum::extract::State;
use dibs_http::{Created, IdempotencyKey, Json, Operator, Path, Route, axum, route};
use domain::concerts::{ConcertDate, Date, Row, SeatLayout, Section};
use domain::ids::ConcertId;
use domain::{Code, Error, KeyedFingerprint, Result};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::Saved;

use crate::views::concert::DateView;

pub static ROUTE: Route = route!(
    /// Adds a date with all of its seats. A concert has each calendar day once.
    POST ["/concerts/{concert_id}/dates"] "concerts-create-date" create_date,
    "Add a date to a concert, with seats in a single row (50 by default) or in sections and rows",
    [DateInPast, DuplicateDate]
)
.operation_ids(&["createConcertDate"]);

/// Maximum number of dates of a concert that are searched for the one created under an `Idempotency-Key`.
const DATES_MAX: usize = 1000;

/// Date to add to a concert: either seats in one row (`seats`, `price`) or `sections`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "ConcertDateCreate")]
pub enum NewDate {
    /// Date with seats in sections and rows.
    Hall(SectionedDate),
    /// Date with seats in a single row.
    Plain(OneRowDate),
}

/// Date with seats in a single row, named 1, 2, 3 and so on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ConcertDateCreateInOneRow")]
pub struct OneRowDate {
    /// Calendar day of the date, in the concert's time zone.
    pub date: Date,
    /// Number of seats, 1 to 2,000, by default 50.
    #[schemars(range(min = 1, max = 2000))]
    #[serde(default = "fifty")]
    pub seats: u32,
    /// Price of each seat, 0 to 100,000,000, in whole units of the currency.
    #[schemars(range(min = 0, max = 100_000_000))]
    pub price: u64,
}

/// Date with seats in sections and rows, named `<section>-<row>-<number>`; at most 2,000 seats together.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ConcertDateCreateInSections")]
pub struct SectionedDate {
    /// Calendar day of the date, in the concert's time zone.
    pub date: Date,
    /// Sections of the venue, 1 to 200.
    #[schemars(length(min = 1, max = 200))]
    pub sections: Vec<NewSection>,
}

/// Section to create: rows of seats at the same price.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SectionCreate")]
pub struct NewSection {
    /// Name of the section, 1 to 10 letters or digits, unique within the date.
    #[schemars(regex(pattern = "^[A-Za-z0-9]{1,10}$"))]
    pub name: String,
    /// Price of each seat of the section, 0 to 100,000,000, in whole units of the currency.
    #[schemars(range(min = 0, max = 100_000_000))]
    pub price: u64,
    /// Rows of the section, 1 to 500.
    #[schemars(length(min = 1, max = 500))]
    pub rows: Vec<NewRow>,
}

/// Row to create: seats next to each other.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SeatRowCreate")]
pub struct NewRow {
    /// Name of the row, 1 to 10 letters or digits, unique within the section.
    #[schemars(regex(pattern = "^[A-Za-z0-9]{1,10}$"))]
    pub name: String,
    /// Number of seats in the row, 1 to 2,000.
    #[schemars(range(min = 1, max = 2000))]
    pub seats: u32,
}

async fn create_date(
    State(app): State<App>,
    operator: Operator,
    key: IdempotencyKey,
    Path(id): Path<ConcertId>,
    Json { value: new, fingerprint: body }: Json<NewDate>,
) -> Result<Created<DateView>> {
    let request_fingerprint = key.keyed_fingerprint(&[operator.id.as_str(), ROUTE.name], &body);
    let concert = app.store().get_concert(&id).await?;
    if let Some(made) = made_before(&app, &id, request_fingerprint.as_ref()).await? {
        return Ok(Created((&made).into()));
    }
    let date = new.date(id, request_fingerprint, app.now());
    date.layout.check()?;
    concert.check_ahead(date.date, app.now())?;
    match app.store().create_date(&date).await? {
        Saved::Done => Ok(Created((&date).into())),
        // A parallel try of this request created the date first.
        Saved::Conflict(Some(there))
            if there.request_fingerprint.is_some()
                && there.request_fingerprint == date.request_fingerprint =>
        {
            Ok(Created((&*there).into()))
        }
        Saved::Conflict(_) => Err(Error::refused(
            Code::DuplicateDate,
            "The concert has this date already; use it, or choose another day.",
        )),
    }
}

/// Returns the date that an earlier request with the same `Idempotency-Key` created; `None` without one, and
/// when there is none.
///
/// # Errors
/// `IDEMPOTENCY_KEY_REUSED` when that request was a different one.
async fn made_before(
    app: &App,
    id: &ConcertId,
    request_fingerprint: Option<&KeyedFingerprint>,
) -> Result<Option<ConcertDate>> {
    let Some(request_fingerprint) = request_fingerprint else { return Ok(None) };
    for date in app.store().dates(id, None, DATES_MAX).await? {
        if let Some(there) = &date.request_fingerprint
            && there.is_same(request_fingerprint)?
        {
            return Ok(Some(date));
        }
    }
    Ok(None)
}

impl NewDate {
    fn date(
        self,
        concert_id: ConcertId,
        request_fingerprint: Option<KeyedFingerprint>,
        now: domain::Timestamp,
    ) -> ConcertDate {
        let (date, layout) = match self {
            Self::Plain(plain) => (plain.date, SeatLayout::plain(plain.seats, plain.price)),
            Self::Hall(hall) => {
                (hall.date, SeatLayout { sections: hall.sections.into_iter().map(Into::into).collect() })
            }
        };
        ConcertDate {
            trail: domain::trail::Trail::default(),
            concert_id,
            date,
            layout,
            created_at: now,
            request_fingerprint,
            version: 1,
        }
    }
}

impl From<NewSection> for Section {
    fn from(new: NewSection) -> Self {
        let rows = new.rows.into_iter().map(|row| Row { name: Some(row.name), seats: row.seats });
        Self { name: Some(new.name), price: new.price, rows: rows.collect() }
    }
}

const fn fifty() -> u32 {
    50
}
