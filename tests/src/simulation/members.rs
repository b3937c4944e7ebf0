//! People with accounts of their own: they register, sign in, refresh in two tabs at once, claim and order with their own
//! access tokens, sign out, close their accounts and register again.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::accounts::Role;
use domain::ids::UserId;
use futures::future::join_all;
use serde_json::{Value, json};

use super::clients::{Party, get};
use super::faults::Fault;
use super::history::Claimed;
use super::plan::user;
use super::shop::{Fate, OnSale};
use super::visits::{Visit, Want};
use super::world::{Answer, Request, Shown};

/// Members of a run. Each registration and sign-in costs a password hash.
pub(super) const MEMBERS: usize = 3;
/// Password of every member.
const PASSWORD: &str = "password123";
/// Tries of a request that is answered by nothing or "try again".
const TRIES_MAX: usize = 8;
/// A second try of a refresh is sent within this time of the first, so that with clocks apart it still comes
/// within the ten seconds in which it is answered as the first.
const REFRESH_AGAIN_MS_MAX: u64 = 3_500;
/// Pause between closing an account and acting with the next one of the same person: what was under way
/// with the old access token is over then.
const PAUSE_AFTER_CLOSING: Duration = Duration::from_secs(40);

/// Everything that members and administrators did in a run.
#[derive(Default)]
pub struct Members(Mutex<Vec<Deed>>);

/// A call of a member or an administrator, and its answer.
#[derive(Clone, Debug)]
pub struct Deed {
    /// The member that it is about: their number.
    pub member: usize,
    /// The account, once it is known.
    pub account: Option<UserId>,
    /// What was asked.
    pub act: Act,
    /// Milliseconds of the run when it was sent.
    pub sent_ms: u64,
    /// Milliseconds of the run when the answer came.
    pub came_ms: u64,
    /// The answer.
    pub answer: Answer,
}

/// What a member or an administrator asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// To register.
    Register,
    /// To sign in.
    SignIn,
    /// To refresh with the session that this value of the header `Cookie` names.
    Refresh(String),
    /// To sign out.
    SignOut,
    /// To close the account.
    Close,
    /// A reward or units of a deal.
    Use,
    /// As an administrator, that the account has this status.
    SetStatus(&'static str),
    /// As an administrator, that the other administrator has these roles.
    SetRoles(Vec<&'static str>),
}

impl Act {
    /// Returns the act in a word.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::SignIn => "sign in",
            Self::Refresh(_) => "refresh",
            Self::SignOut => "sign out",
            Self::Close => "close",
            Self::Use => "use",
            Self::SetStatus(_) => "set status",
            Self::SetRoles(_) => "set roles",
        }
    }
}

impl Members {
    /// Everything so far, in the order in which it was answered.
    pub fn all(&self) -> Vec<Deed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, deed: Deed) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(deed);
    }
}

/// E-mail address of a member.
pub fn email_of(member: usize) -> String {
    format!("member{member}@example.com")
}

/// A member: what they know of their account.
pub struct Member {
    party: Party,
    number: usize,
    account: Option<UserId>,
    /// Whether they have closed an account before.
    closed: bool,
    access_token: Option<String>,
    cookie: Option<String>,
}

impl Party {
    /// Everybody with an account of their own.
    pub fn members(&self) -> Vec<Member> {
        (0..MEMBERS).map(|number| Member::new(self.clone(), number)).collect()
    }

    /// Sends a request until there is an answer or `tries` are used up, and remembers each.
    pub(super) async fn do_and_note(
        &self,
        member: usize,
        account: Option<&UserId>,
        act: &Act,
        request: &Request,
        tries: usize,
    ) -> Answer {
        let core = &self.world.core;
        let mut answer = Answer::Gone;
        for _ in 0..tries {
            let sent_ms = core.now_ms();
            answer = self.world.send(request.clone()).await;
            let named =
                matches!(act, Act::Register).then(|| answer.data()["id"].as_str().and_then(UserId::parse));
            self.members.add(Deed {
                member,
                account: named.flatten().or_else(|| account.cloned()),
                act: act.clone(),
                sent_ms,
                came_ms: core.now_ms(),
                answer: answer.clone(),
            });
            if !answer.is_passing() {
                break;
            }
            tokio::time::sleep(core.dice.millis(200, 2_000)).await;
        }
        answer
    }
}

