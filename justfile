# The commands of everyday work; `just` lists them.

default:
    @just --list

# What must pass before a commit; .ci/run does the same
check:
    ./.ci/run

# The long suites, and the licences, bans and sources of every dependency; under an hour
nightly: check
    cargo test --release --locked -- --ignored
    cargo test --locked
    cargo deny check licenses bans sources

# How fast this machine is
bench:
    cargo bench --locked

# Draws every shipped scenario into output/
charts:
    cargo run --release --locked -- run scenarios/*.toml --out output --overwrite

# Renews the stored results; read the diff, and mark the CHANGELOG entry *value-changing*
goldens:
    GREENLIGHT_RENEW=1 cargo test --release --locked --test golden
    git diff --stat tests

# Rewrites the generated pages and the schema
docs:
    GREENLIGHT_RENEW=1 cargo test --release --locked generated
    git diff --stat docs schemas
