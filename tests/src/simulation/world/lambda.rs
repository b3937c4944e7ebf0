//! Runtime of a function: the function can die at any await, hang until its timeout, or freeze and continue
//! later.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Sleep;

use super::environment::Environment;
use super::faults::Fault;

/// Timeout of a function.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum time for which the caller of a function waits.
const PATIENCE: Duration = Duration::from_secs(15);
/// Number of polls of a function's future within which it dies or freezes, if it does.
const POLLS_MAX: u64 = 45;

tokio::task_local! {
    static STUCK: Cell<bool>;
}

/// Returns `true` if the caller runs inside a simulated function.
pub fn inside() -> bool {
    STUCK.try_with(|_| ()).is_ok()
}

/// Makes the function that calls this hang until its timeout.
pub fn get_stuck() {
    // Code outside a function cannot hang.
    let _ = STUCK.try_with(|stuck| stuck.set(true));
}

#[derive(Clone, Copy, Debug)]
enum Fate {
    Lives,
    Dies { at: u64 },
    StandsStill { at: u64, pause: Duration },
}

struct Run<F> {
    inner: Pin<Box<F>>,
    fate: Fate,
    polls: u64,
    still: Option<Pin<Box<Sleep>>>,
    // Timeout of the function. `None` during a freeze, in which its time does not pass.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<F: Future<Output = T>, T> Future for Run<F> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let this = &mut *self;
        if let Some(deadline) = &mut this.deadline
            && deadline.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(None);
        }
        if let Some(still) = &mut this.still {
            if still.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            this.still = None;
            let deadline = this.deadline.insert(Box::pin(tokio::time::sleep(TIMEOUT)));
            let _ = deadline.as_mut().poll(context);
        }
        this.polls += 1;
        match this.fate {
            Fate::Dies { at } if this.polls >= at => return Poll::Ready(None),
            Fate::StandsStill { at, pause } if this.polls >= at => {
                this.fate = Fate::Lives;
                this.deadline = None;
                let mut still = Box::pin(tokio::time::sleep(pause));
                let _ = still.as_mut().poll(context);
                this.still = Some(still);
                return Poll::Pending;
            }
            _ => {}
        }
        this.inner.as_mut().poll(context).map(Some)
    }
}

/// Polls `work` until it is done. Never returns once the function hangs.
async fn until_stuck<T>(work: impl Future<Output = T>) -> T {
    let mut work = Box::pin(work);
    std::future::poll_fn(
        |context| {
            if STUCK.with(Cell::get) { Poll::Pending } else { work.as_mut().poll(context) }
        },
    )
    .await
}

/// Runs `work` as a function. Returns `None` if its caller got no response.
pub async fn invoke<T: Send + 'static>(
    env: &Arc<Environment>,
    who: &str,
    work: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    let (prng, rates) = (&env.prng, &env.faults.rates);
    let fate = if env.strikes(rates.died) {
        env.fault(who, Fault::Died);
        Fate::Dies { at: prng.between(1, POLLS_MAX) }
    } else if env.strikes(rates.frozen) {
        env.fault(who, Fault::Frozen);
        Fate::StandsStill { at: prng.between(1, POLLS_MAX), pause: prng.millis(30_000, 300_000) }
    } else {
        Fate::Lives
    };
    let run = Run {
        inner: Box::pin(STUCK.scope(Cell::new(false), until_stuck(work))),
        fate,
        polls: 0,
        still: None,
        deadline: Some(Box::pin(tokio::time::sleep(TIMEOUT))),
    };
    env.under_way.fetch_add(1, Ordering::Relaxed);
    let counted = env.clone();
    let task = tokio::spawn(async move {
        let output = run.await;
        counted.under_way.fetch_sub(1, Ordering::Relaxed);
        output
    });
    match tokio::time::timeout(PATIENCE, task).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => panic!("a function panicked: {error}"),
        Err(_) => None,
    }
}
