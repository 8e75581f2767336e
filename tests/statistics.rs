//! Every sampler draws what it names, and the draws at different addresses have nothing to do with each other.
//!
//! Limits are for one comparison in a million: 4.93 standard errors for a mean, and by the
//! Dvoretzky-Kiefer-Wolfowitz inequality, P(sup |F_n - F| > e) <= 2 exp(-2 n e^2), a distance of
//! e = 0.0027 for n = 1,000,000 draws (2 exp(-14.58) = 9e-7) and 0.00604 for n = 200,000.

mod told;

use greenlight::lanes::Row;
use greenlight::random::{Distribution, Draws, IncompleteBeta, PathKey, StudentT, Tag};
use greenlight::random::{DrawRows, Place, beta, beta_binomials, binomial, normal_cdf, normal_quantile};
use rand_distr::Distribution as _;

const Z: f64 = 4.93;

fn dkw(n: usize) -> f64 {
    (libm::log(2e6) / (2.0 * n as f64)).sqrt()
}

fn draws(source: &str, entity: &str) -> Draws {
    Draws::new(PathKey::path(20_251_210, 0, 0), Tag::new(source, entity))
}

fn sample(name: &str, n: usize, draw: impl Fn(Draws, usize) -> f64) -> Vec<f64> {
    let source = draws("statistics", name);
    let mut sample: Vec<_> = (0..n).map(|index| draw(source, index)).collect();
    sample.sort_by(f64::total_cmp);
    sample
}

/// The greatest distance of the sample's distribution function from `cdf`, which may have jumps,
/// at ten thousand values spread over the sample.
fn distance(sorted: &[f64], cdf: impl Fn(f64) -> f64) -> f64 {
    let n = sorted.len() as f64;
    let runs: Vec<_> = sorted.chunk_by(|a, b| a == b).collect();
    let (mut worst, mut from) = (0.0_f64, 0);
    for (index, run) in runs.iter().enumerate() {
        let to = from + run.len();
        if index % runs.len().div_ceil(10_000) == 0 {
            let (before, at) = (cdf(run[0].next_down()), cdf(run[0]));
            worst = worst.max((before - from as f64 / n).abs()).max((at - to as f64 / n).abs());
        }
        from = to;
    }
    worst
}

/// The greatest distance of two samples' distribution functions.
fn two_sample_distance(a: &[f64], b: &[f64]) -> f64 {
    distance(a, |x| b.partition_point(|y| *y <= x) as f64 / b.len() as f64)
}

/// What is wrong with a sample of this law, in words: its distribution function and, where it has them, its first two moments.
fn faults(sorted: &[f64], cdf: impl Fn(f64) -> f64, mean: f64, std_dev: f64) -> Vec<String> {
    let n = sorted.len() as f64;
    let mut faults = Vec::new();
    let distance = distance(sorted, cdf);
    if distance.is_nan() || distance > dkw(sorted.len()) {
        faults.push(format!("the distribution function is {distance} off"));
    }
    if !(std_dev > 0.0 && std_dev < f64::INFINITY) {
        return faults;
    }
    let z = (sorted.iter().sum::<f64>() / n - mean) / (std_dev / n.sqrt());
    if z.is_nan() || z.abs() > Z {
        faults.push(format!("the mean is {z:.2} standard errors off"));
    }
    // The variance has a standard error from the sample's own fourth moment.
    let squares = |x: &f64| ((x - mean) / std_dev) * ((x - mean) / std_dev);
    let second = sorted.iter().map(squares).sum::<f64>() / n;
    let fourth = sorted.iter().map(|x| squares(x) * squares(x)).sum::<f64>() / n;
    let z = (second - 1.0) / ((fourth - second * second) / n).sqrt();
    if z.is_nan() || z.abs() > Z {
        faults.push(format!("the variance is {z:.2} standard errors off ({second} of what it should be)"));
    }
    faults
}

#[track_caller]
fn assert_law(name: &str, sorted: &[f64], cdf: impl Fn(f64) -> f64, mean: f64, std_dev: f64) {
    let faults = faults(sorted, cdf, mean, std_dev);
    assert!(faults.is_empty(), "{name}: {faults:?}");
}

