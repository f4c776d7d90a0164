//! What the stages of a run took.

use super::spans::Spans;
use super::{Bottleneck, StagePerformance, factor, seconds, whole_micros};
use std::collections::BTreeMap;
use std::time::Duration;
use voiceman_base::QueueReading;

/// Stages whose time at work is closer than this share of the run are told apart by what waited for them.
const AS_GOOD_AS_EQUAL: f64 = 0.05;

/// Sums of every stage, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct StageSums(BTreeMap<&'static str, Sums>);

/// Sums of one stage.
#[derive(Clone, Debug, Default)]
struct Sums {
    runs: usize,
    cached: usize,
    ran: Duration,
    audio_s: f64,
    run_spans: Spans,
    batches: usize,
    items: usize,
    allowed: usize,
    worked: Duration,
    batch_spans: Spans,
    waited: Duration,
    waiting_max: Option<usize>,
    /// Recordings times time.
    waiting_sum: f64,
    waiting_over: Duration,
    memory_peak: Option<u64>,
}

/// A batch of a stage.
pub(super) struct Batch {
    pub items: usize,
    pub allowed: usize,
    pub took: Duration,
    pub waited: Duration,
    pub memory_bytes: Option<u64>,
}

impl StageSums {
    /// A stage ended on a recording of `audio_s` seconds at `at`, after `took`.
    pub(super) fn ran(&mut self, stage: &'static str, at: Duration, took: Duration, audio_s: f64) {
        let sums = self.0.entry(stage).or_default();
        sums.runs += 1;
        sums.ran += took;
        sums.audio_s += audio_s;
        sums.run_spans.add(at, took);
    }

    /// The result of a stage was there already.
    pub(super) fn cached(&mut self, stage: &'static str) {
        self.0.entry(stage).or_default().cached += 1;
    }

    /// A batch of a stage ended at `at`.
    pub(super) fn batch(&mut self, stage: &'static str, at: Duration, batch: &Batch) {
        let sums = self.0.entry(stage).or_default();
        sums.batches += 1;
        sums.items += batch.items;
        sums.allowed += batch.allowed;
        sums.worked += batch.took;
        sums.waited += batch.waited;
        sums.batch_spans.add(at, batch.took);
        sums.memory_peak = sums.memory_peak.max(batch.memory_bytes);
    }

    /// What waited during the `since` that led up to a reading.
    pub(super) fn queues(&mut self, queues: &[QueueReading], since: Duration) {
        for queue in queues {
            let sums = self.0.entry(queue.stage).or_default();
            sums.waiting_max = sums.waiting_max.max(Some(queue.waiting));
            sums.waiting_sum += queue.waiting as f64 * since.as_secs_f64();
            sums.waiting_over += since;
        }
    }

    /// The sums, by name, of stages that a recording came to.
    pub(super) fn finish(self) -> Vec<StagePerformance> {
        let reached = self.0.into_iter().filter(|(_, sums)| sums.runs + sums.cached + sums.batches > 0);
        reached.map(|(stage, sums)| sums.finish(stage)).collect()
    }
}

impl Sums {
    fn finish(self, stage: &str) -> StagePerformance {
        let batched = self.batches > 0;
        let active = if batched { &self.batch_spans } else { &self.run_spans }.covered();
        let (ran_s, active_s, audio_s) = (seconds(self.ran), seconds(active), self.audio_s);
        StagePerformance {
            stage: stage.to_owned(),
            runs: self.runs,
            cached: self.cached,
            seconds: ran_s,
            audio_s: whole_micros(audio_s),
            real_time_factor: factor(ran_s, audio_s),
            batches: self.batches,
            items: self.items,
            fill: factor(self.items as f64, self.allowed as f64),
            busy_s: if batched { seconds(self.worked) } else { ran_s },
            active_s,
            audio_s_per_s: factor(audio_s, active_s).filter(|_| self.runs > 0),
            waited_s: seconds(self.waited),
            waiting_max: self.waiting_max,
            waiting_mean: factor(self.waiting_sum, self.waiting_over.as_secs_f64()),
            memory_peak_bytes: self.memory_peak,
        }
    }
}

