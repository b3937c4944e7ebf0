//! `POST /rewards/point`, `/rewards/item`, `/rewards/coupon` and `/rewards/badge`: creates a reward, for
//! operators.

use axum::extract::State;
use domain::Timestamp;
use domain::ids::{RewardId, UserId};
use domain::rewards::Reward;
use edge::{
    Created, IdempotencyKey, JsonByPath, Operator, Result, Route, axum, repeated, resolve_create, route,
};
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
    let id = RewardId::new(key.id(&app, &[operator.id.as_str(), ROUTE.name]));
    let checked = new.check(app.now());
    let reward = reward(new, id, operator.id, key.mark(&fingerprint), app.now());
    let created = match checked {
        Ok(()) => resolve_create(app.store().create_reward(&reward).await?, reward, mark)?,
        Err(error) => repeated(error, &reward, app.store().get_reward_if_exists(&reward.id), mark).await?,
    };
    Ok(Created((&created).into()))
}

fn mark(reward: &Reward) -> Option<&str> {
    reward.mark.as_deref()
}

fn reward(new: NewReward, id: RewardId, by: UserId, mark: Option<String>, now: Timestamp) -> Reward {
    Reward {
        id,
        name: new.name,
        gift: new.gift,
        fulfilment: new.fulfilment,
        expires_at: new.expires_at,
        code_buckets: new.code_buckets,
        created_at: now,
        created_by: by,
        mark,
    }
}
