fn main() -> Result<(), edge::StartError> {
    edge::start(&concerts::read_concert::ROUTE)
}
