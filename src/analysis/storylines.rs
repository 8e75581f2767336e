//! Which real paths stand for many: medoids in the space of ranks of the headline outcomes.
//!
//! Everything is counted in whole doubled ranks, so that ties are ties and the choice is the same everywhere.

use crate::model::{Layout, Outcome};
use crate::stats::{UNDEFINED, doubled_ranks};

/// The shares of poorer paths at which a story is told.
pub const STORY_SHARES: [f64; 3] = [0.1, 0.5, 0.9];
/// A story stands for the paths this near to its share.
const WINDOW: f64 = 0.05;
/// Calendar years whose deliveries count apart from those over the whole horizon.
const YEARS: usize = 2;

/// The outcomes that say together how a path went: deliveries by date, the first delivery, revenue and need served.
pub fn headline_outcomes(layout: &Layout) -> Vec<&Outcome> {
    // The last year ends with the horizon.
    let years = layout.years.iter().take(layout.years.len() - 1).take(YEARS).map(|(year, _)| format!("delivered_{year}"));
    let names = years.chain(["delivered_T", "t_first", "revenue", "need_fill"].map(String::from));
    names.filter_map(|name| layout.outcomes.iter().find(|outcome| outcome.buyer.is_none() && outcome.name == name)).collect()
}

/// A recorded outcome in its unit; nothing where it is undefined or a wait has not ended.
pub fn outcome_value(outcome: &Outcome, recorded: i64) -> Option<f64> {
    let known = recorded != UNDEFINED && outcome.censored_at.is_none_or(|end| recorded < end);
    // Parts of a unit are divided out, which gives the float nearest to the decimal.
    let value = |recorded: f64| if outcome.scale < 1.0 { recorded / (1.0 / outcome.scale).round() } else { recorded * outcome.scale };
    known.then(|| value(recorded as f64))
}

/// Recorded outcomes with the better above the worse: a wait is better when it is shorter.
/// Nothing if some path leaves the outcome undefined.
pub fn oriented(outcome: &Outcome, recorded: &[i64]) -> Option<Vec<f64>> {
    let sign = if outcome.censored_at.is_some() { -1.0 } else { 1.0 };
    recorded.iter().map(|value| (*value != UNDEFINED).then_some(sign * *value as f64)).collect()
}

/// The paths that stand for those around each share, from the poorest to the richest: (share, position of the path).
///
/// `outcomes[k][i]` is outcome `k` of path `i`, more being better. Paths are put in the order of the sum of their ranks over the
/// outcomes (ties share the average rank). Of those whose place in that order is within 5% of a share, the medoid is
/// chosen: the one with the smallest sum of distances to the others, in ranks. Equals go to the lowest position, and no
/// path is chosen twice, so that few paths give few stories.
pub fn medoids(outcomes: &[Vec<f64>], shares: &[f64]) -> Vec<(f64, usize)> {
    let ranks: Vec<Vec<i64>> = outcomes.iter().filter_map(|values| doubled_ranks(values)).collect();
    let paths = ranks.first().map_or(0, Vec::len);
    let standing = |path: usize| ranks.iter().map(|ranks| ranks[path]).sum::<i64>();
    let mut order: Vec<usize> = (0..paths).collect();
    order.sort_by_key(|path| (standing(*path), *path));

    let mut chosen: Vec<(f64, usize)> = Vec::new();
    for share in shares {
        let taken: Vec<usize> = chosen.iter().map(|(_, path)| *path).collect();
        chosen.extend(medoid(&ranks, window(&order, *share), &taken).map(|path| (*share, path)));
    }
    chosen
}

/// The path of a window that is nearest to all of it, among those not yet taken.
fn medoid(ranks: &[Vec<i64>], window: &[usize], taken: &[usize]) -> Option<usize> {
    let distance = |a: usize, b: usize| ranks.iter().map(|ranks| (ranks[a] - ranks[b]).abs()).sum::<i64>();
    let apart = |path: usize| window.iter().map(|other| distance(path, *other)).sum::<i64>();
    window.iter().copied().filter(|path| !taken.contains(path)).min_by_key(|path| (apart(*path), *path))
}

