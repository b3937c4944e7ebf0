fn main() -> Result<(), edge::StartError> {
    edge::start(&deals::create_product::ROUTE)
}
