//! DELETE /auth/me
fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    edge::start(&auth::close_me::ROUTE)
}
