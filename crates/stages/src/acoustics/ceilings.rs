//! The ceilings that formants are looked for below: one for each speaker, found over all that he or she says.

use super::gate::Gate;
use super::statistics::median;
use super::voice::{CeilingFinder, CeilingMethod, STRETCH_S, spread, stretches};
use super::{AcousticsInput, AcousticsStage, read_piece};
use std::collections::BTreeMap;
use std::ops::Range;
use voiceman_base::{
    ClipTime, FormantCeiling, FormantCeilingBasis, Hertz, Span, SpeakerId, StageError, StageErrorKind, VoiceMeasure,
    Watch,
};

/// Sound to each side of a stretch, in seconds, as far as the same person says it: windows reach beyond it, and so does the
/// resampling filter.
const MARGIN_S: f64 = 0.1;

/// A stretch of voice.
#[derive(Clone, Copy)]
pub(crate) struct VoiceStretch {
    /// First sample of the utterance that it is in, and the one behind its last.
    part: (u64, u64),
    /// Where it begins, in seconds after the first sample of the utterance: wherever in the recording an utterance lies, its
    /// frames lie on the same samples.
    start: f64,
}

impl VoiceStretch {
    /// Samples to read and, in seconds after the first of them, where the stretch begins. What lies next to an utterance is
    /// another one or silence, and neither is to decide.
    fn around(&self, rate: f64) -> (Range<u64>, f64) {
        let at = |time: f64| (time.max(0.0) * rate).round() as u64;
        let first = at(self.start - MARGIN_S);
        let last = (self.part.0 + at(self.start + STRETCH_S + MARGIN_S)).min(self.part.1);
        (self.part.0 + first..last, self.start - first as f64 / rate)
    }
}

/// What a first pass finds of one speaker.
#[derive(Default)]
pub(crate) struct FirstPass {
    /// Pitches of the voiced frames in which the speaker talks alone, in hertz.
    pub(crate) pitches: Vec<f64>,
    /// Stretches of voice without other voices.
    pub(crate) stretches: Vec<VoiceStretch>,
}

impl FirstPass {
    /// Adds the voiced frames of an utterance of which the samples `part` are measured: seconds after the first of them and
    /// hertz.
    pub(crate) fn add(&mut self, voiced: &[(f64, f64)], step: f64, part: &Range<u64>) {
        self.pitches.extend(voiced.iter().map(|(_, pitch)| *pitch));
        let times: Vec<f64> = voiced.iter().map(|(time, _)| *time).collect();
        let part = (part.start, part.end);
        self.stretches.extend(stretches(&times, step).into_iter().map(|start| VoiceStretch { part, start }));
    }
}

/// The ceilings of all speakers of a recording.
pub(crate) struct Ceilings {
    settings: FormantCeiling,
    own: BTreeMap<SpeakerId, FormantCeiling>,
}

impl Ceilings {
    /// The ceiling for what `speaker` says; that of the settings where nobody is known to speak.
    pub(crate) fn of(&self, speaker: Option<SpeakerId>) -> FormantCeiling {
        speaker.and_then(|speaker| self.own.get(&speaker)).copied().unwrap_or(self.settings)
    }
}

impl AcousticsStage {
    /// The ceiling of each speaker: with which the formants are steadiest, or by pitch where there is too little voice.
    pub(crate) fn ceilings(
        &self,
        input: &AcousticsInput,
        passes: &BTreeMap<SpeakerId, FirstPass>,
        gate: &Gate<'_>,
        watch: &dyn Watch,
    ) -> Result<Ceilings, StageError> {
        let settings = &self.settings.ceiling;
        let fixed = settings.method == CeilingMethod::Fixed;
        let basis = if fixed { FormantCeilingBasis::Fixed } else { FormantCeilingBasis::Settings };
        let mut found =
            Ceilings { settings: FormantCeiling { frequency: self.formant_ceiling, basis }, own: BTreeMap::new() };
        if fixed {
            return Ok(found);
        }
        for (speaker, pass) in passes {
            let steadiest = self.steadiest(input, *speaker, &pass.stretches, gate, watch)?;
            let steadiest = steadiest.map(|frequency| (frequency, FormantCeilingBasis::LeastVariance));
            let by_pitch = || Some((settings.by_pitch(median(&pass.pitches)?)?, FormantCeilingBasis::Pitch));
            let ceiling = steadiest.or_else(by_pitch).map(|(frequency, basis)| FormantCeiling { frequency, basis });
            found.own.extend(ceiling.map(|ceiling| (*speaker, ceiling)));
        }
        Ok(found)
    }

    fn steadiest(
        &self,
        input: &AcousticsInput,
        speaker: SpeakerId,
        stretches: &[VoiceStretch],
        gate: &Gate<'_>,
        watch: &dyn Watch,
    ) -> Result<Option<Hertz>, StageError> {
        let (clip, settings) = (input.clip.as_ref(), &self.settings.ceiling);
        let formants = [VoiceMeasure::Formant1, VoiceMeasure::Formant2];
        let allowed = formants.iter().all(|measure| gate.allows(*measure, Some(speaker)).is_ok());
        if !allowed || stretches.len() < settings.min_stretches {
            return Ok(None);
        }
        let rate = f64::from(clip.sample_rate());
        let highest = gate.bandwidth(clip.sample_rate()).map_or(0.0, Hertz::value).min(0.5 * rate);
        let mut finder = CeilingFinder::new(clip.sample_rate(), highest);
        for stretch in spread(stretches, settings.max_stretches) {
            watch.check().map_err(|_| StageError::cancelled(super::STAGE))?;
            let (samples, start) = stretch.around(rate);
            let piece = read_piece(clip, samples.clone()).map_err(|error| {
                let at = |sample| ClipTime::from_sample(sample, clip.sample_rate());
                let span = Span::clamped(at(samples.start), at(samples.end));
                StageError::new(super::STAGE, StageErrorKind::ReadSamples, error).at(span)
            })?;
            finder.add(&piece.samples, &[start]);
        }
        Ok(finder.best(settings.min_stretches))
    }
}
