//! `POST /rewards/{reward_id}/codes`: uploads codes into the pool of a coupon, for operators.

use axum::extract::State;
use dibs_http::{Created, IdempotencyKey, Json, Operator, Path, Route, axum, route};
use domain::ids::RewardId;
use domain::rewards::{RewardPayload, code_pool};
use domain::{Code, Error, Result};
use runtime::App;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use dibs_http::with_idempotency_record;

pub static ROUTE: Route = route!(
    /// Adds up to 10,000 codes to the pool of a coupon. A code that the pool has already, or that the request
    /// names twice, is listed in `duplicates` and not added again. A reward without a pool is a `CONFLICT`.
    POST ["/rewards/{reward_id}/codes"] "rewards-add-codes" add_codes,
    "Add codes to the pool of a coupon; codes that it has already stay unchanged",
    [Conflict]
)
.operation_ids(&["addRewardCodes"])
.bulk();

/// Coupon codes to add to the pool of a reward.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RewardCodesCreate")]
pub struct NewCodes {
    /// Coupon codes, 1 to 10,000, each of 1 to 64 characters of printable ASCII without spaces.
    #[schemars(length(min = 1, max = 10_000), inner(length(min = 1, max = 64), regex(pattern = "^[!-~]+$")))]
    pub codes: Vec<String>,
}

/// Result of adding codes to a pool.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RewardCodesAdded")]
pub struct AddedCodes {
    /// Number of codes that are new in the pool.
    pub added: usize,
    /// Codes that were not added, since the pool has them already or the request names them twice.
    pub duplicates: Vec<String>,
}

async fn add_codes(
    State(app): State<App>,
    operator: Operator,
    key: IdempotencyKey,
    Path(id): Path<RewardId>,
    Json { value, fingerprint }: Json<NewCodes>,
) -> Result<Created<AddedCodes>> {
    let reward = app.store().get_reward(&id).await?;
    if reward.payload != RewardPayload::PooledCoupon {
        return Err(Error::refused(
            Code::Conflict,
            "This reward has no pool of codes; create a coupon with a pool.",
        ));
    }
    let pool = code_pool(&reward.id, reward.code_buckets);
    let add = async |_| {
        let count = u32::try_from(value.codes.len()).unwrap_or(u32::MAX);
        app.store().note_code_upload(reward.clone(), count).await?;
        let upload = app.store().add_codes(&pool, &value.codes).await?;
        Ok(AddedCodes { added: upload.added, duplicates: upload.duplicates })
    };
    let scope = [operator.id.as_str(), ROUTE.name, reward.id.as_str()];
    Ok(Created(with_idempotency_record(&app, &key, &scope, &fingerprint, add).await?))
}
