//! How long a node usually takes, and how long it may take.

use super::TimeLimit;
use std::time::Duration;
use voiceman_base::ClipTime;

/// Batches that are remembered.
const REMEMBERED: usize = 33;
/// Batches after which the usual time counts.
const ENOUGH: usize = 5;

/// Seconds for a second of sound in the last batches of a node.
#[derive(Clone, Debug, Default)]
pub(super) struct Usual {
    factors: Vec<f64>,
    next: usize,
}

impl Usual {
    /// A batch over `audio` took `took`.
    pub(super) fn learn(&mut self, took: Duration, audio: ClipTime) {
        if audio <= ClipTime::ZERO {
            return;
        }
        let factor = took.as_secs_f64() / audio.seconds();
        if self.factors.len() < REMEMBERED {
            self.factors.push(factor);
        } else {
            self.factors[self.next] = factor;
        }
        self.next = (self.next + 1) % REMEMBERED;
    }

    /// How long a batch over `audio` may take.
    pub(super) fn limit(&self, rules: &TimeLimit, audio: ClipTime) -> Duration {
        let usual = (self.factors.len() >= ENOUGH).then(|| self.median() * rules.times_usual);
        let factor = usual.map_or(rules.per_audio, |usual| usual.min(rules.per_audio));
        rules.base + Duration::from_secs_f64((factor * audio.seconds()).clamp(0.0, 1e9))
    }

    fn median(&self) -> f64 {
        let mut sorted = self.factors.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_follows_what_is_usual_once_that_is_known() {
        let rules = super::super::Rules::DEFAULT.time_limit;
        let minute = ClipTime::from_seconds(60.0);
        let mut usual = Usual::default();
        assert_eq!(usual.limit(&rules, minute), Duration::from_secs(300 + 20 * 60));
        (0..4).for_each(|_| usual.learn(Duration::from_secs(3), minute));
        assert_eq!(usual.limit(&rules, minute), Duration::from_secs(300 + 20 * 60));
        usual.learn(Duration::from_secs(600), minute);
        assert_eq!(usual.limit(&rules, minute), Duration::from_secs(300 + 60));
        (0..40).for_each(|_| usual.learn(Duration::from_secs(600), minute));
        assert_eq!(usual.limit(&rules, minute), Duration::from_secs(300 + 20 * 60));
    }
}
