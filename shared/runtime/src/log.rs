//! Log output of functions: one JSON record a line, and metrics in their own format.

use std::fmt;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::{Format, Json, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;

use domain::Error;

/// Log target of metrics, which are written without an envelope.
pub(crate) const METRICS: &str = "dibs::metrics";
/// Log target on which `lambda_runtime` repeats handler errors, with raw table contents. It is off, because
/// the boundary logs these errors.
const SAID_ALREADY: &str = "lambda_runtime::layers::panic";

/// Builds the log subscriber that writes to `writer`, in the format for CloudWatch. `levels` is the value of
/// `DIBS_LOG`, such as `info` or `info,dibs_store=debug`; an invalid value counts as `info`. Levels are
/// capped at `debug`, since libraries log request contents at `trace`. Metrics are written at any level.
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
        let mut visitor = MessageOnly(&mut writer, Ok(()));
        event.record(&mut visitor);
        visitor.1?;
        writeln!(writer)
    }
}

/// Visitor that writes the message of an event without its other fields.
struct MessageOnly<'a, 'w>(&'a mut Writer<'w>, fmt::Result);

impl Visit for MessageOnly<'_, '_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.1 = self.1.and_then(|()| write!(self.0, "{value:?}"));
        }
    }
}

/// Joins the chain of causes of an error into one line. Returns `None` when it has no cause.
pub(crate) fn cause(error: &Error) -> Option<String> {
    let mut text = String::new();
    let mut next = error.cause().map(|cause| cause as &dyn std::error::Error);
    while let Some(cause) = next {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    Some(text).filter(|text| !text.is_empty())
}
