//! Tests of the log: one line per call, metrics, and no secrets.

mod binaries;
mod correlation;
mod failures;
mod metrics;
mod secrecy;

use std::io;
use std::sync::{Arc, LazyLock, Mutex};

use serde_json::Value;
use tracing::subscriber::{DefaultGuard, set_default, set_global_default};
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::layer::SubscriberExt;

/// Global log subscriber that records nothing. Without it, `tracing` could cache for all threads that a log
/// statement has no subscriber, if another thread reaches the statement first.
static UNDECIDED: LazyLock<()> = LazyLock::new(|| {
    let undecided = tracing_subscriber::registry().with(dynamic_filter_fn(|_, _| false));
    set_global_default(undecided).expect("nobody else listens");
});

/// Log of the current thread in the format of the functions, captured until this value is dropped.
struct Log {
    written: Written,
    _guard: DefaultGuard,
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Starts to capture the log of this thread at these levels.
    fn at(levels: &str) -> Self {
        LazyLock::force(&UNDECIDED);
        let written = Written::default();
        let writer = written.clone();
        let subscriber = runtime::log::subscriber(move || writer.clone(), Some(levels));
        Self { written, _guard: set_default(subscriber) }
    }

    fn text(&self) -> String {
        String::from_utf8(self.written.0.lock().unwrap().clone()).unwrap()
    }

    /// Returns the log lines that record a request or a message.
    fn calls(&self) -> Vec<Value> {
        lines(&self.text()).into_iter().filter(|line| line["message"] == "call").collect()
    }

    /// Returns the log lines that contain metrics.
    fn metrics(&self) -> Vec<Value> {
        lines(&self.text()).into_iter().filter(|line| line.get("_aws").is_some()).collect()
    }
}

#[test]
fn a_level_that_nobody_knows_is_info_and_the_most_is_debug() {
    for (levels, said) in [
        ("information", ["warn", "info"].as_slice()),
        ("dibs_store=debug", &["warn", "info"]),
        ("warn", &["warn"]),
        ("debug", &["warn", "info", "debug"]),
        ("trace", &["warn", "info", "debug"]),
        (concat!("info,", module_path!(), "=trace"), &["warn", "info", "debug"]),
        ("info,dibs=loud", &["warn", "info"]),
    ] {
        let log = Log::at(levels);
        tracing::warn!("warn");
        tracing::info!("info");
        tracing::debug!("debug");
        tracing::trace!("trace");
        let lines = lines(&log.text());
        assert_eq!(
            lines.iter().map(|line| line["message"].as_str().unwrap()).collect::<Vec<_>>(),
            said,
            "{levels}"
        );
    }
}

/// Parses each line as JSON.
fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}
