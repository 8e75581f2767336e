//! Which worlds one run of a sensitivity analysis plays, so that every index comes from the same ones.
//!
//! A row has two worlds of the ordinary run, A and B, each on luck of its own. The others of the row are mixes of the two:
//! A with one input of B, A with one input at its 10% or 90% value, and the worlds between B and A in which more and more groups of
//! inputs are those of A. Mixes towards B are played on A's luck, those towards A on B's luck. Differences are therefore taken on
//! common luck, and products that must not share any do not (`docs/sensitivity.md`).

/// A function of uncertain inputs and luck.
pub trait Experiment {
    /// Why a world cannot be played.
    type Error;

    /// Makes ranks of independent uniform draws: where an input is known it is a rank already and stays, and the others are drawn
    /// from their law given those.
    fn complete(&self, known: &dyn Fn(usize) -> bool, ranks: &mut [f64]);

    /// Plays the world at these ranks on the luck of a numbered world.
    ///
    /// # Errors
    /// If it cannot be played.
    fn play(&mut self, ranks: &[f64], luck: u64, played: &mut Played) -> Result<(), Self::Error>;
}

/// What the paths of one world recorded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Played {
    /// `[cell][path]`: everything that is asked whether it responds; NaN where a path does not define it.
    pub outcomes: Vec<Vec<f64>>,
    /// `[month][path]`: what is followed over time.
    pub monthly: Vec<Vec<f64>>,
}

/// What is played in every row.
#[derive(Clone, Debug)]
pub struct Design {
    /// The group of each input.
    pub group_of: Vec<usize>,
    /// Number of groups; each has an input.
    pub groups: usize,
    /// The cells of [`Played::outcomes`] that are analysed.
    pub chosen: Vec<usize>,
    /// The low and the high rank of each input.
    pub ends: Vec<[f64; 2]>,
}

/// The first [`MOST_TORNADO_ROWS`] rows tell the tornado: its differences on common luck vary little.
pub const MOST_TORNADO_ROWS: usize = 200;

/// A mean over the paths of a world.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    /// The mean.
    pub mean: f64,
    /// The unbiased estimate of its variance by luck.
    pub noise: f64,
}

/// A world of which everything is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Whole {
    /// Rank of each input.
    pub ranks: Vec<f64>,
    /// One per response: the chosen outcomes, then the months.
    pub levels: Vec<Level>,
    /// `[outcome][path]` of the chosen outcomes.
    pub paths: Vec<Vec<f64>>,
}

/// A with one input of B.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// Mean of each chosen outcome.
    pub means: Vec<f64>,
    /// Unbiased estimate of the squared difference from A that is not luck, for each chosen outcome.
    pub squares: Vec<f64>,
    /// For each cell, whether any path recorded another value than in A.
    pub moved: Vec<bool>,
}

/// Everything that is kept of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The first world.
    pub a: Whole,
    /// The second world.
    pub b: Whole,
    /// For each input, A with that input of B.
    pub exchanges: Vec<Exchange>,
    /// For each input, the means of A's chosen outcomes with it at its low and at its high value; empty beyond the tornado's rows.
    pub ends: Vec<[Vec<f64>; 2]>,
    /// The order in which groups change from B's to A's inputs.
    pub order: Vec<usize>,
    /// For each cell, the least and the greatest value that a path of A recorded.
    pub range: Vec<[f64; 2]>,
    /// Means of all responses before any group has changed, after the first has, and so on.
    pub chain: Vec<Vec<f64>>,
}

impl Design {
    /// Number of inputs.
    pub fn inputs(&self) -> usize {
        self.group_of.len()
    }

    /// How many worlds a row plays, in the tornado's rows and after them.
    pub fn worlds_of_row(&self) -> [u64; 2] {
        let (inputs, groups) = (self.inputs() as u64, self.groups as u64);
        [2 + 3 * inputs + groups, 2 + inputs + groups]
    }

    /// How many worlds so many rows play.
    pub fn worlds(&self, rows: u64) -> u64 {
        let [with_tornado, others] = self.worlds_of_row();
        let tornado = rows.min(MOST_TORNADO_ROWS as u64);
        tornado * with_tornado + (rows - tornado) * others
    }

