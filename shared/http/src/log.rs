//! What a function writes: a line of JSON for each thing that is said, and metrics as they are.

use std::fmt;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::{Format, Json, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;

use crate::call::METRICS;

/// The runtime says here what we have said of a call that failed, and adds what the tables answered.
const SAID_ALREADY: &str = "lambda_runtime::layers::panic";

/// Takes what a function says, and writes it to `writer` as it goes to CloudWatch. `levels` is what
/// `DIBS_LOG` may hold: `info`, or `info,dibs_store=debug`; what is not understood is `info`. The most is
/// `debug`, since libraries write at `trace` what callers sent. Metrics are no matter of level.
pub fn subscriber<W>(writer: W, levels: Option<&str>) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let asked = levels.and_then(|levels| levels.parse::<Targets>().ok()).unwrap_or_default();
    let at_most_debug = |level: LevelFilter| level.min(LevelFilter::DEBUG);
    let levels = Targets::new()
        .with_default(asked.default_level().map_or(LevelFilter::INFO, at_most_debug))
        .with_targets(asked.iter().map(|(target, level)| (target, at_most_debug(level))))
        .with_target(SAID_ALREADY, LevelFilter::OFF)
        .with_target(METRICS, LevelFilter::DEBUG);
    let json = tracing_subscriber::fmt::format().json();
    let json = json.flatten_event(true).with_current_span(false).with_span_list(false);
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(writer)
        .fmt_fields(JsonFields::new())
        .event_format(Lines(json))
        .finish()
        .with(levels)
}

struct Lines(Format<Json>);

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        if event.metadata().target() != METRICS {
            return self.0.format_event(context, writer, event);
        }
        let mut said = AsItIs(&mut writer, Ok(()));
        event.record(&mut said);
        said.1?;
        writeln!(writer)
    }
}

/// Writes the message of an event and nothing else of it.
struct AsItIs<'a, 'w>(&'a mut Writer<'w>, fmt::Result);

impl Visit for AsItIs<'_, '_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.1 = self.1.and_then(|()| write!(self.0, "{value:?}"));
        }
    }
}
