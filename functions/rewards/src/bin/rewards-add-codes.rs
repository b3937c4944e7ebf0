fn main() -> Result<(), edge::StartError> {
    edge::start(&rewards::add_codes::ROUTE)
}
