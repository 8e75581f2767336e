//! Tests of distributions against SciPy 1.17 (metalogs: mpmath with 30 digits) and `model.md` O28.

use super::distribution::{Distribution, DistributionError};

/// The probabilities of the quantiles below.
const GRID: [f64; 7] = [1e-12, 0.001, 0.1, 0.5, 0.9, 0.999, 1.0 - 1e-12];

/// A distribution with its quantiles on the grid, mean and standard deviation.
type Reference = (Result<Distribution, DistributionError>, [f64; 7], f64, f64);

fn assert_near(what: &str, found: f64, expected: f64, tolerance: f64) {
    assert!(found == expected || (found - expected).abs() <= tolerance, "{what}: {found} instead of {expected}");
}

#[test]
fn quantiles_agree_with_scipy() {
    for (distribution, quantiles, ..) in references() {
        let distribution = distribution.unwrap();
        // Eleven digits of the value, or thirteen of the distance between the 10% and 90% quantiles.
        let spread = quantiles[4] - quantiles[2];
        for (u, expected) in GRID.into_iter().zip(quantiles) {
            assert_near(&format!("{distribution} at {u}"), distribution.quantile(u), expected, 1e-11 * expected.abs() + 1e-13 * spread);
        }
    }
}

#[test]
fn moments_agree_with_scipy() {
    for (distribution, _, mean, std_dev) in references() {
        let distribution = distribution.unwrap();
        assert_near(&format!("mean of {distribution}"), distribution.mean(), mean, 1e-11 * (mean.abs() + std_dev));
        assert_near(&format!("standard deviation of {distribution}"), distribution.std_dev(), std_dev, 1e-10 * std_dev);
    }
}

#[test]
fn the_distribution_function_undoes_the_quantile() {
    for (distribution, ..) in references() {
        let distribution = distribution.unwrap();
        let (mut last, ends) = (f64::NEG_INFINITY, distribution.support());
        for k in 1..1000 {
            let u = f64::from(k) / 1000.0;
            let x = distribution.quantile(u);
            assert!(x >= last && x >= ends.0 && x <= ends.1, "{distribution} at {u}: {x} after {last}");
            last = x;
            if (x - ends.0).abs() < f64::MIN_POSITIVE || x == ends.1 {
                continue; // A quantile of Beta(0.001, 0.002) is often too small for a number.
            }
            // One unit in the last place of x moves the probability by the density times that unit.
            let back = distribution.cdf(x);
            let unit = distribution.cdf(x.next_up()) - distribution.cdf(x.next_down());
            assert!((back - u).abs() <= 1e-11 + 4.0 * unit, "{distribution} at {u}: {x} has {back}");
        }
    }
}

#[test]
fn input_shapes_of_model_o28() {
    let lognormal = Distribution::lognormal(100_000.0, 800_000.0).unwrap();
    assert_near("median", lognormal.quantile(0.5), 282_843.0, 0.5);
    assert_near("mean", lognormal.mean(), 393_072.0, 0.5);
    let metalog = Distribution::metalog(100_000.0, 350_000.0, 800_000.0, 0.0, f64::INFINITY).unwrap();
    for (u, expected) in [(0.01, 23_052.0), (0.1, 100_000.0), (0.5, 350_000.0), (0.9, 800_000.0), (0.99, 1_783_875.0)] {
        assert_near("metalog", metalog.quantile(u), expected, 0.5);
    }
    assert_near("mean", metalog.mean(), 427_961.0, 0.5);
    let pert = Distribution::pert(0.5, 0.8, 0.95).unwrap();
    assert_near("mean", pert.mean(), 0.775, 1e-12);
    assert_near("variance", pert.std_dev() * pert.std_dev(), 0.006875, 1e-12);
    let (alpha, beta) = (11.0 / 3.0, 7.0 / 3.0);
    assert_near("shapes", Distribution::beta(alpha, beta, 0.5, 0.95).unwrap().quantile(0.3), pert.quantile(0.3), 1e-14);
}

