//! POST /auth/login
fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    edge::start(&auth::login::ROUTE)
}
