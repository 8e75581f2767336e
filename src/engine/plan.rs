//! Which paths make up a block: a function of the size of the run alone, never of the machine.

use std::ops::Range;

/// A block has about this many paths.
pub const BLOCK_PATHS: u64 = 256;
/// Worlds with more paths than this are split over blocks.
pub const WHOLE_WORLD_PATHS: u64 = 4096;

/// The paths `paths` of each of the worlds `worlds`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub worlds: Range<u64>,
    pub paths: Range<u64>,
}

/// Cuts a run into blocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    worlds: u64,
    paths_per_world: u64,
}

impl Plan {
    pub fn new(worlds: u64, paths_per_world: u64) -> Self {
        Self { worlds, paths_per_world }
    }

    /// Number of paths.
    pub fn paths(self) -> u64 {
        self.worlds.saturating_mul(self.paths_per_world)
    }

    /// Whether the paths of one world lie in several blocks.
    pub fn splits_worlds(self) -> bool {
        self.paths_per_world > WHOLE_WORLD_PATHS
    }

    /// The block at a position, in the order of paths; `None` after the last.
    pub fn block(self, index: u64) -> Option<Block> {
        if self.paths_per_world == 0 {
            return None;
        }
        if self.splits_worlds() {
            let per_world = self.paths_per_world.div_ceil(BLOCK_PATHS);
            let (world, part) = (index / per_world, index % per_world);
            let paths = part * BLOCK_PATHS..self.paths_per_world.min((part + 1) * BLOCK_PATHS);
            return (world < self.worlds).then(|| Block { worlds: world..world + 1, paths });
        }
        let worlds_per_block = self.worlds_per_block();
        let first = index.checked_mul(worlds_per_block)?;
        let worlds = first..self.worlds.min(first.saturating_add(worlds_per_block));
        (first < self.worlds).then_some(Block { worlds, paths: 0..self.paths_per_world })
    }

    /// The position of the block that begins after so many paths, or at the end that of the first missing one; `None` inside a block.
    pub fn block_after(self, paths: u64) -> Option<u64> {
        let per_world = self.paths_per_world.max(1);
        if self.splits_worlds() {
            let (world, rest) = (paths / per_world, paths % per_world);
            let begins = paths <= self.paths() && rest.is_multiple_of(BLOCK_PATHS);
            return begins.then(|| world * per_world.div_ceil(BLOCK_PATHS) + rest / BLOCK_PATHS);
        }
        let size = self.worlds_per_block() * per_world;
        let begins = paths == self.paths() || paths < self.paths() && paths.is_multiple_of(size);
        begins.then(|| paths.div_ceil(size))
    }

    fn worlds_per_block(self) -> u64 {
        (BLOCK_PATHS / self.paths_per_world.max(1)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_every_path_once_and_in_order() {
        for (worlds, paths_per_world) in [(0, 5), (1, 1), (1000, 50), (513, 1), (3, 300), (2, 4096), (3, 4097), (1, 10_000)] {
            let plan = Plan::new(worlds, paths_per_world);
            let mut next = 0;
            for block in (0..).map_while(|index| plan.block(index)) {
                for world in block.worlds {
                    for path in block.paths.clone() {
                        assert_eq!(world * paths_per_world + path, next);
                        next += 1;
                    }
                }
            }
            assert_eq!(next, plan.paths());
        }
    }

    #[test]
    fn the_block_after_so_many_paths_is_found_and_only_where_one_begins() {
        for (worlds, paths_per_world) in [(0, 5), (1, 1), (60, 50), (513, 1), (3, 300), (2, 4097)] {
            let plan = Plan::new(worlds, paths_per_world);
            let mut begins = vec![0];
            for block in (0..).map_while(|index| plan.block(index)) {
                let paths = (block.worlds.end - block.worlds.start) * (block.paths.end - block.paths.start);
                begins.push(begins[begins.len() - 1] + paths);
            }
            for paths in 0..=plan.paths() + 1 {
                assert_eq!(plan.block_after(paths), begins.iter().position(|begin| *begin == paths).map(|index| index as u64), "{paths}");
            }
        }
    }

    #[test]
    fn small_worlds_share_a_block_and_large_ones_are_split() {
        // 256 / 50 = 5 whole worlds.
        assert_eq!(Plan::new(1000, 50).block(1), Some(Block { worlds: 5..10, paths: 0..50 }));
        // 4097 = 16 × 256 + 1: the seventeenth block of a world has one path.
        assert_eq!(Plan::new(2, 4097).block(16), Some(Block { worlds: 0..1, paths: 4096..4097 }));
        assert_eq!(Plan::new(2, 4097).block(17), Some(Block { worlds: 1..2, paths: 0..256 }));
        assert_eq!(Plan::new(2, 4097).block(34), None);
    }
}