#[test]
fn truncation_is_conditioning_and_never_clipping() {
    let whole = Distribution::normal(50_000.0, 20_000.0).unwrap();
    let cut = whole.clone().truncated(40_000.0, 90_000.0).unwrap();
    // scipy.stats.truncnorm(-0.5, 2, 50000, 20000)
    for (u, expected) in [(0.001, TRUNCATED[0]), (0.5, TRUNCATED[1]), (0.999, TRUNCATED[2])] {
        assert_near("truncated normal", cut.quantile(u), expected, 1e-7);
    }
    assert_near("mean", cut.mean(), TRUNCATED[3], 1e-6);
    assert_near("standard deviation", cut.std_dev(), TRUNCATED[4], 1e-6);
    assert_near("distribution function", cut.cdf(60_000.0), TRUNCATED[5], 1e-13);
    assert_eq!((cut.cdf(39_999.0), cut.cdf(90_000.0), cut.support()), (0.0, 1.0, (40_000.0, 90_000.0)));
}

#[test]
fn truncation_keeps_its_digits_nine_standard_deviations_out() {
    let cut = Distribution::normal(0.0, 1.0).unwrap().truncated(9.0, 10.0).unwrap();
    // mpmath, 40 digits
    assert_near("median", cut.quantile(0.5), FAR_OUT[0], 1e-10);
    assert_near("mean", cut.mean(), FAR_OUT[1], 1e-10);
    assert_near("half", cut.cdf(cut.quantile(0.5)), 0.5, 1e-10);
}

#[test]
fn a_truncated_triangle_has_its_kink_where_it_belongs() {
    let cut = Distribution::triangular(0.0, 0.4, 1.0).unwrap().truncated(0.2, 0.9).unwrap();
    // Density 5x below 0.4 and 10 (1 - x) / 3 above. Between 0.2 and 0.9: mass 0.3 + 0.5833333 = 0.8833333,
    // first moment 0.0933333 + 0.3444444 = 0.4377778, second 0.03 + 0.2134722 = 0.2434722.
    let (mean, second) = (0.437_777_777_777_777_8 / 0.883_333_333_333_333_3, 0.243_472_222_222_222_2 / 0.883_333_333_333_333_3);
    assert_near("mean", cut.mean(), mean, 1e-9);
    assert_near("standard deviation", cut.std_dev(), f64::sqrt(second - mean * mean), 1e-9);
}

#[test]
fn a_choice_draws_its_values_in_rising_order() {
    let months = Distribution::choice(&[(9.0, 0.4), (5.0, 0.2), (7.0, 0.3), (11.0, 0.1), (99.0, 0.0)]).unwrap();
    assert!(months.is_discrete());
    let drawn = [0.1, 0.2, 0.21, 0.49, 0.51, 0.89, 0.91, 0.999].map(|u| months.quantile(u));
    assert_eq!(drawn, [5.0, 5.0, 7.0, 7.0, 9.0, 9.0, 11.0, 11.0]);
    // Mean 1 + 2.1 + 3.6 + 1.1; variance 0.2 x 2.8^2 + 0.3 x 0.8^2 + 0.4 x 1.2^2 + 0.1 x 3.2^2.
    assert_near("mean", months.mean(), 7.8, 1e-12);
    assert_near("variance", months.std_dev() * months.std_dev(), 3.36, 1e-12);
    assert_near("cdf", months.cdf(8.0), 0.5, 1e-12);
    assert_eq!(months.support(), (5.0, 11.0));
    let cut = months.truncated(6.0, 9.0).unwrap();
    assert_eq!((cut.support(), cut.quantile(3.0 / 7.0 - 1e-9), cut.quantile(3.0 / 7.0 + 1e-9)), ((7.0, 9.0), 7.0, 9.0));
}

#[test]
fn an_empirical_distribution_draws_only_values_of_the_file() {
    let file = [(3.0, 1.0), (1.0, 1.0), (2.0, 2.0), (3.0, 1.0)];
    let sample = Distribution::empirical(&file).unwrap();
    for k in 1..1000 {
        let u = f64::from(k) / 1000.0;
        let expected = if u <= 0.2 {
            1.0
        } else if u <= 0.6 {
            2.0
        } else {
            3.0
        };
        assert_eq!(sample.quantile(u), expected);
    }
    assert_eq!((sample.cdf(0.9), sample.cdf(1.0), sample.cdf(2.5), sample.cdf(3.0)), (0.0, 0.2, 0.6, 1.0));
    assert_near("mean", sample.mean(), 2.2, 1e-12);
}

