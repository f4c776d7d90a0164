//! Pitch and level of one stretch of sound, with the conditions under which they may be told.

use super::clipping::ClippingCount;
use super::intensity::{IntensityMeter, IntensityTrack};
use super::nuclei::count_nuclei;
use super::pitch::{PitchSettings, PitchTrack, PitchTracker};
use super::second::{SecondPitchSettings, SecondTrack};
use super::settings::AcousticsSettings;
use super::statistics::{energy_mean, mean, median, standard_deviation};
use super::voice::{VoiceConditions, VoiceMeter, VoiceTrack};
use std::collections::BTreeMap;
use voiceman_base::{Decibels, Hertz, Measured, PitchAgreement, UndefinedReason, VoiceMeasure, VoiceMeasures};

/// The tools for one sample rate.
pub(crate) struct Tools {
    sample_rate: u32,
    settings: AcousticsSettings,
    /// A tracker for each range that was asked for, by the bits of floor and ceiling; nothing where the rate is too low
    /// for its windows.
    trackers: BTreeMap<(u64, u64), Option<PitchTracker>>,
    /// Nothing where the rate is too low for its windows.
    meter: Option<IntensityMeter>,
    voice: VoiceMeter,
}

impl Tools {
    pub(crate) fn new(sample_rate: u32, settings: &AcousticsSettings) -> Tools {
        Tools {
            sample_rate,
            settings: *settings,
            trackers: BTreeMap::new(),
            meter: IntensityMeter::new(sample_rate, &settings.intensity),
            voice: VoiceMeter::new(sample_rate, &settings.voice),
        }
    }

    /// The tracker for pitches from `floor` to `ceiling` hertz. Frames are as far apart for all ranges, so that voices can
    /// be compared frame by frame and conditions on numbers of frames mean the same time for everybody.
    fn tracker(&mut self, (floor, ceiling): (f64, f64)) -> Option<&mut PitchTracker> {
        let Tools { sample_rate, settings, trackers, .. } = self;
        let make = || {
            let step = settings.pitch.frame_step();
            let pitch = PitchSettings { floor_hz: floor, ceiling_hz: ceiling, ..settings.pitch };
            PitchTracker::with_step(*sample_rate, &pitch, step)
        };
        trackers.entry((floor.to_bits(), ceiling.to_bits())).or_insert_with(make).as_mut()
    }
}

/// One frame of pitch and what level was there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    /// Middle of the frame in seconds after the stretch began.
    pub(crate) time: f64,
    /// Pitch in hertz, or nothing where the frame is voiceless.
    pub(crate) frequency: Option<f64>,
    /// Level in decibels, or nothing near the ends, where no window fits, and in digital silence.
    pub(crate) level: Option<f64>,
    /// Whether its pitch counts: no second estimate says otherwise.
    pub(crate) counts: bool,
}

/// What is measured of a stretch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// Floor and ceiling of the search for pitch, in hertz.
    pub(crate) pitch: (f64, f64),
    /// Highest frequency that formants are looked for in, in hertz; nothing where pitch alone is wanted.
    pub(crate) whole: Option<f64>,
}

/// Some of a stretch's sound.
pub(crate) struct Piece {
    /// The mean of all channels.
    pub(crate) samples: Vec<f32>,
    /// How much of the worst channel is clipped.
    pub(crate) clipping: ClippingCount,
}

/// What was measured of a stretch, piece by piece.
#[derive(Default)]
pub(crate) struct Stretch {
    frames: Vec<Frame>,
    voice: VoiceTrack,
    clipping: ClippingCount,
    any_sound: bool,
    level_fits: bool,
    /// Whether there is a second estimate of pitch.
    compared: bool,
}

/// Pitch and level of a stretch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SoundMeasures {
    pub(crate) f0_agreement: Measured<PitchAgreement>,
    pub(crate) f0_mean: Measured<Hertz>,
    pub(crate) f0_median: Measured<Hertz>,
    pub(crate) f0_sd: Measured<Hertz>,
    pub(crate) intensity: Measured<Decibels>,
}