    /// Plays a row. `uniforms` are the independent draws of its two worlds, `luck` their numbers, `order` that of the groups.
    ///
    /// # Errors
    /// If a world cannot be played.
    pub fn row<E: Experiment>(
        &self,
        experiment: &mut E,
        number: usize,
        [of_a, of_b]: [&[f64]; 2],
        [luck_a, luck_b]: [u64; 2],
        order: Vec<usize>,
    ) -> Result<Row, E::Error> {
        let drawn = |experiment: &E, uniforms: &[f64]| {
            let mut ranks = uniforms.to_vec();
            experiment.complete(&|_| false, &mut ranks);
            ranks
        };
        let (mut first, mut other) = (Played::default(), Played::default());
        let ranks = drawn(experiment, of_a);
        experiment.play(&ranks, luck_a, &mut first)?;
        let a = self.whole(ranks, &first);
        let range = first.outcomes.iter().map(|paths| range(paths)).collect();

        let mut exchanges = Vec::with_capacity(self.inputs());
        for input in 0..self.inputs() {
            let mut uniforms = of_a.to_vec();
            uniforms[input] = of_b[input];
            experiment.play(&drawn(experiment, &uniforms), luck_a, &mut other)?;
            exchanges.push(self.exchange(&first, &other));
        }
        let mut ends = Vec::new();
        for (input, ranks) in self.ends.iter().enumerate().filter(|_| number < MOST_TORNADO_ROWS) {
            let mut means = [Vec::new(), Vec::new()];
            for (rank, means) in ranks.iter().zip(&mut means) {
                let mut at = of_a.to_vec();
                at[input] = *rank;
                experiment.complete(&|known| known == input, &mut at);
                experiment.play(&at, luck_a, &mut other)?;
                *means = self.chosen.iter().map(|cell| mean(&other.outcomes[*cell])).collect();
            }
            ends.push(means);
        }

        let ranks = drawn(experiment, of_b);
        experiment.play(&ranks, luck_b, &mut other)?;
        let b = self.whole(ranks, &other);
        let mut chain = vec![self.means(&other)];
        for joined in 1..=order.len() {
            let is_known = |input: usize| order[..joined].contains(&self.group_of[input]);
            let mut mixed: Vec<f64> = (0..self.inputs()).map(|i| if is_known(i) { a.ranks[i] } else { of_b[i] }).collect();
            experiment.complete(&is_known, &mut mixed);
            experiment.play(&mixed, luck_b, &mut other)?;
            chain.push(self.means(&other));
        }
        Ok(Row { a, b, exchanges, ends, order, range, chain })
    }

    fn responses<'a>(&'a self, played: &'a Played) -> impl Iterator<Item = &'a [f64]> {
        self.chosen.iter().map(|cell| &played.outcomes[*cell][..]).chain(played.monthly.iter().map(|paths| &paths[..]))
    }

    fn means(&self, played: &Played) -> Vec<f64> {
        self.responses(played).map(mean).collect()
    }

    fn whole(&self, ranks: Vec<f64>, played: &Played) -> Whole {
        let paths = self.chosen.iter().map(|cell| played.outcomes[*cell].clone()).collect();
        Whole { ranks, levels: self.responses(played).map(level).collect(), paths }
    }

    fn exchange(&self, from: &Played, to: &Played) -> Exchange {
        let chosen = || self.chosen.iter().map(|cell| (&from.outcomes[*cell], &to.outcomes[*cell]));
        // A mean difference squared is the square of what is not luck, and the variance of the mean by luck.
        let square = |(from, to): (&Vec<f64>, &Vec<f64>)| {
            let differences: Vec<f64> = from.iter().zip(to).map(|(from, to)| to - from).collect();
            let Level { mean, noise } = level(&differences);
            mean * mean - noise
        };
        let is_other = |(from, to): (&f64, &f64)| from != to && !(from.is_nan() && to.is_nan());
        Exchange {
            means: chosen().map(|(_, to)| mean(to)).collect(),
            squares: chosen().map(square).collect(),
            moved: from.outcomes.iter().zip(&to.outcomes).map(|(from, to)| from.iter().zip(to).any(is_other)).collect(),
        }
    }
}

/// The least and the greatest; NaN where none is defined.
fn range(paths: &[f64]) -> [f64; 2] {
    [paths.iter().copied().fold(f64::NAN, f64::min), paths.iter().copied().fold(f64::NAN, f64::max)]
}

fn mean(paths: &[f64]) -> f64 {
    paths.iter().sum::<f64>() / paths.len() as f64
}

/// The mean of paths, and the variance that luck gives it: that of a path over their number.
fn level(paths: &[f64]) -> Level {
    let (n, mean) = (paths.len() as f64, mean(paths));
    let squares: f64 = paths.iter().map(|value| (value - mean) * (value - mean)).sum();
    Level { mean, noise: squares / (n - 1.0) / n }
}
