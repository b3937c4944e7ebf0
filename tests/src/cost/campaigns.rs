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

use super::bench::{Bench, Caller};

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Definition of a campaign's reward: its payload, its limit and its number of pooled codes.
#[derive(Clone, Debug)]
pub struct RewardDefinition {
    payload: RewardPayload,
    limit: Option<domain::Quantity>,
    codes: u32,
}

/// Defines a reward without a limit.
pub fn endless(payload: RewardPayload) -> RewardDefinition {
    RewardDefinition { payload, limit: None, codes: 0 }
}

/// Defines a reward that is limited to `limit` units.
pub fn limited(payload: RewardPayload, limit: u32) -> RewardDefinition {
    RewardDefinition { payload, limit: Some(domain::Quantity(limit)), codes: 0 }
}

/// Defines a coupon with a pool of this many codes.
pub fn pooled(codes: u32) -> RewardDefinition {
    RewardDefinition { payload: RewardPayload::PooledCoupon, limit: None, codes }
}

/// Returns a payload of a hundred points.
pub fn points() -> RewardPayload {
    RewardPayload::Points(domain::Points(100))
}

/// Returns a payload of three potions.
pub fn item() -> RewardPayload {
    RewardPayload::Item("potion".to_owned(), domain::Quantity(3))
}

/// Ids of a campaign and of its rewards.
#[derive(Clone, Debug)]
pub struct CampaignIds {
    /// Id of the campaign.
    pub campaign: CampaignId,
    /// Ids of the campaign's rewards, in the order of their definitions.
    pub rewards: Vec<RewardId>,
}

/// Creates an active campaign with the ids in `ids` and the rewards in `defined`.
pub async fn create_campaign(
    app: &App,
    ids: &CampaignIds,
    condition: Condition,
    review: Review,
    defined: &[RewardDefinition],
) {
    let (store, now) = (app.store(), app.now());
    let campaign = campaign(&ids.campaign, condition, review, now);
    for (defined, id) in defined.iter().zip(&ids.rewards) {
        let reward = reward(id, defined, now);
        let offer = offer(&ids.campaign, &reward, defined, now);
        let _ = store.create_reward(&reward).await.expect("a reward");
        let _ = store.save_offer(&offer).await.expect("an offer");
        if defined.codes > 0 {
            let codes: Vec<String> = (0..defined.codes).map(|number| format!("CODE-{number:08}")).collect();
            store.add_codes(&code_pool(id, reward.code_buckets), &codes).await.expect("codes");
        }
    }
    let _ = store.create_campaign(&campaign).await.expect("a campaign");
}

impl Bench {
    /// Creates an active campaign for users with at least one sign-in.
    pub async fn campaign(&self, review: Review, defined: &[RewardDefinition]) -> CampaignIds {
        let rewards = defined.iter().map(|_| self.reward_id()).collect();
        let ids = CampaignIds { campaign: self.campaign_id(), rewards };
        let condition = serde_json::from_value(json!({"count": {"type": "login", "at_least": 1}}));
        create_campaign(&self.app, &ids, condition.expect("a condition"), review, defined).await;
        ids
    }

    /// Creates an active campaign whose only reward, an item, is handed over by the fulfilment service.
    pub async fn outside_campaign(&self) -> CampaignIds {
        let ids = self.campaign(Review::Auto, &[endless(item())]).await;
        let store = self.app.store();
        let offers = store.get_campaign_with_offers(&ids.campaign).await.expect("the campaign").offers;
        let version = offers[0].version + 1;
        let offer = Offer { fulfilment: Fulfilment::External, version, ..offers[0].clone() };
        assert_eq!(store.save_offer(&offer).await.expect("an offer"), Saved::Done);
        ids
    }

    /// Returns a new user with one recorded sign-in.
    pub async fn signed_in(&self) -> Caller {
        let caller = self.user();
        self.app
            .store()
            .record_activity(&Activity::login(caller.id.clone(), self.app.now()))
            .await
            .expect("a login");
        caller
    }

    /// Loads the campaign into an otherwise expired cache, as another claim within the last second would.
    pub async fn warm_cache(&self, ids: &CampaignIds) {
        self.expire_caches();
        self.app.store().get_campaign_cached(&ids.campaign, self.app.now()).await.expect("the campaign");
    }
}

fn reward(id: &RewardId, defined: &RewardDefinition, now: Timestamp) -> Reward {
    Reward {
        code_uploads: 0,
        codes_offered: 0,
        trail: domain::trail::Trail::default(),
        id: id.clone(),
        name: "a reward".to_owned(),
        payload: defined.payload.clone(),
        fulfilment: Fulfilment::Internal,
        expires_at: None,
        code_buckets: if defined.codes > 0 { code_buckets_for(defined.codes) } else { 0 },
        created_at: now,
        created_by: UserId::new("operator"),
        request_fingerprint: None,
    }
}

fn offer(campaign: &CampaignId, reward: &Reward, defined: &RewardDefinition, now: Timestamp) -> Offer {
    Offer {
        trail: domain::trail::Trail::default(),
        campaign_id: campaign.clone(),
        reward_id: reward.id.clone(),
        name: reward.name.clone(),
        payload: reward.payload.clone(),
        fulfilment: reward.fulfilment,
        expires_at: None,
        quantity: domain::Quantity::ONE,
        batches: defined.limit.into_iter().collect(),
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
        trail: domain::trail::Trail::default(),
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
