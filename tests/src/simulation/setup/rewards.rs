//! Setup of rewards: campaigns, rewards, users and operators.

use domain::accounts::Role;
use domain::ids::{CampaignId, RewardId, UserId};
use serde_json::{Value, json};
use store::Registered;

use super::{operator, post, user};
use crate::simulation::world::{BEGIN_MS, World};
use crate::staff::account;

/// Number of operators who add codes, record activities and change campaigns. Some of them also review
/// claims.
const OPERATORS: usize = 2;
/// Share of the users for whom the condition service does not vouch: one of this many.
const UNQUALIFIED_SHARE: usize = 4;

/// Campaigns, rewards and users that exist in a run.
#[derive(Default)]
pub struct RewardSetup {
    /// Users who claim rewards.
    pub users: Vec<UserId>,
    /// Rewards that the campaigns give.
    pub offers: Vec<Offered>,
    /// Reward with a pool of codes. `None` in a run without rewards.
    pub pool: Option<RewardId>,
    /// Codes in the pool at the start of the run.
    pub codes: Vec<String>,
    /// Codes that an operator adds during the run.
    pub later_codes: Vec<String>,
}

/// Reward that a campaign gives, with what the checkers need to know.
#[derive(Clone, Debug)]
pub struct Offered {
    /// Campaign that gives the reward.
    pub campaign: CampaignId,
    /// Id of the reward.
    pub reward: RewardId,
    /// Maximum number of times that a user may have the reward.
    pub per_user_limit: u64,
    /// Stock id of the reward. `None` if it is not limited.
    pub stock: Option<String>,
    /// Condition of the campaign.
    pub asks: Asks,
}

/// Condition of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Campaign without a condition.
    Nothing,
    /// Recorded activity of the user.
    Activity,
    /// External check by the condition service.
    Outside,
}

impl RewardSetup {
    /// Returns the ids of all campaigns, each once.
    pub fn campaigns(&self) -> Vec<CampaignId> {
        let mut campaigns: Vec<CampaignId> = self.offers.iter().map(|offer| offer.campaign.clone()).collect();
        campaigns.dedup();
        campaigns
    }

    /// Creates campaigns and rewards, on an instance without faults, and the ids of the users.
    pub async fn set_up(world: &World) -> Self {
        let sizes = &world.core.env.sizes;
        let users: Vec<UserId> = (0..sizes.claimants).map(user).collect();
        for unlucky in users.iter().rev().take(users.len() / UNQUALIFIED_SHARE) {
            world.core.outside.disqualify(unlucky.as_str());
        }
        let all: Vec<String> =
            (1..=sizes.codes + sizes.later_codes).map(|code| format!("CODE-{code}")).collect();
        let (codes, later_codes) = all.split_at(sizes.codes);
        for number in 0..OPERATORS.max(sizes.reviewers) {
            let account = account(&operator(number), &[Role::Operator].into(), world.core.env.time(0));
            let made = world.fault_free.app.store().register_account(&account, None).await;
            assert_eq!(made.expect("an account"), Registered::Done);
        }
        let setter = Setter { world };
        let points = setter.reward("point", json!({"name": "points", "points": 100})).await;
        let badge = setter.reward("badge", json!({"name": "a badge", "badge_id": "first"})).await;
        let item = setter.reward("item", json!({"name": "swords", "item_id": "sword", "quantity": 2})).await;
        let pool =
            setter.reward("coupon", json!({"name": "codes", "pool": true, "expected_codes": 12})).await;
        let outside = json!({"name": "hand over", "coupon_code": "SAME", "fulfilment": "external"});
        let outside = setter.reward("coupon", outside).await;
        let outside_points = json!({"name": "their points", "points": 7, "fulfilment": "external"});
        let outside_points = setter.reward("point", outside_points).await;
        setter.post(&format!("/rewards/{pool}/codes"), json!({"codes": codes})).await;

        let did = json!({"any": [
            {"count": {"type": "login", "at_least": 1}}, {"count": {"type": "invite", "at_least": 1}},
        ]});
        let open = setter.campaign(Value::Null, "auto").await;
        let reviewed = setter.campaign(did, "manual").await;
        let checked = setter.campaign(json!({"external": {"check": "vip"}}), "auto").await;
        let mut offers = Vec::new();
        for (campaign, reward, limit, total, asks) in [
            (&open, &points, 3, None, Asks::Nothing),
            (&open, &badge, 1, Some(sizes.badges), Asks::Nothing),
            (&open, &item, 3, Some(sizes.items), Asks::Nothing),
            (&open, &pool, 1, None, Asks::Nothing),
            (&reviewed, &points, 1, None, Asks::Activity),
            (&reviewed, &badge, 2, Some(sizes.reviewed_badges), Asks::Activity),
            (&reviewed, &outside, 1, None, Asks::Activity),
            (&checked, &pool, 1, None, Asks::Outside),
            (&checked, &outside_points, 2, None, Asks::Outside),
            (&checked, &outside, 1, Some(sizes.external_coupons), Asks::Outside),
        ] {
            let mut terms = json!({"reward_id": reward, "per_user_limit": limit});
            if let Some(total) = total {
                terms["total_limit"] = json!(total);
            }
            setter.post(&format!("/events/{campaign}/rewards"), terms).await;
            let units = total.map(|_| format!("{campaign}.{reward}"));
            let stock = if *reward == pool { Some(pool.to_string()) } else { units };
            let (campaign, reward) = (campaign.clone(), reward.clone());
            offers.push(Offered { campaign, reward, per_user_limit: limit, stock, asks });
        }
        Self { users, offers, pool: Some(pool), codes: codes.to_vec(), later_codes: later_codes.to_vec() }
    }
}

struct Setter<'a> {
    world: &'a World,
}

impl Setter<'_> {
    async fn post(&self, path: &str, body: Value) -> Value {
        post(self.world, path, body).await
    }

    async fn reward(&self, kind: &str, body: Value) -> RewardId {
        let made = self.post(&format!("/rewards/{kind}"), body).await;
        made["id"].as_str().and_then(RewardId::parse).expect("a reward has an id")
    }

    async fn campaign(&self, condition: Value, review: &str) -> CampaignId {
        let begin = domain::Timestamp::from_millis(BEGIN_MS - 24 * 3_600_000);
        let mut body = json!({
            "name": review, "review": review, "status": "active", "time_zone": "Asia/Seoul",
            "starts_at": begin, "ends_at": begin.plus_seconds(30 * 24 * 3600),
        });
        if !condition.is_null() {
            body["condition"] = condition;
        }
        let made = self.post("/events", body).await;
        made["id"].as_str().and_then(CampaignId::parse).expect("an event has an id")
    }
}
