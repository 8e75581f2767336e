# The commands of everyday work; `just` lists them.

default:
    @just --list

# What must pass before a commit; .ci/run does the same
check:
    ./.ci/run

# The long suites, the page about them, and the licences, bans and sources of every dependency
nightly: check
    #!/usr/bin/env bash
    set -euo pipefail
    echo "run: $(date -u +%F), commit $(git rev-parse --short HEAD), $(nproc) cores, $(rustc --version)" > target/nightly.log
    GREENLIGHT_CASES=5000 cargo test --release --locked --no-fail-fast -- --include-ignored --show-output 2>&1 | tee -a target/nightly.log
    cargo test --locked
    cargo run --release --locked --example verification -- target/nightly.log
    cargo deny check licenses bans sources

# Fuzzes scenario bytes, structured scenarios and checkpoints for so many seconds each; needs a nightly toolchain, cargo-fuzz and a C++ compiler.
# Without a sanitizer: the crate forbids unsafe code, and panics are what is looked for
fuzz seconds="200":
    mkdir -p fuzz/corpus/scenario
    cargo +nightly fuzz run -s none scenario fuzz/corpus/scenario scenarios tests/corpus -- -max_total_time={{seconds}} -timeout=10 -max_len=20000
    cargo +nightly fuzz run -s none settings -- -max_total_time={{seconds}} -timeout=10
    cargo +nightly fuzz run -s none tally -- -max_total_time={{seconds}} -timeout=10

# What the lock file names, as a bill of materials: greenlight.cdx.json
sbom:
    cargo cyclonedx --version > /dev/null 2>&1 || cargo install --locked cargo-cyclonedx
    cargo cyclonedx --format json --all --override-filename greenlight.cdx

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
