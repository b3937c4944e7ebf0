//! Members: users with accounts of their own. They register, sign in, refresh in two tabs at once, claim and
//! order with their access tokens, sign out, close their accounts and register again.

use std::time::Duration;

use domain::accounts::Role;
use domain::ids::UserId;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use serde_json::{Value, json};

use crate::simulation::records::accounts::{AccountAction, AccountRequest};
use crate::simulation::records::claims::Claimed;
use crate::simulation::records::requests::{RequestRecord, Want};
use crate::simulation::setup::deals::{Fate, OnSale};
use crate::simulation::setup::rewards::Offered;
use crate::simulation::setup::user;
use crate::simulation::workload::Workload;
use crate::simulation::world::faults::Fault;
use crate::simulation::world::{Answer, Request, Shown, get};

/// Password of every member.
const PASSWORD: &str = "password123";
/// Maximum number of attempts of a request that gets no response or a transient error.
const TRIES_MAX: usize = 8;
/// Maximum time until a refresh is repeated, in milliseconds. Although clocks differ, the repeat arrives
/// within the ten seconds in which it gets the same response.
const REFRESH_AGAIN_MS_MAX: u64 = 3_500;
/// Pause between closing an account and using the next account of the same person, so that requests with the
/// old access token have ended.
const PAUSE_AFTER_CLOSING: Duration = Duration::from_secs(40);

/// Returns the email of member `member`, which is the same for each of their accounts.
pub fn email_of(member: usize) -> String {
    format!("member{member}@example.com")
}

/// Member with the tokens and the account id that they know.
pub struct Member {
    workload: Workload,
    number: usize,
    account: Option<UserId>,
    /// `true` if the member has closed an earlier account.
    closed: bool,
    /// Reward that the member claimed last.
    wanted: Option<Offered>,
    access_token: Option<String>,
    cookie: Option<String>,
}

impl Workload {
    /// Returns every member of the run.
    pub fn members(&self) -> Vec<Member> {
        (0..self.world.core.env.sizes.members).map(|number| Member::new(self.clone(), number)).collect()
    }

    /// Sends a request until there is a response or `tries` attempts are used up, and records each attempt.
    pub(super) async fn send_and_record(
        &self,
        member: usize,
        account: Option<&UserId>,
        action: &AccountAction,
        request: &Request,
        tries: usize,
    ) -> Answer {
        let core = &self.world.core;
        let mut answer = Answer::Gone;
        for _ in 0..tries {
            let sent_ms = core.env.now_ms();
            answer = self.world.send(request.clone()).await;
            let named = matches!(action, AccountAction::Register)
                .then(|| answer.data()["id"].as_str().and_then(UserId::parse));
            self.account_requests.add(AccountRequest {
                member,
                account: named.flatten().or_else(|| account.cloned()),
                action: action.clone(),
                sent_ms,
                came_ms: core.env.now_ms(),
                answer: answer.clone(),
            });
            if !answer.is_passing() {
                break;
            }
            tokio::time::sleep(core.env.prng.millis(200, 2_000)).await;
        }
        answer
    }
}

impl Member {
    /// Creates a member who has not registered yet.
    pub fn new(workload: Workload, number: usize) -> Self {
        Self {
            workload,
            number,
            account: None,
            closed: false,
            wanted: None,
            access_token: None,
            cookie: None,
        }
    }

    /// Runs the member, who registers and then uses the account in every way.
    pub async fn live(mut self) {
        let core = self.workload.world.core.clone();
        let prng = &core.env.prng;
        tokio::time::sleep(prng.millis(0, 3_000)).await;
        if !self.register().await {
            return;
        }
        self.sign_in().await;
        for _ in 0..prng.between(3, 6) {
            tokio::time::sleep(prng.millis(0, 15_000)).await;
            match prng.below(10) {
                0..=3 => self.use_account(false).await,
                4..=6 => self.refresh().await,
                7 => {
                    self.sign_out().await;
                    self.sign_in().await;
                }
                _ => {
                    if self.close().await {
                        tokio::time::sleep(PAUSE_AFTER_CLOSING).await;
                        if !self.register().await {
                            return;
                        }
                        self.sign_in().await;
                        self.use_account(true).await;
                    }
                }
            }
            if self.access_token.is_none() {
                self.sign_in().await;
            }
        }
    }

