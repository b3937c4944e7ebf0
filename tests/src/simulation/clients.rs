//! People who want things: they hurry, they repeat themselves, with a key and without, several times at once.

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

/// How many people go to concerts, and how many buy.
const MANY_PEOPLE: usize = 12;
/// How many of each where there are both.
const FEW_PEOPLE: usize = 8;
/// How often a client sends a request again that got no answer, or "try again".
const REPEATS_MAX: u64 = 3;

/// What everybody in a run works with.
#[derive(Clone)]
pub struct Party {
    /// The functions.
    pub world: Arc<World>,
    /// What the run is about.
    pub theme: Theme,
    /// What is offered.
    pub plan: Arc<Plan>,
    /// What concerts there are.
    pub venue: Arc<Venue>,
    /// What deals there are.
    pub shop: Arc<Shop>,
    /// What was said.
    pub history: Arc<History>,
    /// What was said around concerts and deals.
    pub visits: Arc<Visits>,
    /// What was said around accounts.
    pub members: Arc<Members>,
}

impl Party {
    /// Sets up what a run is about.
    pub async fn come_together(world: Arc<World>, theme: Theme) -> Self {
        let plan = if theme.rewards { Plan::set_up(&world).await } else { Plan::default() };
        // Where both go on, the same people take up more of the time of a run.
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

    /// A user who wants this and that for a while.
    pub async fn user(self, number: usize) {
        let dice = &self.world.core.dice;
        let me = self.plan.users[number].clone();
        for step in 0..dice.between(2, 5) {
            // Most come at once at the beginning, as people do.
            let wait = match step {
                0 => dice.millis(0, 300),
                // Some come back when what their first try left behind is being tidied up.
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

    /// Somebody who tries what they may not, as long as `steps` allow.
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

    /// Asks for a reward, or for all of a campaign, until there is an answer or patience ends.
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

    /// Asks once, and remembers what came.
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

/// A request that only reads.
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