impl Stretch {
    /// Adds a piece that begins `offset` seconds after the stretch: pitch, and level and voice too if they are wanted.
    pub(crate) fn push(&mut self, tools: &mut Tools, wanted: Wanted, piece: &Piece, offset: f64) {
        let samples = &piece.samples;
        self.clipping = self.clipping.plus(piece.clipping);
        self.any_sound |= samples.windows(2).any(|pair| pair[0] != pair[1]);
        let level = tools.meter.as_ref().filter(|_| wanted.whole.is_some()).and_then(|meter| meter.measure(samples));
        self.level_fits |= level.is_some();
        let Some(pitch) = tools.tracker(wanted.pitch).and_then(|tracker| tracker.track(samples)) else { return };
        if let Some(ceiling) = wanted.whole {
            tools.voice.measure_below(ceiling, samples, (&pitch, offset), &mut self.voice);
        }
        self.frames.extend(pitch.frequencies.iter().enumerate().map(|(index, frequency)| {
            let time = pitch.time(index);
            let level =
                level.as_ref().and_then(|level| level.at(time)).filter(|level| *level > IntensityTrack::NO_SOUND);
            Frame { time: offset + time, frequency: *frequency, level, counts: true }
        }));
    }

    /// Holds the frames against a second estimate of the pitch of the same stretch: those that it does not bear out do not
    /// count.
    pub(crate) fn compare(&mut self, second: &SecondTrack, settings: &SecondPitchSettings) {
        self.compared = true;
        for frame in &mut self.frames {
            frame.counts = frame.frequency.is_none_or(|first| settings.agree(first, second.at(frame.time)));
        }
    }

