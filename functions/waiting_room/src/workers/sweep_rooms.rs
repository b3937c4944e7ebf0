//! Scheduled worker that runs waiting rooms from the due index: those with a next run too far away for an SQS
//! message, and those whose message was lost. A room with nothing due is not in the index and costs nothing.

use domain::messages::RunWaitingRoom;
use domain::{Code, Result};
use runtime::{App, Source, Work, Worker};
use store::DueIndexEntry;
use store::schema::ROOMS;

/// Scheduled worker `waiting-room-sweep-rooms`, once a minute.
pub static WORKER: Worker =
    Worker { name: "waiting-room-sweep-rooms", source: Source::Schedule(EVERY_SECONDS, run) };

const EVERY_SECONDS: u32 = 60;
/// Maximum number of waiting rooms that one run handles.
const ROOMS_MAX: usize = 1000;

fn run(app: App) -> Work {
    Box::pin(async move {
        for due in app.store().list_due_rooms(app.now(), ROOMS_MAX).await? {
            run_if_due(&app, &due).await?;
        }
        Ok(())
    })
}

async fn run_if_due(app: &App, due: &DueIndexEntry) -> Result<()> {
    let (store, now) = (app.store(), app.now());
    let Some(seen) = due.at.filter(|at| *at <= now) else { return Ok(()) };
    let next = match store.get_waiting_room(&due.queue_id).await {
        Err(error) if error.code == Code::NotFound => None,
        room => room?.next_run_at,
    };
    if next.is_some_and(|at| at <= now) {
        store.send(&ROOMS, &[RunWaitingRoom::of(due.queue_id.clone())], 0).await?;
    }
    // The room is swept again at the next sweep at the earliest, because a run that is due sooner has a
    // message of its own.
    let again = next.map(|at| at.max(now.plus_seconds(EVERY_SECONDS.into())));
    store.move_due(&due.queue_id, seen, again).await
}
