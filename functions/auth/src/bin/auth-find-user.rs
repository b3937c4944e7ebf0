//! GET /auth/users/email
fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    edge::start(&auth::find_user::ROUTE)
}
