//! `GET /rewards/{reward_id}`: returns a reward definition, for staff.

use axum::extract::State;
use dibs_http::{Done, Path, Reader, Route, axum, route};
use domain::Result;
use domain::ids::RewardId;
use runtime::App;

use crate::views::reward::RewardView;

pub static ROUTE: Route = route!(
    /// Returns the definition of a reward.
    GET ["/rewards/{reward_id}"] "rewards-get-reward" get_reward, "Get a reward", []
);

async fn get_reward(State(app): State<App>, _: Reader, Path(id): Path<RewardId>) -> Result<Done<RewardView>> {
    Ok(Done((&app.store().get_reward(&id).await?).into()))
}
