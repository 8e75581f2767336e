# The commands of everyday work; `just` lists them.

default:
    @just --list

# What must pass before a commit; .ci/run does the same
check:
    ./.ci/run

# The long suites, and the licences, bans and sources of every dependency; under an hour
nightly: check
    GREENLIGHT_CASES=2000 cargo test --release --locked -- --include-ignored
    cargo test --locked
    cargo deny check licenses bans sources

# How fast this machine is
bench:
    cargo bench --locked

# Instructions a buyer-month, held to benches/instructions.txt; with GREENLIGHT_BLESS=1 it renews the file
instructions:
    cargo bench --locked --bench instructions

# Our speed beside NumPy, Numba, C++, SimPy, squigglepy and Squiggle; checks that they agree, and writes the table of docs/performance.md
peers *options:
    benches/peers/run.py {{options}}

# Runs every shipped scenario, with its charts, into output/
charts:
    cargo run --release --locked -- run scenarios/*.toml --overwrite

# Draws docs/gallery.md and its pictures again
gallery:
    cargo run --release --locked --example gallery

# Renews the stored results and the generated pages; read the diff, and mark the CHANGELOG entry *value-changing* if a number moved
goldens:
    GREENLIGHT_BLESS=1 cargo test --release --locked
    git diff --stat
