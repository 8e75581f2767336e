//! Runs the command line.

fn main() -> std::process::ExitCode {
    greenlight::cli::main().into()
}
