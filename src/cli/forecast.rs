//! What a run will cost, said before it is paid, and refused when it is absurd.

use super::exit::{Exit, Failure};
use super::options::Writing;
use super::samples;
use crate::charts;
use crate::io::tables::Format;
use crate::io::tables::samples::columns;
use crate::model::Model;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// About a month of one core.
pub const MAX_BUYER_MONTHS: u128 = 20_000_000_000_000;
/// Three quarters of a machine with 16 GiB.
pub const MAX_MEMORY: u128 = 12 << 30;

/// Sums, waiting bins, and a histogram over 40 octaves of 32 counters, growing by doubling.
const TALLY_PER_MONTHLY_CELL: u64 = 12 << 10;
/// The same with 128 counters per octave, and the bins of 1,024 worlds × 16 paths.
const TALLY_PER_OUTCOME_CELL: u64 = (42 + 32) << 10;

/// A histogram over 40 octaves of 128 counters, in each scramble.
const TALLY_PER_SCRAMBLED_CELL: u64 = 20 << 10;

/// The byte form of a tally has fewer bytes than its memory, but for counts of many digits.
const CHECKPOINT_PER_TALLY: u64 = 2;
/// The numbers of a checkpoint take a quarter of their memory at most, and the old one is there until the new one is.
const TALLIES_PER_CHECKPOINTS: u64 = 2;
/// What a checkpoint says beside its tally.
const CHECKPOINT_HEAD: u64 = 1 << 20;

/// The program itself, and what its threads need to begin; a forecast may be a quarter off.
const PROGRAM: u128 = 64 << 20;

/// A picture while it is drawn, in its colours and as the bytes of a file.
const MEMORY_PER_PICTURE: u128 = 20 << 20;

/// Text and pictures of fixed size in every output folder.
const FIXED_OUTPUT: u128 = 4 << 20;
/// The share of a row of `monthly` in the charts.
const CHARTS_PER_MONTHLY_CELL: u128 = 100;
/// A row of `monthly`, in each format.
const TABLES_PER_MONTHLY_CELL: u128 = 100;
/// A field of `samples`, in each format. Whole numbers take fewer, fractions more.
const SAMPLES_PER_CELL: u128 = 12;

/// The counts that decide what one scenario costs.
#[derive(Clone, Debug)]
pub struct Work {
    /// Name of the scenario.
    pub name: String,
    /// Draws of what nobody knows.
    pub worlds: u64,
    /// Draws of chance in each world.
    pub paths_per_world: u64,
    /// Months of a path.
    pub months: usize,
    /// Buyers of a month.
    pub buyers: usize,
    /// Monthly series times months.
    pub monthly_cells: usize,
    /// Bytes that one tally takes.
    pub tally_bytes: u64,
    /// Tallies at one time: each thread has one, and they merge into one.
    pub tallies: u64,
    /// Pictures that are drawn at one time.
    pub pictures: usize,
    /// In which formats tables are written.
    pub format: Format,
    /// Columns of the table of all paths; none if it is not written.
    pub sample_columns: usize,
}

impl Work {
    /// The work of a model on so many threads.
    pub fn of(model: &Model, threads: NonZeroUsize) -> Self {
        let (scenario, layout) = (model.scenario(), model.recorded());
        let monthly_cells = layout.monthly.len() * layout.months;
        let per_outcome = TALLY_PER_OUTCOME_CELL + scenario.simulation.sampling.scrambles() * TALLY_PER_SCRAMBLED_CELL;
        let tally = monthly_cells as u64 * TALLY_PER_MONTHLY_CELL + layout.outcome_cells as u64 * per_outcome;
        Self {
            name: scenario.name.clone(),
            worlds: scenario.simulation.worlds,
            paths_per_world: scenario.simulation.paths_per_world,
            months: layout.months,
            buyers: layout.buyers,
            monthly_cells,
            tally_bytes: tally,
            tallies: threads.get() as u64 + 1,
            pictures: threads.get().min(charts::MOST),
            format: Format::Csv,
            sample_columns: 0,
        }
    }

