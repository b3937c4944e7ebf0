//! Claimants: clients that claim rewards. They hurry and repeat requests, with an `Idempotency-Key` and
//! without, also concurrently.

use domain::accounts::Role;
use domain::ids::{CampaignId, RewardId, UserId};
use futures::future::join_all;

use crate::simulation::records::claims::Claimed;
use crate::simulation::workload::Workload;
use crate::simulation::world::faults::Fault;
use crate::simulation::world::{Answer, Request, get};

/// Maximum number of repeats of a request that gets no response or a transient error.
const REPEATS_MAX: u64 = 3;

impl Workload {
    /// Runs the user with this number, who claims rewards several times.
    pub async fn user(self, number: usize) {
        let prng = &self.world.core.env.prng;
        let me = self.rewards.users[number].clone();
        for step in 0..prng.between(2, 5) {
            // Most users come at once at the beginning.
            let wait = match step {
                0 => prng.millis(0, 300),
                // Some users return while units that their first attempt left behind are returned.
                _ if prng.permille(100) => prng.millis(100_000, 180_000),
                _ => prng.millis(0, 20_000),
            };
            tokio::time::sleep(wait).await;
            let offer = prng.pick(&self.rewards.offers).clone();
            let reward = (!prng.permille(200)).then_some(offer.reward);
            match prng.below(10) {
                0 => self.look(&me).await,
                _ => self.claim(&me, &offer.campaign, reward.as_ref()).await,
            }
        }
    }

    /// Claims `reward`, or all rewards of a campaign if it is `None`. Repeats the request until there is a
    /// response or no attempt is left.
    pub async fn claim(&self, me: &UserId, campaign: &CampaignId, reward: Option<&RewardId>) {
        let (prng, core) = (&self.world.core.env.prng, &self.world.core);
        let key = prng.permille(600).then(|| format!("key-{:08x}", prng.below(1 << 32)));
        let copies = if core.env.faults.on() && prng.permille(200) { prng.between(2, 3) } else { 1 };
        for attempt in 0..=REPEATS_MAX {
            let copies = if attempt == 0 { copies } else { 1 };
            if copies > 1 {
                let fault = if key.is_some() { Fault::RepeatedInParallel } else { Fault::RepeatedWithoutKey };
                core.env.fault("client", fault);
            }
            let sent = (0..copies).map(|_| self.claim_once(me, campaign, reward, key.as_deref()));
            let answers = join_all(sent).await;
            if answers.iter().any(|answer| !answer.is_passing()) || prng.permille(300) {
                return;
            }
            tokio::time::sleep(prng.millis(200, 5_000)).await;
        }
    }

    /// Sends one claim, and records the claim and its response.
    pub async fn claim_once(
        &self,
        me: &UserId,
        campaign: &CampaignId,
        reward: Option<&RewardId>,
        key: Option<&str>,
    ) -> Answer {
        let one = reward.map(|reward| format!("/{reward}")).unwrap_or_default();
        let sent_ms = self.world.core.env.now_ms();
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
            came_ms: self.world.core.env.now_ms(),
            answer: answer.clone(),
        });
        answer
    }

    async fn look(&self, me: &UserId) {
        let path = *self.world.core.env.prng.pick(&[
            "/events/requests/mine",
            "/inventory",
            "/points/ledger",
            "/events",
        ]);
        let answer = self.world.send(get(path, me, Role::User)).await;
        if answer.status() != 200 && !answer.is_passing() {
            self.history.violation(format!("GET {path} was answered with {answer:?}"));
        }
    }
}
