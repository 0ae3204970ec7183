//! Two-sample tests: whether two sets of response times could come from one and the same distribution.
//! Plain functions on numbers; used by `timing`.

use crate::bulk::next_random;
use crate::report::median;

/// How often the labels are shuffled for the permutation test. The smallest p-value it can give is one more than this,
/// inverted.
const SHUFFLES: usize = 4_000;

/// Two-sided p-value of the Mann-Whitney U test (Wilcoxon rank-sum), with the normal approximation, ties corrected.
///
/// *Source*: H. B. Mann and D. R. Whitney, "On a Test of Whether one of Two Random Variables is Stochastically Larger than
/// the Other", 1947. The approximation is meant for more than some 20 values on each side.
pub(crate) fn mann_whitney_p(first: &[f64], second: &[f64]) -> f64 {
    let (m, n) = (count(first), count(second));
    let all = m + n;
    let (rank_sum, tied) = rank_sum(first, second);
    let u = rank_sum - m * (m + 1.0) / 2.0;
    let variance = m * n / 12.0 * (all + 1.0 - tied / (all * (all - 1.0)));
    if variance <= 0.0 {
        // All values are the same, or there are none: nothing tells the sides apart.
        return 1.0;
    }
    let z = (u - m * n / 2.0).abs() / variance.sqrt();
    complementary_error(z / std::f64::consts::SQRT_2)
}

/// The sum of the first side's ranks among all values, and the sum of t³ - t over the groups of t equal values.
fn rank_sum(first: &[f64], second: &[f64]) -> (f64, f64) {
    let marked = first.iter().map(|value| (*value, true));
    let mut all: Vec<_> = marked.chain(second.iter().map(|value| (*value, false))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut sum, mut tied, mut before) = (0.0, 0.0, 0.0);
    for group in all.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let size = count(group);
        let rank = before + f64::midpoint(1.0, size);
        sum += rank * count(&group.iter().filter(|(_, is_first)| *is_first).collect::<Vec<_>>());
        tied += size * size * size - size;
        before += size;
    }
    (sum, tied)
}

/// Two-sided p-value of the difference of the medians, by shuffling which value belongs to which side.
///
/// *Why* beside the other: it assumes nothing of the values but that, if the sides are alike, their labels mean nothing.
pub(crate) fn permutation_p(first: &[f64], second: &[f64], seed: u64) -> f64 {
    let found = (middle(&mut first.to_vec()) - middle(&mut second.to_vec())).abs();
    let mut all: Vec<f64> = first.iter().chain(second).copied().collect();
    let mut state = seed.max(1);
    let mut as_far = 1_usize;
    for _ in 0..SHUFFLES {
        for at in 0..first.len() {
            let left = (all.len() - at) as u64;
            let step = usize::try_from(next_random(&mut state) % left).unwrap_or(0);
            all.swap(at, at + step);
        }
        let (one, other) = all.split_at_mut(first.len());
        as_far += usize::from((middle(one) - middle(other)).abs() >= found);
    }
    ratio(as_far, SHUFFLES + 1)
}

/// The upper middle value, found without sorting; the order of the values is not kept.
fn middle(values: &mut [f64]) -> f64 {
    let at = values.len() / 2;
    if values.is_empty() { f64::NAN } else { *values.select_nth_unstable_by(at, f64::total_cmp).1 }
}

/// The median of some values.
pub(crate) fn median_of(values: &[f64]) -> f64 {
    median(values.iter().copied())
}

/// `erfc(x)` for `x` of 0 and more, to seven digits.
///
/// *Source*: Abramowitz and Stegun, "Handbook of Mathematical Functions", 7.1.14, the continued fraction, evaluated from
/// its end; near 0 the series 7.1.5.
fn complementary_error(x: f64) -> f64 {
    let root_of_pi = std::f64::consts::PI.sqrt();
    if x < 2.0 {
        let (mut term, mut sum) = (x, x);
        for n in 1..60 {
            let n = f64::from(n);
            term *= -x * x / n;
            sum += term / (2.0 * n + 1.0);
        }
        return 1.0 - 2.0 / root_of_pi * sum;
    }
    let mut fraction = x;
    for n in (1..60).rev() {
        fraction = x + f64::from(n) / 2.0 / fraction;
    }
    (-x * x).exp() / (root_of_pi * fraction)
}

#[expect(clippy::cast_precision_loss, reason = "samples are far fewer than 2^52")]
fn count<T>(values: &[T]) -> f64 {
    values.len() as f64
}

#[expect(clippy::cast_precision_loss, reason = "shuffles are far fewer than 2^52")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values between 0 and 1, and some more.
    fn sample(seed: u64, length: usize, more: f64) -> Vec<f64> {
        let mut state = seed;
        (0..length)
            .map(|_| {
                f64::from(u32::try_from(next_random(&mut state) >> 40).unwrap()) / f64::from(1 << 24) + more
            })
            .collect()
    }

    #[test]
    fn error_function_is_as_in_the_tables() {
        for (x, known) in
            [(0.0, 1.0), (0.5, 0.479_500_1), (1.0, 0.157_299_2), (2.0, 0.004_677_7), (3.0, 0.000_022_09)]
        {
            assert!((complementary_error(x) - known).abs() < 1e-7, "{x}: {}", complementary_error(x));
        }
    }

    #[test]
    fn worked_example_has_its_known_p_value() {
        // U = 8 of 25 possible pairs, ranks without ties: z = (12.5 - 8) / sqrt(25 / 12 * 11) = 0.940.
        let p = mann_whitney_p(&[1.0, 4.0, 5.0, 6.0, 7.0], &[2.0, 3.0, 8.0, 9.0, 10.0]);
        assert!((p - 0.3472).abs() < 1e-3, "{p}");
    }

    #[test]
    fn samples_of_one_distribution_are_not_told_apart() {
        let (first, second) = (sample(3, 4_000, 0.0), sample(5, 4_000, 0.0));
        assert!(mann_whitney_p(&first, &second) > 0.01);
        assert!(permutation_p(&first, &second, 7) > 0.01);
        assert!((mann_whitney_p(&[1.0; 30], &[1.0; 30]) - 1.0).abs() < 1e-9, "equal values");
    }

    #[test]
    fn sample_that_is_moved_by_a_tenth_of_its_width_is_told_apart() {
        let (first, second) = (sample(3, 4_000, 0.0), sample(5, 4_000, 0.1));
        assert!(mann_whitney_p(&first, &second) < 1e-6);
        assert!(permutation_p(&first, &second, 7) < 1e-3);
    }
}
