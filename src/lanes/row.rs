//! One value for each of `N` paths that are simulated side by side: a row of a block.
//!
//! A loop over a row is what the compiler turns into vector instructions. With `N` = 1 the same code is the plain form of
//! the model, one path at a time.

use std::ops::{AddAssign, Index, IndexMut, SubAssign};

/// A value for each path of a block.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(transparent)]
pub struct Row<T, const N: usize>(pub [T; N]);

/// The row whose values are `of` each path.
#[inline(always)]
pub fn each<T: Copy + Default, const N: usize>(of: impl Fn(usize) -> T) -> Row<T, N> {
    let mut row = Row::default();
    for l in 0..N {
        row.0[l] = of(l);
    }
    row
}

/// Whether anything is so in any path.
#[inline(always)]
pub fn any<const N: usize>(so: impl Fn(usize) -> bool) -> bool {
    let mut found = false;
    for l in 0..N {
        found |= so(l);
    }
    found
}

/// Does something in the few paths in which something is so, in order. They are looked for eight at a time.
#[inline(always)]
pub fn in_few<const N: usize>(so: impl Fn(usize) -> bool, mut act: impl FnMut(usize)) {
    for first in (0..N).step_by(8) {
        let eight = first..N.min(first + 8);
        if eight.clone().fold(false, |found, l| found | so(l)) {
            eight.filter(|l| so(*l)).for_each(&mut act);
        }
    }
}

impl<T: Copy, const N: usize> Row<T, N> {
    /// The same value in every path.
    #[inline(always)]
    pub fn all(value: T) -> Self {
        Self([value; N])
    }
}

impl<T: Copy + Default, const N: usize> Default for Row<T, N> {
    #[inline(always)]
    fn default() -> Self {
        Self([T::default(); N])
    }
}

impl<T, const N: usize> Index<usize> for Row<T, N> {
    type Output = T;
    #[inline(always)]
    fn index(&self, path: usize) -> &T {
        &self.0[path]
    }
}

impl<T, const N: usize> IndexMut<usize> for Row<T, N> {
    #[inline(always)]
    fn index_mut(&mut self, path: usize) -> &mut T {
        &mut self.0[path]
    }
}

impl<T: Copy + AddAssign, const N: usize> AddAssign for Row<T, N> {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        for l in 0..N {
            self.0[l] += other.0[l];
        }
    }
}

impl<T: Copy + SubAssign, const N: usize> SubAssign for Row<T, N> {
    #[inline(always)]
    fn sub_assign(&mut self, other: Self) {
        for l in 0..N {
            self.0[l] -= other.0[l];
        }
    }
}
