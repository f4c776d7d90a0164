//! In which order recordings are taken, so that the whole takes least.

/// Seconds that a recording is expected to take in each of the flow's steps.
pub type Steps<const N: usize> = [f64; N];

/// Orders that save less than this share are not worth the surprise: recordings then go in the order given.
const WORTH: f64 = 0.01;

/// The order in which jobs that take these times, step after step, one at a time in each step, are done soonest: the
/// order given, longest first, or Johnson's (Johnson 1954, "Optimal two- and three-stage production schedules with
/// setup times included"), whichever ends first by [`makespan`].
pub fn best_order<const N: usize>(times: &[Steps<N>]) -> Vec<usize> {
    let given: Vec<usize> = (0..times.len()).collect();
    let total = |job: &usize| times[*job].iter().sum::<f64>();
    let mut longest = given.clone();
    longest.sort_by(|a, b| total(b).total_cmp(&total(a)));
    let mut best = (makespan(times, &given) * (1.0 - WORTH), given.clone());
    for order in [longest, johnson(times)] {
        let takes = makespan(times, &order);
        if takes < best.0 {
            best = (takes, order);
        }
    }
    best.1
}

/// When the last job is done if they are taken in this order.
pub fn makespan<const N: usize>(times: &[Steps<N>], order: &[usize]) -> f64 {
    let mut free = [0.0_f64; N];
    for job in order {
        let mut ready = 0.0;
        for step in 0..N {
            ready = f64::max(free[step], ready) + times[*job][step];
            free[step] = ready;
        }
    }
    free.into_iter().fold(0.0, f64::max)
}

/// Johnson's order over two made-up steps: all but the last, all but the first.
fn johnson<const N: usize>(times: &[Steps<N>]) -> Vec<usize> {
    let two: Vec<(f64, f64)> =
        times.iter().map(|steps| (steps[..N - 1].iter().sum(), steps[1..].iter().sum())).collect();
    let (mut early, mut late): (Vec<usize>, Vec<usize>) = (0..times.len()).partition(|job| two[*job].0 < two[*job].1);
    early.sort_by(|a, b| two[*a].0.total_cmp(&two[*b].0));
    late.sort_by(|a, b| two[*b].1.total_cmp(&two[*a].1));
    early.extend(late);
    early
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_recording_that_takes_long_at_the_end_is_taken_earlier() {
        let mut times = vec![[1.0, 10.0, 2.0]; 9];
        times.push([10.0, 100.0, 80.0]);
        let order = best_order(&times);
        assert_ne!(order.last(), Some(&9));
        assert!(makespan(&times, &order) < makespan(&times, &(0..10).collect::<Vec<_>>()) - 50.0);
    }

    #[test]
    fn equal_recordings_stay_in_their_order() {
        assert_eq!(best_order(&[[1.0, 5.0, 1.0]; 4]), [0, 1, 2, 3]);
        assert_eq!(best_order::<3>(&[]), Vec::<usize>::new());
    }

    proptest! {
        #[test]
        fn an_order_holds_every_job_once_and_is_never_slower(
            times in proptest::collection::vec(proptest::array::uniform3(0.0_f64..100.0), 0..40)
        ) {
            let order = best_order(&times);
            let given: Vec<usize> = (0..times.len()).collect();
            prop_assert!(makespan(&times, &order) <= makespan(&times, &given) + 1e-9);
            let mut sorted = order;
            sorted.sort_unstable();
            prop_assert_eq!(sorted, given);
        }
    }
}