fn distributions() -> Vec<Distribution> {
    const INF: f64 = f64::INFINITY;
    let all = [
        Distribution::uniform(0.0, 1.0),
        Distribution::uniform(-3.0, -1.0),
        Distribution::uniform(1e5, 8e5),
        Distribution::uniform(0.0, 1e-300),
        Distribution::uniform(-1e15, 1e15),
        Distribution::pert(0.15, 0.3, 0.5),
        Distribution::pert(0.5, 0.8, 0.95),
        Distribution::pert(0.0, 0.0, 1.0),
        Distribution::pert(0.0, 1.0, 1.0),
        Distribution::pert(-1e6, 2e6, 5e6),
        Distribution::triangular(0.15, 0.3, 0.5),
        Distribution::triangular(0.0, 0.0, 1.0),
        Distribution::triangular(0.0, 1.0, 1.0),
        Distribution::triangular(-5.0, 1.0, 2.0),
        Distribution::triangular(1e6, 1.1e6, 9e6),
        Distribution::normal(0.0, 1.0),
        Distribution::normal(3.0, 0.5),
        Distribution::normal(-1e9, 1e3),
        Distribution::normal(0.0, 1e-300),
        Distribution::normal(5e4, 2e4),
        Distribution::lognormal(1e5, 8e5),
        Distribution::lognormal(1.2e6, 2e6),
        Distribution::lognormal(0.65, 1.55),
        Distribution::lognormal(0.1, 10.0),
        Distribution::lognormal(1.0, 1.000_001),
        Distribution::metalog(1e5, 3.5e5, 8e5, 0.0, INF),
        Distribution::metalog(-1.0, 0.0, 3.0, -INF, INF),
        Distribution::metalog(0.5, 0.8, 0.95, 0.0, 1.0),
        Distribution::metalog(1.0, 2.0, 40.0, 0.0, INF),
        Distribution::metalog(0.0, 1.667_16, 10.0, -INF, INF),
        Distribution::beta(2.0, 3.0, 0.0, 1.0),
        Distribution::beta(0.5, 0.5, 0.0, 1.0),
        Distribution::beta(0.03, 0.05, 0.0, 1.0),
        Distribution::beta(1e9, 1e6, 0.0, 1.0),
        Distribution::beta(0.3, 40.0, -2.0, 5.0),
        Distribution::choice(&[(5.0, 0.2), (7.0, 0.3), (9.0, 0.4), (11.0, 0.1)]),
        Distribution::choice(&[(1.0, 1e-3), (2.0, 0.999)]),
        Distribution::choice(&[(-1.0, 0.0), (4.0, 1.0)]),
        Distribution::empirical(&[(3.0, 2.0), (1.0, 5.0), (3.0, 1.0), (8.0, 2.0)]),
        Distribution::normal(5e4, 2e4).and_then(|d| d.truncated(4e4, 9e4)),
        Distribution::normal(0.0, 1.0).and_then(|d| d.truncated(6.0, INF)),
        Distribution::pert(0.15, 0.3, 0.5).and_then(|d| d.truncated(0.2, 0.4)),
        Distribution::lognormal(1e5, 8e5).and_then(|d| d.truncated(0.0, 5e5)),
        Distribution::metalog(1.0, 2.0, 40.0, 0.0, INF).and_then(|d| d.truncated(1.0, 100.0)),
        Distribution::choice(&[(5.0, 0.2), (7.0, 0.3), (9.0, 0.4), (11.0, 0.1)]).and_then(|d| d.truncated(6.0, 10.0)),
    ];
    all.into_iter().map(Result::unwrap).collect()
}

fn every_distribution_of(n: usize) {
    for distribution in distributions() {
        let name = distribution.to_string();
        let sample = sample(&name, n, |draws, index| distribution.quantile(draws.uniform(index, 0)));
        assert_law(&name, &sample, |x| distribution.cdf(x), distribution.mean(), distribution.std_dev());
    }
    told::figure(format_args!(
        "{} distributions, {n} draws each: distribution function within {:.4}, moments within {Z} errors",
        distributions().len(),
        dkw(n)
    ));
}

