//! Clients that claim rewards: they hurry and repeat requests, with a key and without, also concurrently.

use std::sync::Arc;

use domain::accounts::Role;
use domain::ids::{CampaignId, RewardId, UserId};
use futures::future::join_all;

use super::administrators;
use super::faults::Fault;
use super::history::{Claimed, History};
use super::members::Members;
use super::plan::{CODES, Plan, Theme, user};
use super::shop::Shop;
use super::venue::Venue;
use super::visits::Visits;
use super::world::{Answer, Request, World};

/// Number of concertgoers and of buyers, in a run with one of both.
const MANY_PEOPLE: usize = 12;
/// Number of each in a run with both.
const FEW_PEOPLE: usize = 8;
/// Maximum number of repeats of a request that gets no response or a transient error.
const REPEATS_MAX: u64 = 3;

/// Setup and records that all actors of a run share.
#[derive(Clone)]
pub struct Party {
    /// Function instances of the run.
    pub world: Arc<World>,
    /// Domains that the run covers.
    pub theme: Theme,
    /// Campaigns and rewards of the run.
    pub plan: Arc<Plan>,
    /// Concerts of the run.
    pub venue: Arc<Venue>,
    /// Deals of the run.
    pub shop: Arc<Shop>,
    /// Record of the claims and their responses.
    pub history: Arc<History>,
    /// Record of the requests about concerts and deals.
    pub visits: Arc<Visits>,
    /// Record of the requests about accounts.
    pub members: Arc<Members>,
}

impl Party {
    /// Creates the setup of a run.
    pub async fn come_together(world: Arc<World>, theme: Theme) -> Self {
        let plan = if theme.rewards { Plan::set_up(&world).await } else { Plan::default() };
        // In a run with both, the same actors need more time.
        let people = if theme.concerts && theme.deals { FEW_PEOPLE } else { MANY_PEOPLE };
        let venue = if theme.concerts { Venue::set_up(&world, people).await } else { Venue::default() };
        let shop = match theme.deals {
            true => Shop::set_up(&world, people, venue.queue.clone()).await,
            false => Shop::default(),
        };
        let party = Self {
            world,
            theme,
            plan: Arc::new(plan),
            venue: Arc::new(venue),
            shop: Arc::new(shop),
            history: Arc::default(),
            visits: Arc::default(),
            members: Arc::default(),
        };
        if theme.accounts {
            administrators::set_up(&party).await;
        }
        if theme.rewards {
            party.history.codes_added(CODES);
        }
        party
    }

    /// Runs a user who claims rewards several times.
    pub async fn user(self, number: usize) {
        let dice = &self.world.core.dice;
        let me = self.plan.users[number].clone();
        for step in 0..dice.between(2, 5) {
            // Most users come at once at the beginning.
            let wait = match step {
                0 => dice.millis(0, 300),
                // Some users return while the leftovers of their first attempt are cleaned up.
                _ if dice.permille(100) => dice.millis(100_000, 180_000),
                _ => dice.millis(0, 20_000),
            };
            tokio::time::sleep(wait).await;
            let offer = dice.pick(&self.plan.offers).clone();
            let reward = (!dice.permille(200)).then_some(offer.reward);
            match dice.below(10) {
                0 => self.look(&me).await,
                _ => self.claim(&me, &offer.campaign, reward.as_ref()).await,
            }
        }
    }

    /// Runs an attacker who sends requests without permission, `steps` times.
    pub async fn snoop(self, steps: usize) {
        let dice = &self.world.core.dice;
        let me = user(800);
        for _ in 0..steps {
            tokio::time::sleep(dice.millis(500, 9_000)).await;
            let claim = format!("{}:{}", dice.pick(&self.plan.users), dice.pick(&self.plan.campaigns()));
            let (method, body) = match dice.below(3) {
                0 => ("PATCH", Some(serde_json::json!({"action": "approve", "reason": "for me"}))),
                _ => ("GET", None),
            };
            let request = Request {
                method,
                path: format!("/events/requests/{claim}"),
                user: me.clone(),
                role: *dice.pick(&[Role::User, Role::User, Role::Auditor]),
                key: None,
                body,
                token: None,
                session: None,
            };
            let reads_all = request.role == Role::Auditor && method == "GET";
            let answer = self.world.send(request).await;
            if answer.status() != 403 && !answer.is_passing() && !reads_all {
                self.history.wrong(format!("a stranger's {method} of {claim} was answered with {answer:?}"));
            }
            if reads_all && !answer.is_passing() && !matches!(answer.status(), 200 | 404) {
                self.history.wrong(format!("an auditor's look at {claim} was answered with {answer:?}"));
            }
        }
    }

    /// Claims one reward, or all of a campaign, and repeats the request until there is a response or the
    /// attempts are used up.
    pub async fn claim(&self, me: &UserId, campaign: &CampaignId, reward: Option<&RewardId>) {
        let (dice, core) = (&self.world.core.dice, &self.world.core);
        let key = dice.permille(600).then(|| format!("key-{:08x}", dice.below(1 << 32)));
        let copies = if core.faults.on() && dice.permille(200) { dice.between(2, 3) } else { 1 };
        for attempt in 0..=REPEATS_MAX {
            let copies = if attempt == 0 { copies } else { 1 };
            if copies > 1 {
                let fault = if key.is_some() { Fault::RepeatedInParallel } else { Fault::RepeatedWithoutKey };
                core.fault("client", fault);
            }
            let sent = (0..copies).map(|_| self.claim_once(me, campaign, reward, key.as_deref()));
            let answers = join_all(sent).await;
            if answers.iter().any(|answer| !answer.is_passing()) || dice.permille(300) {
                return;
            }
            tokio::time::sleep(dice.millis(200, 5_000)).await;
        }
    }

    /// Sends one claim, and records the response.
    pub async fn claim_once(
        &self,
        me: &UserId,
        campaign: &CampaignId,
        reward: Option<&RewardId>,
        key: Option<&str>,
    ) -> Answer {
        let one = reward.map(|reward| format!("/{reward}")).unwrap_or_default();
        let sent_ms = self.world.core.now_ms();
        let request = Request {
            method: "POST",
            path: format!("/events/{campaign}/requests{one}"),
            user: me.clone(),
            role: Role::User,
            key: key.map(str::to_owned),
            body: None,
            token: None,
            session: None,
        };
        let answer = self.world.send(request).await;
        self.history.claimed(Claimed {
            user: me.clone(),
            campaign: campaign.clone(),
            reward: reward.cloned(),
            key: key.map(str::to_owned),
            sent_ms,
            came_ms: self.world.core.now_ms(),
            answer: answer.clone(),
        });
        answer
    }

    async fn look(&self, me: &UserId) {
        let path =
            *self.world.core.dice.pick(&["/events/requests/mine", "/inventory", "/points/ledger", "/events"]);
        let answer = self.world.send(get(path, me, Role::User)).await;
        if answer.status() != 200 && !answer.is_passing() {
            self.history.wrong(format!("GET {path} was answered with {answer:?}"));
        }
    }
}

/// Returns a GET request.
pub fn get(path: &str, user: &UserId, role: Role) -> Request {
    Request {
        method: "GET",
        path: path.to_owned(),
        user: user.clone(),
        role,
        key: None,
        body: None,
        token: None,
        session: None,
    }
}
