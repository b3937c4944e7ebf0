//! Relay of the rewards' stream, its only consumer. Accepted line items become grant messages, taken units
//! become checks, and changes of claims become domain events.

use aws_lambda_events::event::dynamodb::EventRecord;
use domain::claims::{Claim, LineName, LineStatus};
use domain::events::DomainEvent;
use domain::live::LiveTopic;
use domain::messages::{CheckReservation, GrantClaim};
use runtime::{App, AuditBatch, FigureCounts, Metric, Source, Work, Worker, add_entity, measure};
use store::changes::RewardsChange;
use store::schema::{GRANTS, RESERVATIONS, REWARDS};

use runtime::live::tell_subscribers;
use runtime::outbox::{add_entities, publish, resource_events};

/// Worker `rewards-relay-changes` behind the stream of rewards.
pub static WORKER: Worker = Worker { name: "rewards-relay-changes", source: Source::Stream(&REWARDS, run) };

/// Delay of the check of a taken unit, in seconds. A function lives for at most 30 seconds, so the claim is
/// written by then or never.
const CHECK_AFTER_SECONDS: u32 = 120;

#[derive(Default)]
struct Outgoing {
    grants: Vec<GrantClaim>,
    checks: Vec<CheckReservation>,
    returns: Vec<CheckReservation>,
    events: Vec<DomainEvent>,
    changed: Vec<LiveTopic>,
}

fn run(app: App, records: Vec<EventRecord>) -> Work {
    Box::pin(async move {
        let mut audit = AuditBatch::default();
        let mut out = Outgoing::default();
        let mut figures = FigureCounts::of(&app, &REWARDS);
        for record in records {
            out.events.extend(resource_events(&record)?);
            figures.add(&record)?;
            let images = record.change;
            audit.add(&app, &images).await?;
            match RewardsChange::of(&images.keys, images.old_image, images.new_image)? {
                RewardsChange::Claim { before, after } => {
                    app.store().update_worklist(before.as_deref(), &after).await?;
                    out.claim(before.as_deref(), &after);
                }
                RewardsChange::Taken(holds) => out.taken(holds),
                RewardsChange::Other => {}
            }
        }
        audit.record(&app).await?;
        add_entities(&out.events);
        let store = app.store();
        store.send(&GRANTS, &out.grants, 0).await?;
        store.send(&RESERVATIONS, &out.checks, CHECK_AFTER_SECONDS).await?;
        store.send(&RESERVATIONS, &out.returns, 0).await?;
        publish(&app, &out.events).await?;
        figures.write(&app).await?;
        tell_subscribers(&app, out.changed).await
    })
}

impl Outgoing {
    fn taken(&mut self, holds: Vec<CheckReservation>) {
        holds.iter().for_each(|hold| add_entity(&Claim::id_of(&hold.user_id, &hold.campaign_id)));
        self.checks.extend(holds);
    }

    fn claim(&mut self, before: Option<&Claim>, after: &Claim) {
        self.changed.push(LiveTopic::Claim(after.user_id.clone(), after.campaign_id.clone()));
        let status_before =
            |index: usize| before.and_then(|claim| claim.lines.get(index)).map(|line| line.status);
        let became = |index: usize, status: LineStatus| {
            after.lines[index].status == status && status_before(index) != Some(status)
        };
        let to_grant = (0..after.lines.len())
            .filter(|index| became(*index, LineStatus::Requested) || became(*index, LineStatus::Approved));
        let lines: Vec<LineName> = to_grant.map(|index| after.lines[index].name()).collect();
        if !lines.is_empty() {
            let (user_id, campaign_id) = (after.user_id.clone(), after.campaign_id.clone());
            self.grants.push(GrantClaim { user_id, campaign_id, version: after.version, lines });
        }
        for index in 0..after.lines.len() {
            if became(index, LineStatus::Rejected) {
                self.returns.extend(CheckReservation::of_line(after, index));
            } else if let Some(before) = before.filter(|_| after.lines[index].is_failed()) {
                self.returns.extend(CheckReservation::of_released_unit(before, after, index));
            }
        }
        after.grant_lags_ms(before).for_each(|lag_ms| measure(Metric::GrantLag, lag_ms));
        self.events.extend(DomainEvent::between(before, after));
    }
}
