//! Costs of mailed tokens, sessions and authenticator apps.

use accounts::services::{email_tokens, second_factor};
use domain::accounts::{Account, EmailTokenKind};
use domain::ids::UserId;
use serde_json::{Value, json};

use super::row;
use crate::cost::bench::{Bench, Caller};
use crate::cost::budgets::Row;
use crate::cost::meter::Cost;

const EMAIL: &str = "uma@example.com";
const PASSWORD: &str = "correct horse";

/// Bench with one account, of which it reads tokens and codes.
struct Owner {
    bench: Bench,
    id: UserId,
}

impl Owner {
    async fn start() -> Self {
        let bench = Bench::start().await;
        let body = json!({"email": EMAIL, "password": PASSWORD, "name": "Uma User"});
        let answer = bench.call("POST", "/auth/register", None, Some(body)).await;
        let id = answer.body["data"]["id"].as_str().and_then(UserId::parse).expect("an id");
        Self { bench, id }
    }

    async fn account(&self) -> Account {
        self.bench.app.store().get_account(&self.id).await.expect("the account exists")
    }

    async fn token(&self, kind: EmailTokenKind) -> String {
        let token = email_tokens::token_to_send(&self.bench.app, &self.account().await, kind);
        token.expect("there is a key").expect("a token is unused").expose()
    }

    async fn code(&self) -> String {
        let secret = second_factor::open(&self.bench.app, &self.account().await).expect("it has an app");
        secret.code(self.bench.app.now()).expect("the secret is long enough").as_str().to_owned()
    }

    async fn sign_in(&self, code: Option<&str>) -> (Caller, Cost) {
        let mut body = json!({"email": EMAIL, "password": PASSWORD});
        if let Some(code) = code {
            body["totp_code"] = code.into();
        }
        let (answer, cost) =
            self.bench.measure(self.bench.call("POST", "/auth/login", None, Some(body))).await;
        let token = answer.body["data"]["access_token"].as_str().expect("a token").to_owned();
        (Caller { id: self.id.clone(), token }, cost)
    }

    /// Measures a call that must answer with `status`. Returns its `data`, too.
    async fn call(
        &self,
        (method, path): (&str, &str),
        caller: Option<&Caller>,
        body: Option<Value>,
        status: u16,
    ) -> (Value, Cost) {
        let (answer, cost) = self.bench.measure(self.bench.call(method, path, caller, body)).await;
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        (answer.body["data"].clone(), cost)
    }
}

pub async fn measure() -> Vec<Row> {
    let mut owner = Owner::start().await;
    owner.bench.relay().await;
    let token = json!({"token": owner.token(EmailTokenKind::Confirmation).await});
    let (_, confirmed) = owner.call(("POST", "/auth/email/confirm"), None, Some(token), 204).await;
    owner.bench.relay().await;
    let forgot = |email: &str| Some(json!({"email": email}));
    let (_, known) = owner.call(("POST", "/auth/password/forgot"), None, forgot(EMAIL), 202).await;
    let relayed = owner.bench.relay().await;
    assert_eq!(relayed.messages["mails"].len(), 1, "{:?}", relayed.messages);
    let nobody = forgot("nobody@example.com");
    let (_, unknown) = owner.call(("POST", "/auth/password/forgot"), None, nobody, 202).await;
    // The answer must not take longer for an address that has an account.
    assert_eq!(known, unknown);
    let token = owner.token(EmailTokenKind::PasswordReset).await;
    let body = json!({"token": token, "password": PASSWORD});
    let (_, reset) = owner.call(("POST", "/auth/password/reset"), None, Some(body), 204).await;
    let (other, _) = owner.sign_in(None).await;
    let (mine, _) = owner.call(("GET", "/users/me/sessions"), Some(&other), None, 200).await;
    let (caller, _) = owner.sign_in(None).await;
    let (_, listed) = owner.call(("GET", "/users/me/sessions"), Some(&caller), None, 200).await;
    let path = format!("/users/me/sessions/{}", mine[0]["id"].as_str().expect("an id"));
    let (_, ended) = owner.call(("DELETE", &path), Some(&caller), None, 204).await;
    let body = json!({"current_password": PASSWORD});
    let (_, enrolled) = owner.call(("POST", "/users/me/totp"), Some(&caller), Some(body), 201).await;
    let code = json!({"totp_code": owner.code().await});
    let confirm = owner.call(("POST", "/users/me/totp/confirm"), Some(&caller), Some(code), 200).await;
    owner.bench.advance_seconds(30);
    let (caller, with_code) = owner.sign_in(Some(&owner.code().await)).await;
    owner.bench.advance_seconds(30);
    let code = json!({"totp_code": owner.code().await});
    let (_, removed) = owner.call(("DELETE", "/users/me/totp"), Some(&caller), Some(code), 204).await;
    vec![
        row("confirm an e-mail address", confirmed),
        row("ask for a mail to a known address", known),
        row("ask for a mail to an unknown address", unknown),
        row("ask for a mail: what the stream's consumer writes", relayed.cost),
        row("set a new password with a mailed token", reset),
        row("list sessions", listed),
        row("end a session", ended),
        row("enrol an authenticator app", enrolled),
        row("confirm an authenticator app", confirm.1),
        row("login with a code of an authenticator app", with_code),
        row("remove an authenticator app", removed),
    ]
}
