fn main() -> Result<(), edge::StartError> {
    edge::start_worker(&workers::EXPIRE_HOLDS)
}
