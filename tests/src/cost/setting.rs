//! Campaigns that cost measurements and load tests use.

use domain::Timestamp;
use domain::activities::Activity;
use domain::campaigns::{Campaign, CampaignStatus, Review};
use domain::conditions::Condition;
use domain::ids::{CampaignId, RewardId, UserId};
use domain::rewards::{Fulfilment, Offer, Reward, RewardPayload, code_pool};
use domain::stock::code_buckets_for;
use runtime::App;
use serde_json::json;
use store::Saved;

use super::bench::{Bench, Who};

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Definition of a campaign's reward: its payload, its limit and its number of pooled codes.
#[derive(Clone, Debug)]
pub struct Given {
    gift: RewardPayload,
    limit: Option<u32>,
    codes: u32,
}

/// Defines a reward without a limit.
pub fn endless(gift: RewardPayload) -> Given {
    Given { gift, limit: None, codes: 0 }
}

/// Defines a reward that is limited to `limit` units.
pub fn limited(gift: RewardPayload, limit: u32) -> Given {
    Given { gift, limit: Some(limit), codes: 0 }
}

/// Defines a coupon with a pool of this many codes.
pub fn pooled(codes: u32) -> Given {
    Given { gift: RewardPayload::PooledCoupon, limit: None, codes }
}

/// Returns a payload of a hundred points.
pub fn points() -> RewardPayload {
    RewardPayload::Points(100)
}

/// Returns a payload of three potions.
pub fn item() -> RewardPayload {
    RewardPayload::Item("potion".to_owned(), 3)
}

/// Ids of a campaign and of its rewards.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Id of the campaign.
    pub campaign: CampaignId,
    /// Ids of the campaign's rewards, in the order of their definitions.
    pub rewards: Vec<RewardId>,
}

/// Creates an active campaign with the ids in `setting` and the rewards that `given` defines.
pub async fn put_up(app: &App, setting: &Setting, condition: Condition, review: Review, given: &[Given]) {
    let (store, now) = (app.store(), app.now());
    let campaign = campaign(&setting.campaign, condition, review, now);
    for (given, id) in given.iter().zip(&setting.rewards) {
        let reward = reward(id, given, now);
        let offer = offer(&setting.campaign, &reward, given, now);
        let _ = store.create_reward(&reward).await.expect("a reward");
        let _ = store.save_offer(&offer).await.expect("an offer");
        if given.codes > 0 {
            let codes: Vec<String> = (0..given.codes).map(|number| format!("CODE-{number:08}")).collect();
            store.add_codes(&code_pool(id, reward.code_buckets), &codes).await.expect("codes");
        }
    }
    let _ = store.create_campaign(&campaign).await.expect("a campaign");
}

impl Bench {
    /// Creates an active campaign for users with at least one sign-in.
    pub async fn campaign(&self, review: Review, given: &[Given]) -> Setting {
        let rewards = given.iter().map(|_| self.reward_id()).collect();
        let setting = Setting { campaign: self.campaign_id(), rewards };
        let condition = serde_json::from_value(json!({"count": {"type": "login", "at_least": 1}}));
        put_up(&self.app, &setting, condition.expect("a condition"), review, given).await;
        setting
    }

    /// Creates an active campaign whose only reward, an item, is handed over by the fulfilment service.
    pub async fn outside_campaign(&self) -> Setting {
        let setting = self.campaign(Review::Auto, &[endless(item())]).await;
        let store = self.app.store();
        let offers = store.get_campaign_with_offers(&setting.campaign).await.expect("the campaign").offers;
        let version = offers[0].version + 1;
        let offer = Offer { fulfilment: Fulfilment::External, version, ..offers[0].clone() };
        assert_eq!(store.save_offer(&offer).await.expect("an offer"), Saved::Done);
        setting
    }

    /// Returns a new user with one recorded sign-in.
    pub async fn signed_in(&self) -> Who {
        let who = self.user();
        self.app
            .store()
            .record_activity(&Activity::login(who.id.clone(), self.app.now()))
            .await
            .expect("a login");
        who
    }

    /// Loads the campaign into an otherwise expired cache, as another claim within the last second would.
    pub async fn know(&self, setting: &Setting) {
        self.forget();
        self.app.store().get_campaign_cached(&setting.campaign, self.app.now()).await.expect("the campaign");
    }
}

fn reward(id: &RewardId, given: &Given, now: Timestamp) -> Reward {
    Reward {
        id: id.clone(),
        name: "a reward".to_owned(),
        gift: given.gift.clone(),
        fulfilment: Fulfilment::Internal,
        expires_at: None,
        code_buckets: if given.codes > 0 { code_buckets_for(given.codes) } else { 0 },
        created_at: now,
        created_by: UserId::new("operator"),
        request_fingerprint: None,
    }
}

fn offer(campaign: &CampaignId, reward: &Reward, given: &Given, now: Timestamp) -> Offer {
    Offer {
        campaign_id: campaign.clone(),
        reward_id: reward.id.clone(),
        name: reward.name.clone(),
        gift: reward.gift.clone(),
        fulfilment: reward.fulfilment,
        expires_at: None,
        quantity: 1,
        batches: given.limit.into_iter().collect(),
        code_buckets: reward.code_buckets,
        per_user_limit: 1,
        condition: None,
        review: None,
        valid_from: None,
        valid_until: None,
        generation: 0,
        removed: false,
        earlier_fingerprints: Vec::new(),
        created_at: now,
        request_fingerprint: None,
        version: 1,
    }
}

fn campaign(id: &CampaignId, condition: Condition, review: Review, now: Timestamp) -> Campaign {
    Campaign {
        id: id.clone(),
        name: "a campaign".to_owned(),
        description: String::new(),
        condition,
        starts_at: now.plus_seconds(-DAY_SECONDS),
        ends_at: now.plus_seconds(30 * DAY_SECONDS),
        time_zone: "Asia/Seoul".to_owned(),
        status: CampaignStatus::Active,
        review,
        queue_id: None,
        deleted: false,
        closed_at: None,
        has_ended: false,
        created_at: now,
        created_by: UserId::new("operator"),
        request_fingerprint: None,
        version: 1,
    }
}
