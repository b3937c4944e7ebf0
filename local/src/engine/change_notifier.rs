//! Change notification of the embedded engines: waiting tasks wake at once and need not poll often.

use std::time::Duration;

use tokio::sync::watch;

/// Change counter of an embedded engine that wakes its listeners. Cheap to clone; all clones are one counter.
#[derive(Clone, Debug)]
pub struct ChangeNotifier(watch::Sender<u64>);

impl Default for ChangeNotifier {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl ChangeNotifier {
    /// Counts a change, and wakes all listeners.
    pub fn notify(&self) {
        self.0.send_modify(|changes_seen| *changes_seen = changes_seen.wrapping_add(1));
    }

    /// Counts a change without waking the listeners, for changes that give no task anything to do.
    pub fn count(&self) {
        self.0.send_if_modified(|changes_seen| {
            *changes_seen = changes_seen.wrapping_add(1);
            false
        });
    }

    /// Wakes all listeners, although nothing changed.
    pub fn wake(&self) {
        self.0.send_modify(|_| ());
    }

    /// Returns the number of changes so far. Equal numbers mean that nothing changed between the two calls.
    pub fn changes_seen(&self) -> u64 {
        *self.0.borrow()
    }

    /// Returns a listener for all changes from now on. Changes between two waits are merged into one and are
    /// not lost.
    pub fn listen(&self) -> Listener {
        Listener(self.0.subscribe())
    }
}

/// Listener of a [`ChangeNotifier`].
#[derive(Debug)]
pub struct Listener(watch::Receiver<u64>);

impl Listener {
    /// Waits until a change or wake-up is signaled, for at most `idle`.
    pub async fn changed_within(&mut self, idle: Duration) {
        // An error means that the engine is gone. Only the timeout wakes the listener then.
        if let Ok(Err(_)) = tokio::time::timeout(idle, self.0.changed()).await {
            tokio::time::sleep(idle).await;
        }
    }
}
