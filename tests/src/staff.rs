//! Staff accounts, for routes that read the caller's account.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Timestamp;
use domain::accounts::{Account, Email, InviteCode, Name, PasswordHash, Person, Roles};
use domain::ids::UserId;

/// Returns an active account with these roles. Nobody knows its password.
pub fn account(id: &UserId, roles: &Roles, now: Timestamp) -> Account {
    let code = id.as_str().bytes().fold(7u128, |code, byte| code.wrapping_mul(257) ^ u128::from(byte));
    let person = Person {
        email: Email::parse(&email(id)).expect("an e-mail"),
        name: Name::parse("somebody of the staff").expect("a name"),
        phone: None,
        password_hash: PasswordHash::new("no hash"),
        registered_hash: None,
        invite_code: InviteCode::new(code),
        has_staff_password: Some(true),
        email_hash: None,
        confirmation: None,
        password_reset: None,
        authenticator: None,
        request_fingerprint: None,
    };
    Account::register(id.clone(), person, roles.clone(), None, now)
}

fn email(id: &UserId) -> String {
    format!("{}@staff.example.com", id.as_str())
}

/// Returns such an account as a DynamoDB item. It is in no list and has no audit, so that a test sees only
/// its own writes.
pub fn item(id: &UserId, roles: &Roles) -> HashMap<String, AttributeValue> {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let number = |text: &str| AttributeValue::N(text.to_owned());
    let roles = roles.iter().map(|role| text(role.as_ref())).collect();
    let person = [
        ("email", text(&email(id))),
        ("name", text("somebody of the staff")),
        ("password_hash", text("no hash")),
        ("invite_code", text("00000000")),
    ];
    let person = person.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let attributes = [
        ("pk", text(&format!("ACCOUNT#{id}"))),
        ("sk", text("ACCOUNT")),
        ("id", text(id.as_str())),
        ("person", AttributeValue::M(person)),
        ("roles", AttributeValue::L(roles)),
        ("status", text("active")),
        ("created_at", number("0")),
        ("epoch", number("1")),
        ("version", number("1")),
    ];
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
