//! Relay of the deals' stream, its only consumer. It settles the units of closed orders, schedules the end of
//! holds, updates the counts of deals, and publishes domain events.

use std::collections::BTreeMap;

use aws_lambda_events::event::dynamodb::EventRecord;
use domain::deals::{self, Deal, Sequence, UnitsMoved};
use domain::events::DomainEvent;
use domain::ids::DealId;
use domain::live::LiveTopic;
use domain::messages::CloseOrders;
use domain::orders::{Order, OrderStatus};
use domain::{Result, Timestamp};
use futures::future::try_join_all;
use runtime::{App, AuditBatch, FigureCounts, Source, Work, Worker, add_entity, shard};
use store::changes::DealsChange;
use store::schema::{DEALS, ORDERS};

use runtime::live::tell_subscribers;
use runtime::outbox::{add_entities, publish, resource_events};
use runtime::seconds_until;

/// Worker `deals-relay-changes` behind the stream of deals.
pub static WORKER: Worker = Worker { name: "deals-relay-changes", source: Source::Stream(&DEALS, run) };

/// Maximum number of orders that are settled concurrently.
const AT_ONCE: usize = 16;
/// Age of a stream record, in seconds, from which an earlier version of dibs may have counted it already.
/// A new record arrives within two seconds.
const LATE_SECONDS: i64 = 5;
/// Granularity of message delays, in seconds. Delays are rounded up to a multiple of it, so that messages
/// with similar delays are sent together.
const TOGETHER_SECONDS: u32 = 10;
/// Delays in seconds of closing the orders of a canceled deal: at once, and again when no running function
/// can still consider the deal active.
const CLOSE_AFTER_SECONDS: [u32; 2] = [0, 60];

#[derive(Default)]
struct Batch {
    events: Vec<DomainEvent>,
    /// Messages to send, by their delay in seconds.
    checks: BTreeMap<u32, Vec<CloseOrders>>,
    over: Vec<Order>,
    /// Topics of live updates whose state has changed.
    changed: Vec<LiveTopic>,
    /// Orders that an earlier version of dibs wrote without adding them to the list of their user's
    /// orders.
    unlisted: Vec<Order>,
    /// Unit movements of each deal, with the times and sequence numbers of their stream records.
    moved: BTreeMap<DealId, Vec<Moved>>,
}

/// Time and sequence number of a stream record, and the change of the held and sold units that it shows.
type Moved = (Timestamp, Sequence, UnitsMoved);

fn run(app: App, records: Vec<EventRecord>) -> Work {
    Box::pin(async move {
        let mut audit = AuditBatch::default();
        let mut batch = Batch::default();
        let mut figures = FigureCounts::of(&app, &DEALS);
        for record in records {
            batch.events.extend(resource_events(&record)?);
            figures.add(&record)?;
            let images = record.change;
            audit.add(&app, &images).await?;
            let at = Timestamp::from_millis(images.approximate_creation_date_time.timestamp_millis());
            match DealsChange::of(&images.keys, images.old_image, images.new_image)? {
                DealsChange::Deal { before, after } => batch.deal(before, &after, at),
                DealsChange::Order { order, is_listed } => batch.order(*order, is_listed),
                DealsChange::Units { deal_id, taken, moved } => {
                    batch.units(&app, taken);
                    let sequence = images.sequence_number.as_deref().and_then(Sequence::parse);
                    batch.moved.entry(deal_id).or_default().extend(sequence.map(|one| (at, one, moved)));
                }
                DealsChange::Recounted(deal_id) => batch.changed.push(LiveTopic::DealStock(deal_id)),
                DealsChange::Other => {}
            }
        }
        audit.record(&app).await?;
        batch.send_messages(&app).await?;
        figures.write(&app).await
    })
}

impl Batch {
    fn deal(&mut self, before: Option<deals::DealStatus>, after: &Deal, at: Timestamp) {
        self.events.push(DomainEvent::of_deal(before, after, at));
        self.changed.push(LiveTopic::DealStock(after.id.clone()));
        if after.status == deals::DealStatus::Canceled {
            for delay_s in CLOSE_AFTER_SECONDS {
                let parts = CloseOrders::of_deal(&after.id, 0, after.stock().buckets());
                self.checks.entry(delay_s).or_default().extend(parts);
            }
        }
    }

    fn order(&mut self, order: Order, is_listed: bool) {
        self.events.push(DomainEvent::of_order(&order));
        self.changed.push(LiveTopic::Order(order.id.clone()));
        if !is_listed {
            self.unlisted.push(order.clone());
        }
        if matches!(order.status, OrderStatus::Confirmed | OrderStatus::Canceled) {
            self.over.push(order);
        }
    }

    fn units(&mut self, app: &App, taken: Vec<CloseOrders>) {
        for check in taken {
            let CloseOrders::Overdue { due_at, order_id, .. } = &check else { continue };
            add_entity(order_id);
            let delay_s = seconds_until(*due_at, app.now()).next_multiple_of(TOGETHER_SECONDS);
            self.checks.entry(delay_s).or_default().push(check);
        }
    }

    async fn send_messages(self, app: &App) -> Result<()> {
        add_entities(&self.events);
        for orders in self.over.chunks(AT_ONCE) {
            try_join_all(orders.iter().map(|order| settle(app, order))).await?;
        }
        for orders in self.unlisted.chunks(AT_ONCE) {
            try_join_all(orders.iter().map(|order| app.store().index_order(order))).await?;
        }
        for (delay_s, checks) in self.checks {
            app.store().send(&ORDERS, &checks, delay_s).await?;
        }
        publish(app, &self.events).await?;
        count(app, &self.moved).await;
        // The units are counted by now, as the subscribers will see them.
        tell_subscribers(
            app,
            self.changed.into_iter().chain(self.moved.into_keys().map(LiveTopic::DealStock)),
        )
        .await
    }
}

/// Adds unit movements to the counts of their deals. An error does not fail the batch, since the recount
/// corrects missing movements.
async fn count(app: &App, moved: &BTreeMap<DealId, Vec<Moved>>) {
    if moved.is_empty() {
        return;
    }
    let Some(shard) = shard() else {
        return tracing::error!("the shard is not named: does the event source mapping have its window?");
    };
    for (deal, moves) in moved {
        if let Err(error) = count_deal(app, deal, &shard, moves).await {
            tracing::warn!(%deal, %error, cause = ?error.cause(), "figures are not counted");
        }
    }
}

async fn count_deal(app: &App, deal: &DealId, shard: &str, moves: &[Moved]) -> Result<()> {
    let late = app.now().plus_seconds(-LATE_SECONDS);
    let counted_before = match moves.iter().any(|(at, ..)| *at <= late) {
        true => app.store().counted_before(deal, app.now()).await?,
        false => None,
    };
    let is_new = |(at, ..): &&Moved| counted_before.is_none_or(|before| *at > before);
    let moves: Vec<(Sequence, UnitsMoved)> =
        moves.iter().filter(is_new).map(|(_, sequence, moved)| (sequence.clone(), *moved)).collect();
    app.store().count_moves(deal, shard, &moves, app.now()).await
}

/// Marks the units of a confirmed order as sold, or returns those of a canceled one.
async fn settle(app: &App, order: &Order) -> Result<()> {
    let store = app.store();
    let stock = store.get_deal_cached(&order.deal_id, app.now()).await?.deal.stock();
    match order.status {
        OrderStatus::Confirmed => store.settle_units(&stock, &order.id, &order.parts).await,
        _ => store.give_back_units(&stock, &order.id, &order.parts).await,
    }
}
