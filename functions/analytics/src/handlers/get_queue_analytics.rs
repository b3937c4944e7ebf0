//! `GET /analytics/queues`: joins, admissions and waiting times of queues, for staff.

use dibs_http::axum::extract::State;
use dibs_http::{Query, Reader, Route, route};
use domain::Result;
use domain::analytics::Topic;
use domain::ids::QueueId;
use runtime::App;

use crate::services::periods::{TopicFigures, analytics_query, named};
use crate::views::queues::{QueueAnalytics, QueueFigures};
use crate::views::timeline::{AnalyticsReply, Timeline};

pub static ROUTE: Route = route!(
    /// Returns who joined all queues, or one, in a period, what became of them, and how long they waited: in total,
    /// and by hour or day. What became of a user who was let in counts in the hour in which they were let in. With
    /// `format=csv` it returns the timeline alone.
    GET ["/analytics/queues"] "analytics-get-queue-analytics" get_queue_analytics,
    "Get the figures of queues: joined, let in, gave up, no-shows, waiting times",
    []
);

analytics_query! {
    /// Query of the figures of queues.
    QueueAnalyticsQuery {
        /// Queue to which the figures are limited. Without it they are those of all queues.
        queue_id: Option<QueueId>,
    }
}

async fn get_queue_analytics(
    State(app): State<App>,
    _: Reader,
    Query(query): Query<QueueAnalyticsQuery>,
) -> Result<AnalyticsReply<QueueAnalytics>> {
    let period = query.period().resolve(&app, None)?;
    let topic = match &query.queue_id {
        Some(id) => Topic::Queue(named("queue_id", app.store().get_waiting_room(id).await)?.id),
        None => Topic::Queues,
    };
    let found = TopicFigures::read(&app, &topic, &period).await?;
    let body = QueueAnalytics(Timeline::of(&found, |series, part| QueueFigures::of(&series.sum(part))));
    AnalyticsReply::of(query.format, "queues", body, |body| &body.0)
}
