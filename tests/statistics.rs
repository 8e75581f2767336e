//! Every sampler draws what it names, and the draws at different addresses have nothing to do with each other.
//!
//! Limits are for one comparison in a million: 4.93 standard errors for a mean, and by the
//! Dvoretzky-Kiefer-Wolfowitz inequality, P(sup |F_n - F| > e) <= 2 exp(-2 n e^2), a distance of
//! e = 0.0027 for n = 1,000,000 draws (2 exp(-14.58) = 9e-7) and 0.00604 for n = 200,000.

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

fn assert_mean(name: &str, sample: &[f64], mean: f64, std_dev: f64) {
    let n = sample.len() as f64;
    let z = (sample.iter().sum::<f64>() / n - mean) / (std_dev / n.sqrt());
    assert!(z.abs() <= Z, "{name}: the mean is {z:.2} standard errors off");
}

/// The variance, with a standard error from the sample's own fourth moment.
fn assert_variance(name: &str, sample: &[f64], mean: f64, std_dev: f64) {
    let n = sample.len() as f64;
    let squares = |x: &f64| ((x - mean) / std_dev) * ((x - mean) / std_dev);
    let second = sample.iter().map(squares).sum::<f64>() / n;
    let fourth = sample.iter().map(|x| squares(x) * squares(x)).sum::<f64>() / n;
    let z = (second - 1.0) / ((fourth - second * second) / n).sqrt();
    assert!(z.abs() <= Z, "{name}: the variance is {z:.2} standard errors off ({second} of what it should be)");
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

#[test]
fn every_distribution_draws_its_distribution_function_and_moments() {
    const N: usize = 200_000;
    for distribution in distributions() {
        let name = distribution.to_string();
        let sample = sample(&name, N, |draws, index| distribution.quantile(draws.uniform(index, 0)));
        let distance = distance(&sample, |x| distribution.cdf(x));
        assert!(distance <= dkw(N), "{name}: {distance}");
        let (mean, std_dev) = (distribution.mean(), distribution.std_dev());
        if std_dev > 0.0 && std_dev < f64::INFINITY {
            assert_mean(&name, &sample, mean, std_dev);
            assert_variance(&name, &sample, mean, std_dev);
        }
    }
}

#[test]
fn a_million_cheap_draws_stay_within_the_tighter_bound() {
    const N: usize = 1_000_000;
    assert!(dkw(N) < 0.0027);
    let uniform = sample("uniform", N, |draws, index| draws.uniform(index, 0));
    assert!(distance(&uniform, |x| x) <= dkw(N));
    let normal = sample("normal", N, |draws, index| normal_quantile(draws.uniform(index, 15)));
    assert!(distance(&normal, normal_cdf) <= dkw(N));
    assert_mean("normal", &normal, 0.0, 1.0);
    assert_variance("normal", &normal, 0.0, 1.0);
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
        let distance = distance(&sample, cdf);
        assert!(distance <= dkw(N), "{name}: {distance}");
        let variance = n as f64 * p * (1.0 - p);
        assert_mean(&name, &sample, n as f64 * p, variance.sqrt());
        assert_variance(&name, &sample, n as f64 * p, variance.sqrt());
    }
}

#[test]
fn every_beta_draws_its_distribution_function_and_moments() {
    const N: usize = 200_000;
    for (a, b) in [(139.5, 10.5), (3.0, 3.0), (0.5, 0.5), (0.03, 2.0), (1.0, 1e6)] {
        let name = format!("beta {a} {b}");
        let sample = sample(&name, N, |draws, index| beta(a, b, &mut draws.stream(index, 0)));
        let law = IncompleteBeta::new(a, b);
        let distance = distance(&sample, |x| law.cdf(x, 1.0 - x).0);
        assert!(distance <= dkw(N), "{name}: {distance}");
        let mean = a / (a + b);
        let std_dev = (mean * (1.0 - mean) / (a + b + 1.0)).sqrt();
        assert_mean(&name, &sample, mean, std_dev);
        assert_variance(&name, &sample, mean, std_dev);
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
        let distance = distance(&sample, |x| if x < 0.0 { 0.0 } else { cumulative[x as usize] });
        assert!(distance <= dkw(N), "{name}: {distance}");
        let n = n as f64;
        let std_dev = (n * mean * (1.0 - mean) * (1.0 + (n - 1.0) / (concentration + 1.0))).sqrt();
        assert_mean(&name, &sample, n * mean, std_dev);
        assert_variance(&name, &sample, n * mean, std_dev);
    }
}