    /// The work of simulating several models side by side, on so many threads.
    pub fn of_comparison(name: &str, models: &[Model], threads: NonZeroUsize) -> Self {
        let parts: Vec<Self> = models.iter().map(|model| Self::of(model, threads)).collect();
        let most = |count: fn(&Self) -> u64| parts.iter().map(count).max().unwrap_or(0);
        Self {
            name: name.to_owned(),
            worlds: most(|work| work.worlds),
            paths_per_world: most(|work| work.paths_per_world),
            months: most(|work| work.months as u64) as usize,
            buyers: parts.iter().map(|work| work.buyers).sum(),
            monthly_cells: parts.iter().map(|work| work.monthly_cells).sum(),
            // Fewer series of each scenario are counted than in a run, and as many differences.
            tally_bytes: parts.iter().map(|work| work.tally_bytes).sum(),
            tallies: threads.get() as u64 + 1,
            pictures: threads.get().min(charts::MOST),
            format: Format::Csv,
            sample_columns: 0,
        }
    }

    /// The work of a question about so many combinations of a model's scenario, of which a few numbers are counted.
    pub fn of_question(verb: &str, model: &Model, combinations: u64, measures: usize, threads: NonZeroUsize) -> Self {
        let one = Self::of(model, threads);
        Self {
            name: format!("{verb} {}", one.name),
            worlds: one.worlds.saturating_mul(combinations),
            // A row for each number of each combination.
            monthly_cells: combinations as usize * measures,
            tally_bytes: measures as u64 * TALLY_PER_OUTCOME_CELL,
            ..one
        }
    }

    /// The same work, when the results are written like this.
    pub fn writing(self, writing: &Writing) -> Self {
        Self { format: writing.format, pictures: if writing.no_charts { 0 } else { self.pictures }, ..self }
    }

    /// The same work, when the table of all paths is written too.
    pub fn with_samples(self, model: &Model) -> Self {
        Self { sample_columns: columns(model).len(), ..self }
    }

    fn paths(&self) -> u128 {
        u128::from(self.worlds) * u128::from(self.paths_per_world)
    }

    fn sample_bytes(&self) -> u128 {
        self.paths().saturating_mul(self.sample_columns as u128 * SAMPLES_PER_CELL * self.format.copies() as u128)
    }

    /// What the table of all paths takes, with the arithmetic; nothing if it is not written.
    pub fn samples_in_words(&self) -> Option<String> {
        let (paths, columns, bytes) = (grouped(self.paths()), self.sample_columns, megabytes(self.sample_bytes()));
        let copies = if self.format.copies() > 1 { " × 2 formats" } else { "" };
        let product = format!("{paths} paths × {columns} columns × {SAMPLES_PER_CELL} bytes{copies}");
        (columns > 0).then(|| format!("{}: of which samples {product} = {bytes}", self.name))
    }

    /// Bytes of memory at most: the tallies are gone when the samples come, and those when the pictures do.
    fn memory_bytes(&self) -> u128 {
        let tallies = u128::from(self.tally_bytes) * u128::from(self.tallies);
        let samples = samples::memory_bytes(self.paths(), self.sample_columns, self.format);
        tallies.max(samples).max(self.pictures as u128 * MEMORY_PER_PICTURE)
    }

    /// Bytes that a checkpoint has at most; a larger one is not of this run.
    pub fn checkpoint_bytes(&self) -> u64 {
        self.tally_bytes.saturating_mul(CHECKPOINT_PER_TALLY).saturating_add(CHECKPOINT_HEAD)
    }

    /// Bytes on the disk that checkpoints take while the run goes on.
    fn checkpoints_on_disk(&self) -> u128 {
        u128::from(self.tally_bytes / TALLIES_PER_CHECKPOINTS + CHECKPOINT_HEAD)
    }

    fn buyer_months(&self) -> u128 {
        [self.worlds, self.paths_per_world, self.months as u64, self.buyers as u64]
            .iter()
            .fold(1, |product, n| product.saturating_mul((*n).into()))
    }

