//! Timelines: figures of a period and of each hour or day in it, as JSON or CSV.

use dibs_http::axum::http::{StatusCode, header};
use dibs_http::axum::response::{IntoResponse, Response};
use dibs_http::{Describe, Done, Operation, csv_table};
use domain::analytics::{Period, PeriodBucket, Series};
use domain::{Result, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::services::periods::{TimelineFormat, TopicFigures};

/// Figures of a period, as clients see them.
pub trait FiguresView: Serialize {
    /// Names of the columns of a CSV table.
    const COLUMNS: &'static [&'static str];

    /// Returns the cells of a row, in the order of the columns.
    fn cells(&self) -> Vec<String>;
}

/// Figures of one hour or day.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub struct TimelineEntry<T> {
    /// Start of the hour or day, in UTC.
    pub start: Timestamp,
    /// End of the hour or day, in UTC, exclusive.
    pub end: Timestamp,
    /// Figures of the hour or day.
    #[serde(flatten)]
    pub figures: T,
}

/// Figures of a period, in total and by hour or day.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Timeline<T> {
    /// Start of the first hour or day, in UTC.
    pub from: Timestamp,
    /// End of the last hour or day, in UTC, exclusive.
    pub to: Timestamp,
    /// IANA time zone of the hours or days.
    pub time_zone: String,
    /// Figures of the whole period.
    pub totals: T,
    /// Figures of each hour or day, in ascending order.
    pub timeline: Vec<TimelineEntry<T>>,
}

impl<T> Timeline<T> {
    /// Returns the figures of `found`, each part as `view` shows it.
    pub fn of(found: &TopicFigures, view: impl Fn(&Series, &PeriodBucket) -> T) -> Self {
        let (totals, parts) = found.map(view);
        Self::new(&found.period, totals, parts)
    }

    /// Returns the figures of `period` from those of its parts.
    pub fn new(period: &Period, totals: T, parts: Vec<(PeriodBucket, T)>) -> Self {
        let entry = |(bucket, figures): (PeriodBucket, T)| TimelineEntry {
            start: bucket.start,
            end: bucket.end,
            figures,
        };
        let whole = period.whole();
        Self {
            from: whole.start,
            to: whole.end,
            time_zone: period.time_zone.clone(),
            totals,
            timeline: parts.into_iter().map(entry).collect(),
        }
    }
}

impl<T: FiguresView> Timeline<T> {
    fn csv(&self) -> Result<Vec<u8>> {
        let head: Vec<&str> = ["start", "end"].into_iter().chain(T::COLUMNS.iter().copied()).collect();
        let rows = self.timeline.iter().map(|entry| {
            let times = [entry.start.to_string(), entry.end.to_string()];
            times.into_iter().chain(entry.figures.cells()).collect()
        });
        csv_table(&head, rows)
    }
}

/// Response with figures, as JSON or as a CSV table of their timeline.
pub enum AnalyticsReply<T> {
    /// Figures in the usual envelope.
    Json(T),
    /// CSV table with the name of its file.
    Csv(&'static str, Vec<u8>),
}

impl<T> AnalyticsReply<T> {
    /// Returns `body` in the form `format`. The CSV table has the rows of `timeline`, a part of `body`.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when the CSV writer fails, which happens only when memory runs out.
    pub fn of<F: FiguresView>(
        format: TimelineFormat,
        file: &'static str,
        body: T,
        timeline: impl Fn(&T) -> &Timeline<F>,
    ) -> Result<Self> {
        Ok(match format {
            TimelineFormat::Json => Self::Json(body),
            TimelineFormat::Csv => Self::Csv(file, timeline(&body).csv()?),
        })
    }
}

impl<T: Serialize> IntoResponse for AnalyticsReply<T> {
    fn into_response(self) -> Response {
        let (file, table) = match self {
            Self::Json(body) => return Done(body).into_response(),
            Self::Csv(file, table) => (file, table),
        };
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{file}.csv\"")),
        ];
        (StatusCode::OK, headers, table).into_response()
    }
}

impl<T: JsonSchema> Describe for AnalyticsReply<T> {
    fn describe(operation: &mut Operation) {
        Done::<T>::describe(operation);
        operation.raw = &["text/csv"];
    }
}

/// Returns a counted number as clients see it. Two shards may be counted in another order than their changes
/// were made, so a sum can be negative for a moment; 0 is shown then.
pub fn shown(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