impl Member {
    /// A member who has not registered yet.
    pub fn new(party: Party, number: usize) -> Self {
        Self { party, number, account: None, closed: false, access_token: None, cookie: None }
    }

    /// Registers, and then uses the account in all the ways that people do.
    pub async fn live(mut self) {
        let core = self.party.world.core.clone();
        let dice = &core.dice;
        tokio::time::sleep(dice.millis(0, 3_000)).await;
        if !self.register().await {
            return;
        }
        self.sign_in().await;
        for _ in 0..dice.between(3, 6) {
            tokio::time::sleep(dice.millis(0, 15_000)).await;
            match dice.below(10) {
                0..=3 => self.use_account().await,
                4..=7 => self.refresh().await,
                8 => {
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
                        self.use_account().await;
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
        let key = format!("member-{:08x}", self.party.world.core.dice.below(1 << 32));
        let request = Request { key: Some(key), ..self.request("POST", "/auth/register", Some(body)) };
        let answer = self.act(&Act::Register, &request, TRIES_MAX).await;
        if answer.status() == 201 {
            self.account = answer.data()["id"].as_str().and_then(UserId::parse);
        }
        answer.status() == 201
    }

    async fn sign_in(&mut self) {
        let body = json!({"email": email_of(self.number), "password": PASSWORD});
        let request = self.request("POST", "/auth/login", Some(body));
        let answer = self.act(&Act::SignIn, &request, TRIES_MAX).await;
        self.take_session(&answer);
    }

    /// Refreshes, in two tabs perhaps, and again where no answer came.
    async fn refresh(&mut self) {
        let core = self.party.world.core.clone();
        let Some(cookie) = self.cookie.clone() else { return };
        let mut request = self.request("POST", "/auth/refresh", None);
        request.session = Some(Shown { access_token: None, cookie: Some(cookie.clone()) });
        let tabs = if core.dice.permille(500) { 2 } else { 1 };
        if tabs > 1 {
            core.fault("member", Fault::RepeatedInParallel);
        }
        let act = Act::Refresh(cookie);
        let first_ms = core.now_ms();
        loop {
            let answers = join_all((0..tabs).map(|_| self.act(&act, &request, 1))).await;
            if let Some(answer) = answers.iter().find(|answer| !answer.is_passing()) {
                self.access_token = None;
                self.cookie = None;
                let renewed = answers.iter().find(|answer| answer.status() == 200);
                self.take_session(renewed.unwrap_or(answer));
                return;
            }
            tokio::time::sleep(core.dice.millis(100, 1_500)).await;
            if core.now_ms() > first_ms + REFRESH_AGAIN_MS_MAX {
                // Whether the session goes on is not known, so it is given up.
                self.access_token = None;
                self.cookie = None;
                return;
            }
        }
    }

    async fn sign_out(&mut self) {
        let request = self.request("POST", "/auth/logout", None);
        self.act(&Act::SignOut, &request, TRIES_MAX).await;
        self.access_token = None;
        self.cookie = None;
    }

    async fn close(&mut self) -> bool {
        let body = json!({"current_password": PASSWORD, "forfeit": true});
        let request = self.request("DELETE", "/auth/me", Some(body));
        let answer = self.act(&Act::Close, &request, TRIES_MAX).await;
        if answer.status() == 200 || answer.status() == 204 {
            self.account = None;
            self.closed = true;
            self.access_token = None;
            self.cookie = None;
            return true;
        }
        false
    }

    /// Asks for a reward, or orders, with the member's own access token.
    async fn use_account(&mut self) {
        let dice = &self.party.world.core.dice;
        let (Some(account), Some(_)) = (self.account.clone(), &self.access_token) else { return };
        if let Some(offer) = (!self.party.plan.offers.is_empty()).then(|| dice.pick(&self.party.plan.offers))
        {
            let path = format!("/events/{}/requests/{}", offer.campaign, offer.reward);
            let sent_ms = self.party.world.core.now_ms();
            let answer = self.act(&Act::Use, &self.request("POST", &path, None), 2).await;
            // What the person had under an account that is closed now counts too, which no checker knows.
            let is_former = self.closed && answer.code() == "ALREADY_REQUESTED";
            if !is_former && !matches!(answer.status(), 401 | 403) {
                self.party.history.claimed(Claimed {
                    user: account,
                    campaign: offer.campaign.clone(),
                    reward: Some(offer.reward.clone()),
                    key: None,
                    sent_ms,
                    came_ms: self.party.world.core.now_ms(),
                    answer,
                });
            }
            return;
        }
        let open = |deal: &&OnSale| deal.queue.is_none() && deal.fate == Fate::Stays;
        let want = match self.party.shop.deals.iter().find(open) {
            Some(deal) => Want::Order(deal.id.clone(), 1),
            None => Want::Charge(5),
        };
        self.want(&account, &want).await;
    }

    /// Asks once for something around concerts and deals, and remembers it among the visits.
    async fn want(&self, account: &UserId, want: &Want) -> Answer {
        let sent_ms = self.party.world.core.now_ms();
        let shown = self.request("GET", "", None).session;
        let request = Request { session: shown, ..want.request(account, None, None) };
        let answer = self.act(&Act::Use, &request, 1).await;
        if !matches!(answer.status(), 401 | 403) {
            self.party.visits.add(Visit {
                user: account.clone(),
                want: want.clone(),
                key: None,
                token: None,
                sent_ms,
                came_ms: self.party.world.core.now_ms(),
                answer: answer.clone(),
            });
        }
        answer
    }

    /// Registers under the same e-mail, signs in and uses the account once; gives what came of each.
    pub async fn come_back(&mut self) -> [Answer; 2] {
        self.register().await;
        self.sign_in().await;
        [self.last(&Act::Register), self.last(&Act::SignIn)]
    }

    /// Uses the account, refreshes and closes it with what the member still has in hand; gives the answers.
    pub async fn try_all(&mut self) -> [Answer; 3] {
        let account = self.account.clone().unwrap_or_else(|| user(699));
        let used = self.want(&account, &Want::Charge(5)).await;
        let mut refresh = self.request("POST", "/auth/refresh", None);
        refresh.session = Some(Shown { access_token: None, cookie: self.cookie.clone() });
        let act = Act::Refresh(self.cookie.clone().unwrap_or_default());
        let refreshed = self.act(&act, &refresh, TRIES_MAX).await;
        let body = json!({"current_password": PASSWORD, "forfeit": true});
        let close = self.request("DELETE", "/auth/me", Some(body));
        let closed = self.act(&Act::Close, &close, TRIES_MAX).await;
        [used, refreshed, closed]
    }

    fn last(&self, act: &Act) -> Answer {
        let deeds = self.party.members.all().into_iter().rev();
        let mut mine = deeds.filter(|deed| deed.member == self.number && deed.act == *act);
        mine.next().map_or(Answer::Gone, |deed| deed.answer)
    }

    fn request(&self, method: &'static str, path: &str, body: Option<Value>) -> Request {
        let session = Shown { access_token: self.access_token.clone(), cookie: self.cookie.clone() };
        let who = self.account.clone().unwrap_or_else(|| user(699));
        Request { method, body, session: Some(session), ..get(path, &who, Role::User) }
    }

    async fn act(&self, act: &Act, request: &Request, tries: usize) -> Answer {
        self.party.do_and_note(self.number, self.account.as_ref(), act, request, tries).await
    }

    /// Keeps the access token and the cookies of an answer, as a browser does.
    fn take_session(&mut self, answer: &Answer) {
        if answer.status() != 200 {
            return;
        }
        self.access_token = answer.data()["access_token"].as_str().map(str::to_owned);
        self.cookie = Some(cookie_header(answer.cookies())).filter(|cookie| !cookie.is_empty());
    }
}

/// Returns the value of the header `Cookie` that a browser sends after these values of `Set-Cookie`, without
/// those that were cleared.
pub fn cookie_header(set: &[String]) -> String {
    let kept = set.iter().filter(|one| !one.contains("Max-Age=0"));
    let pairs: Vec<&str> = kept.filter_map(|one| one.split(';').next()).collect();
    pairs.join("; ")
}
