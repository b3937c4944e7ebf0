//! GET /auth/me
fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    edge::start(&auth::read_me::ROUTE)
}
