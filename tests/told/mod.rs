//! Figures for `docs/verification.md`: what a test has tried. `cargo test -- --show-output` shows them.

/// Tells what was tried and found.
#[allow(dead_code, clippy::print_stdout, reason = "each test file uses its own part; standard output is where the page gets it from")]
pub fn figure(text: impl std::fmt::Display) {
    println!("figure: {text}");
}