/// The paths whose place is within 5% of a share; at least the nearest one.
fn window(order: &[usize], share: f64) -> &[usize] {
    let Some(last) = order.len().checked_sub(1) else { return order };
    let place = |share: f64| share.clamp(0.0, 1.0) * last as f64;
    let nearest = place(share).round() as usize;
    // A place that is a whole number must not be lost to rounding.
    let first = (place(share - WINDOW) - 1e-9).ceil() as usize;
    let end = (place(share + WINDOW) + 1e-9).floor() as usize;
    &order[first.min(nearest)..=end.max(nearest)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_medoid_is_the_one_worked_out_by_hand() {
        // Five paths, two outcomes. Doubled ranks of (1, 2, 2, 4, 9): 2 5 5 8 10; of (1, 1, 5, 7, 6): 3 3 6 10 8.
        // Distances: 01: 3, 02: 6, 03: 13, 04: 13, 12: 3, 13: 10, 14: 10, 23: 7, 24: 7, 34: 4.
        // Sums: 0: 35, 1: 26, 2: 23, 3: 34, 4: 34.
        let outcomes = [vec![1.0, 2.0, 2.0, 4.0, 9.0], vec![1.0, 1.0, 5.0, 7.0, 6.0]];
        let ranks: Vec<Vec<i64>> = outcomes.iter().map(|values| doubled_ranks(values).unwrap()).collect();
        assert_eq!(medoid(&ranks, &[0, 1, 2, 3, 4], &[]), Some(2));
        assert_eq!(medoid(&ranks, &[0, 1, 2, 3, 4], &[2]), Some(1));
        // Of 3 and 4 alone, at equal distance, the lower number.
        assert_eq!(medoid(&ranks, &[4, 3], &[]), Some(3));
        // Standings: 5, 8, 11, 18, 18. No place is within 5% of .1 × 4 = .4; the nearest is 0. For .5 it is 2.
        // For .9 × 4 = 3.6 it is 4: of the two that stand equal the later path.
        assert_eq!(medoids(&outcomes, &[0.1, 0.5, 0.9]), [(0.1, 0), (0.5, 2), (0.9, 4)]);
    }

    #[test]
    fn of_a_window_the_most_central_path_is_chosen_not_the_one_in_the_middle_of_the_order() {
        // Twenty-one paths at places 0, .05, … 1; around .5 are the places .45, .5 and .55: paths 9, 10 and 11.
        // In the first outcome path i has rank i; in the second it has too, but 9 and 10 changed with 12 and 8:
        let first: Vec<f64> = (0..21).map(f64::from).collect();
        let mut second = first.clone();
        second.swap(9, 12);
        second.swap(8, 10);
        // Ranks in the second: 8 → 10, 9 → 12, 10 → 8, 12 → 9. Standings (sums): 8: 18, 9: 21, 10: 18, 11: 22, 12: 21.
        // Order: … 7 (14), 8 (18), 10 (18), 9 (21), 12 (21), 11 (22), 13 …; places 8 … 12.
        // Places 9, 10, 11 hold paths 10, 9, 12 at (10, 8), (9, 12), (12, 9).
        // Distances: 10–9: 1 + 4 = 5; 10–12: 2 + 1 = 3; 9–12: 3 + 3 = 6. Sums: 10: 8, 9: 11, 12: 9.
        assert_eq!(medoids(&[first, second], &[0.5]), [(0.5, 10)]);
    }

    #[test]
    fn paths_that_are_all_alike_give_different_ones_in_the_order_of_their_numbers() {
        let same = [vec![0.0; 100]];
        // Windows of the places 4.95 to 14.85, 44.55 to 54.45, 84.15 to 94.05.
        assert_eq!(medoids(&same, &STORY_SHARES), [(0.1, 5), (0.5, 45), (0.9, 85)]);
    }

    #[test]
    fn fewer_paths_than_stories_give_fewer_stories() {
        assert_eq!(medoids(&[vec![]], &STORY_SHARES), []);
        assert_eq!(medoids(&[], &STORY_SHARES), []);
        assert_eq!(medoids(&[vec![7.0]], &STORY_SHARES), [(0.1, 0)]);
        // Two paths: .1 takes place 0; .5 rounds to place 1 (half away from zero); for .9 nobody is left.
        assert_eq!(medoids(&[vec![3.0, 2.0]], &STORY_SHARES), [(0.1, 1), (0.5, 0)]);
    }

    #[test]
    fn shorter_waits_are_better_and_endless_ones_worst() {
        let outcome = |censored_at| Outcome {
            name: "t_first".into(),
            unit: "month",
            meaning: String::new(),
            buyer: None,
            cell: 0,
            scale: 0.5,
            censored_at,
        };
        assert_eq!(oriented(&outcome(Some(25)), &[3, 25, 4]), Some(vec![-3.0, -25.0, -4.0]));
        assert_eq!(oriented(&outcome(None), &[3, 25]), Some(vec![3.0, 25.0]));
        assert_eq!(oriented(&outcome(None), &[3, UNDEFINED]), None);
        assert_eq!([3, 25, UNDEFINED].map(|value| outcome_value(&outcome(Some(25)), value)), [Some(1.5), None, None]);
    }
}
