//! Whether the system has memory to give, asked before it is needed: what is refused later cannot be told in a sentence.

use std::fs;
use std::hint::black_box;

/// Bytes that the system can still give without taking them from others, if it says so; within its control group, if that has a limit.
pub fn free_memory() -> Option<u64> {
    let number = |path: &str| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
    let told = fs::read_to_string("/proc/meminfo").ok()?;
    let kilobytes = told.lines().find_map(|line| line.strip_prefix("MemAvailable:")?.trim().strip_suffix(" kB"))?;
    let machine = kilobytes.parse::<u64>().ok()?.saturating_mul(1024);
    let [most, used] = ["max", "current"].map(|what| number(&format!("/sys/fs/cgroup/memory.{what}")));
    Some(most.map_or(machine, |most| machine.min(most.saturating_sub(used.unwrap_or(0)))))
}

/// Whether the system would give so many bytes now. They are given back untouched.
pub fn grants_memory(bytes: u64) -> bool {
    let mut ballast = Vec::<u8>::new();
    usize::try_from(bytes).is_ok_and(|bytes| ballast.try_reserve_exact(bytes).is_ok() && black_box(&ballast).capacity() >= bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_is_granted_and_more_than_any_machine_has_is_not() {
        assert!(grants_memory(1 << 20));
        assert!(!grants_memory(1 << 60));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_machine_that_runs_this_has_some_memory_left() {
        assert!(free_memory().is_some_and(|bytes| bytes > 1 << 20));
    }
}
