//! Author of the writes of a call, and the sealing of audited entities with it. The author is task-local, as the
//! context of the call is, so that no function between the boundary and the store has to pass it on.

use std::cell::RefCell;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::audit::{Audited, Author, seal};
use domain::ids::UserId;
use domain::trail::Hash;

tokio::task_local! {
    static AUTHOR: RefCell<Author>;
}

/// Runs `work` with `author` as the author of its writes, whom their audit entries name.
pub async fn with_author<T>(author: Author, work: impl Future<Output = T>) -> T {
    AUTHOR.scope(RefCell::new(author), work).await
}

/// Sets the account that calls, and the role that allows it. Does nothing outside of a call.
pub fn set_author(actor: &UserId, role: &str) {
    let set = |author: &RefCell<Author>| {
        let mut author = author.borrow_mut();
        author.actor = Some(actor.clone());
        author.role = Some(role.to_owned());
    };
    // Without a call in progress (in tests and at startup) writes have no author.
    let _ = AUTHOR.try_with(set);
}

fn author() -> Author {
    AUTHOR.try_with(|author| author.borrow().clone()).unwrap_or_default()
}

/// Audited entity with its next head, as it is to be stored.
pub struct SealedEntity<T> {
    /// Entity with the head of its newest entry.
    pub(crate) item: T,
    /// Hash of the head that is stored before the write.
    stored: Option<Hash>,
}

impl<T: Audited> SealedEntity<T> {
    pub(crate) fn of(item: &T) -> Self {
        let mut item = item.clone();
        seal(&mut item, &author());
        let stored = item.trail().stored_before(item.audit_version());
        Self { item, stored }
    }
}

/// Adds to `condition` that the stored head is the one before, so that no write can fork or restart a chain.
/// Returns the condition with the value of its placeholder `:head`.
pub(crate) fn with_trail<T>(
    condition: String,
    sealed: Option<&SealedEntity<T>>,
) -> (String, Option<AttributeValue>) {
    match sealed {
        None => (condition, None),
        Some(SealedEntity { stored: None, .. }) => (condition + " AND attribute_not_exists(trail)", None),
        Some(SealedEntity { stored: Some(hash), .. }) => {
            (condition + " AND trail.h = :head", Some(AttributeValue::B(Blob::new(hash.0))))
        }
    }
}
