//! GET /auth/users
fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    edge::start(&auth::list_users::ROUTE)
}
