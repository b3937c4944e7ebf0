# The few commands of every day; each is short enough to type without `just`.

# Start everything on 127.0.0.1:8080
up *options:
    cargo run -- up {{options}}

# Run all tests
test *filter:
    cargo test --workspace -- {{filter}}

# Write what follows from the code: documents, examples, events, entries of functions, costs (option: --all)
generate *options:
    tests/generate {{options}}

# Write the crate of a new domain, and the lines that name it: just new-domain gift-cards 'Gift cards and their balances.'
new-domain name description:
    tests/new-domain {{name}} "{{description}}"

# Lint the OpenAPI document, and compile a client of it
lint:
    tests/contract/lint

# Look for an answer that contradicts the OpenAPI document
fuzz:
    tests/fuzz/run

# Check what goes to AWS, without AWS
infra:
    tests/infra/run

# Serve the engines to functions outside the process, and write .dibs/env for them
engines:
    cargo run -- up --engines 127.0.0.1:8000 --env-file .dibs/env

# Make the zip of every function for arm64 (options: --x86-64, --only NAME)
build *options:
    terraform/build {{options}}

# Measure how long a function takes until it asks for its first event
startup *functions:
    cargo run --package dibs-tests --bin startup -- {{functions}}

# Everything that CI checks
ci:
    .ci/run
