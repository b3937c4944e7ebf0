//! Administrators: two users who ban members, unban them, try to demote each other, and step down at once.

use std::time::Duration;

use domain::accounts::Role;
use domain::ids::UserId;
use serde_json::json;

use crate::simulation::records::accounts::AccountAction;
use crate::simulation::setup::user;
use crate::simulation::workload::Workload;
use crate::simulation::world::{Answer, Request, get};
use crate::staff::account;

/// Maximum number of attempts of a request that gets no response or a transient error.
const TRIES_MAX: usize = 8;

/// Number under which the requests about the first administrator's account are recorded. It exceeds the
/// numbers of all members.
const FIRST_ADMINISTRATOR: usize = 80;

/// Time at which both administrators demote each other or themselves, in milliseconds of the run.
const RIVALRY_MS: u64 = 12_000;

/// Returns the user id of administrator `number`, which is 0 or 1.
pub fn administrator(number: usize) -> UserId {
    user(600 + number)
}

/// Creates the accounts of the two administrators, on a fault-free instance.
pub async fn set_up(workload: &Workload) {
    for number in 0..2 {
        let account = account(&administrator(number), &[Role::Admin].into(), workload.world.core.env.time(0));
        let registered = workload.world.fault_free.app.store().register_account(&account, None).await;
        assert!(matches!(registered, Ok(store::Registered::Done)), "{registered:?}");
    }
}

impl Workload {
    /// Runs administrator `number`, who bans and unbans members, and tries to demote the other administrator.
    pub async fn administrator(self, number: usize) {
        let prng = &self.world.core.env.prng;
        for _ in 0..prng.between(2, 4) {
            tokio::time::sleep(prng.millis(2_000, 30_000)).await;
            if prng.permille(300) {
                self.demote(number, 1 - number).await;
                continue;
            }
            let member = prng.below(self.world.core.env.sizes.members as u64) as usize;
            let known = self.account_requests.all().into_iter().rev();
            let Some(id) = known.filter(|record| record.member == member).find_map(|record| record.account)
            else {
                continue;
            };
            if self.set_status(number, member, &id, "banned").await.status() == 200 {
                tokio::time::sleep(prng.millis(5_000, 40_000)).await;
                self.set_status(number, member, &id, "active").await;
            }
        }
    }

    /// Runs administrator `number`, who removes their own role or that of the other one at the time at which
    /// the other one does the same, and later makes the other one an administrator again.
    pub async fn rival(self, number: usize) {
        let core = &self.world.core;
        tokio::time::sleep(Duration::from_millis(RIVALRY_MS.saturating_sub(core.env.now_ms()))).await;
        let whom = if core.env.prng.permille(600) { number } else { 1 - number };
        self.set_roles(number, whom, vec!["USER"]).await;
        tokio::time::sleep(core.env.prng.millis(5_000, 15_000)).await;
        self.set_roles(number, 1 - number, vec!["ADMIN"]).await;
    }

    /// Makes both users administrators again, if at least one of them still is, on an instance without
    /// faults.
    pub async fn restore_administrators(&self) {
        for number in 0..2 {
            let path = format!("/auth/users/{}/roles", administrator(1 - number));
            let request = self.as_administrator(number, &path);
            let request = Request { method: "PUT", body: Some(json!({"roles": ["ADMIN"]})), ..request };
            // The request of the user who is no administrator is refused, which is expected.
            let _ = self.world.fault_free.clone().answer(request).await;
        }
    }

    /// Sets the status of a member's account as `administrator`, and records the request and its response.
    pub async fn set_status(
        &self,
        administrator: usize,
        member: usize,
        id: &UserId,
        status: &'static str,
    ) -> Answer {
        let request = self.as_administrator(administrator, &format!("/auth/users/{id}/status"));
        let request = Request { method: "PUT", body: Some(json!({"status": status})), ..request };
        let action = AccountAction::SetStatus(status);
        self.send_and_record(member, Some(id), &action, &request, TRIES_MAX).await
    }

    async fn demote(&self, administrator: usize, other: usize) {
        for roles in [vec!["USER"], vec!["ADMIN"]] {
            self.set_roles(administrator, other, roles).await;
        }
    }

    /// Sets the roles of administrator `whose` as administrator `by`, and records the request and its
    /// response.
    async fn set_roles(&self, by: usize, whose: usize, roles: Vec<&'static str>) {
        let path = format!("/auth/users/{}/roles", administrator(whose));
        let request = self.as_administrator(by, &path);
        let request = Request { method: "PUT", body: Some(json!({"roles": roles})), ..request };
        let action = AccountAction::SetRoles(roles);
        self.send_and_record(FIRST_ADMINISTRATOR + whose, None, &action, &request, TRIES_MAX).await;
    }

    fn as_administrator(&self, number: usize, path: &str) -> Request {
        get(path, &administrator(number), Role::Admin)
    }
}
