//! Final check of seats: after everything has settled, every seat that is not sold can be held at once.

use std::time::Duration;

use domain::concerts::SeatState;
use domain::ids::QueueId;

use super::facts::Concerts;
use crate::simulation::actors::concertgoers::Concertgoer;
use crate::simulation::records::requests::{Seats, Want};
use crate::simulation::setup::concerts::Hall;
use crate::simulation::setup::user;
use crate::simulation::workload::Workload;
use crate::simulation::world::Answer;

/// Waiting time after which the sweeper has run twice since the last hold ended.
pub(super) const SWEPT_AFTER: Duration = Duration::from_secs(800);
/// Maximum time that a user waits for the admission, in seconds.
const WAIT_MAX: u64 = 600;
/// Maximum number of times that a user joins again because their admission has ended.
const LET_IN_MAX: usize = 10;
/// Number of seats that one reservation may have at most.
const SEATS_MAX: usize = 4;

/// Lets a new user for each concert hold all seats that are not sold. All of these must be available, and no
/// others.
pub async fn hold_remaining_seats(workload: &Workload) -> Vec<String> {
    let mut violations = Vec::new();
    if !workload.world.core.env.theme.concerts {
        return violations;
    }
    tokio::time::sleep(SWEPT_AFTER).await;
    let facts = Concerts::read(&workload.world.core);
    let left = facts.seats.iter().filter(|(_, mark)| matches!(mark, SeatState::Held { .. }));
    violations.extend(left.map(|left| format!("nobody has cleared {left:?}")));
    for (number, hall) in workload.concerts.halls.iter().enumerate() {
        let concertgoer = Concertgoer { workload: workload.clone(), id: user(2_000 + number) };
        let mut guest = Guest { concertgoer: &concertgoer, queue: hall.queue.as_ref(), token: None };
        violations.extend(hold_everything(&mut guest, hall, &facts).await);
    }
    violations
}

/// User who sends requests that may need a queue token.
pub(super) struct Guest<'a> {
    /// Client of the user.
    pub concertgoer: &'a Concertgoer,
    /// Waiting room that protects the requested resource, if one does.
    pub queue: Option<&'a QueueId>,
    /// Queue token of the user's admission, once they are admitted.
    pub token: Option<String>,
}

impl Guest<'_> {
    /// Sends a request, after an admission if the resource is protected. The admission may have ended when
    /// the queue token is issued, if another instance's clock is ahead by more than the time for taking it
    /// up. The user then joins again.
    pub async fn call(&mut self, want: &Want) -> Answer {
        let mut answer = Answer::Gone;
        for _ in 0..LET_IN_MAX {
            if let (None, Some(queue)) = (&self.token, self.queue) {
                self.token = be_let_in(self.concertgoer, queue).await;
                if self.token.is_none() {
                    continue;
                }
            }
            answer = self.concertgoer.call(want, None, self.token.as_deref()).await;
            if answer.code() != "QUEUE_TOKEN_EXPIRED" {
                break;
            }
            self.token = None;
        }
        answer
    }
}

/// Joins the waiting room and polls until the user is admitted. Returns the queue token, or `None` if they
/// are not.
async fn be_let_in(concertgoer: &Concertgoer, queue: &QueueId) -> Option<String> {
    let joined = concertgoer.call(&Want::Join(queue.clone()), None, None).await;
    let mut ticket = joined.data()["ticket"].as_str().map(str::to_owned);
    for _ in 0..WAIT_MAX {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let answer = concertgoer.call(&Want::Poll(queue.clone()), None, ticket.as_deref()).await;
        ticket = answer.data()["token"].as_str().map(str::to_owned).or(ticket);
        match answer.data()["status"].as_str() {
            Some("active") => return ticket,
            Some("expired") => return None,
            _ => {}
        }
    }
    None
}

async fn hold_everything(guest: &mut Guest<'_>, hall: &Hall, facts: &Concerts) -> Vec<String> {
    let mut violations = Vec::new();
    let free = hall.seats.iter().enumerate();
    let free = free.filter(|(index, _)| !facts.seats.contains_key(&(hall.name(), *index as u32)));
    let free: Vec<String> = free.map(|(_, name)| name.clone()).collect();
    let want = |seats: Seats| Want::Reserve(hall.concert.clone(), hall.date.clone(), seats);
    for seats in free.chunks(SEATS_MAX) {
        let answer = guest.call(&want(Seats::Named(seats.to_vec()))).await;
        if answer.status() != 201 {
            violations.push(format!("{seats:?} of {} cannot be held: {answer:?}", hall.name()));
        }
    }
    let named = if free.contains(&hall.seats[0]) { "SEAT_ALREADY_YOURS" } else { "SEAT_TAKEN" };
    for (seats, code) in
        [(Seats::Named(vec![hall.seats[0].clone()]), named), (Seats::Best(1), "NO_ADJACENT_SEATS")]
    {
        let answer = guest.call(&want(seats)).await;
        if answer.code() != code {
            violations.push(format!("everything is held, and the answer is {answer:?}, not {code}"));
        }
    }
    violations
}
