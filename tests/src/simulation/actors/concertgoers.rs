//! Concertgoers: they charge their balance, wait, hold seats, pay, cancel, come too late, and repeat each of
//! these requests.

use domain::Timestamp;
use domain::ids::{QueueId, ReservationId, UserId};
use domain::wallet::Purchase;
use futures::future::join_all;

use crate::simulation::records::requests::{RequestRecord, Seats, Want};
use crate::simulation::setup::concerts::Hall;
use crate::simulation::workload::Workload;
use crate::simulation::world::Answer;
use crate::simulation::world::faults::Fault;

/// Maximum number of repeats of a request that gets no response or a transient error.
const REPEATS_MAX: u64 = 3;
/// Maximum number of polls of a position.
const POLLS_MAX: u64 = 25;
/// Maximum number of times that a user chooses other seats because theirs are taken.
const CHOICES_MAX: u64 = 3;

/// Concertgoer or buyer: a user whose client calls the API.
#[derive(Clone)]
pub struct Concertgoer {
    /// Shared setup of the run.
    pub workload: Workload,
    /// User id of the client.
    pub id: UserId,
}

impl Workload {
    /// Returns every concertgoer of the run.
    pub fn concertgoers(&self) -> Vec<Concertgoer> {
        self.concerts
            .concertgoers
            .iter()
            .map(|id| Concertgoer { workload: self.clone(), id: id.clone() })
            .collect()
    }
}

impl Concertgoer {
    /// Runs the concertgoer, who goes to one to three concerts.
    pub async fn live(self) {
        let prng = &self.workload.world.core.env.prng;
        for step in 0..prng.between(1, 3) {
            // Most concertgoers come at once at the beginning.
            let wait = if step == 0 { prng.millis(0, 1_500) } else { prng.millis(0, 25_000) };
            tokio::time::sleep(wait).await;
            if prng.permille(600) {
                self.charge().await;
            }
            let hall = prng.pick(&self.workload.concerts.halls).clone();
            let token = match &hall.queue {
                Some(queue) => match self.wait_in_line(queue).await {
                    Some(token) => Some(token),
                    None => continue,
                },
                None => None,
            };
            // Some admitted users make no protected request.
            if prng.permille(900) {
                self.shop(&hall, token.as_deref()).await;
            }
        }
    }

    /// Sends one request, and records it with its response in the request history.
    pub async fn call(&self, want: &Want, key: Option<&str>, token: Option<&str>) -> Answer {
        let core = &self.workload.world.core;
        let sent_ms = core.env.now_ms();
        let answer = self.workload.world.send(want.request(&self.id, key, token)).await;
        self.workload.requests.add(RequestRecord {
            user: self.id.clone(),
            want: want.clone(),
            key: key.map(str::to_owned),
            token: token.map(str::to_owned),
            sent_ms,
            came_ms: core.env.now_ms(),
            answer: answer.clone(),
        });
        answer
    }

    /// Sends a request, sometimes several copies at once, and repeats it until there is a response or no
    /// attempt is left.
    pub(super) async fn insist(&self, want: &Want, token: Option<&str>) -> Answer {
        let (prng, core) = (&self.workload.world.core.env.prng, &self.workload.world.core);
        let keyed = want.takes_key() && prng.permille(600);
        let key = keyed.then(|| format!("fan-{:08x}", prng.below(1 << 32)));
        for attempt in 0..=REPEATS_MAX {
            let many = attempt == 0 && core.env.faults.on() && prng.permille(200);
            let copies = if many { prng.between(2, 3) } else { 1 };
            if many {
                let fault = if keyed { Fault::RepeatedInParallel } else { Fault::RepeatedWithoutKey };
                core.env.fault("fan", fault);
            }
            let answers = join_all((0..copies).map(|_| self.call(want, key.as_deref(), token))).await;
            // A success among the concurrent copies counts.
            let best = answers.into_iter().min_by_key(|answer| match answer.status() {
                0 => 999,
                status => status,
            });
            let best = best.unwrap_or(Answer::Gone);
            if !best.is_passing() || prng.permille(200) {
                return best;
            }
            tokio::time::sleep(prng.millis(200, 4_000)).await;
        }
        Answer::Gone
    }

    /// Charges the balance by one request or by several concurrent ones.
    pub(super) async fn charge(&self) {
        let prng = &self.workload.world.core.env.prng;
        let wants: Vec<Want> =
            (0..prng.between(1, 3)).map(|_| Want::Charge(prng.between(1, 4) * 1_000)).collect();
        join_all(wants.iter().map(|want| self.insist(want, None))).await;
    }

