//! Acoustics of every utterance as a table for spreadsheets and statistics; see `docs/formats/acoustics-csv.md`.
//!
//! Fields are parted by commas, lines by carriage return and line feed (RFC 4180). Every quantity has two columns: its
//! value, and the reason where there is none; exactly one of the two is filled in.

mod emotion;

pub use emotion::emotion_csv;

use voiceman_base::{
    BaselineOf, Measured, PitchAgreement, RecordingAnalysis, UndefinedReason, UtteranceAcoustics, VoiceQuantity,
};

/// One of the measures of an utterance.
type Measure = (&'static str, fn(&UtteranceAcoustics) -> Measured<f64>);

const MEASURES: [Measure; 6] = [
    ("f0_mean_hz", |of| of.f0_mean.map(f64::from)),
    ("f0_median_hz", |of| of.f0_median.map(f64::from)),
    ("f0_sd_hz", |of| of.f0_sd.map(f64::from)),
    ("intensity_db", |of| of.intensity.map(f64::from)),
    ("speech_rate_syl_s", |of| of.speech_rate),
    ("articulation_rate_syl_s", |of| of.articulation_rate),
];

/// A line of names and one line an utterance; nothing when acoustics was not asked for.
pub fn acoustics_csv(analysis: &RecordingAnalysis) -> Option<String> {
    let features = analysis.acoustics.as_ref()?;
    let mut head: Vec<String> =
        ["utterance", "speaker", "start_s", "end_s", "f0_floor_hz", "f0_ceiling_hz", "f0_range_basis"]
            .map(str::to_owned)
            .to_vec();
    head.extend(MEASURES.iter().flat_map(|(name, _)| [(*name).to_owned(), format!("{name}_undefined")]));
    head.extend(["syllables_from", "pauses", "pauses_s", "baseline_of"].map(str::to_owned));
    head.extend(
        ["f0_median_over_baseline_share", "intensity_over_baseline_db"]
            .into_iter()
            .flat_map(|name| [name.to_owned(), format!("{name}_undefined")]),
    );
    head.extend(["f0_agreement_share", "f0_agreement_share_undefined", "formant_ceiling_hz"].map(str::to_owned));
    head.extend(VoiceQuantity::ALL.iter().flat_map(|of| [of.code().to_owned(), format!("{}_undefined", of.code())]));
    let mut text = line(&head);
    for of in &features.utterances {
        let (baseline_of, usual) = features.usual(of.speaker);
        let mut row = vec![
            of.utterance.0.to_string(),
            of.speaker.map(|speaker| speaker.to_string()).unwrap_or_default(),
            number(of.span.start().seconds()),
            number(of.span.end().seconds()),
            number(of.pitch_range.floor.value()),
            number(of.pitch_range.ceiling.value()),
            of.pitch_range.basis.code().to_owned(),
        ];
        row.extend(MEASURES.iter().flat_map(|(_, measure)| measured(measure(of))));
        row.push(of.syllables_from.code().to_owned());
        let silent: f64 = of.pauses.iter().map(|pause| pause.span.length().seconds()).sum();
        row.extend([of.pauses.len().to_string(), number(silent)]);
        row.push(match baseline_of {
            BaselineOf::Recording => "recording".to_owned(),
            BaselineOf::Speaker(speaker) => speaker.to_string(),
        });
        let pitch = beside(of.f0_median.map(f64::from), usual.f0.map(f64::from), |value, usual| value / usual - 1.0);
        let level = beside(of.intensity.map(f64::from), usual.intensity.map(f64::from), |value, usual| value - usual);
        row.extend(measured(pitch).into_iter().chain(measured(level)));
        row.extend(measured(of.f0_agreement.map(PitchAgreement::share)));
        row.push(number(of.voice.formant_ceiling.value()));
        row.extend(VoiceQuantity::ALL.iter().flat_map(|quantity| measured(quantity.of(&of.voice))));
        text.push_str(&line(&row));
    }
    Some(text)
}

/// Both as one, with the reason of the first that is missing.
fn beside(value: Measured<f64>, usual: Measured<f64>, both: fn(f64, f64) -> f64) -> Measured<f64> {
    match (value, usual) {
        (Measured::Value(value), Measured::Value(usual)) => Measured::Value(both(value, usual)),
        (Measured::Undefined(reason), _) | (_, Measured::Undefined(reason)) => Measured::Undefined(reason),
    }
}

/// Value and reason, one of them empty.
fn measured(value: Measured<f64>) -> [String; 2] {
    filled(value, UndefinedReason::code)
}

/// The same with reasons of whatever kind.
fn filled<R>(value: Measured<f64, R>, code: fn(R) -> &'static str) -> [String; 2] {
    match value {
        Measured::Value(value) => [number(value), String::new()],
        Measured::Undefined(reason) => [String::new(), code(reason).to_owned()],
    }
}

/// At most six digits after the point, never an exponent.
fn number(value: f64) -> String {
    let text = format!("{value:.6}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

/// No field holds text of a recording, so that none needs quotation marks.
fn line(fields: &[String]) -> String {
    format!("{}\r\n", fields.join(","))
}
