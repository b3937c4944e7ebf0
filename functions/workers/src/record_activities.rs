//! Worker that records the activities that dibs observes itself: sign-ins and invitations.

use domain::Result;
use domain::activities::Activity;
use edge::{App, Message, Source, Work, Worker};
use store::schema::ACTIVITIES;

/// Worker `workers-record-activities` behind the queue of activities.
pub static WORKER: Worker =
    Worker { name: "workers-record-activities", source: Source::Queue(&ACTIVITIES, run) };

fn run(app: App, message: Message) -> Work {
    Box::pin(async move {
        let activity: Activity = crate::body(&message)?;
        // The outcomes new, known and over the limit all complete the message.
        let recorded: Result<_> = app.store().record_activity(&activity).await;
        recorded.map(drop)
    })
}
