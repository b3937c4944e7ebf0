//! GET /auth/users/{id}
fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    edge::start(&auth::read_user::ROUTE)
}
