//! `POST /concerts`: creates a concert, for operators.

use axum::extract::State;
use dibs_http::{Created, Creation, IdempotencyKey, Json, Operator, Route, axum, resolve_create, route};
use domain::Result;
use domain::concerts::Concert;
use domain::ids::{ConcertId, QueueId};
use domain::text::{Description, Title};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use waiting_room::services::admission::check_queue;

use crate::views::concert::ConcertView;

pub static ROUTE: Route = route!(
    /// Creates a concert without dates. Add them with `POST /concerts/{concert_id}/dates`.
    POST ["/concerts"] "concerts-create-concert" create_concert, "Create a concert", []
);

/// Concert to create. Its dates are added afterwards with `POST /concerts/{concert_id}/dates`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ConcertCreate")]
pub struct NewConcert {
    /// Display name of the concert.
    pub name: Title,
    /// Description to display, empty by default.
    #[serde(default)]
    pub description: Description,
    /// IANA time zone that the dates of the concert are in, for example `Asia/Seoul`; `UTC` by default.
    #[schemars(length(min = 1, max = 64))]
    #[serde(default = "utc")]
    pub time_zone: String,
    /// Time in seconds that reserved seats are held for payment, 10 to 3600, by default 300.
    #[schemars(range(min = 10, max = 3600))]
    #[serde(default = "five_minutes")]
    pub hold_seconds: u32,
    /// Queue that guards the seats and reservations of the concert. Null or absent leaves the concert open to
    /// every user.
    pub queue_id: Option<QueueId>,
}

async fn create_concert(
    State(app): State<App>,
    operator: Operator,
    key: IdempotencyKey,
    Json { value: new, fingerprint }: Json<NewConcert>,
) -> Result<Created<ConcertView>> {
    let concert = new.concert(key.creation(&app, ConcertId::new, operator.id, &ROUTE, &fingerprint));
    concert.check()?;
    check_queue(&app, concert.queue_id.as_ref()).await?;
    let created = resolve_create(app.store().create_concert(&concert).await?, concert)?;
    Ok(Created((&created).into()))
}

impl NewConcert {
    fn concert(self, creation: Creation<ConcertId>) -> Concert {
        Concert {
            trail: domain::trail::Trail::default(),
            id: creation.id,
            name: self.name.into(),
            description: self.description.into(),
            time_zone: self.time_zone,
            hold_seconds: self.hold_seconds,
            queue_id: self.queue_id,
            created_at: creation.at,
            created_by: creation.by,
            request_fingerprint: creation.request_fingerprint,
            version: 1,
        }
    }
}

fn utc() -> String {
    "UTC".to_owned()
}

const fn five_minutes() -> u32 {
    300
}
