//! POST /auth/refresh
fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    edge::start(&auth::refresh::ROUTE)
}
