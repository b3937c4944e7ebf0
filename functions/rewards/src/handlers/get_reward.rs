//! `GET /rewards/{reward_id}`: returns a reward definition, for staff.

use axum::extract::State;
use domain::ids::RewardId;
use edge::{App, Done, Path, Reader, Result, Route, axum, route};

use crate::views::reward::RewardView;

pub static ROUTE: Route =
    route!(GET ["/rewards/{reward_id}"] "rewards-get-reward" get_reward, "Get a reward", []);

async fn get_reward(State(app): State<App>, _: Reader, Path(id): Path<RewardId>) -> Result<Done<RewardView>> {
    Ok(Done((&app.store().reward(&id).await?).into()))
}
