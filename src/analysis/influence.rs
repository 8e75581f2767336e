//! Which uncertain inputs go together with an outcome, over worlds.
//!
//! A rank correlation is not a cause and not a share of the variance; inputs that the scenario ties together share theirs.

use super::{Influence, TypeEffect};
use crate::domain::PolicyType;
use crate::stats::{Z95, spearman};

/// Rank correlations of inputs with an outcome, the strongest first; equals in the order of the inputs.
///
/// `worlds[w]` holds the inputs of a world in the order of `keys`, `outcome[w]` the mean outcome of its paths. Inputs that never
/// change, and all of them if the outcome never changes, have no influence to speak of and are left out; so is everything
/// with fewer than four worlds, for which there is no interval. Beijing's hidden type is no number and is not among them.
pub fn influences(keys: &[String], worlds: &[Vec<f64>], outcome: &[f64]) -> Vec<Influence> {
    let mut found: Vec<Influence> = keys
        .iter()
        .enumerate()
        .filter_map(|(place, key)| {
            let values: Vec<f64> = worlds.iter().map(|inputs| inputs[place]).collect();
            let rank_correlation = spearman(&values, outcome)?;
            let interval = interval(rank_correlation, worlds.len())?;
            Some(Influence { key: key.clone(), rank_correlation, interval })
        })
        .collect();
    found.sort_by(|a, b| b.rank_correlation.abs().total_cmp(&a.rank_correlation.abs()));
    found
}

/// The mean outcome of the worlds of each of Beijing's hidden types. `kinds[w]` is the type of a world, `outcome[w]` the mean
/// outcome of its paths.
pub fn type_effects(kinds: &[PolicyType], outcome: &[f64]) -> Vec<TypeEffect> {
    let effect = |kind: PolicyType| {
        let values: Vec<f64> = kinds.iter().zip(outcome).filter(|(k, _)| **k == kind).map(|(_, value)| *value).collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let std_error = (values.len() > 1).then(|| (squares / (n - 1.0) / n).sqrt());
        (!values.is_empty()).then_some(TypeEffect { kind, worlds: values.len() as u64, mean, std_error })
    };
    PolicyType::ALL.into_iter().filter_map(effect).collect()
}

/// The 95% interval of a rank correlation of `n` pairs: Fisher's transform with the variance (1 + r²/2)/(n − 3) of Bonett and
/// Wright, "Sample size requirements for estimating Pearson, Kendall and Spearman correlations", Psychometrika 65 (2000), 23–28.
pub(super) fn interval(r: f64, n: usize) -> Option<(f64, f64)> {
    let freedom = n.checked_sub(3).filter(|freedom| *freedom > 0)?;
    let reach = Z95 * ((1.0 + r * r / 2.0) / freedom as f64).sqrt();
    let at = |z: f64| libm::tanh(z).clamp(-1.0, 1.0);
    let z = libm::atanh(r);
    Some((at(z - reach), at(z + reach)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn every_hidden_type_has_the_mean_of_its_worlds_and_the_error_between_them() {
        // Stonewall in worlds with 2 and 4: mean 3, s² = 2, error √(2 / 2) = 1. Open in one: no error. The others in none.
        use PolicyType::{Open, Stonewall};
        let found = type_effects(&[Stonewall, Open, Stonewall], &[2.0, 10.0, 4.0]);
        let expected = [(Stonewall, 2, 3.0, Some(1.0)), (Open, 1, 10.0, None)];
        assert_eq!(found, expected.map(|(kind, worlds, mean, std_error)| TypeEffect { kind, worlds, mean, std_error }));
    }

    #[test]
    fn a_linear_model_gives_the_correlations_worked_out_by_hand() {
        // y = 10 a − b over seven worlds: 6, 19, 28.5, 35, 43, 57, 62.5, in the order of a, so a has rank correlation 1.
        // Ranks of b: 4 1 2 5 6 3 7; differences to 1 … 7 squared: 9 + 1 + 1 + 1 + 1 + 9 + 0 = 22; 1 − 6 × 22 / (7 × 48) = 17/28.
        // Ranks of c: 1 6 5 4 3 2 7; squared: 0 + 16 + 4 + 0 + 4 + 16 + 0 = 40; 1 − 240 / 336 = 2/7; and −c has −2/7.
        let a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        let b = [4.0, 1.0, 1.5, 5.0, 7.0, 3.0, 7.5];
        let minus_c = [7.0, 2.0, 3.0, 4.0, 5.0, 6.0, 1.0];
        let worlds: Vec<Vec<f64>> = (0..7).map(|i| vec![minus_c[i], b[i], 3.0, a[i]]).collect();
        let outcome: Vec<f64> = (0..7).map(|i| 10.0 * a[i] - b[i]).collect();
        let found = influences(&keys(&["minus_c", "b", "fixed", "a"]), &worlds, &outcome);
        let names: Vec<&str> = found.iter().map(|influence| influence.key.as_str()).collect();
        assert_eq!(names, ["a", "b", "minus_c"], "strongest first, and what never changes left out");
        assert_eq!(found[0].rank_correlation, 1.0);
        assert_eq!(found[0].interval, (1.0, 1.0));
        assert!((found[1].rank_correlation - 17.0 / 28.0).abs() < 1e-15);
        assert!((found[2].rank_correlation + 2.0 / 7.0).abs() < 1e-15);
    }

    #[test]
    fn the_interval_is_the_one_of_bonett_and_wright() {
        // r = 0.5, n = 103: atanh .5 = .549306; √(1.125 / 100) = .106066; times 1.959964 is .207886;
        // tanh .341420 = .328745, tanh .757192 = .639420.
        let (low, high) = interval(0.5, 103).unwrap();
        assert!((low - 0.328_745).abs() < 2e-6 && (high - 0.639_420).abs() < 2e-6, "{low} {high}");
        assert_eq!(interval(0.5, 3), None);
        let (low, high) = interval(0.0, 4).unwrap();
        // tanh 1.959964 = .961087.
        assert!((low + 0.961_087).abs() < 2e-6 && (high - 0.961_087).abs() < 2e-6, "{low} {high}");
    }

    #[test]
    fn an_outcome_that_never_changes_has_no_influences() {
        let worlds: Vec<Vec<f64>> = (0..9).map(|i| vec![f64::from(i)]).collect();
        assert_eq!(influences(&keys(&["a"]), &worlds, &[5.0; 9]), []);
        assert_eq!(influences(&keys(&["a"]), &worlds[..3], &[1.0, 2.0, 3.0]), []);
    }
}