// Addressed draws: a battery over a million paths, or seeds, with eight draws each.

const PATHS: usize = 1_000_000;
const PLACES: [(usize, u64); 8] = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 5), (11, 3), (23, 0), (119, 15)];

fn battery(key: impl Fn(u64) -> PathKey, change: impl Fn(u64) -> u64) {
    let tag = Tag::new("review", "bytedance");
    let mut previous = [0.0; 8];
    let mut counts = vec![[0_u32; 256]; 8];
    let (mut across, mut within) = ([0.0; 8], [0.0; 8]);
    for path in 0..PATHS as u64 {
        let draws = Draws::new(key(path), tag);
        let words = PLACES.map(|(month, slot)| change(draws.word(month, slot)));
        let u = words.map(|word| (word >> 12) as f64 / (1_u64 << 52) as f64 - 0.5);
        for place in 0..8 {
            counts[place][(words[place] >> 56) as usize] += 1;
            across[place] += u[place] * previous[place];
            within[place] += u[place] * u[(place + 1) % 8];
        }
        previous = u;
    }
    for place in 0..8 {
        // A product of two centred uniforms has standard deviation 1/12.
        for sum in [across[place], within[place]] {
            let z = sum * 12.0 / (PATHS as f64).sqrt();
            assert!(z.abs() <= Z, "draw {place}: correlation {z:.2} standard errors off");
        }
        let expected = PATHS as f64 / 256.0;
        let chi: f64 = counts[place].iter().map(|count| (f64::from(*count) - expected) * (f64::from(*count) - expected) / expected).sum();
        // Chi-square with 255 degrees of freedom: mean 255, standard deviation 22.6; its upper tail at 4.93 of them is 6e-6.
        assert!((chi - 255.0).abs() <= Z * f64::sqrt(510.0), "draw {place}: chi-square {chi}");
    }
}

#[test]
fn draws_of_neighbouring_paths_are_uniform_and_uncorrelated() {
    battery(|path| PathKey::path(20_251_210, 0, path), |word| word);
}

#[test]
fn the_low_bits_are_as_good_as_the_high_ones() {
    battery(|path| PathKey::path(20_251_210, 0, path), u64::reverse_bits);
}

#[test]
fn draws_of_consecutive_seeds_and_worlds_are_uniform_and_uncorrelated() {
    battery(|seed| PathKey::path(seed, 0, 0), |word| word);
    battery(|world| PathKey::world(1, world), |word| word);
}

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
fn every_bit_is_fair_and_flips_with_every_bit_of_the_address() {
    const N: usize = 20_000;
    let tag = Tag::new("policy", "beijing");
    // Standard deviation of a count of fair bits: sqrt(n) / 2. There are 64 x 64 x 3 comparisons, so 5.8 deviations
    // for a false alarm of one in ten thousand.
    let limit = 5.8 * f64::sqrt(N as f64) / 2.0;
    let mut ones = [0_u32; 64];
    let mut flips = vec![[[0_u32; 64]; 64]; 3];
    for path in 0..N as u64 {
        let address = [path.wrapping_mul(0x9E37_79B9), path % 1000, path];
        let word = |[seed, world, path]: [u64; 3]| Draws::new(PathKey::path(seed, world, path), tag).word(3, 2);
        let base = word(address);
        (0..64).for_each(|bit| ones[bit] += (base >> bit & 1) as u32);
        for (part, inputs) in flips.iter_mut().enumerate() {
            for (input, counts) in inputs.iter_mut().enumerate() {
                let mut other = address;
                other[part] ^= 1 << input;
                let difference = base ^ word(other);
                counts.iter_mut().enumerate().for_each(|(bit, count)| *count += (difference >> bit & 1) as u32);
            }
        }
    }
    let fair = |count: u32| (f64::from(count) - N as f64 / 2.0).abs() <= limit;
    assert!(ones.into_iter().all(fair));
    assert!(flips.iter().flatten().flatten().all(|count| fair(*count)));
}

#[test]
fn no_word_appears_twice() {
    // 1.2 million words of 64 bits: a pair of equal ones has probability n^2 / 2^65 = 4e-8.
    let tag = Tag::new("line", "");
    let mut words = Vec::new();
    for path in 0..50_000 {
        let draws = Draws::new(PathKey::path(1, path % 7, path), tag);
        words.extend((0..24).map(|month| draws.word(month, 0)));
    }
    let n = words.len();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), n);
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
