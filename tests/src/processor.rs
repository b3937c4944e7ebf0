//! Processor time of the calling thread, which other load of the machine does not lengthen.

use std::time::Duration;
#[cfg(not(target_os = "linux"))]
use std::{sync::LazyLock, time::Instant};

/// Returns the processor time that the calling thread has used.
///
/// # Panics
/// Panics if the kernel does not report it.
#[cfg(target_os = "linux")]
pub fn thread_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("the kernel counts it");
    let used = text.split(' ').next().and_then(|nanoseconds| nanoseconds.parse().ok());
    Duration::from_nanos(used.expect("a number of nanoseconds"))
}

/// Returns the time since the first call. Without a kernel file for processor time, the measurement needs an
/// idle machine.
#[cfg(not(target_os = "linux"))]
pub fn thread_time() -> Duration {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGAN.elapsed()
}