    async fn register(&mut self) -> bool {
        let email = email_of(self.number);
        let body = json!({"email": email, "password": PASSWORD, "name": "a member"});
        let key = format!("member-{:08x}", self.workload.world.core.env.prng.below(1 << 32));
        let request = Request { key: Some(key), ..self.request("POST", "/auth/register", Some(body)) };
        let answer = self.perform(&AccountAction::Register, &request, TRIES_MAX).await;
        if answer.status() == 201 {
            self.account = answer.data()["id"].as_str().and_then(UserId::parse);
        }
        answer.status() == 201
    }

    async fn sign_in(&mut self) {
        let body = json!({"email": email_of(self.number), "password": PASSWORD});
        let request = self.request("POST", "/auth/login", Some(body));
        let answer = self.perform(&AccountAction::SignIn, &request, TRIES_MAX).await;
        self.take_session(&answer);
    }

    /// Refreshes the session, sometimes in two tabs at once, and repeats the request if there is no response.
    async fn refresh(&mut self) {
        let core = self.workload.world.core.clone();
        let Some(cookie) = self.cookie.clone() else { return };
        let mut request = self.request("POST", "/auth/refresh", None);
        request.session = Some(Shown { access_token: None, cookie: Some(cookie.clone()) });
        let tabs = if core.env.prng.permille(500) { 2 } else { 1 };
        if tabs > 1 {
            core.env.fault("member", Fault::RepeatedInParallel);
        }
        let action = AccountAction::Refresh(cookie);
        let first_ms = core.env.now_ms();
        loop {
            // The tabs share the cookies, which each response sets as it arrives.
            let tabs: FuturesUnordered<_> = (0..tabs).map(|_| self.perform(&action, &request, 1)).collect();
            let answers: Vec<Answer> = tabs.collect().await;
            if answers.iter().all(|answer| !answer.is_passing()) {
                if answers.iter().all(|answer| answer.status() != 200) {
                    self.access_token = None;
                    self.cookie = None;
                }
                answers.iter().for_each(|answer| self.take_session(answer));
                return;
            }
            tokio::time::sleep(core.env.prng.millis(100, 1_500)).await;
            if core.env.now_ms() > first_ms + REFRESH_AGAIN_MS_MAX {
                // It is unknown whether the session goes on, so it is abandoned.
                self.access_token = None;
                self.cookie = None;
                return;
            }
        }
    }

    async fn sign_out(&mut self) {
        let request = self.request("POST", "/auth/logout", None);
        self.perform(&AccountAction::SignOut, &request, TRIES_MAX).await;
        self.access_token = None;
        self.cookie = None;
    }

    async fn close(&mut self) -> bool {
        let body = json!({"current_password": PASSWORD, "forfeit": true});
        let request = self.request("DELETE", "/auth/me", Some(body));
        let answer = self.perform(&AccountAction::Close, &request, TRIES_MAX).await;
        if answer.status() == 200 || answer.status() == 204 {
            self.account = None;
            self.closed = true;
            self.access_token = None;
            self.cookie = None;
            return true;
        }
        false
    }

    /// Claims a reward or orders, with the member's access token. `again` claims the reward of the last time
    /// once more.
    async fn use_account(&mut self, again: bool) {
        let core = self.workload.world.core.clone();
        let (Some(account), Some(_)) = (self.account.clone(), &self.access_token) else { return };
        let offers = &self.workload.rewards.offers;
        let any = (!offers.is_empty()).then(|| core.env.prng.pick(offers).clone());
        if let Some(offer) = self.wanted.clone().filter(|_| again).or(any) {
            self.wanted = Some(offer.clone());
            let path = format!("/events/{}/requests/{}", offer.campaign, offer.reward);
            let sent_ms = self.workload.world.core.env.now_ms();
            let answer = self.perform(&AccountAction::Use, &self.request("POST", &path, None), 2).await;
            // Claims of the member's closed account count toward the limit too, which the checkers do not
            // know.
            let is_former = self.closed && answer.code() == "ALREADY_REQUESTED";
            if !is_former && !matches!(answer.status(), 401 | 403) {
                self.workload.history.claimed(Claimed {
                    user: account,
                    campaign: offer.campaign.clone(),
                    reward: Some(offer.reward.clone()),
                    key: None,
                    sent_ms,
                    came_ms: self.workload.world.core.env.now_ms(),
                    answer,
                });
            }
            return;
        }
        let open = |deal: &&OnSale| deal.queue.is_none() && deal.fate == Fate::Stays;
        let want = match self.workload.deals.on_sale.iter().find(open) {
            Some(deal) => Want::Order(deal.id.clone(), 1),
            None => Want::Charge(5),
        };
        self.want(&account, &want).await;
    }