#[test]
fn every_distribution_draws_its_distribution_function_and_moments() {
    every_distribution_of(200_000);
}

#[test]
#[ignore = "a minute: for just nightly"]
fn every_distribution_draws_its_distribution_function_and_moments_a_million_times() {
    every_distribution_of(1_000_000);
}

/// The faults that a sampler is most likely to have are far outside the limits.
#[test]
fn the_wrong_law_is_noticed() {
    const N: usize = 200_000;
    let law = |name: &str, right: &Distribution, wrong: &dyn Fn(f64) -> f64| {
        let sorted = sample(name, N, |draws, index| wrong(draws.uniform(index, 0)));
        let faults = faults(&sorted, |x| right.cdf(x), right.mean(), right.std_dev());
        assert!(!faults.is_empty(), "{name} is not noticed");
        told::figure(format_args!("planted: {name}; noticed"));
    };
    let normal = Distribution::normal(3.0, 1.1).unwrap();
    law("sigma for variance", &normal, &|u| 3.0 + libm::sqrt(1.1) * normal_quantile(u));
    law("variance for sigma", &normal, &|u| 3.0 + 1.1 * 1.1 * normal_quantile(u));
    let truncated = Distribution::normal(5e4, 2e4).and_then(|d| d.truncated(1e4, 9e4)).unwrap();
    let whole = Distribution::normal(5e4, 2e4).unwrap();
    law("clipping for truncation", &truncated, &|u| whole.quantile(u).clamp(1e4, 9e4));
    let choice = Distribution::choice(&[(5.0, 0.2), (6.0, 0.3), (7.0, 0.4), (8.0, 0.1)]).unwrap();
    law("the next of a list", &choice, &|u| (choice.quantile(u) + 1.0).min(8.0));
    let lognormal = Distribution::lognormal(1e5, 8e5).unwrap();
    let tenth = Distribution::lognormal(1e5 * 1.05, 8e5).unwrap();
    law("a quantile 5% off", &lognormal, &|u| tenth.quantile(u));
    // Binomial counts, one more or one trial less: of 90 trials at 0.15 the mean moves by 0.15, which is 20 standard errors.
    let (mean, std_dev) = (90.0 * 0.15, f64::sqrt(90.0 * 0.15 * 0.85));
    let cdf = |x: f64| if x < 0.0 { 0.0 } else { IncompleteBeta::new(90.0 - x.floor(), x.floor() + 1.0).cdf(0.85, 0.15).0 };
    for (name, trials, more) in [("one more", 90.0, 1.0), ("one trial less", 89.0, 0.0)] {
        let sorted = sample(name, N, |draws, index| binomial(trials, 0.15, draws.uniform(index, 0)) + more);
        assert!(!faults(&sorted, cdf, mean, std_dev).is_empty(), "{name} is not noticed");
    }
    let right = sample("right", N, |draws, index| binomial(90.0, 0.15, draws.uniform(index, 0)));
    assert_law("right", &right, cdf, mean, std_dev);
}

#[test]
fn a_million_cheap_draws_stay_within_the_tighter_bound() {
    const N: usize = 1_000_000;
    assert!(dkw(N) < 0.0027);
    let uniform = sample("uniform", N, |draws, index| draws.uniform(index, 0));
    assert!(distance(&uniform, |x| x) <= dkw(N));
    let normal = sample("normal", N, |draws, index| normal_quantile(draws.uniform(index, 15)));
    assert_law("normal", &normal, normal_cdf, 0.0, 1.0);
}

