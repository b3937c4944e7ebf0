fn main() -> Result<(), edge::StartError> {
    edge::start(&concerts::create_concert::ROUTE)
}