    /// Sends one request about concerts or deals, and records it with its response in the request history.
    async fn want(&self, account: &UserId, want: &Want) -> Answer {
        let sent_ms = self.workload.world.core.env.now_ms();
        let shown = self.request("GET", "", None).session;
        let request = Request { session: shown, ..want.request(account, None, None) };
        let answer = self.perform(&AccountAction::Use, &request, 1).await;
        if !matches!(answer.status(), 401 | 403) {
            self.workload.requests.add(RequestRecord {
                user: account.clone(),
                want: want.clone(),
                key: None,
                token: None,
                sent_ms,
                came_ms: self.workload.world.core.env.now_ms(),
                answer: answer.clone(),
            });
        }
        answer
    }

    /// Registers under the same email, signs in and uses the account once. Returns the responses to the
    /// registration and to the sign-in.
    pub async fn come_back(&mut self) -> [Answer; 2] {
        self.register().await;
        self.sign_in().await;
        [self.last(&AccountAction::Register), self.last(&AccountAction::SignIn)]
    }

    /// Uses the account, refreshes and closes it with the member's present tokens, and then signs in. Returns
    /// the four responses.
    pub async fn try_all(&mut self) -> [Answer; 4] {
        let account = self.account.clone().unwrap_or_else(|| user(699));
        let used = self.want(&account, &Want::Charge(5)).await;
        let mut refresh = self.request("POST", "/auth/refresh", None);
        refresh.session = Some(Shown { access_token: None, cookie: self.cookie.clone() });
        let action = AccountAction::Refresh(self.cookie.clone().unwrap_or_default());
        let refreshed = self.perform(&action, &refresh, TRIES_MAX).await;
        let body = json!({"current_password": PASSWORD, "forfeit": true});
        let close = self.request("DELETE", "/auth/me", Some(body));
        let closed = self.perform(&AccountAction::Close, &close, TRIES_MAX).await;
        self.sign_in().await;
        [used, refreshed, closed, self.last(&AccountAction::SignIn)]
    }

    fn last(&self, action: &AccountAction) -> Answer {
        let requests = self.workload.account_requests.all().into_iter().rev();
        let mut mine = requests.filter(|record| record.member == self.number && record.action == *action);
        mine.next().map_or(Answer::Gone, |record| record.answer)
    }

    fn request(&self, method: &'static str, path: &str, body: Option<Value>) -> Request {
        let session = Shown { access_token: self.access_token.clone(), cookie: self.cookie.clone() };
        let who = self.account.clone().unwrap_or_else(|| user(699));
        Request { method, body, session: Some(session), ..get(path, &who, Role::User) }
    }

    async fn perform(&self, action: &AccountAction, request: &Request, tries: usize) -> Answer {
        self.workload.send_and_record(self.number, self.account.as_ref(), action, request, tries).await
    }

    /// Keeps the access token and the cookies of a response, as a browser does. Cookies that the response
    /// does not set stay.
    fn take_session(&mut self, answer: &Answer) {
        if answer.status() != 200 {
            return;
        }
        self.access_token = answer.data()["access_token"].as_str().map(str::to_owned);
        let set = Some(cookie_header(answer.cookies())).filter(|cookie| !cookie.is_empty());
        self.cookie = set.or(self.cookie.take());
    }
}

/// Returns the `Cookie` header that a browser sends after it received these `Set-Cookie` headers. Deleted
/// cookies are left out.
pub fn cookie_header(set: &[String]) -> String {
    let kept = set.iter().filter(|one| !one.contains("Max-Age=0"));
    let pairs: Vec<&str> = kept.filter_map(|one| one.split(';').next()).collect();
    pairs.join("; ")
}