/// rand_distr is a second opinion, by other algorithms, on the same law: each sample has its own DKW distance.
#[test]
fn rand_distr_draws_the_same_laws() {
    const N: usize = 200_000;
    fn compare(name: &str, ours: impl Fn(f64) -> f64, theirs: impl rand_distr::Distribution<f64>) {
        let ours = sample(name, N, |draws, index| ours(draws.uniform(index, 0)));
        let theirs = sample(name, N, |draws, index| theirs.sample(&mut draws.stream(index, 1)));
        let distance = two_sample_distance(&ours, &theirs);
        assert!(distance <= 2.0 * dkw(N), "{name}: {distance}");
    }
    let ours = |distribution: Result<Distribution, _>| {
        let distribution = distribution.unwrap();
        move |u| distribution.quantile(u)
    };
    compare("uniform", ours(Distribution::uniform(2.0, 5.0)), rand_distr::Uniform::new(2.0, 5.0).unwrap());
    compare("normal", ours(Distribution::normal(5e4, 2e4)), rand_distr::Normal::new(5e4, 2e4).unwrap());
    // mu and sigma of model.md O28.
    compare("lognormal", ours(Distribution::lognormal(1e5, 8e5)), rand_distr::LogNormal::new(12.552_646, 0.811_298).unwrap());
    compare("pert", ours(Distribution::pert(0.5, 0.8, 0.95)), rand_distr::Pert::new(0.5, 0.95).with_mode(0.8).unwrap());
    compare("triangular", ours(Distribution::triangular(-5.0, 1.0, 2.0)), rand_distr::Triangular::new(-5.0, 2.0, 1.0).unwrap());
    compare("beta", ours(Distribution::beta(0.5, 3.0, 0.0, 1.0)), rand_distr::Beta::new(0.5, 3.0).unwrap());
    let student = StudentT::new(4.0);
    compare("student", |u| student.quantile(u), rand_distr::StudentT::new(4.0).unwrap());
    for (n, p) in [(8, 0.4), (90, 0.15), (100, 0.9), (50_000, 0.3)] {
        let theirs = rand_distr::Binomial::new(n, p).unwrap().map(|count: u64| count as f64);
        compare(&format!("binomial {n} {p}"), |u| binomial(n as f64, p, u), theirs);
    }
}

#[test]
fn every_binomial_draws_its_distribution_function_and_moments() {
    const N: usize = 200_000;
    for (n, p) in [(1, 0.3), (48, 0.5), (60, 0.6), (50_000, 0.93), (1_000_000_000_i64, 1e-8), (1_000_000_000, 0.999)] {
        let name = format!("binomial {n} {p}");
        let sample = sample(&name, N, |draws, index| binomial(n as f64, p, draws.uniform(index, 0)));
        let cdf = |x: f64| {
            let k = x.floor();
            if k < 0.0 {
                0.0
            } else if k >= n as f64 {
                1.0
            } else {
                IncompleteBeta::new(n as f64 - k, k + 1.0).cdf(1.0 - p, p).0
            }
        };
        assert_law(&name, &sample, cdf, n as f64 * p, (n as f64 * p * (1.0 - p)).sqrt());
    }
}

#[test]
fn every_beta_draws_its_distribution_function_and_moments() {
    const N: usize = 200_000;
    for (a, b) in [(139.5, 10.5), (3.0, 3.0), (0.5, 0.5), (0.03, 2.0), (1.0, 1e6)] {
        let name = format!("beta {a} {b}");
        let sample = sample(&name, N, |draws, index| beta(a, b, &mut draws.stream(index, 0)));
        let law = IncompleteBeta::new(a, b);
        let mean = a / (a + b);
        let std_dev = (mean * (1.0 - mean) / (a + b + 1.0)).sqrt();
        assert_law(&name, &sample, |x| law.cdf(x, 1.0 - x).0, mean, std_dev);
    }
}

