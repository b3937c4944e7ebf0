//! GET /.well-known/jwks.json
fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    edge::start(&auth::jwks::ROUTE)
}
