//! People with accounts.

use domain::accounts::Role;
use domain::ids::UserId;
use serde_json::{Value, json};

use super::{Call, Caller, Reply, TestApp};

/// The password of everybody who does not say another.
pub const PASSWORD: &str = "password123";

/// Somebody with an account, signed in.
pub struct Member {
    /// Calls with the access token.
    pub caller: Caller,
    /// The account as sign-in gave it.
    pub user: Value,
    /// The refresh token.
    pub refresh: String,
}

impl TestApp {
    /// Registers under `email`; the account.
    pub async fn register(&self, email: &str) -> Value {
        let body = json!({"email": email, "password": PASSWORD, "name": "Kim Minji"});
        self.anonymous().post("/auth/register", body).await.expect(201)
    }

    /// Tries to sign in.
    pub async fn login(&self, email: &str, password: &str) -> Reply {
        self.anonymous().post("/auth/login", json!({"email": email, "password": password})).await
    }

    /// Signs in as the account under `email`.
    pub async fn sign_in(&self, email: &str) -> Member {
        let reply = self.login(email, PASSWORD).await;
        let refresh = reply.refresh_token().expect("a refresh token");
        let data = reply.expect(200);
        let id = UserId::parse(data["user"]["id"].as_str().unwrap_or_default()).expect("an id");
        let token = data["access_token"].as_str().expect("an access token");
        Member { caller: self.bearer(token).named(id), user: data["user"].clone(), refresh }
    }

    /// Registers under `email` and signs in.
    pub async fn member(&self, email: &str) -> Member {
        self.register(email).await;
        self.sign_in(email).await
    }

    /// Asks for a new access token by `refresh`.
    pub async fn refresh(&self, refresh: &str) -> Reply {
        self.anonymous().call("POST", "/auth/refresh").cookie(refresh).await
    }

    /// The accounts that are known as administrators.
    pub async fn administrators(&self) -> Vec<UserId> {
        self.app().store().get_administrators().await.expect("the store answers")
    }

    /// A member who is an administrator, with an account of their own.
    pub async fn admin_member(&self, email: &str) -> Member {
        let user = self.register(email).await;
        let path = format!("/auth/users/{}/roles", user["id"].as_str().unwrap_or_default());
        let roles = json!({"roles": [Role::User, Role::Admin]});
        self.admin().put(&path, roles).await.expect(200);
        self.sign_in(email).await
    }
}

impl Caller {
    /// Closes the caller's own account.
    pub fn close(&self) -> Call {
        self.delete("/auth/me").json(&json!({"current_password": PASSWORD}))
    }
}
