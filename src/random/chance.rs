//! The functions that chance inside a path needs millions of times: a normal draw, `exp` and `ln`.
//!
//! Only additions, multiplications, divisions and square roots, so the bits are the same everywhere. `exp` and `ln` have
//! no branch, so lanes of paths can share them.

use crate::lanes::{Row, each, in_few};

/// The logarithm of 2 in two parts, of which the first has trailing zeros: whole multiples of it are exact.
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// Half of the width of the centre of the normal quantile, where one rational function serves.
const CENTRE: f64 = 0.49;

/// The standard normal quantile within 3e-8 relative, which moves no distribution function by more than 1e-8. The
/// rational functions were fitted to forty digits (least maximal error, 2.7e-8 in the centre, 2e-10 in the tails).
/// Uncertain inputs use the sixteen digits of `normal_quantile`.
#[inline]
pub fn normal_draw(u: f64) -> f64 {
    normal_draws(&Row([u]))[0]
}

/// [`normal_draw`] of each path: the centre of all of them first, then the tails of the few.
#[inline(always)]
pub fn normal_draws<const N: usize>(u: &Row<f64, N>) -> Row<f64, N> {
    let mut z = each(|l| centre(u[l] - 0.5));
    in_few::<N>(|l| is_tail(u[l]), |l| z[l] = tail(u[l]));
    z
}

#[inline(always)]
fn is_tail(u: f64) -> bool {
    (u - 0.5).abs() > CENTRE
}

#[inline(always)]
fn centre(q: f64) -> f64 {
    let s = q * q;
    let top = ((((-73.886_237_515_13 * s + 326.753_395_034_059_4) * s - 356.513_653_056_318_9) * s + 161.422_682_355_537_38) * s
        - 32.916_356_826_927_68)
        * s
        + 2.506_628_340_685_666;
    let bottom = ((((-90.571_353_118_442_38 * s + 228.573_258_887_280_73) * s - 196.390_914_919_562_1) * s + 76.943_114_554_414_82) * s
        - 14.178_916_148_048_034)
        * s
        + 1.0;
    q * top / bottom
}

/// Where a standard normal lies that falls short of `u`, or passes it, with less than a hundredth's probability.
#[inline(never)]
fn tail(u: f64) -> f64 {
    let tail = if u < 0.5 { u } else { 1.0 - u };
    let r = (-ln(tail)).sqrt();
    let top = (((0.597_163_566_933_320_8 * r + 4.974_046_002_774_749) * r + 5.160_998_058_138_755) * r - 4.641_793_193_587_701) * r
        - 2.868_233_747_674_183_4;
    let bottom = ((0.422_145_983_084_508_94 * r + 3.526_030_520_065_791) * r + 4.597_467_157_411_175) * r + 1.0;
    (top / bottom).copysign(u - 0.5)
}

/// The standard normal distribution function within 2e-15 (Hart 1968, algorithm 5666, as in West 2005), without a branch.
#[inline(always)]
pub fn normal_chance(x: f64) -> f64 {
    let y = x.abs();
    let top = (((((0.035_262_496_599_891_1 * y + 0.700_383_064_443_688) * y + 6.373_962_203_531_65) * y + 33.912_866_078_383) * y
        + 112.079_291_497_871)
        * y
        + 221.213_596_169_931)
        * y
        + 220.206_867_912_376;
    let bottom = ((((((0.088_388_347_648_318_4 * y + 1.755_667_163_182_64) * y + 16.064_177_579_207) * y + 86.780_732_202_946_1) * y
        + 296.564_248_779_674)
        * y
        + 637.333_633_378_831)
        * y
        + 793.826_512_519_948)
        * y
        + 440.413_735_824_752;
    let beyond = exp(-0.5 * y * y) * top / bottom;
    if x > 0.0 { 1.0 - beyond } else { beyond }
}

/// `e^x` within one part in 10^15, for -708 to 709; beyond, the nearest end's value.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    // 1.5 × 2^52: adding it rounds to the nearest integer and leaves that in the last bits.
    const SHIFTER: f64 = 6_755_399_441_055_744.0;
    let below = if x < 709.0 { x } else { 709.0 };
    let x = if below > -708.0 { below } else { -708.0 };
    let shifted = x * std::f64::consts::LOG2_E + SHIFTER;
    let octaves = shifted - SHIFTER;
    let r = (x - octaves * LN2_HIGH) - octaves * LN2_LOW;
    // The Taylor series to r^13 / 13!, |r| <= 0.347: the rest is below 5e-18. In pairs, so that they run side by side.
    let (r2, r4) = (r * r, (r * r) * (r * r));
    let low = (1.0 + r) + (0.5 + r * (1.0 / 6.0)) * r2;
    let middle = (1.0 / 24.0 + r * (1.0 / 120.0)) + (1.0 / 720.0 + r * (1.0 / 5_040.0)) * r2;
    let high = (1.0 / 40_320.0 + r * (1.0 / 362_880.0)) + (1.0 / 3_628_800.0 + r * (1.0 / 39_916_800.0)) * r2;
    let last = 1.0 / 479_001_600.0 + r * (1.0 / 6_227_020_800.0);
    let series = low + (middle + (high + last * r4) * r4) * r4;
    let scale = (shifted.to_bits().wrapping_sub(SHIFTER.to_bits()).wrapping_add(1023)) << 52;
    series * f64::from_bits(scale)
}

