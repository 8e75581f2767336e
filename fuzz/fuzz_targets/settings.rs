//! Scenarios of any values, some legal and some not.
#![no_main]

#[path = "../../tests/played/mod.rs"]
mod played;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| drop(played::play_settings(bytes)));
