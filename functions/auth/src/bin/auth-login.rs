fn main() -> Result<(), edge::StartError> {
    edge::start(&auth::login::ROUTE)
}
