//! The bytes of a scenario file: refused in clean sentences, or run to finite numbers.
#![no_main]

#[path = "../../tests/played/mod.rs"]
mod played;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let shelf = [("quiet.toml", include_str!("../../scenarios/oracles/quiet.toml"))];
    played::play(bytes, &mut played::Shelf(shelf.map(|(name, text)| (name.into(), text.into())).into()));
});
