//! Counting of figures by relays: each collects the figures of its records, and counts them after its messages
//! are sent.

use aws_lambda_events::event::dynamodb::EventRecord;
use domain::analytics::{Figures, SlotLength};
use domain::deals::Sequence;
use domain::{Result, Timestamp};
use jiff::tz::TimeZone;
use store::changes::figures_of;
use store::schema::Table;

use crate::{App, Metric, count, shard};

/// Age of a batch's first record, in seconds, up to which a failed count fails the batch. If figures cannot be written
/// for longer, the relay goes on without them, and a recount adds what is missing.
const FAILS_WITHIN_SECONDS: i64 = 300;

/// Figures of a batch of stream records.
pub struct FigureCounts {
    table: &'static Table,
    length: SlotLength,
    records: Vec<(Sequence, Figures)>,
    first_at: Option<Timestamp>,
}

impl FigureCounts {
    /// Creates an empty collection for records of the stream of `table`.
    pub fn of(app: &App, table: &'static Table) -> Self {
        Self { table, length: slot_length(app), records: Vec::new(), first_at: None }
    }

    /// Adds the difference that the change in `record` makes to the figures.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when an image cannot be parsed as the entity that its key names.
    pub fn add(&mut self, record: &EventRecord) -> Result<()> {
        let images = &record.change;
        let at = Timestamp::from_millis(images.approximate_creation_date_time.timestamp_millis());
        self.first_at.get_or_insert(at);
        let (before, after) = (images.old_image.clone().into(), images.new_image.clone().into());
        let figures = figures_of(self.table, before, after, self.length)?;
        let sequence = images.sequence_number.as_deref().and_then(Sequence::parse);
        self.records.extend(sequence.filter(|_| figures != Figures::default()).map(|one| (one, figures)));
        Ok(())
    }

    /// Adds the collected figures to the counters. A relay calls this last, so that its messages do not wait. Batches
    /// that are older than five minutes are not failed: the loss is logged, raises an alarm, and is left to the
    /// recount.
    ///
    /// # Errors
    /// `BUSY` or `INTERNAL_ERROR` when a write failed and the first record of the batch is at most five minutes
    /// old. The batch must then fail: when it is delivered again, what was counted is skipped.
    pub async fn write(self, app: &App) -> Result<()> {
        if self.records.is_empty() {
            return Ok(());
        }
        let Some(shard) = shard() else {
            tracing::error!("the shard is not named: does the event source mapping have its window?");
            return Ok(());
        };
        let shard = format!("{}:{shard}", self.table.name);
        let Err(error) = app.store().count_figures(&shard, self.records, app.now()).await else {
            return Ok(());
        };
        let fails_from = app.now().plus_seconds(-FAILS_WITHIN_SECONDS);
        if self.first_at.is_none_or(|at| at >= fails_from) {
            return Err(error);
        }
        count(Metric::Broken, 1);
        tracing::error!(%error, cause = ?error.cause(), "figures are left to the recount");
        Ok(())
    }
}

/// Returns the length of the time slots into which this deployment counts.
pub fn slot_length(app: &App) -> SlotLength {
    let zone = TimeZone::get(&app.settings().time_zone).unwrap_or(TimeZone::UTC);
    SlotLength::of_zone(&zone, app.now())
}