    /// The frames as they may be shown: without pitch where it does not count or there is too little voice to tell any, without
    /// level where the sound is clipped.
    pub(crate) fn shown_frames(&self, settings: &AcousticsSettings) -> impl Iterator<Item = Frame> + '_ {
        let voiced = self.pitched(settings).is_ok();
        let level = self.level_condition(settings).is_ok();
        self.frames.iter().map(move |frame| Frame {
            frequency: frame.frequency.filter(|_| voiced && frame.counts),
            level: frame.level.filter(|_| level),
            ..*frame
        })
    }

    /// The measures, each with its own condition.
    pub(crate) fn measures(&self, settings: &AcousticsSettings) -> SoundMeasures {
        let pitched = self.pitched(settings);
        let hertz = |measure: fn(&[f64]) -> Option<f64>| match &pitched {
            Ok(frequencies) => {
                Measured::from_option(measure(frequencies).and_then(Hertz::new), UndefinedReason::TooFewVoicedFrames)
            }
            Err(reason) => Measured::Undefined(*reason),
        };
        SoundMeasures {
            f0_agreement: self.agreement(settings),
            f0_mean: hertz(mean),
            f0_median: hertz(median),
            f0_sd: hertz(standard_deviation),
            intensity: self.intensity(settings),
        }
    }

    /// Times and pitches of the voiced frames where `counts` holds for their time; none where there is too little voice.
    pub(crate) fn pitches(&self, settings: &AcousticsSettings, counts: impl Fn(f64) -> bool) -> Vec<(f64, f64)> {
        if self.voice(settings).is_err() {
            return Vec::new();
        }
        let counting = self.frames.iter().filter(|frame| counts(frame.time));
        counting.filter_map(|frame| Some((frame.time, frame.frequency?))).collect()
    }

    /// What the voice is like from period to period. `bandwidth` and `ceiling` are the highest frequency recorded, if it is
    /// known, and that which formants were looked for in; `allowed` is what the quality gate says.
    pub(crate) fn voice_measures(
        &self,
        settings: &AcousticsSettings,
        bandwidth: Option<Hertz>,
        ceiling: Hertz,
        allowed: &dyn Fn(VoiceMeasure) -> Result<(), UndefinedReason>,
    ) -> VoiceMeasures {
        let conditions = VoiceConditions {
            voice: self.voice(settings),
            level: self.level_condition(settings),
            bandwidth,
            formant_ceiling: ceiling,
            allowed,
        };
        self.voice.measures(&settings.voice, &conditions)
    }

    /// How many vowels there are, or why they cannot be told: by level and voicing of the frames, both of the first estimate.
    pub(crate) fn nuclei(&self, settings: &AcousticsSettings) -> Result<u32, UndefinedReason> {
        self.voice(settings)?;
        let frames = self.frames.iter();
        let levels: Vec<(f64, bool)> =
            frames.filter_map(|frame| Some((frame.level?, frame.frequency.is_some()))).collect();
        match count_nuclei(&levels, &settings.nuclei) {
            0 => Err(UndefinedReason::SyllablesNotCountable),
            count => Ok(count),
        }
    }

    /// How many of the voiced frames the second estimate of pitch bears out.
    fn agreement(&self, settings: &AcousticsSettings) -> Measured<PitchAgreement> {
        let compared = if self.compared { Ok(()) } else { Err(UndefinedReason::NoSecondEstimate) };
        let counted = self.voice(settings).and(compared).map(|()| {
            let voiced = self.frames.iter().filter(|frame| frame.frequency.is_some());
            let agreed = voiced.clone().filter(|frame| frame.counts).count();
            PitchAgreement { voiced: voiced.count() as u32, agreed: agreed as u32 }
        });
        match counted {
            Ok(counted) => Measured::Value(counted),
            Err(reason) => Measured::Undefined(reason),
        }
    }

    /// Frequencies of the voiced frames that count, or why there are too few.
    fn pitched(&self, settings: &AcousticsSettings) -> Result<Vec<f64>, UndefinedReason> {
        self.voice(settings)?;
        let counting = self.frames.iter().filter(|frame| frame.counts);
        let frequencies: Vec<f64> = counting.filter_map(|frame| frame.frequency).collect();
        let enough = !self.compared || frequencies.len() >= settings.min_voiced_frames;
        if enough { Ok(frequencies) } else { Err(UndefinedReason::PitchDisputed) }
    }

    /// Whether there is a voice here, by the first estimate of pitch, or why not.
    fn voice(&self, settings: &AcousticsSettings) -> Result<(), UndefinedReason> {
        if self.frames.is_empty() {
            return Err(UndefinedReason::TooShort);
        }
        if !self.any_sound {
            return Err(UndefinedReason::Silent);
        }
        if self.clipping.share() > settings.max_clipped_share_pitch {
            return Err(UndefinedReason::Clipped);
        }
        let runs = self.frames.chunk_by(|left, right| left.frequency.is_some() == right.frequency.is_some());
        let in_runs: usize = runs
            .filter(|run| run[0].frequency.is_some() && run.len() >= settings.min_voiced_run)
            .map(<[Frame]>::len)
            .sum();
        let least = (settings.min_voiced_share * self.frames.len() as f64).max(settings.min_voiced_frames as f64);
        if (in_runs as f64) < least {
            return Err(UndefinedReason::TooFewVoicedFrames);
        }
        Ok(())
    }

    /// Whether levels mean anything here.
    fn level_condition(&self, settings: &AcousticsSettings) -> Result<(), UndefinedReason> {
        if !self.level_fits {
            Err(UndefinedReason::TooShort)
        } else if self.clipping.share() > settings.max_clipped_share_level {
            Err(UndefinedReason::Clipped)
        } else {
            Ok(())
        }
    }

    fn intensity(&self, settings: &AcousticsSettings) -> Measured<Decibels> {
        let level = self.voice(settings).and_then(|()| self.level_condition(settings)).and_then(|()| {
            let voiced = self.frames.iter().filter(|frame| frame.frequency.is_some());
            let levels: Vec<f64> = voiced.filter_map(|frame| frame.level).collect();
            energy_mean(&levels).and_then(Decibels::new).ok_or(UndefinedReason::TooShort)
        });
        match level {
            Ok(level) => Measured::Value(level),
            Err(reason) => Measured::Undefined(reason),
        }
    }
}

/// Energy mean of the level at the middle of every voiced frame, in decibels; frames near the ends, where no level
/// window fits, are left out.
pub fn energy_mean_level(pitch: &PitchTrack, level: &IntensityTrack) -> Option<f64> {
    let levels: Vec<f64> = pitch.voiced().filter_map(|(time, _)| level.at(time)).collect();
    energy_mean(&levels)
}
