fn main() -> Result<(), edge::StartError> {
    edge::start(&auth::set_status::ROUTE)
}