#[test]
fn ends_of_the_unit_interval_give_the_ends_of_the_support() {
    for (distribution, ..) in references() {
        let distribution = distribution.unwrap();
        assert_eq!((distribution.quantile(0.0), distribution.quantile(1.0)), distribution.support(), "{distribution}");
    }
}

#[test]
fn numbers_that_make_no_distribution_are_refused_with_the_rule() {
    const NAN: f64 = f64::NAN;
    const INF: f64 = f64::INFINITY;
    let normal = || Distribution::normal(0.0, 1.0).unwrap();
    let cases = [
        (Distribution::uniform(2.0, 2.0), "min must lie below max"),
        (Distribution::uniform(NAN, 2.0), "min is NaN"),
        (Distribution::uniform(-1e308, 1e308), "too wide"),
        (Distribution::pert(0.3, 0.15, 0.5), "the mode 0.15 must lie between min 0.3 and max 0.5"),
        (Distribution::pert(0.1, NAN, 0.5), "mode is NaN"),
        (Distribution::pert(0.3, 0.3, 0.3), "min must lie below max"),
        (Distribution::triangular(0.0, 1.5, 1.0), "the mode 1.5"),
        (Distribution::normal(0.0, 0.0), "std_dev is 0: it must be above 0"),
        (Distribution::normal(INF, 1.0), "mean is inf"),
        (Distribution::lognormal(0.0, 1.0), "p10 is 0: it must be above 0"),
        (Distribution::lognormal(8.0, 1.0), "p10 must lie below p90"),
        (Distribution::lognormal(1.0, NAN), "p90 is NaN"),
        (Distribution::metalog(0.0, 1.0, 10.0, -INF, INF), "no metalog has these quantiles"),
        (Distribution::metalog(1.0, 2.0, 2.0, -INF, INF), "p50 must lie below p90"),
        (Distribution::metalog(1.0, 2.0, 3.0, 1.0, INF), "lower must lie below p10"),
        (Distribution::metalog(1.0, 2.0, 3.0, 0.0, 3.0), "p90 must lie below upper"),
        (Distribution::metalog(1.0, 2.0, 3.0, NAN, INF), "lower is NaN"),
        (Distribution::beta(0.0, 1.0, 0.0, 1.0), "alpha is 0: the shapes of a beta lie in 0.001..="),
        (Distribution::beta(1.0, NAN, 0.0, 1.0), "beta is NaN"),
        (Distribution::choice(&[(1.0, 0.5), (2.0, 0.499)]), "the weights sum to 0.999: they must sum to 1"),
        (Distribution::choice(&[(1.0, 1.5), (2.0, -0.5)]), "a weight is -0.5"),
        (Distribution::choice(&[]), "no value has a weight"),
        (Distribution::choice(&[(NAN, 1.0)]), "a value is NaN"),
        (Distribution::empirical(&[(1.0, 0.0)]), "no value has a weight"),
        (Distribution::empirical(&[(1.0, INF)]), "a weight is inf"),
        (Distribution::empirical(&[(1.0, 1e308), (2.0, 1e308)]), "the sum of the weights is inf"),
        (normal().truncated(1.0, NAN), "the first bound must not exceed the second"),
        (normal().truncated(1.0, 0.0), "the first bound must not exceed the second"),
        (normal().truncated(50.0, 60.0), "truncation from 50 to 60 leaves no probability"),
        (Distribution::uniform(0.0, 1.0).unwrap().truncated(1.0, 3.0), "leaves no probability"),
        (normal().truncated(0.0, 1.0).unwrap().truncated(2.0, 3.0), "leaves no probability"),
        (Distribution::choice(&[(5.0, 1.0)]).unwrap().truncated(6.0, 7.0), "leaves no probability"),
    ];
    for (index, (result, rule)) in cases.into_iter().enumerate() {
        let message = result.expect_err(rule).to_string();
        assert!(message.contains(rule), "case {index}: {message}");
    }
}