/// The natural logarithm within two parts in 10^15, for positive numbers of ordinary size (above 1e-300).
#[inline(always)]
pub fn ln(x: f64) -> f64 {
    /// The bits of the square root of one half: mantissas are taken from there to the square root of two.
    const ROOT_HALF: u64 = 0x3FE6_A09E_667F_3BCD;
    let octaves = (x.to_bits().wrapping_sub(ROOT_HALF) as i64) >> 52;
    let rest = f64::from_bits(x.to_bits().wrapping_sub((octaves as u64) << 52)) - 1.0;
    // ln(1 + f) = 2 artanh(f / (2 + f)), |f / (2 + f)| <= 0.172: terms beyond z^10 / 21 are below 1e-17.
    let s = rest / (2.0 + rest);
    let z = s * s;
    let z2 = z * z;
    let low = (1.0 / 3.0 + z * (1.0 / 5.0)) + (1.0 / 7.0 + z * (1.0 / 9.0)) * z2;
    let high = (1.0 / 11.0 + z * (1.0 / 13.0)) + (1.0 / 15.0 + z * (1.0 / 17.0)) * z2;
    let last = 1.0 / 19.0 + z * (1.0 / 21.0);
    let series = low + (high + last * (z2 * z2)) * (z2 * z2);
    let octaves = octaves as f64;
    octaves * LN2_HIGH + (2.0 * s + (2.0 * s * z * series + octaves * LN2_LOW))
}

/// `x^y` for positive `x`: a few parts in 10^15 while the result is of ordinary size.
#[inline(always)]
pub fn power(x: f64, y: f64) -> f64 {
    if y == 0.0 || x == 1.0 { 1.0 } else { exp(y * ln(x)) }
}

#[cfg(test)]
mod tests {
    use super::super::special::normal_quantile;
    use super::*;

    #[test]
    fn draws_agree_with_the_sixteen_digit_quantile() {
        for i in 1..400_000 {
            let u = f64::from(i) / 400_000.0;
            let exact = normal_quantile(u);
            assert!((normal_draw(u) - exact).abs() <= 3e-8 * exact.abs() + 1e-15, "{u}");
        }
        for power in 1..=52 {
            for u in [libm::ldexp(1.0, -power - 1), 1.0 - libm::ldexp(1.0, -power - 1)] {
                assert!((normal_draw(u) / normal_quantile(u) - 1.0).abs() <= 3e-8, "{u}");
            }
        }
    }

    #[test]
    fn the_chance_agrees_with_the_complementary_error_function() {
        for i in -40_000..40_000 {
            let x = f64::from(i) * 2e-4;
            assert!((normal_chance(x) - 0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)).abs() < 2e-15, "{x}");
        }
        assert!(normal_chance(-50.0) < 1e-300 && normal_chance(50.0) == 1.0);
    }

    #[test]
    fn a_higher_draw_gives_a_higher_normal_up_to_its_digits() {
        let draws: Vec<f64> = (0..100_000).map(|i| normal_draw((f64::from(i) + 0.5) / 100_000.0)).collect();
        assert!(draws.is_sorted());
    }

    #[test]
    fn the_exponential_has_fifteen_digits() {
        // Second opinion: libm, which is within one unit in the last place.
        for i in -70_000..70_000 {
            let x = f64::from(i) * 0.0101;
            if x.abs() < 700.0 {
                assert!((exp(x) / libm::exp(x) - 1.0).abs() < 1e-15, "{x}");
            }
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(1e9).is_finite() && exp(-1e9) > 0.0);
    }

    #[test]
    fn the_logarithm_has_fifteen_digits() {
        // Second opinion: libm, which is within one unit in the last place.
        for i in 1..200_000 {
            let x = f64::from(i) * 0.0137;
            for x in [x, 1.0 / x, x * 1e-200, 1.0 + x * 1e-6] {
                assert!((ln(x) - libm::log(x)).abs() <= 2e-15 * libm::log(x).abs(), "{x}");
            }
        }
        assert_eq!(ln(1.0), 0.0);
    }

    #[test]
    fn powers_of_one_and_to_nothing_are_exact() {
        assert_eq!(power(1.0, 0.8), 1.0);
        assert_eq!(power(7.0, 0.0), 1.0);
        assert!((power(2.0, 10.0) / 1024.0 - 1.0).abs() < 1e-14);
    }
}