    /// Bytes that the output folder will hold at most.
    pub fn output_bytes(&self) -> u128 {
        let per_cell = CHARTS_PER_MONTHLY_CELL + TABLES_PER_MONTHLY_CELL * self.format.copies() as u128;
        (FIXED_OUTPUT + self.monthly_cells as u128 * per_cell).saturating_add(self.sample_bytes())
    }

    /// The forecast, in one line or two.
    pub fn describe(&self) -> String {
        format!(
            "{}: {} worlds × {} paths × {} months × {} buyers = {} buyer-months; at most {} of memory and {} on disk, {} for checkpoints",
            self.name,
            grouped(self.worlds.into()),
            grouped(self.paths_per_world.into()),
            self.months,
            self.buyers,
            grouped(self.buyer_months()),
            megabytes(self.memory_bytes()),
            megabytes(self.output_bytes()),
            megabytes(self.checkpoints_on_disk()),
        ) + &self.samples_in_words().map(|words| format!("\n{words}")).unwrap_or_default()
    }

    /// Refuses what no run should cost, showing the arithmetic.
    ///
    /// # Errors
    /// [`Exit::Limit`].
    pub fn check(&self) -> Result<(), Failure> {
        let (name, buyer_months) = (&self.name, self.buyer_months());
        let product = format!("{} worlds × {} paths per world", grouped(self.worlds.into()), grouped(self.paths_per_world.into()));
        let refuse = |what: String| Err(Failure::new(Exit::Limit, what));
        if buyer_months > MAX_BUYER_MONTHS {
            let (months, buyers) = (self.months, self.buyers);
            let (total, most) = (grouped(buyer_months), grouped(MAX_BUYER_MONTHS));
            return refuse(format!(
                "{name}: {product} × {months} months × {buyers} buyers = {total} buyer-months, at most {most}: lower one of them"
            ));
        }
        let memory = self.memory_bytes();
        if memory > MAX_MEMORY {
            let (memory, most) = (megabytes(memory), megabytes(MAX_MEMORY));
            return refuse(format!(
                "{name}: tallies would take {memory} of memory, at most {most}: lower --threads or the number of months"
            ));
        }
        Ok(())
    }

    /// Refuses what the system has no memory for. An allocation that fails later ends the program without a word.
    fn check_memory(&self) -> Result<(), Failure> {
        let (name, bytes) = (&self.name, self.memory_bytes());
        let remedy = "lower --threads or the number of months, or leave out pictures with --no-charts";
        if let Some(free) = crate::io::free_memory().filter(|free| bytes > (*free).into()) {
            let (bytes, free) = (megabytes(bytes), megabytes(free.into()));
            return Err(Failure::new(
                Exit::Limit,
                format!("{name}: it may take {bytes} of memory, and the system has {free} left: {remedy}"),
            ));
        }
        let whole = bytes + bytes / 4 + PROGRAM;
        if u64::try_from(whole).is_ok_and(crate::io::grants_memory) {
            return Ok(());
        }
        Err(Failure::new(Exit::Resources, format!("{name}: the system refuses the {} of memory it may take: {remedy}", megabytes(whole))))
    }
}

/// Refuses absurd work, more memory than there is, and results that would not fit where they go.
///
/// # Errors
/// [`Exit::Limit`], showing the arithmetic; [`Exit::Resources`] if the system refuses memory.
pub fn check_limits(forecasts: &[Work], targets: &[PathBuf]) -> Result<(), Failure> {
    Failure::all(forecasts.iter().filter_map(|work| work.check().err()).collect())?;
    // Last, because it depends on the moment.
    let memory = || forecasts.iter().max_by_key(|work| work.memory_bytes()).map_or(Ok(()), Work::check_memory);
    let checkpoints = forecasts.iter().map(Work::checkpoints_on_disk).max().unwrap_or(0);
    let needed = checkpoints + forecasts.iter().map(Work::output_bytes).sum::<u128>();
    let Some(target) = targets.first() else { return memory() };
    match crate::io::free_bytes(target) {
        Ok(free) if needed > free.into() => {
            let samples: String = forecasts.iter().filter_map(Work::samples_in_words).map(|words| format!("\n{words}")).collect();
            let room =
                format!("the results and the checkpoint may take {needed} bytes and the disk of {target:?} has only {free} left{samples}");
            Err(Failure::new(Exit::Limit, room))
        }
        // What is wrong with the place shows when we write there.
        _ => memory(),
    }
}