#[test]
fn a_refused_metalog_names_medians_that_work() {
    let refused = Distribution::metalog(1.0, 90.0, 100.0, 0.0, f64::INFINITY);
    let Err(DistributionError::Metalog { least, most, .. }) = refused else { panic!("{refused:?}") };
    // On the log scale the median lies within 0.333422 of the middle: exp(4.60517 (0.5 -+ 0.333422)).
    assert_near("least", least, 2.153_555, 1e-5);
    assert_near("most", most, 46.434_845, 1e-4);
    assert!(Distribution::metalog(1.0, least * 1.001, 100.0, 0.0, f64::INFINITY).is_ok());
    assert!(Distribution::metalog(1.0, most * 0.999, 100.0, 0.0, f64::INFINITY).is_ok());
    assert!(Distribution::metalog(1.0, most * 1.001, 100.0, 0.0, f64::INFINITY).is_err());
}

#[test]
fn a_distribution_prints_as_in_a_scenario() {
    let inf = f64::INFINITY;
    let cases = [
        (Distribution::pert(0.15, 0.3, 0.5), "pert 0.15, 0.3, 0.5"),
        (Distribution::metalog(1e5, 3.5e5, 8e5, 0.0, inf), "metalog p10 100000, p50 350000, p90 800000, lower 0"),
        (Distribution::metalog(-1.0, 0.0, 1.0, -inf, inf), "metalog p10 -1, p50 0, p90 1"),
        (Distribution::lognormal(0.65, 1.55), "lognormal p10 0.65, p90 1.55"),
        (Distribution::choice(&[(7.0, 0.3), (5.0, 0.7)]), "choice 5 = 0.7, 7 = 0.3"),
        (Distribution::empirical(&[(7.0, 0.3), (5.0, 0.7)]), "empirical, 2 values"),
        (Distribution::beta(2.0, 3.0, 0.0, 1.0), "beta 2, 3"),
        (Distribution::beta(2.0, 3.0, 0.0, 9.0), "beta 2, 3 on 0, 9"),
        (Distribution::uniform(0.0, 2.0).unwrap().truncated(0.5, 1.0), "uniform 0, 2, truncate 0.5, 1"),
    ];
    for (distribution, text) in cases {
        assert_eq!(distribution.unwrap().to_string(), text);
    }
}

const TRUNCATED: [f64; 6] =
    [40037.96996426784, 57324.08708744017, 89755.29959469533, 58914.8755654503, 12273.448352224992, 0.5726302712768496];
const FAR_OUT: [f64; 2] = [9.075779713738545, 9.108456288012409];

