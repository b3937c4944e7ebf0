//! Small crowd of the demo: visitors who claim, order and take seats over HTTP for about a minute, so that dashboards,
//! queue and stock move while somebody looks. `POST /_standins/crowd?clients=150&seconds=45` starts one, `GET /_standins/crowd` shows it. The
//! routes need no authentication, because they exist only in a local stack.

pub mod follow;
mod visitor;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use domain::accounts::Role;
use domain::ids::{UserId, fresh};
use domain::{Error, Result, Timestamp};
use runtime::App;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api_client::{Api, RequestSpec, text};
use visitor::Visitor;

/// Size of a crowd, from the query of the request that starts it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CrowdSize {
    /// Number of visitors, at most [`CLIENTS_MAX`].
    pub clients: u32,
    /// Time within which all visitors arrive, in seconds, at most [`SECONDS_MAX`].
    pub seconds: u32,
}

impl Default for CrowdSize {
    fn default() -> Self {
        Self { clients: 150, seconds: 45 }
    }
}

/// Maximum number of visitors of a crowd.
const CLIENTS_MAX: u32 = 1_000;
/// Maximum time within which all visitors arrive, in seconds.
const SECONDS_MAX: u32 = 600;
/// Time for which the deal of a crowd lasts, in seconds.
const DEAL_SECONDS: i64 = 15 * 60;
const PRODUCT: &str = "prd_salmon";
const DEAL_PRICE: u64 = 19_900;
const CAMPAIGN: &str = "cmp_rush";
const CONCERT: &str = "con_spring";

/// State of the newest crowd.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CrowdState {
    /// Whether visitors are still busy.
    pub running: bool,
    /// Start of the crowd.
    pub started_at: Option<Timestamp>,
    /// Time at which the last visitor was done; `None` while the crowd runs.
    pub ended_at: Option<Timestamp>,
    /// Number of visitors.
    pub clients: u32,
    /// Number of visitors who are done.
    pub finished: u32,
    /// What visitors got.
    pub done: Done,
    /// Number of refusals by error code.
    pub refused: BTreeMap<String, u32>,
    /// Number of calls without an answer, or with one that is not of the API.
    pub failed: u32,
    /// Resources that the crowd competes for.
    pub at: Option<Place>,
}

/// What visitors of a crowd got so far.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Done {
    /// Claims that were accepted.
    pub claims: u32,
    /// Orders that were paid.
    pub orders: u32,
    /// Seats that were paid.
    pub seats: u32,
}

/// Resources that a crowd competes for.
#[derive(Clone, Debug, Serialize)]
pub struct Place {
    /// Deal that was created for this crowd.
    pub deal_id: String,
    /// Event whose reward is claimed.
    pub event_id: &'static str,
    /// Concert whose seats are taken.
    pub concert_id: &'static str,
    /// Date of the concert, `YYYY-MM-DD`.
    pub date: String,
    /// Queue that guards the concert.
    pub queue_id: String,
}

/// Crowd of a local stack. Clones share its state.
#[derive(Clone)]
pub struct Crowd {
    app: App,
    base: Arc<str>,
    state: Arc<Mutex<CrowdState>>,
}

impl Crowd {
    /// Creates a crowd that calls the stack at `address` (`http://127.0.0.1:8080`). It starts nobody.
    pub fn new(app: App, address: &str) -> Self {
        Self { app, base: format!("{address}/api/v1").into(), state: Arc::default() }
    }

    /// Returns the state of the newest crowd.
    pub fn state(&self) -> CrowdState {
        self.locked().clone()
    }

