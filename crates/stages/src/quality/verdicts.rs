//! Which measures of the voices in a recording may be taken, and what stands against the others.

use super::settings::{Needs, QualitySettings};
use voiceman_base::{
    ClipTime, Condition, Decibels, Dropouts, Hertz, Hum, Obstacle, Quality, SignalQuality, SourceFacts, Untold,
    Verdict, VoiceMeasure,
};

/// Codecs that give back what was put in, beside those that begin with `pcm`.
const LOSSLESS: [&str; 7] = ["flac", "alac", "wavpack", "tta", "ape", "als", "mlp"];

/// One verdict a measure, in the order of [`VoiceMeasure::ALL`]. `speech` is how long the speaker in question speaks, or
/// anyone in the recording; [`SignalQuality::speech_time`] where nothing better is known.
pub fn verdicts(
    quality: &SignalQuality,
    facts: &SourceFacts,
    speech: Quality<ClipTime>,
    settings: &QualitySettings,
) -> Vec<Verdict> {
    VoiceMeasure::ALL.map(|measure| Judge { quality, facts, speech, settings }.verdict(measure)).to_vec()
}

/// All that is known.
struct Judge<'a> {
    quality: &'a SignalQuality,
    facts: &'a SourceFacts,
    speech: Quality<ClipTime>,
    settings: &'a QualitySettings,
}

impl Judge<'_> {
    fn verdict(&self, measure: VoiceMeasure) -> Verdict {
        let needs = self.settings.needs(measure);
        let (reverberation, untold_room) = if needs.dry { self.reverberation() } else { (None, None) };
        let (gain, untold_gain) = if needs.fixed_gain { self.gain() } else { (None, None) };
        let obstacles = [
            self.little_speech(needs),
            self.noise(needs),
            self.bandwidth(needs),
            self.clipping(needs),
            self.hum(needs),
            self.dropouts(needs),
            self.codec(needs),
            reverberation,
            gain,
        ];
        Verdict {
            measure,
            obstacles: obstacles.into_iter().flatten().collect(),
            untold: [untold_room, untold_gain].into_iter().flatten().collect(),
        }
    }

    fn little_speech(&self, needs: &Needs) -> Option<Obstacle> {
        let needed = ClipTime::from_seconds(needs.speech_s?);
        judged(Condition::Speech, self.speech, |speech| {
            (speech < needed).then_some(Obstacle::LittleSpeech { speech, needed })
        })
    }

    fn noise(&self, needs: &Needs) -> Option<Obstacle> {
        let needed_db = Decibels::new(needs.snr_db?)?;
        judged(Condition::Noise, self.quality.snr_db, |snr_db| {
            (snr_db < needed_db).then_some(Obstacle::Noise { snr_db, needed_db })
        })
    }

    fn bandwidth(&self, needs: &Needs) -> Option<Obstacle> {
        let needed_hz = Hertz::new(needs.bandwidth_hz?)?;
        judged(Condition::Bandwidth, self.quality.bandwidth_hz, |bandwidth_hz| {
            (bandwidth_hz < needed_hz).then_some(Obstacle::Bandwidth { bandwidth_hz, needed_hz })
        })
    }

    fn clipping(&self, needs: &Needs) -> Option<Obstacle> {
        let most = needs.clipped_share?;
        judged(Condition::Clipping, self.quality.clipped_share, |share| {
            (share > most).then_some(Obstacle::Clipping { share, most })
        })
    }

    /// Hum that was not looked for, because the recording is short, is part of its noise at least.
    fn hum(&self, needs: &Needs) -> Option<Obstacle> {
        let needed_db = Decibels::new(needs.over_hum_db?)?;
        let (Quality::Value(hum), Quality::Value(speech)) = (self.quality.hum, self.quality.speech_level_dbfs) else {
            return None;
        };
        let speech_over_hum_db = Decibels::new(speech.value() - hum.level_dbfs.value())?;
        (self.is_hum(&hum) && speech_over_hum_db < needed_db).then_some(Obstacle::Hum { speech_over_hum_db, needed_db })
    }

    fn is_hum(&self, hum: &Hum) -> bool {
        hum.over_neighbourhood_db.value() >= self.settings.hum_from_db
    }

    fn dropouts(&self, needs: &Needs) -> Option<Obstacle> {
        let most = needs.lost_share?;
        let lost = |dropouts: &Dropouts| dropouts.total.seconds();
        match (&self.quality.dropouts, self.quality.speech_time) {
            (Quality::Undefined(why), _) => Some(Obstacle::Unknown { condition: Condition::Dropouts, why: *why }),
            (Quality::Value(dropouts), Quality::Value(speech)) => {
                let share = (lost(dropouts) / speech.seconds()).min(1.0);
                (share > most).then_some(Obstacle::Dropouts { share, most })
            }
            // Nobody speaks; other obstacles say so.
            (Quality::Value(_), Quality::Undefined(_)) => None,
        }
    }

    fn codec(&self, needs: &Needs) -> Option<Obstacle> {
        let needed = needs.kilobits_per_s?;
        let facts = self.facts;
        if facts.codec.starts_with("pcm") || LOSSLESS.contains(&facts.codec.as_str()) {
            return None;
        }
        let channels = f64::from(facts.channels.max(1));
        let kilobits_per_s = facts.file.bytes as f64 * 8e-3 / facts.duration.seconds() / channels;
        // Without any sound there is no rate, and nothing to measure.
        (kilobits_per_s < needed).then_some(Obstacle::Codec { kilobits_per_s, needed })
    }

    fn reverberation(&self) -> (Option<Obstacle>, Option<Untold>) {
        let needed = self.settings.reverberant_below_db_per_s;
        hint(Condition::Reverberation, self.quality.fall_db_per_s, |fall_db_per_s| {
            let needed_db_per_s = Decibels::new(needed)?;
            (fall_db_per_s < needed_db_per_s).then_some(Obstacle::Reverberation { fall_db_per_s, needed_db_per_s })
        })
    }

    fn gain(&self) -> (Option<Obstacle>, Option<Untold>) {
        let most = self.settings.gain_above_db;
        hint(Condition::AutomaticGain, self.quality.pause_rise_db, |rise_db| {
            let most_db = Decibels::new(most)?;
            (rise_db > most_db).then_some(Obstacle::AutomaticGain { rise_db, most_db })
        })
    }
}

/// The obstacle that `judge` sees, or that there is nothing to judge by.
fn judged<T>(condition: Condition, value: Quality<T>, judge: impl FnOnce(T) -> Option<Obstacle>) -> Option<Obstacle> {
    match value {
        Quality::Value(value) => judge(value),
        Quality::Undefined(why) => Some(Obstacle::Unknown { condition, why }),
    }
}

/// As [`judged`] for a hint, which stands against nothing where there is none.
fn hint<T>(
    condition: Condition,
    value: Quality<T>,
    judge: impl FnOnce(T) -> Option<Obstacle>,
) -> (Option<Obstacle>, Option<Untold>) {
    match value {
        Quality::Value(value) => (judge(value), None),
        Quality::Undefined(why) => (None, Some(Untold { condition, why })),
    }
}
