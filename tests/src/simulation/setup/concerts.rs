//! Setup of concerts: a waiting room, a concert behind it, another that is open to everybody, and the
//! concertgoers.

use domain::ids::{ConcertId, QueueId, UserId};
use serde_json::{Value, json};

use super::{post, user};
use crate::simulation::world::World;
use crate::simulation::world::histories::lines::CAPACITY_MAX;

/// Names and prices of the sections of a concert, of which each run has the first ones.
const SECTIONS: [(&str, u32); 3] = [("A", 3_000), ("B", 1_500), ("C", 500)];

/// Concerts and concertgoers that exist in a run.
#[derive(Default)]
pub struct ConcertSetup {
    /// Waiting room. `None` in a run without concerts.
    pub queue: Option<QueueId>,
    /// Concerts of the run.
    pub halls: Vec<Hall>,
    /// Users who go to concerts.
    pub concertgoers: Vec<UserId>,
}

/// Concert on one day, with its seats.
#[derive(Clone, Debug)]
pub struct Hall {
    /// Id of the concert.
    pub concert: ConcertId,
    /// Day of the concert.
    pub date: String,
    /// Waiting room of the concert. `None` if it is open to everybody.
    pub queue: Option<QueueId>,
    /// Duration of a hold, in milliseconds.
    pub hold_ms: u64,
    /// Names of the seats, in the order of the layout.
    pub seats: Vec<String>,
}

impl Hall {
    /// Returns concert and day, as in the key of a seat block.
    pub fn name(&self) -> String {
        format!("{}#{}", self.concert, self.date)
    }
}

impl ConcertSetup {
    /// Creates the waiting room and the concerts, on an instance without faults, and the ids of the
    /// concertgoers.
    pub async fn set_up(world: &World) -> Self {
        let (prng, sizes) = (&world.core.env.prng, &world.core.env.sizes);
        let rate = *prng.pick(&[0.3, 1.0, 5.0]);
        let room = json!({
            "name": "in front", "capacity": prng.between(1, CAPACITY_MAX), "admissions_per_second": rate,
            "token_seconds": prng.between(15, 45), "no_show_seconds": prng.between(6, 20),
            "joins_per_second": *prng.pick(&[100, 1000]),
        });
        let room = post(world, "/queues", room).await;
        let queue = room["id"].as_str().and_then(QueueId::parse).expect("a queue has an id");
        let plain = json!({"price": 1000, "seats": sizes.plain_seats});
        let row = |number: usize| json!({"name": number.to_string(), "seats": sizes.row_seats});
        let rows: Vec<Value> = (1..=sizes.rows).map(row).collect();
        let section = |(name, price)| json!({"name": name, "price": price, "rows": rows});
        let sections: Vec<Value> = SECTIONS.into_iter().take(sizes.sections).map(section).collect();
        let mut halls = Vec::new();
        for (layout, queue) in [(plain, Some(queue.clone())), (json!({"sections": sections}), None)] {
            halls.push(hall(world, layout, queue).await);
        }
        let concertgoers = (0..sizes.concertgoers).map(|number| user(100 + number)).collect();
        Self { queue: Some(queue), halls, concertgoers }
    }

    /// Returns the concert and day with the name that [`Hall::name`] returns.
    pub fn hall(&self, name: &str) -> Option<&Hall> {
        self.halls.iter().find(|hall| hall.name() == name)
    }
}

async fn hall(world: &World, layout: Value, queue: Option<QueueId>) -> Hall {
    let hold_seconds = world.core.env.prng.between(10, 30);
    let concert = json!({
        "name": "a concert", "time_zone": "Asia/Seoul", "hold_seconds": hold_seconds, "queue_id": queue,
    });
    let made = post(world, "/concerts", concert).await;
    let concert = made["id"].as_str().and_then(ConcertId::parse).expect("a concert has an id");
    let date = "2026-12-24".to_owned();
    let mut new = layout;
    new["date"] = json!(date);
    post(world, &format!("/concerts/{concert}/dates"), new.clone()).await;
    let seats = match new["sections"].as_array() {
        None => (1..=new["seats"].as_u64().unwrap_or_default()).map(|seat| seat.to_string()).collect(),
        Some(sections) => sections.iter().flat_map(names).collect(),
    };
    Hall { concert, date, queue, hold_ms: hold_seconds * 1000, seats }
}

fn names(section: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = section["rows"].as_array().into_iter().flatten();
    rows.flat_map(|row| {
        let prefix = format!("{}-{}", text(&section["name"]), text(&row["name"]));
        (1..=row["seats"].as_u64().unwrap_or_default()).map(move |seat| format!("{prefix}-{seat}"))
    })
    .collect()
}
