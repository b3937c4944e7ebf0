//! Demo concerts: one that is open to everybody, and one behind a waiting room.

use domain::concerts::{Concert, ConcertDate, Row, SeatLayout, Section};
use domain::ids::{ConcertId, QueueId, UserId};
use domain::waiting_room::{WaitingRoom, WaitingRoomSettings};
use domain::{Result, Timestamp};
use runtime::App;

use super::{DAY_SECONDS, parsed};

/// Price of a seat in the club, in whole units of the currency.
const CLUB_PRICE: u64 = 45_000;

/// Writes two concerts with their dates, and the waiting room of one of them.
///
/// # Errors
/// Fails if the store cannot be written.
pub async fn seed(app: &App) -> Result<()> {
    let now = app.now();
    let settings = WaitingRoomSettings {
        capacity: 50,
        rate_milli: 5_000,
        token_seconds: 600,
        no_show_seconds: 60,
        joins_per_second: 1_000,
    };
    let (doors, by) = (parsed(QueueId::parse("que_doors"))?, parsed(UserId::parse("usr_operator"))?);
    let room = WaitingRoom::new(
        doors.clone(),
        "Doors of the spring tour".to_owned(),
        settings,
        by.clone(),
        None,
        now,
    );
    let _ = app.store().save_waiting_room(&room).await?;
    let club = concert("con_club", "A night at the club", None, &by, now)?;
    date(app, &club, 30, SeatLayout::plain(50, CLUB_PRICE), now).await?;
    let spring = concert("con_spring", "Spring tour (behind the queue que_doors)", Some(doors), &by, now)?;
    let stand = |name: &str, price, rows: std::ops::RangeInclusive<u32>| Section {
        name: Some(name.to_owned()),
        price,
        rows: rows.map(|row| Row { name: Some(row.to_string()), seats: 20 }).collect(),
    };
    let hall = SeatLayout { sections: vec![stand("A", 120_000, 1..=5), stand("B", 80_000, 1..=10)] };
    for days in [30, 31] {
        date(app, &spring, days, hall.clone(), now).await?;
    }
    for concert in [club, spring] {
        let _ = app.store().create_concert(&concert).await?;
    }
    Ok(())
}

fn concert(id: &str, name: &str, queue_id: Option<QueueId>, by: &UserId, now: Timestamp) -> Result<Concert> {
    Ok(Concert {
        trail: domain::trail::Trail::default(),
        id: parsed(ConcertId::parse(id))?,
        name: name.to_owned(),
        description: String::new(),
        time_zone: "Asia/Seoul".to_owned(),
        hold_seconds: 300,
        queue_id,
        created_at: now,
        created_by: by.clone(),
        request_fingerprint: None,
        version: 1,
    })
}

async fn date(app: &App, concert: &Concert, days: i64, layout: SeatLayout, now: Timestamp) -> Result<()> {
    let date = ConcertDate {
        trail: domain::trail::Trail::default(),
        concert_id: concert.id.clone(),
        date: concert.today(now.plus_seconds(days * DAY_SECONDS))?,
        layout,
        created_at: now,
        request_fingerprint: None,
        version: 1,
    };
    let _ = app.store().create_date(&date).await?;
    Ok(())
}
