//! Owners of accounts, who confirm their address, end a session, reset their password and enrol an authenticator app.
//! Whatever works once they send several times at once.

use std::time::Duration;

use config::Settings;
use domain::accounts::{EmailToken, Role, TotpSecret};
use domain::ids::UserId;
use futures::future::join_all;
use runtime::{Purpose, SealingKeys};
use serde_json::{Value, json};

use super::members::cookie_header;
use crate::simulation::records::account_owners::OwnerRecord;
use crate::simulation::setup::user;
use crate::simulation::workload::Workload;
use crate::simulation::world::{Answer, Request, Shown, get};

/// Password at the registration, and the one that the reset sets.
const PASSWORDS: [&str; 2] = ["password123", "another password"];
/// Maximum number of tries of a request that gets no response or a transient error.
const TRIES_MAX: usize = 12;
/// Number of equal requests that are sent at once.
const AT_ONCE: usize = 3;
/// Time after which every instance knows of an ended session.
const END_COUNTS_AFTER: Duration = Duration::from_secs(6);
/// Time after which an authenticator app shows another code.
const NEXT_CODE: Duration = Duration::from_secs(31);
/// Maximum number of mails for a new password in a quarter of an hour.
const MAILS_MAX: u32 = 3;

/// Tokens of one sign-in.
struct SignedIn {
    access_token: String,
    cookie: String,
}

impl Workload {
    /// Runs the owner `number`.
    pub async fn account_owner(self, number: usize) {
        tokio::time::sleep(self.world.core.env.prng.millis(0, 10_000)).await;
        let email = format!("owner{number}@example.com");
        let body = json!({"email": email, "password": PASSWORDS[0], "name": "an owner"});
        let key = Some(format!("owner-{number}"));
        let answer = self.until_answered(Request { key, ..anonymous("/auth/register", body) }).await;
        let Some(id) = answer.data()["id"].as_str().and_then(UserId::parse) else { return };
        let token = mailed(Purpose::EmailConfirmation, &id, 1);
        self.use_up(&token, anonymous("/auth/email/confirm", json!({"token": token}))).await;
        self.end_a_session(&email).await;
        let body = json!({"email": email});
        self.until_answered(anonymous("/auth/password/forgot", body)).await;
        // A request whose response was lost may have sent a mail, too: the newest one has the token that works.
        for number in (1..=MAILS_MAX).rev() {
            let token = mailed(Purpose::PasswordReset, &id, number);
            let body = json!({"token": token, "password": PASSWORDS[1]});
            self.use_up(&token, anonymous("/auth/password/reset", body)).await;
        }
        self.use_an_authenticator_app(&email, &id).await;
    }

    /// Signs in twice, ends the first session in the second one, and uses the first one afterwards.
    async fn end_a_session(&self, email: &str) {
        let Some(ended) = self.owner_signs_in(email, PASSWORDS[0]).await else { return };
        // The list is eventually consistent.
        tokio::time::sleep(END_COUNTS_AFTER).await;
        let sessions = signed_in("GET", "/users/me/sessions", &ended, None);
        let sessions = self.until_answered(sessions).await.data().clone();
        let current = sessions.as_array().into_iter().flatten().find(|session| session["current"] == true);
        let Some(session) = current.and_then(|session| session["id"].as_str()) else { return };
        let Some(other) = self.owner_signs_in(email, PASSWORDS[0]).await else { return };
        let path = format!("/users/me/sessions/{session}");
        if self.until_answered(signed_in("DELETE", &path, &other, None)).await.status() != 204 {
            return;
        }
        tokio::time::sleep(END_COUNTS_AFTER).await;
        for (method, path) in [("GET", "/auth/me"), ("POST", "/auth/refresh"), ("GET", "/balance")] {
            let status = self.until_answered(signed_in(method, path, &ended, None)).await.status();
            self.owners.add(OwnerRecord::AfterTheEnd { call: format!("{method} {path}"), status });
        }
    }

    /// Enrols an authenticator app, and signs in with its codes.
    async fn use_an_authenticator_app(&self, email: &str, id: &UserId) {
        let mut signed = None;
        for password in PASSWORDS {
            if signed.is_none() {
                signed = self.owner_signs_in(email, password).await.map(|signed| (signed, password));
            }
        }
        let Some((signed, password)) = signed else { return };
        let enrol = Some(json!({"current_password": password}));
        let enrolled = self.until_answered(signed_in("POST", "/users/me/totp", &signed, enrol)).await;
        let secret = enrolled.data()["totp_secret"].as_str().unwrap_or_default();
        let Ok(secret) = totp_rs::Secret::try_from_base32(secret) else { return };
        let secret = TotpSecret::from_bytes(secret.as_bytes().to_vec());
        let env = &self.world.core.env;
        let code = || secret.code(env.time(0)).ok().map(|code| code.as_str().to_owned());
        let confirm = Some(json!({"totp_code": code()}));
        self.until_answered(signed_in("POST", "/users/me/totp/confirm", &signed, confirm)).await;
        for _ in 0..2 {
            tokio::time::sleep(NEXT_CODE).await;
            let Some(code) = code() else { return };
            let body = json!({"email": email, "password": password, "totp_code": code});
            self.use_up(&format!("code {code} of {id}"), anonymous("/auth/login", body)).await;
        }
    }

    async fn owner_signs_in(&self, email: &str, password: &str) -> Option<SignedIn> {
        let body = json!({"email": email, "password": password});
        let answer = self.until_answered(anonymous("/auth/login", body)).await;
        let access_token = answer.data()["access_token"].as_str()?.to_owned();
        Some(SignedIn { access_token, cookie: cookie_header(answer.cookies()) })
    }

    /// Sends a request, which uses `once` up, several times at once.
    async fn use_up(&self, once: &str, request: Request) {
        let tries = join_all((0..AT_ONCE).map(|_| self.until_answered(request.clone()))).await;
        for answer in tries {
            let succeeded = (200..300).contains(&answer.status());
            self.owners.add(OwnerRecord::Use { once: once.to_owned(), succeeded });
        }
    }

    /// Sends a request until it is answered, or its tries are used up.
    async fn until_answered(&self, request: Request) -> Answer {
        let mut answer = Answer::Gone;
        for _ in 0..TRIES_MAX {
            answer = self.world.send(request.clone()).await;
            if !answer.is_passing() {
                break;
            }
            tokio::time::sleep(self.world.core.env.prng.millis(200, 2_000)).await;
        }
        answer
    }
}

/// Returns the text of the `number`th token of this purpose, as its mail contains it.
fn mailed(purpose: Purpose, id: &UserId, number: u32) -> String {
    let keys = SealingKeys::new(&Settings::default().sealing_keys);
    let secrets =
        keys.derive(purpose, &[id.as_str(), &number.to_string()]).expect("the local stack has a key");
    EmailToken::new(id.clone(), number, &secrets[0]).expose()
}

fn anonymous(path: &str, body: Value) -> Request {
    let session = Some(Shown::default());
    Request { method: "POST", body: Some(body), session, ..get(path, &user(698), Role::User) }
}

fn signed_in(method: &'static str, path: &str, by: &SignedIn, body: Option<Value>) -> Request {
    let session = Shown { access_token: Some(by.access_token.clone()), cookie: Some(by.cookie.clone()) };
    Request { method, body, session: Some(session), ..get(path, &user(698), Role::User) }
}
