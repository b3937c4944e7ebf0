fn main() -> Result<(), edge::StartError> {
    edge::start(&platform::OPENAPI)
}