// A triangle's median happens to be 1 / sqrt(2).
#[expect(clippy::approx_constant)]
#[rustfmt::skip]
fn references() -> Vec<Reference> {
    vec![
        (Distribution::uniform(0.0, 1.0), [1e-12, 0.001, 0.1, 0.5, 0.9, 0.999, 0.999999999999], 0.5, 0.28867513459481287),
        (Distribution::uniform(-3.0, -1.0), [-2.999999999998, -2.998, -2.8, -2.0, -1.2, -1.002, -1.000000000002], -2.0, 0.5773502691896257),
        (Distribution::uniform(100000.0, 800000.0), [100000.0000007, 100700.0, 170000.0, 450000.0, 730000.0, 799300.0, 799999.9999993], 450000.0, 202072.594216369),
        (Distribution::uniform(0.0, 1e-300), [1e-312, 1.0000000000000001e-303, 1e-301, 5e-301, 9e-301, 9.990000000000001e-301, 9.99999999999e-301], 5e-301, 0.0),
        (Distribution::uniform(-1000000000000000.0, 1000000000000000.0), [-999999999998000.0, -998000000000000.0, -800000000000000.0, 0.0, 800000000000000.0, 998000000000000.0, 999999999998000.0], 0.0, 577350269189625.8),
        (Distribution::pert(0.15, 0.3, 0.5), [0.1500055431159246, 0.16171064946707597, 0.22162292270443362, 0.3063666033821498, 0.39800542721954335, 0.47738103164202117, 0.4999598340783121], 0.30833333333333335, 0.06584312766202302),
        (Distribution::pert(0.5, 0.8, 0.95), [0.5001420997992145, 0.5415908793896597, 0.6599944860707389, 0.7808843718481455, 0.8811375378455844, 0.9414526640818777, 0.9499988303695932], 0.775, 0.08291561975888499),
        (Distribution::pert(0.0, 0.0, 1.0), [2.0000000000008e-13, 0.00020008004803362555, 0.020851637639023212, 0.12944943670387585, 0.36904265551980675, 0.748811356849042, 0.9960189459082517], 0.16666666666666666, 0.14085904245475275),
        (Distribution::pert(0.0, 1.0, 1.0), [0.003981071705534972, 0.251188643150958, 0.6309573444801932, 0.8705505632961241, 0.9791483623609768, 0.9997999199519664, 0.9999999999998], 0.8333333333333334, 0.14085904245475275),
        (Distribution::pert(-1000000.0, 2000000.0, 5000000.0), [-999721.4982063491, -714688.610947254, 479818.71973079955, 2000000.0, 3520181.2802692, 4714688.610947254, 4999721.500260059], 2000000.0, 1133893.4190276817),
        (Distribution::triangular(0.15, 0.3, 0.5), [0.15000022912878475, 0.15724568837309472, 0.22245688373094719, 0.3129171306613029, 0.4163339973465925, 0.49163339973465925, 0.4999997354277953], 0.31666666666666665, 0.07168604389202188),
        (Distribution::triangular(0.0, 0.0, 1.0), [5.000444502911705e-13, 0.0005001250625390474, 0.05131670194948623, 0.2928932188134524, 0.6837722339831621, 0.9683772233983162, 0.9999990000110609], 0.3333333333333333, 0.23570226039551584),
        (Distribution::triangular(0.0, 1.0, 1.0), [1e-06, 0.03162277660168379, 0.31622776601683794, 0.7071067811865476, 0.9486832980505138, 0.999499874937461, 0.9999999999995], 0.6666666666666666, 0.23570226039551584),
        (Distribution::triangular(-5.0, 1.0, 2.0), [-4.999993519259301, -4.795060984680808, -2.95060984680808, -0.41742430504416017, 1.1633399734659244, 1.9163339973465918, 1.9999973542779532], -0.6666666666666661, 1.545603082582617),
        (Distribution::triangular(1000000.0, 1100000.0, 9000000.0), [1000000.894427191, 1028284.2712474619, 1458116.946014079, 3378612.2709779213, 6486038.982004694, 8748603.89820047, 8999992.050245166], 3699999.9999999995, 1873944.147157718),
        (Distribution::normal(0.0, 1.0), [-7.034483825301131, -3.090232306167813, -1.2815515655446004, 0.0, 1.2815515655446004, 3.090232306167813, 7.0344869100478356], 0.0, 1.0),
        (Distribution::normal(3.0, 0.5), [-0.5172419126505656, 1.4548838469160934, 2.3592242172277, 3.0, 3.6407757827723, 4.545116153083907, 6.517243455023918], 3.0, 0.5),
        (Distribution::normal(-1000000000.0, 1000.0), [-1000007034.4838253, -1000003090.2323061, -1000001281.5515655, -1000000000.0, -999998718.4484345, -999996909.7676939, -999992965.5130899], -1000000000.0, 1000.0),
        (Distribution::normal(0.0, 1e-06), [-7.034483825301131e-06, -3.090232306167813e-06, -1.2815515655446004e-06, 0.0, 1.2815515655446004e-06, 3.090232306167813e-06, 7.034486910047835e-06], 0.0, 1e-06),
        (Distribution::normal(50000.0, 20000.0), [-90689.67650602263, -11804.646123356266, 24368.96868910799, 50000.0, 75631.03131089201, 111804.64612335627, 190689.73820095672], 50000.0, 20000.0),
        (Distribution::lognormal(100000.0, 800000.0), [939.7186902990036, 23052.871620687947, 100000.0000000002, 282842.71247461933, 800000.0000000003, 3470283.499440788, 85132073.07477109], 393072.28516111465, 379334.66631946404),
        (Distribution::lognormal(1200000.0, 2000000.0), [381274.39011240634, 836818.6246481357, 1199999.9999999998, 1549193.338482965, 1999999.9999999956, 2868005.000497142, 6294683.140891085], 1580268.1520376874, 318100.4170100283),
        (Distribution::lognormal(0.65, 1.55), [0.09242531231608425, 0.352033607227268, 0.65, 1.0037429949942367, 1.55, 2.861942664893275, 10.900704888115543], 1.0631283168755248, 0.37107306765388903),
        (Distribution::lognormal(0.001, 1000.0), [3.411059672243746e-17, 5.8349448758050865e-08, 0.0010000000000000002, 1.0, 999.9999999999998, 17138122.489323832, 2.9316890452641864e+16], 2036735.7573833333, 4148292545403.3604),
        (Distribution::lognormal(1.0, 1.000001), [0.9999977554851942, 0.9999992943400614, 1.0, 1.000000499999875, 1.000001, 1.000001705661142, 1.0000032445232916], 1.000000499999951, 3.901520730041213e-07),
        (Distribution::metalog(100000.0, 350000.0, 800000.0, 0.0, f64::INFINITY), [0.02578131249410133, 5779.132526205081, 100000.0, 350000.0, 800000.0000000001, 3986899.8389466354, 5861975095.986315], 427961.0225378705, 409004.8493451583),
        (Distribution::metalog(-1.0, 0.0, 3.0, f64::NEG_INFINITY, f64::INFINITY), [-9.431564734333328, -2.365408171992125, -1.0, 0.0, 3.0000000000000004, 10.20819008444442, 40.87014657006531], 0.5688995166417734, 1.785657545946185),
        (Distribution::metalog(0.5, 0.8, 0.95, 0.0, 1.0), [1.4067648913756703e-07, 0.05192989967719673, 0.5, 0.8, 0.95, 0.9982580636503857, 0.9999999994099235], 0.7570804804611514, 0.18180808082223374),
        (Distribution::metalog(1.0, 2.0, 40.0, 0.0, f64::INFINITY), [0.012228661680842978, 0.5543296829299809, 1.0, 2.0, 40.000000000000014, 60211.96672926615, 1.713838820908767e+18], f64::INFINITY, f64::INFINITY),
        (Distribution::metalog(-40.0, -2.0, -1.0, f64::NEG_INFINITY, 0.0), [-1.7137821635407665e+18, -60211.96672926623, -39.99999999999999, -2.0, -1.0, -0.5543296829299809, -0.012228611777497697], f64::NEG_INFINITY, f64::INFINITY),
        (Distribution::metalog(0.0, 1.66716, 10.0, f64::NEG_INFINITY, f64::INFINITY), [-8.820111213666193, -0.980469185996928, 5.469831089060837e-19, 1.66716, 10.000000000000002, 30.453526455094433, 116.93417752876762], 3.563211065044368, 4.709223195137477),
        (Distribution::beta(2.0, 3.0, 0.0, 1.0), [4.082484015750327e-07, 0.013022947370814273, 0.14255931671003072, 0.3857275681323895, 0.6795394162781817, 0.9359618608971666, 0.9999370034198778], 0.4, 0.2),
        (Distribution::beta(0.5, 0.5, 0.0, 1.0), [2.4674011002723395e-24, 2.4673990709169446e-06, 0.024471741852423214, 0.4999999999999999, 0.9755282581475768, 0.999997532600929, 1.0], 0.5, 0.3535533905932738),
        (Distribution::beta(0.001, 0.002, 0.0, 1.0), [2.225073858507201e-308, 2.225073858507201e-308, 2.225073858507201e-308, 1.147724744339509e-125, 1.0, 1.0, 1.0], 0.3333333333333333, 0.47069900103303997),
        (Distribution::beta(1000000000.0, 1000000.0, 0.0, 1.0), [0.998993958934638, 0.998997910556733, 0.9989997191560672, 0.999000999333334, 0.9990022784189627, 0.9990040817626459, 0.9990080068446098], 0.999000999000999, 9.985018723162061e-07),
        (Distribution::beta(0.3, 40.0, -2.0, 5.0), [-2.0, -1.9999999999876903, -1.9999428497240366, -1.9871013081809081, -1.8455275267096058, -1.230335747956404, 1.2039491880434632], -1.9478908188585609, 0.09362861326050809),
    ]
}
