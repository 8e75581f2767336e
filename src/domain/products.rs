//! The accelerators and how they compare (`model.md` section 1).
//!
//! TPP, total processing performance, is the measure of the US rule: dense 8-bit TFLOPS times 8.

/// TPP of one H200; Reuters, 9 December 2025, and Tencent Technology, 24 December 2025.
pub const H200_TPP: f64 = 15_832.0;
/// TPP of one H20; same sources. The ratio to the H200 is 6.69, reported as "nearly six times".
pub const H20_TPP: f64 = 2_368.0;
/// TPP of one Ascend 910C; Reuters, 9 December 2025.
pub const ASCEND_910C_TPP: f64 = 12_032.0;
/// TPP of one H100, equal to the H200's: they differ in memory, not in arithmetic.
pub const H100_TPP: f64 = 15_832.0;
/// Dense 16-bit FLOP a second of one H200 (`model.md` section 6).
pub const H200_FLOP_PER_SECOND: f64 = 989.5e12;
/// Seconds in an average month (`model.md` section 6).
pub const SECONDS_PER_MONTH: f64 = 2.628e6;
/// H20s that equal one H200 as reported ("nearly six times"); Reuters, 10 December 2025.
pub const H20_PER_H200_REPORTED: f64 = 6.0;
