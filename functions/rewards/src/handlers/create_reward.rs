//! `POST /rewards/point`, `/rewards/item`, `/rewards/coupon` and `/rewards/badge`: creates a reward, for
//! operators.

use axum::extract::State;
use dibs_http::{
    Created, Creation, IdempotencyKey, JsonByPath, Operator, Route, axum, create_idempotent, route,
};
use domain::Result;
use domain::ids::RewardId;
use domain::rewards::Reward;
use runtime::App;

use crate::views::reward::RewardView;
use crate::views::reward_create::NewReward;

pub static ROUTE: Route = route!(
    /// Creates the definition of a reward of the kind that the path names. Attach it to an event with `POST
    /// /events/{event_id}/rewards`, so that users can request it.
    POST ["/rewards/point", "/rewards/item", "/rewards/coupon", "/rewards/badge"]
        "rewards-create-reward" create_reward,
    "Create a reward",
    []
)
.operation_ids(&["createPointReward", "createItemReward", "createCouponReward", "createBadgeReward"]);

async fn create_reward(
    State(app): State<App>,
    operator: Operator,
    key: IdempotencyKey,
    JsonByPath { value: new, fingerprint }: JsonByPath<NewReward>,
) -> Result<Created<RewardView>> {
    let checked = new.check(app.now());
    let reward = reward(new, key.creation(&app, RewardId::new, operator.id, &ROUTE, &fingerprint));
    let create = async |reward: &Reward| {
        checked?;
        app.store().create_reward(reward).await
    };
    let earlier = async |reward: &Reward| app.store().get_reward_if_exists(&reward.id).await;
    Ok(Created((&create_idempotent(reward, create, earlier).await?).into()))
}

fn reward(new: NewReward, creation: Creation<RewardId>) -> Reward {
    Reward {
        code_uploads: 0,
        codes_offered: 0,
        trail: domain::trail::Trail::default(),
        id: creation.id,
        name: new.name,
        payload: new.payload,
        fulfilment: new.fulfilment,
        expires_at: new.expires_at,
        code_buckets: new.code_buckets,
        created_at: creation.at,
        created_by: creation.by,
        request_fingerprint: creation.request_fingerprint,
    }
}