    /// Joins the waiting room and polls until the user is admitted. Returns the queue token, or `None` if
    /// they are not.
    pub(super) async fn wait_in_line(&self, queue: &QueueId) -> Option<String> {
        let prng = &self.workload.world.core.env.prng;
        let (join, poll, leave) =
            (Want::Join(queue.clone()), Want::Poll(queue.clone()), Want::Leave(queue.clone()));
        let text = |answer: &Answer, name: &str| answer.data()[name].as_str().map(str::to_owned);
        let mut ticket = text(&self.insist(&join, None).await, "ticket");
        for _ in 0..POLLS_MAX {
            let shown = ticket.as_deref().filter(|_| prng.permille(750));
            let answer = self.call(&poll, None, shown).await;
            match text(&answer, "status").as_deref() {
                Some("active") => {
                    self.take_time(&answer).await;
                    return text(&answer, "token");
                }
                Some("waiting") => ticket = text(&answer, "token"),
                // The queue entry has ended, does not exist, or cannot be read.
                _ => {}
            }
            match prng.below(60) {
                0 => {
                    self.insist(&leave, None).await;
                    return None;
                }
                1 => {
                    self.insist(&leave, None).await;
                    ticket = text(&self.insist(&join, None).await, "ticket");
                }
                2 => {
                    let again = self.insist(&join, None).await;
                    ticket = text(&again, "ticket").or(ticket);
                }
                3 => return None,
                _ => {}
            }
            if matches!(answer.status(), 404)
                || matches!(text(&answer, "status").as_deref(), Some("done" | "expired"))
            {
                ticket = text(&self.insist(&join, None).await, "ticket");
            }
            tokio::time::sleep(prng.millis(400, 4_000)).await;
        }
        None
    }

    /// Waits before the first protected request. Some users wait until about the deadline for taking up their
    /// admission.
    async fn take_time(&self, admitted: &Answer) {
        let (core, prng) = (&self.workload.world.core, &self.workload.world.core.env.prng);
        let until = admitted.data()["take_up_before"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
        if let Some(until) = until.filter(|_| prng.permille(150)) {
            let left_ms = (until.as_millis() - core.env.time(0).as_millis()).max(0) as u64;
            tokio::time::sleep(prng.millis(left_ms.saturating_sub(3_500), left_ms + 3_500)).await;
        }
    }

    /// Holds seats, and pays, cancels or abandons the reservation.
    async fn shop(&self, hall: &Hall, token: Option<&str>) {
        let prng = &self.workload.world.core.env.prng;
        if prng.permille(300) {
            self.call(&Want::Look(hall.concert.clone(), hall.date.clone()), None, token).await;
        }
        for _ in 0..prng.between(1, 2) {
            let Some(id) = self.reserve(hall, token).await else { continue };
            let (cancel, purchase) = (Want::Cancel(id.clone()), Purchase::Reservation(id));
            match prng.below(20) {
                0..=10 => {
                    tokio::time::sleep(prng.millis(0, 4_000)).await;
                    self.pay(&purchase, token).await;
                }
                11..=14 => {
                    tokio::time::sleep(prng.millis(hall.hold_ms - 5_000, hall.hold_ms + 3_500)).await;
                    self.pay(&purchase, token).await;
                }
                15 => drop(self.insist(&cancel, None).await),
                16 => drop(tokio::join!(self.insist(&cancel, None), self.pay(&purchase, token))),
                17 => {
                    self.pay(&purchase, token).await;
                    self.insist(&cancel, None).await;
                }
                _ => {}
            }
        }
        if prng.permille(200)
            && let Some(queue) = &hall.queue
        {
            self.insist(&Want::Leave(queue.clone()), None).await;
        }
        if prng.permille(300) {
            self.reserve(hall, token).await;
        }
    }

    /// Holds seats of a concert, and chooses others while they are taken. Returns the reservation, if one was
    /// made.
    async fn reserve(&self, hall: &Hall, token: Option<&str>) -> Option<ReservationId> {
        for _ in 0..CHOICES_MAX {
            let want = Want::Reserve(hall.concert.clone(), hall.date.clone(), self.choose(hall));
            let answer = self.insist(&want, token).await;
            match (answer.status(), answer.code()) {
                (201, _) => return answer.data()["id"].as_str().and_then(ReservationId::parse),
                (_, "SEAT_TAKEN" | "SEAT_ALREADY_YOURS" | "NO_ADJACENT_SEATS") => {}
                _ => return None,
            }
        }
        None
    }

    fn choose(&self, hall: &Hall) -> Seats {
        let prng = &self.workload.world.core.env.prng;
        let count = prng.between(1, 4.min(hall.seats.len() as u64)) as usize;
        if prng.permille(400) {
            return Seats::Best(count);
        }
        let mut seats: Vec<String> = Vec::new();
        let start = prng.below((hall.seats.len() - count) as u64 + 1) as usize;
        seats.extend_from_slice(&hall.seats[start..start + count]);
        if prng.permille(300) {
            let other = prng.pick(&hall.seats);
            if !seats.contains(other) {
                seats[0].clone_from(other);
            }
        }
        Seats::Named(seats)
    }

    /// Pays a purchase from the balance, which is charged first if it does not cover the price.
    pub(super) async fn pay(&self, purchase: &Purchase, token: Option<&str>) {
        let want = Want::Pay(purchase.clone());
        for _ in 0..2 {
            if self.insist(&want, token).await.code() != "INSUFFICIENT_BALANCE" {
                return;
            }
            self.charge().await;
        }
    }
}
