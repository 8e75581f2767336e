//! The month loop allocates nothing: a world is drawn, and all its paths are played in the memory that a workspace has.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use allocation_counter::measure;
use greenlight::analysis::shape;
use greenlight::io::scenario_files::load;
use greenlight::model::{Audit, LANES, Model};
use greenlight::stats::Recorder;
use std::path::Path;

const WORLDS: u64 = 50;
const BLOCK: u64 = LANES as u64;

fn model(name: &str) -> Model {
    Model::new(load(Path::new(name), &[]).unwrap(), Audit::EachMonth).unwrap()
}

/// Shipped scenarios that between them use every rule that the baseline does not.
fn models() -> impl Iterator<Item = Model> {
    ["baseline-dec-2025", "as-known-2026-02-01", "full-prepayment", "hong-kong-corridor", "quiet-buying"]
        .into_iter()
        .map(|name| model(&format!("scenarios/{name}.toml")))
}

/// Allocations of some work on this thread.
fn allocations(work: impl FnOnce()) -> u64 {
    measure(work).count_total
}

#[test]
fn the_counter_counts() {
    // A count that is always zero would prove nothing.
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![1_u8]))), 1);
}

#[test]
fn blocks_of_a_world_allocate_nothing_whether_written_down_or_not() {
    for model in models() {
        let mut workspace = model.workspace();
        let mut records = vec![model.blank_record(); LANES];
        // The plain form has lists of its own.
        model.simulate(0, 0, &mut workspace).unwrap();
        for world in 0..WORLDS {
            // The first block draws the world.
            model.simulate_block(world, 0..BLOCK, &mut workspace, &mut ()).unwrap();
            let more = allocations(|| {
                model.simulate_block(world, BLOCK..2 * BLOCK, &mut workspace, &mut ()).unwrap();
                model.simulate_block(world, 2 * BLOCK..2 * BLOCK + 20, &mut workspace, &mut records).unwrap();
                model.simulate(world, 0, &mut workspace).unwrap();
            });
            assert_eq!(more, 0, "{}, world {world}", model.scenario().name);
        }
    }
}

#[test]
fn a_new_world_allocates_what_drawing_it_takes_and_no_more() {
    for model in models() {
        let mut workspace = model.workspace();
        model.simulate_block(0, 0..BLOCK, &mut workspace, &mut ()).unwrap();
        for world in 1..WORLDS {
            let drawing = allocations(|| drop(model.world(world)));
            let playing = allocations(|| model.simulate_block(world, 0..BLOCK, &mut workspace, &mut ()).unwrap());
            assert_eq!(playing, drawing, "{}, world {world}", model.scenario().name);
        }
    }
}

#[test]
fn the_recorder_allocates_only_where_its_tables_widen() {
    // A histogram covers the bins seen so far, so it widens when a value falls outside: often at first, and then hardly ever.
    let model = model("scenarios/baseline-dec-2025.toml");
    let mut workspace = model.workspace();
    let mut recorder = Recorder::new(shape(model.layout(), BLOCK));
    let mut count = |worlds: std::ops::Range<u64>| {
        let all = allocations(|| {
            for world in worlds.clone() {
                recorder.open_block(world, 0, LANES).unwrap();
                model.simulate_block(world, 0..BLOCK, &mut workspace, &mut recorder).unwrap();
                recorder.close_block().unwrap();
            }
        });
        all - worlds.map(|world| allocations(|| drop(model.world(world)))).sum::<u64>()
    };
    let (first, later) = (count(0..WORLDS), count(WORLDS..2 * WORLDS));
    // A block writes some six thousand rows down. One allocation for a hundred of them is already rare.
    assert!(later < first && later < WORLDS * 60, "{first} allocations in the first worlds, then {later}");
}
