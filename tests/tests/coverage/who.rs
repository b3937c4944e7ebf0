//! Authorization table: the callers that each route allows.

use domain::accounts::Role;
use edge::{Access, Route};

/// Allowed callers of each route. A new route needs a new row, and a changed signature a changed row.
pub const EXPECTED: &[(&str, Who)] = &[
    ("platform-health", Who::Everybody),
    ("platform-openapi", Who::Everybody),
    ("platform-docs", Who::Everybody),
    ("accounts-register", Who::Everybody),
    ("accounts-login", Who::Everybody),
    // The route authenticates by its cookie, not by an access token.
    ("accounts-refresh", Who::Everybody),
    ("accounts-get-jwks", Who::Everybody),
    ("accounts-logout", Who::Everybody),
    ("accounts-get-account", Who::SignedIn),
    ("accounts-update-account", Who::SignedIn),
    ("accounts-delete-account", Who::SignedIn),
    ("accounts-list-users", Who::Admins),
    ("accounts-get-user-by-email", Who::Admins),
    ("accounts-get-user", Who::Admins),
    ("accounts-update-roles", Who::Admins),
    ("accounts-update-status", Who::Admins),
    ("rewards-record-activities", Who::Operators),
    ("rewards-list-my-activities", Who::Users),
    ("rewards-list-campaigns", Who::SignedIn),
    ("rewards-get-campaign", Who::SignedIn),
    ("rewards-create-campaign", Who::Operators),
    ("rewards-update-campaign", Who::Operators),
    ("rewards-delete-campaign", Who::Admins),
    ("rewards-evaluate-campaign", Who::UsersAndOperators),
    ("rewards-create-reward", Who::Operators),
    ("rewards-list-rewards", Who::Readers),
    ("rewards-get-reward", Who::Readers),
    ("rewards-add-codes", Who::Operators),
    ("rewards-list-offers", Who::SignedIn),
    ("rewards-create-offer", Who::Operators),
    ("rewards-update-offer", Who::Operators),
    ("rewards-delete-offer", Who::Operators),
    ("rewards-claim-rewards", Who::Users),
    ("rewards-claim-reward", Who::Users),
    ("rewards-list-my-claims", Who::Users),
    ("rewards-list-claims", Who::Readers),
    // The handler refuses other users' requests: see api/rewards/read_claim.rs.
    ("rewards-get-claim", Who::SignedIn),
    ("rewards-decide-claim", Who::Operators),
    ("rewards-decide-claims", Who::Operators),
    ("rewards-list-inventory", Who::Users),
    ("rewards-list-points", Who::Users),
    ("waiting-room-create-queue", Who::Operators),
    ("waiting-room-update-queue", Who::Operators),
    ("waiting-room-list-queues", Who::Operators),
    ("waiting-room-get-queue", Who::Everybody),
    ("waiting-room-join-queue", Who::Users),
    ("waiting-room-get-position", Who::Users),
    ("waiting-room-leave-queue", Who::Users),
    ("wallet-get-balance", Who::Users),
    ("wallet-charge-balance", Who::Users),
    ("wallet-list-entries", Who::Users),
    ("wallet-create-payment", Who::Users),
    ("wallet-list-payments", Who::UsersAndAuditors),
    // The handler refuses other users' payments: see api/wallet/read_payment.rs.
    ("wallet-get-payment", Who::UsersAndAuditors),
    // The route authenticates by its signature, not by an access token.
    ("wallet-handle-payment-callback", Who::Everybody),
    ("wallet-list-reports", Who::Readers),
    ("concerts-create-concert", Who::Operators),
    ("concerts-list-concerts", Who::SignedIn),
    ("concerts-get-concert", Who::SignedIn),
    ("concerts-create-date", Who::Operators),
    ("concerts-list-dates", Who::SignedIn),
    ("concerts-list-seats", Who::Users),
    ("concerts-create-reservation", Who::Users),
    ("concerts-list-reservations", Who::Users),
    // The handler refuses other users' reservations: see api/concerts/read_reservation.rs.
    ("concerts-get-reservation", Who::Users),
    ("concerts-cancel-reservation", Who::Users),
    ("deals-create-product", Who::Operators),
    ("deals-update-product", Who::Operators),
    ("deals-list-products", Who::Everybody),
    ("deals-get-product", Who::Everybody),
    ("deals-create-deal", Who::Operators),
    ("deals-update-deal", Who::Operators),
    ("deals-list-deals", Who::Everybody),
    ("deals-get-deal", Who::Everybody),
    ("deals-create-order", Who::Users),
    // The handler refuses other users' orders: see api/deals.
    ("deals-list-orders", Who::SignedIn),
    ("deals-get-order", Who::SignedIn),
    ("deals-list-order-events", Who::SignedIn),
    ("deals-cancel-order", Who::Users),
    ("deals-request-payment", Who::Users),
];

/// Groups of callers. Each of them includes administrators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Everybody,
    SignedIn,
    Users,
    Operators,
    UsersAndAuditors,
    UsersAndOperators,
    Readers,
    Admins,
}

impl Who {
    /// Returns the roles that may call the route. An empty list means that any account may.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Everybody | Self::SignedIn => &[],
            Self::Users => &[Role::User, Role::Admin],
            Self::Operators => &[Role::Operator, Role::Admin],
            Self::UsersAndAuditors => &[Role::User, Role::Auditor, Role::Admin],
            Self::UsersAndOperators => &[Role::User, Role::Operator, Role::Admin],
            Self::Readers => &[Role::Operator, Role::Auditor, Role::Admin],
            Self::Admins => &[Role::Admin],
        }
    }

    /// Returns the refusal of a caller with `role`, or without a token. `None` if the caller is allowed.
    pub fn refusal(self, role: Option<Role>) -> Option<(u16, &'static str)> {
        match (self, role) {
            (Self::Everybody, _) => None,
            (_, None) => Some((401, "UNAUTHORIZED")),
            (Self::SignedIn, Some(_)) => None,
            (who, Some(role)) => (!who.roles().contains(&role)).then_some((403, "FORBIDDEN")),
        }
    }

    pub fn is(self, access: Access) -> bool {
        match access {
            Access::Open => self == Self::Everybody,
            Access::SignedIn => self == Self::SignedIn,
            Access::Roles(roles) => !self.roles().is_empty() && roles == self.roles(),
        }
    }
}

/// Returns the allowed callers of `route`. Panics if it has no row.
pub fn expected(route: &Route) -> Who {
    let line = EXPECTED.iter().find(|(name, _)| *name == route.name);
    line.unwrap_or_else(|| panic!("{} has no line in EXPECTED: who may call it?", route.name)).1
}
