fn main() -> Result<(), edge::StartError> {
    edge::start(&platform::HEALTH)
}
