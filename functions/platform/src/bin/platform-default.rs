fn main() -> Result<(), edge::StartError> {
    edge::start_default(platform::DOCUMENT)
}
