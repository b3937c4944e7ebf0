//! Helpers for users with accounts.

use accounts::services::{email_tokens, second_factor};
use config::Settings;
use domain::accounts::{EmailTokenKind, Role};
use domain::ids::UserId;
use serde_json::{Value, json};

use super::{Call, Caller, Reply, TestApp};

/// Default password of test accounts.
pub const PASSWORD: &str = "password123";

/// Signed-in user with an account.
pub struct Member {
    /// Caller with the user's access token.
    pub caller: Caller,
    /// Account data from the response to the sign-in.
    pub user: Value,
    /// Refresh token of the session.
    pub refresh: String,
}

impl TestApp {
    /// Registers an account with this email and [`PASSWORD`], and returns the account.
    pub async fn register(&self, email: &str) -> Value {
        let body = json!({"email": email, "password": PASSWORD, "name": "Kim Minji"});
        self.anonymous().post("/auth/register", body).await.expect(201)
    }

    /// Sends a sign-in request.
    pub async fn login(&self, email: &str, password: &str) -> Reply {
        self.anonymous().post("/auth/login", json!({"email": email, "password": password})).await
    }

    /// Signs in to the account with this email and [`PASSWORD`].
    pub async fn sign_in(&self, email: &str) -> Member {
        let reply = self.login(email, PASSWORD).await;
        let refresh = reply.refresh_token().expect("a refresh token");
        let data = reply.expect(200);
        let id = UserId::parse(data["user"]["id"].as_str().unwrap_or_default()).expect("an id");
        let token = data["access_token"].as_str().expect("an access token");
        Member { caller: self.bearer(token).named(id), user: data["user"].clone(), refresh }
    }

    /// Registers an account with this email and [`PASSWORD`], and signs in.
    pub async fn member(&self, email: &str) -> Member {
        self.register(email).await;
        self.sign_in(email).await
    }

    /// Sends a refresh request with this refresh token.
    pub async fn refresh(&self, refresh: &str) -> Reply {
        self.anonymous().call("POST", "/auth/refresh").cookie(refresh).await
    }

    /// Starts an empty system in which addresses must be confirmed, with a member whose address is not.
    pub async fn with_unconfirmed_member() -> (Self, Member) {
        let settings = Settings { require_confirmed_email: true, ..Settings::default() };
        let app = Self::with_settings(settings).await;
        let member = app.member("kim@example.com").await;
        (app, member)
    }

    /// Returns the token that the newest mail of this kind to the account contains.
    pub async fn mailed_token(&self, user: &UserId, kind: EmailTokenKind) -> String {
        let account = self.app().store().get_account(user).await.expect("the account exists");
        let token = email_tokens::token_to_send(self.app(), &account, kind).expect("there is a key");
        token.expect("a token is unused").expose()
    }

    /// Confirms the address of the account with the token of its newest mail.
    pub async fn confirm_email(&self, user: &UserId) -> Reply {
        let token = self.mailed_token(user, EmailTokenKind::Confirmation).await;
        self.anonymous().post("/auth/email/confirm", json!({"token": token})).await
    }

    /// Returns the code that the authenticator app of the account shows now.
    pub async fn totp_code(&self, user: &UserId) -> String {
        let account = self.app().store().get_account(user).await.expect("the account exists");
        let secret = second_factor::open(self.app(), &account).expect("it has an app");
        secret.code(self.now()).expect("the secret is long enough").as_str().to_owned()
    }

    /// Enrols and confirms an authenticator app, which ends the member's sessions, and returns the recovery codes.
    /// Half a minute passes, so that the app shows an unused code.
    pub async fn enrol_totp(&self, member: &Member) -> Vec<String> {
        let password = json!({"current_password": PASSWORD});
        member.caller.post("/users/me/totp", password).await.expect(201);
        let code = json!({"totp_code": self.totp_code(member.caller.id()).await});
        let codes = member.caller.post("/users/me/totp/confirm", code).await.expect(200);
        self.pass_seconds(30);
        let text = |code: &Value| code.as_str().expect("a code is text").to_owned();
        codes["recovery_codes"].as_array().expect("there are codes").iter().map(text).collect()
    }

    /// Sends a sign-in request of the member with [`PASSWORD`] and this further member of the body.
    pub async fn login_with(&self, email: &str, name: &str, code: &str) -> Reply {
        let mut body = json!({"email": email, "password": PASSWORD});
        body[name] = code.into();
        self.anonymous().post("/auth/login", body).await
    }

    /// Returns the access token of a refresh with this refresh token, as a caller.
    pub async fn refreshed(&self, member: &Member) -> Caller {
        let data = self.refresh(&member.refresh).await.expect(200);
        let token = data["access_token"].as_str().expect("an access token");
        self.bearer(token).named(member.caller.id().clone())
    }

    /// Returns the accounts in the list of administrators.
    pub async fn administrators(&self) -> Vec<UserId> {
        self.app().store().get_administrators().await.expect("the store answers")
    }

    /// Registers an account with this email, makes it an administrator, and signs in with the new role.
    pub async fn admin_member(&self, email: &str) -> Member {
        self.member_with(email, &[Role::User, Role::Admin]).await
    }

    /// Registers an account with this email, gives it these roles, and signs in.
    pub async fn member_with(&self, email: &str, roles: &[Role]) -> Member {
        let user = self.register(email).await;
        let path = format!("/auth/users/{}/roles", user["id"].as_str().unwrap_or_default());
        self.admin().put(&path, json!({"roles": roles})).await.expect(200);
        self.sign_in(email).await
    }
}

impl Caller {
    /// Prepares the request that closes the caller's account.
    pub fn close(&self) -> Call {
        self.delete("/auth/me").json(&json!({"current_password": PASSWORD}))
    }
}
