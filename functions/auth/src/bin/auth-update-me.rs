fn main() -> Result<(), edge::StartError> {
    edge::start(&auth::update_me::ROUTE)
}
