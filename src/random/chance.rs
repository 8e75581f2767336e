//! The functions that chance inside a path needs millions of times: a normal draw, `exp` and `ln`.
//!
//! Only additions, multiplications, divisions and square roots, so the bits are the same everywhere. `exp` and `ln` have
//! no branch, so lanes of paths can share them.

use crate::domain::{Row, each};

/// The logarithm of 2 in two parts, of which the first has trailing zeros: whole multiples of it are exact.
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// Half of the width of the centre of the normal quantile, where one rational function serves.
const CENTRE: f64 = 0.425;

/// [`normal_draw`] of each path: the centre of all of them first, then the tails of the few.
#[inline(always)]
pub fn normal_draws<const N: usize>(u: &Row<f64, N>) -> Row<f64, N> {
    let mut z: Row<_, N> = each(|l| centre(u[l] - 0.5));
    for l in 0..N {
        if (u[l] - 0.5).abs() > CENTRE {
            z[l] = normal_draw(u[l]);
        }
    }
    z
}

#[inline(always)]
fn centre(centred: f64) -> f64 {
    let r = 0.180625 - centred * centred;
    let top = ((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179;
    centred * top / (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1.0)
}

/// The standard normal quantile with seven digits (Wichura 1988, PPND7 of algorithm AS 241): within 2e-7 relative,
/// which moves no distribution function by more than 1e-7. Uncertain inputs use the sixteen digits of `normal_quantile`.
#[inline]
pub fn normal_draw(u: f64) -> f64 {
    let centred = u - 0.5;
    if centred.abs() <= CENTRE {
        return centre(centred);
    }
    let tail = if centred < 0.0 { u } else { 1.0 - u };
    upper_tail(tail).copysign(centred)
}

/// Where a standard normal exceeds with probability `tail`, for `tail` below 0.075.
fn upper_tail(tail: f64) -> f64 {
    let r = (-ln(tail)).sqrt();
    if r <= 5.0 {
        let r = r - 1.6;
        let top = ((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777;
        top / ((0.12021132975 * r + 0.73700164250) * r + 1.0)
    } else {
        let r = r - 5.0;
        let top = ((0.017337203997 * r + 0.42868294337) * r + 3.0812263860) * r + 6.6579051150;
        top / ((0.012258202635 * r + 0.24197894225) * r + 1.0)
    }
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
        for i in 1..200_000 {
            let u = f64::from(i) / 200_000.0;
            let exact = normal_quantile(u);
            assert!((normal_draw(u) - exact).abs() <= 2e-7 * exact.abs() + 1e-12, "{u}");
        }
        for power in 1..=52 {
            let u = libm::ldexp(1.0, -power - 1);
            assert!((normal_draw(u) / normal_quantile(u) - 1.0).abs() <= 2e-7, "{u}");
        }
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