/// Digits in groups of three.
fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn megabytes(bytes: u128) -> String {
    format!("{} MB", grouped(bytes.div_ceil(1_000_000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Work = Work {
        name: String::new(),
        worlds: 1000,
        paths_per_world: 50,
        months: 24,
        buyers: 10,
        monthly_cells: 3000,
        tally_bytes: 5_000_000,
        tallies: 4,
        pictures: 0,
        format: Format::Csv,
        sample_columns: 0,
    };

    #[test]
    fn an_ordinary_run_is_allowed_and_its_cost_is_said() {
        assert!(BASE.check().is_ok());
        // 1000 × 50 × 24 × 10 = 12,000,000; 4 MiB + 3000 × (100 + 100) bytes is 4.8 MB, rounded up 5; two quarters of 5 MB and 1 MiB are 3.5.
        let text = "mine: 1,000 worlds × 50 paths × 24 months × 10 buyers = 12,000,000 buyer-months; at most 20 MB of memory and 5 MB on disk, 4 MB for checkpoints";
        assert_eq!(Work { name: "mine".into(), ..BASE }.describe(), text);
    }

    #[test]
    fn samples_are_counted_and_named_in_each_format() {
        // 1000 × 50 × 200 × 12 bytes = 120 MB; with 4 MiB + 600,000 bytes 124.8 MB, rounded up 125.
        let work = Work { name: "mine".into(), sample_columns: 200, ..BASE };
        assert_eq!(work.output_bytes(), 4_194_304 + 600_000 + 120_000_000);
        let text = work.describe();
        assert!(text.contains("and 125 MB on disk"), "{text}");
        assert!(text.ends_with("\nmine: of which samples 50,000 paths × 200 columns × 12 bytes = 120 MB"), "{text}");
        // Twice the samples, and another 3000 × 100 bytes of tables.
        let both = Work { format: Format::Both, ..work };
        assert_eq!(both.output_bytes(), 4_194_304 + 900_000 + 240_000_000);
        assert!(both.describe().ends_with("× 12 bytes × 2 formats = 240 MB"), "{}", both.describe());
        assert_eq!(BASE.samples_in_words(), None);
    }

    #[test]
    fn memory_for_samples_is_that_of_a_chunk_and_grows_only_by_the_index_of_a_parquet_file() {
        let work = |worlds: u64, format| Work { worlds, sample_columns: 200, tally_bytes: 1, format, ..BASE };
        let [few, many] = [10_000, 10_000_000].map(|worlds| work(worlds, Format::Csv).memory_bytes());
        assert_eq!(few, many);
        // 5e8 paths in row groups of 163 × 64 = 10,432 paths are 47,930 groups of 200 columns at 1 KiB.
        assert_eq!(work(10_000_000, Format::Parquet).memory_bytes() - many, 47_930 * 200 * 1024);
    }

    #[test]
    fn every_thread_draws_a_picture_once_the_tallies_are_gone() {
        assert_eq!(Work { pictures: 2, ..BASE }.memory_bytes(), 40 << 20);
        assert_eq!(Work { pictures: 2, tallies: 100, ..BASE }.memory_bytes(), 500_000_000);
    }

    #[test]
    fn absurd_counts_are_refused_with_the_arithmetic() {
        let refusal = |work: Work| {
            let failure = work.check().unwrap_err();
            assert_eq!(failure.exit, Exit::Limit);
            failure.message
        };
        let work = refusal(Work { worlds: 80_000_000, months: 600, ..BASE });
        assert!(work.contains("× 600 months × 10 buyers = 24,000,000,000,000 buyer-months"), "{work}");
        let memory = refusal(Work { tally_bytes: 13 << 28, ..BASE });
        assert!(memory.contains("13,959 MB of memory, at most 12,885 MB"), "{memory}");
        refusal(Work { worlds: u64::MAX, paths_per_world: u64::MAX, ..BASE });
    }
}
