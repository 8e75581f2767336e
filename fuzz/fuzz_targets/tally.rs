//! What a checkpoint holds, with its digest made right: refused, or read.
#![no_main]

#[path = "../../tests/played/mod.rs"]
mod played;

use greenlight::stats::TallyShape;
use std::sync::LazyLock;

static SHAPE: LazyLock<TallyShape> = LazyLock::new(|| played::tally().1);

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| drop(played::play_tally(bytes, true, &SHAPE)));
