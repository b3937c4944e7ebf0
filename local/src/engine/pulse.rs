//! A pulse: something was written. Whoever waits for work wakes at once instead of polling often.

use std::time::Duration;

use tokio::sync::watch;

/// Counts changes of an embedded engine. Cheap to clone; all clones are one pulse.
#[derive(Clone, Debug)]
pub struct Pulse(watch::Sender<u64>);

impl Default for Pulse {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Pulse {
    /// Counts a change and wakes everybody who waits.
    pub fn beat(&self) {
        self.0.send_modify(|beats| *beats = beats.wrapping_add(1));
    }

    /// Counts a change that gives nobody work.
    pub fn count(&self) {
        self.0.send_if_modified(|beats| {
            *beats = beats.wrapping_add(1);
            false
        });
    }

    /// Wakes everybody who waits, though nothing changed.
    pub fn nudge(&self) {
        self.0.send_modify(|_| ());
    }

    /// How many changes there were: equal numbers mean that nothing changed in between.
    pub fn beats(&self) -> u64 {
        *self.0.borrow()
    }

    /// A listener that wakes for everything from now on; what comes between two waits counts as one and is
    /// not lost.
    pub fn listen(&self) -> Listener {
        Listener(self.0.subscribe())
    }
}

/// Waits for a [`Pulse`].
#[derive(Debug)]
pub struct Listener(watch::Receiver<u64>);

impl Listener {
    /// Returns at the next beat or nudge, or after `idle` without one.
    pub async fn beat_or(&mut self, idle: Duration) {
        // An error means that no engine is left to beat: then only the clock wakes.
        if let Ok(Err(_)) = tokio::time::timeout(idle, self.0.changed()).await {
            tokio::time::sleep(idle).await;
        }
    }
}
