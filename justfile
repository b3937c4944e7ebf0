# The few commands of every day; each is short enough to type without `just`.

# Start everything on 127.0.0.1:8080
up *options:
    cargo run -- up {{options}}

# Run all tests
test *filter:
    cargo test --workspace -- {{filter}}

# Write the OpenAPI document that the routes make
openapi:
    cargo run --quiet -- openapi > target/openapi.json
    mv target/openapi.json functions/platform/openapi.json

# Record the examples of the OpenAPI document from the local stack, then write the document
examples:
    DIBS_WRITE_EXAMPLES=1 cargo test --quiet --workspace --test all -- examples_are
    just openapi

# Write the lists of operations in docs/errors
errors:
    DIBS_WRITE_ERROR_PAGES=1 cargo test --quiet --workspace --test all -- page_of_a_code

# Lint the OpenAPI document, and compile a client of it
lint:
    tests/contract/lint

# Look for an answer that contradicts the OpenAPI document
fuzz:
    tests/fuzz/run

# Check what goes to AWS, without AWS
infra:
    tests/infra/run

# Write the tables and queues that Terraform makes, as schema.rs defines them
schema:
    cargo run --quiet -- schema > target/schema.json
    mv target/schema.json terraform/schema.json

# Write template.yaml from terraform/functions.json and schema.json, once `just infra` has made the venv
template:
    target/infra/venv/bin/python tests/infra/template.py

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