/// What a run of `total_s` seconds waited for most: see [`Bottleneck`].
pub(super) fn bottleneck(stages: &[StagePerformance], total_s: f64) -> Option<Bottleneck> {
    let worked = || stages.iter().filter(|stage| stage.runs + stage.batches > 0);
    let longest = worked().map(|stage| stage.active_s).max_by(f64::total_cmp)?;
    let close = worked().filter(|stage| stage.active_s >= longest - AS_GOOD_AS_EQUAL * total_s);
    let stage = close.max_by(|one, other| {
        let key = |stage: &StagePerformance| (stage.waited_s, stage.active_s);
        let ((waited, active), (other_waited, other_active)) = (key(one), key(other));
        waited.total_cmp(&other_waited).then(active.total_cmp(&other_active))
    })?;
    Some(Bottleneck {
        stage: stage.stage.clone(),
        active_s: stage.active_s,
        share: factor(stage.active_s, total_s).unwrap_or(0.0).min(1.0),
        waited_s: stage.waited_s,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(took: u64, waited: u64, memory: Option<u64>) -> Batch {
        let (took, waited) = (Duration::from_secs(took), Duration::from_secs(waited));
        Batch { items: 6, allowed: 8, took, waited, memory_bytes: memory }
    }

    #[test]
    fn batches_beside_each_other_are_at_work_once() {
        let mut sums = StageSums::default();
        sums.batch("ser", Duration::from_secs(10), &batch(10, 1, Some(5)));
        sums.batch("ser", Duration::from_secs(12), &batch(10, 2, None));
        sums.ran("ser", Duration::from_secs(12), Duration::from_secs(12), 240.0);
        let stages = sums.finish();
        let ser = &stages[0];
        assert_eq!((ser.batches, ser.items, ser.fill), (2, 12, Some(0.75)));
        assert_eq!((ser.busy_s, ser.active_s, ser.waited_s), (20.0, 12.0, 3.0));
        assert_eq!((ser.audio_s_per_s, ser.memory_peak_bytes), (Some(20.0), Some(5)));
    }

    #[test]
    fn the_bottleneck_is_the_busiest_stage_and_among_equals_the_one_that_was_waited_for() {
        let stage = |name: &str, active_s, waited_s| StagePerformance {
            stage: name.to_owned(),
            runs: 1,
            active_s,
            waited_s,
            ..StagePerformance::default()
        };
        let found = |stages: &[StagePerformance]| bottleneck(stages, 100.0).map(|found| found.stage);
        let (stt, ser) = (stage("stt", 90.0, 5.0), stage("ser", 60.0, 500.0));
        assert_eq!(found(&[stt.clone(), ser]).as_deref(), Some("stt"));
        let decode = stage("decode", 91.0, 0.0);
        assert_eq!(found(&[decode.clone(), stt.clone()]).as_deref(), Some("stt"));
        assert_eq!(bottleneck(&[decode, stt], 100.0).map(|found| found.share), Some(0.9));
        assert_eq!(bottleneck(&[], 100.0), None);
    }

    #[test]
    fn queues_are_weighed_by_time() {
        let mut sums = StageSums::default();
        let queue = |waiting| [QueueReading { stage: "ser", waiting, running: 0 }];
        sums.queues(&queue(5), Duration::from_secs(1));
        sums.queues(&queue(1), Duration::from_secs(3));
        assert_eq!(sums.clone().finish(), Vec::new());
        sums.ran("ser", Duration::from_secs(4), Duration::from_secs(1), 1.0);
        let ser = &sums.finish()[0];
        assert_eq!((ser.waiting_max, ser.waiting_mean), (Some(5), Some(2.0)));
    }
}
