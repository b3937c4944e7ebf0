//! Records the activities that dibs itself notices: signing in, and being invited.

use domain::Result;
use domain::activities::Activity;
use edge::{App, Message, Source, Work, Worker};
use store::schema::ACTIVITIES;

/// The worker.
pub static WORKER: Worker =
    Worker { name: "workers-record-activities", source: Source::Queue(&ACTIVITIES, run) };

fn run(app: App, message: Message) -> Work {
    Box::pin(async move {
        let activity: Activity = crate::body(&message)?;
        // Recorded now, recorded before, or more than dibs counts: in each case nothing is left to do.
        let recorded: Result<_> = app.store().record_activity(&activity).await;
        recorded.map(drop)
    })
}
