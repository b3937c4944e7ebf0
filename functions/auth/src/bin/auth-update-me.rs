//! PATCH /auth/me
fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    edge::start(&auth::update_me::ROUTE)
}
