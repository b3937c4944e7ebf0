//! POST /auth/logout
fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    edge::start(&auth::logout::ROUTE)
}
