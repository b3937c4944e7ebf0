fn main() -> Result<(), edge::StartError> {
    edge::start(&auth::register::ROUTE)
}