#[test]
fn every_beta_binomial_draws_its_distribution_function_and_moments() {
    const N: usize = 200_000;
    for (n, mean, concentration) in [(20, 0.93, 150.0), (50, 0.5, 6.0), (200, 0.3, 1.0), (30, 0.05, 0.4), (400, 0.9, 1e6)] {
        let name = format!("beta-binomial {n} {mean} {concentration}");
        // A block of one path, month by month.
        let keys = Row([PathKey::path(20_251_210, 0, 0)]);
        let rows = DrawRows::new(&keys, Tag::new("statistics", &name));
        let sample = sample(&name, N, |_, index| {
            let mut place = Place::new(&keys);
            place.turn_to(index);
            beta_binomials::<1>(&Row([n as f64]), &Row([mean]), &Row([concentration]), &rows, &place)[0]
        });
        // P(k + 1) / P(k) = (n - k)(k + a) / ((k + 1)(n - k - 1 + b)); P(0) by normalising.
        let (a, b) = (mean * concentration, (1.0 - mean) * concentration);
        let mut terms = vec![1.0_f64];
        for k in 0..n {
            let (k, n) = (k as f64, n as f64);
            terms.push(terms[terms.len() - 1] * (n - k) * (k + a) / ((k + 1.0) * (n - k - 1.0 + b)));
        }
        let total: f64 = terms.iter().sum();
        let cumulative: Vec<f64> = terms
            .iter()
            .scan(0.0, |sum, term| {
                *sum += term / total;
                Some(*sum)
            })
            .collect();
        let n = n as f64;
        let std_dev = (n * mean * (1.0 - mean) * (1.0 + (n - 1.0) / (concentration + 1.0))).sqrt();
        assert_law(&name, &sample, |x| if x < 0.0 { 0.0 } else { cumulative[x as usize] }, n * mean, std_dev);
    }
}

// Draws of one path at different addresses; `battery.rs` looks at those of many paths.

#[test]
fn consecutive_months_of_one_address_are_uniform_and_uncorrelated() {
    const N: usize = 1_000_000;
    let draws = draws("policy", "beijing");
    let centred = |month, slot| draws.uniform(month, slot) - 0.5;
    for (name, lag) in [("next month", 1), ("next year", 12)] {
        let sum: f64 = (0..N).map(|month| centred(month, 0) * centred(month + lag, 0)).sum();
        assert!((sum * 12.0 / (N as f64).sqrt()).abs() <= Z, "{name}");
    }
    let sum: f64 = (0..N).map(|month| centred(month, 0) * centred(month, 1)).sum();
    assert!((sum * 12.0 / (N as f64).sqrt()).abs() <= Z, "next slot");
}

#[test]
fn draws_of_two_sources_entities_or_streams_are_uncorrelated() {
    const N: usize = 1_000_000;
    let buyers = [Tag::new("review", "alibaba"), Tag::new("review", "tencent"), Tag::new("grants", "alibaba")];
    let mut sums = [0.0; 5];
    for path in 0..N as u64 {
        let [a, b, c] = buyers.map(|tag| Draws::new(PathKey::path(1, 0, path), tag));
        let [x, y, z] = [a, b, c].map(|draws| draws.uniform(5, 2) - 0.5);
        let mut stream = a.stream(5, 2);
        let (first, second) = (stream.uniform() - 0.5, stream.uniform() - 0.5);
        let next = a.uniform(5, 3) - 0.5;
        for (sum, product) in sums.iter_mut().zip([x * y, x * z, x * first, first * second, first * next]) {
            *sum += product;
        }
    }
    for (pair, sum) in sums.iter().enumerate() {
        assert!((sum * 12.0 / (N as f64).sqrt()).abs() <= Z, "pair {pair}");
    }
}

#[test]
fn skipping_or_adding_draws_moves_no_other_draw() {
    let buyer = draws("review", "bytedance");
    let all: Vec<u64> = (0..24).flat_map(|month| (0..16).map(move |slot| buyer.word(month, slot))).collect();
    // Ask backwards, for every third only, with streams of any length in between.
    for index in (0..all.len()).rev().step_by(3) {
        let mut stream = buyer.stream(index / 16, 0);
        (0..index % 5).for_each(|_| _ = stream.uniform());
        let again = draws("review", "bytedance");
        assert_eq!(again.word(index / 16, index as u64 % 16), all[index]);
    }
    // More paths or worlds repeat those there were.
    assert_eq!(PathKey::path(1, 2, 3), PathKey::path(1, 2, 3));
    assert_ne!(PathKey::path(1, 2, 3), PathKey::path(1, 3, 2));
}
