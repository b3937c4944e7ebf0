//! What every part of a run shares: random numbers, the clock, the faults and the trace.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use domain::Timestamp;
use dynoxide::storage_backend::Clock;
use tokio::time::Instant;

use super::faults::{Fault, Faults};
use super::prng::Prng;
use super::sizes::Sizes;
use super::theme::Theme;
use super::trace::Trace;

/// Start of every run, 2026-11-21T00:00:00Z, in Unix milliseconds.
pub const BEGIN_MS: i64 = 1_795_219_200_000;
/// Maximum difference between an instance's clock and the true time, in milliseconds.
pub const SKEW_MS_MAX: u64 = 3_000;

/// Random numbers, clock, faults and trace of a run.
pub struct Environment {
    /// Domains that take part in the run.
    pub theme: Theme,
    /// Sizes of the run.
    pub sizes: Sizes,
    /// Pseudo-random numbers of the run.
    pub prng: Prng,
    /// Trace of everything that happens.
    pub trace: Trace,
    /// Faults of the run.
    pub faults: Faults,
    /// Number of running functions, and of delayed writes whose caller has given up.
    pub under_way: AtomicU64,
    began: Instant,
}

/// Simulated clock for the embedded DynamoDB.
struct EngineClock(Instant);

impl Clock for EngineClock {
    fn now_unix_secs(&self) -> u64 {
        BEGIN_MS as u64 / 1000 + self.0.elapsed().as_secs()
    }
    fn now_unix_secs_f64(&self) -> f64 {
        BEGIN_MS as f64 / 1000.0 + self.0.elapsed().as_secs_f64()
    }
}

impl Environment {
    /// Creates the environment of `seed`. The caller's runtime must have paused time.
    pub fn new(seed: u64, verbose: bool) -> Arc<Self> {
        let (theme, sizes) = (Theme::of(seed), Sizes::of(seed));
        let prng = Prng::new(seed);
        let faults = Faults::draw(&prng, theme);
        let (trace, under_way) = (Trace::new(verbose), AtomicU64::new(0));
        let env = Self { theme, sizes, prng, trace, faults, under_way, began: Instant::now() };
        env.event("run", format_args!("{theme:?} {sizes:?}"));
        Arc::new(env)
    }

    /// Returns the simulated clock for the embedded DynamoDB.
    pub fn engine_clock(&self) -> impl Clock + 'static {
        EngineClock(self.began)
    }

    /// Returns the milliseconds since the start of the run.
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Returns the time of a clock that is ahead by `skew_ms`.
    pub fn time(&self, skew_ms: i64) -> Timestamp {
        Timestamp::from_millis(BEGIN_MS + self.now_ms() as i64 + skew_ms)
    }

    /// Records an event in the trace.
    pub fn event(&self, who: &str, what: impl std::fmt::Display) {
        self.trace.event(self.now_ms(), who, what);
    }

    /// Records a fault in the trace.
    pub fn fault(&self, who: &str, fault: Fault) {
        self.trace.fault(fault);
        self.event(who, format_args!("!! {fault:?}"));
    }

    /// Returns `true` if a fault with the rate `often` per thousand happens now, drawn at random.
    pub fn strikes(&self, often: u64) -> bool {
        self.faults.strikes(&self.prng, often)
    }
}
