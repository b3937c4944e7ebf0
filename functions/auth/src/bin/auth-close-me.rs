fn main() -> Result<(), edge::StartError> {
    edge::start(&auth::close_me::ROUTE)
}