    /// Starts a crowd of `size`. Returns `false` if one is running.
    ///
    /// # Errors
    /// Fails if the stack has no demo data.
    pub async fn start(&self, size: CrowdSize) -> Result<bool> {
        {
            let mut state = self.locked();
            if state.running {
                return Ok(false);
            }
            let started_at = Some(self.app.now());
            *state = CrowdState { running: true, started_at, clients: size.clients, ..CrowdState::default() };
        }
        let prepared = self.prepare(size).await;
        let (api, place, visitors) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => {
                *self.locked() = CrowdState::default();
                return Err(error);
            }
        };
        self.locked().at = Some(place.clone());
        let visits = (0..).zip(visitors).map(|(number, token)| {
            let crowd = self.clone();
            let visitor = Visitor::new(crowd, api.clone(), token, place.clone(), (number, size));
            tokio::spawn(visitor.visit())
        });
        let (all, crowd) = (futures::future::join_all(visits), self.clone());
        tokio::spawn(async move {
            // A visitor that panicked is no reason to keep the crowd running.
            let _ = all.await;
            let mut state = crowd.locked();
            state.running = false;
            state.ended_at = Some(crowd.app.now());
        });
        Ok(true)
    }

    /// Creates the deal of a crowd, and records for each visitor the activity that the demo's event asks for. Returns the
    /// access tokens of the visitors.
    async fn prepare(&self, size: CrowdSize) -> Result<(Api, Place, Vec<String>)> {
        let api = Api::new(&self.base, CLIENTS_MAX as usize)?;
        let operator = UserId::parse("usr_operator").ok_or_else(|| Error::not_found("operator"))?;
        let operator = self.token(&operator, Role::Operator)?;
        let now = self.app.now();
        // A third of the visitors order one or two units each, and half of them get some.
        let units = size.clients.div_ceil(4);
        let deal = json!({
            "product_id": PRODUCT, "deal_price": DEAL_PRICE, "stock_quantity": units,
            "start_at": now, "end_at": now.plus_seconds(DEAL_SECONDS),
        });
        let deal = api.expect(Some(&operator), RequestSpec::post("/timedeals", deal)).await?;
        let concert = api.expect(Some(&operator), RequestSpec::get(format!("/concerts/{CONCERT}"))).await?;
        let dates = format!("/concerts/{CONCERT}/dates");
        let dates = api.expect(Some(&operator), RequestSpec::get(dates)).await?;
        let place = Place {
            deal_id: text(&deal["data"]["id"])?.to_owned(),
            event_id: CAMPAIGN,
            concert_id: CONCERT,
            date: text(&dates["data"][0]["date"])?.to_owned(),
            queue_id: text(&concert["data"]["queue_id"])?.to_owned(),
        };
        let users: Vec<UserId> =
            (0..size.clients).map(|_| UserId::new(fresh(now, self.app.entropy()))).collect();
        for users in users.chunks(100) {
            let cleared = |user: &UserId| json!({"user_id": user, "type": "quest_clear", "ref": "crowd", "activity_id": format!("crowd-{user}"), "occurred_at": now});
            let activities: Vec<Value> = users.iter().map(cleared).collect();
            api.expect(Some(&operator), RequestSpec::post("/activities", json!({"activities": activities})))
                .await?;
        }
        let tokens = users.iter().map(|user| self.token(user, Role::User)).collect::<Result<_>>()?;
        Ok((api, place, tokens))
    }

    fn token(&self, user: &UserId, role: Role) -> Result<String> {
        self.app.tokens().issue(user, &BTreeSet::from([role]), self.app.now())
    }

    fn locked(&self) -> MutexGuard<'_, CrowdState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Creates the router of the crowd.
pub fn router(crowd: Crowd) -> Router {
    Router::new().route("/_standins/crowd", get(show).post(start)).with_state(crowd)
}

async fn show(State(crowd): State<Crowd>) -> Json<CrowdState> {
    Json(crowd.state())
}

async fn start(State(crowd): State<Crowd>, Query(size): Query<CrowdSize>) -> Response {
    if size.clients == 0 || size.clients > CLIENTS_MAX || size.seconds > SECONDS_MAX {
        let advice = format!("clients is 1 to {CLIENTS_MAX}, and seconds at most {SECONDS_MAX}.");
        return (StatusCode::BAD_REQUEST, Json(json!({"error": advice}))).into_response();
    }
    match crowd.start(size).await {
        Ok(true) => (StatusCode::ACCEPTED, Json(crowd.state())).into_response(),
        Ok(false) => (StatusCode::CONFLICT, Json(crowd.state())).into_response(),
        Err(error) => {
            tracing::warn!(cause = error.cause(), "the crowd cannot start: {}", error.message);
            let advice = json!({"error": "The crowd needs the demo data: start the stack with --demo and no earlier --data."});
            (StatusCode::UNPROCESSABLE_ENTITY, Json(advice)).into_response()
        }
    }
}
