//! Staff accounts, created when a request first needs one.

use aws_sdk_dynamodb::Client;
use domain::accounts::Roles;
use domain::ids::UserId;
use tokio::sync::OnceCell;

use crate::staff::item;

/// Account of a staff user whose access token the test issued without a sign-in.
pub(super) struct Staff {
    dynamo: Client,
    table: String,
    id: UserId,
    roles: Roles,
    made: OnceCell<()>,
}

impl Staff {
    pub fn new(dynamo: Client, table: String, id: UserId, roles: Roles) -> Self {
        Self { dynamo, table, id, roles, made: OnceCell::new() }
    }

    /// Creates the account at the first call, unless the table already has one with this id.
    pub async fn make(&self) {
        let make = async {
            let put =
                self.dynamo.put_item().table_name(&self.table).set_item(Some(item(&self.id, &self.roles)));
            let put = put.condition_expression("attribute_not_exists(pk)").send().await;
            if let Err(error) = put {
                let error = error.into_service_error();
                assert!(error.is_conditional_check_failed_exception(), "{error:?}");
            }
        };
        self.made.get_or_init(|| make).await;
    }
}

/// Returns `true` if the route of this request reads the caller's account.
pub(super) fn is_needed_for(method: &str, path: &str) -> bool {
    path.starts_with("/api/v1/auth/users")
        || (method == "PATCH" && path.starts_with("/api/v1/events/requests"))
}
