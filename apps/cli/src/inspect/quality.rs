//! Quality of the sound in words: what was measured or why not, and what the recording bears.

use voiceman::{Condition, Dropouts, Hum, Obstacle, Quality, SignalQuality, Verdict, VoiceMeasure};

/// Dropouts that are listed by place.
const LISTED: usize = 5;

/// Measures of the sound, each with its unit or the reason why there is none.
pub fn measures(quality: &SignalQuality) -> String {
    let shown = |value: Quality<String>| match value {
        Quality::Value(value) => value,
        Quality::Undefined(reason) => format!("not measurable: {reason}"),
    };
    let lines = [
        ("peak", shown(quality.peak_dbfs.map(|peak| format!("{peak:.1}FS")))),
        ("offset", shown(quality.dc_offset.map(|offset| format!("{:.3} % of full scale", 100.0 * offset)))),
        ("clipped", shown(quality.clipped_share.map(|share| format!("{:.3} % of the samples", 100.0 * share)))),
        ("bandwidth", shown(quality.bandwidth_hz.map(|bandwidth| format!("{bandwidth:.0}")))),
        ("noise", shown(quality.noise_floor_dbfs.map(|floor| format!("{floor:.1}FS")))),
        ("speech", shown(quality.speech_level_dbfs.map(|level| format!("{level:.1}FS while someone speaks")))),
        ("speaking", shown(quality.speech_time.map(|time| format!("{time}, found without a model")))),
        ("SNR", shown(quality.snr_db.map(|ratio| format!("{ratio:.1}")))),
        ("dropouts", shown(quality.dropouts.clone().map(|dropouts| lost(&dropouts)))),
        ("hum", shown(quality.hum.map(|hum| humming(&hum)))),
        (
            "falls",
            shown(
                quality.fall_db_per_s.map(|fall| format!("{:.0} dB/s; slow ones hint at reverberation", fall.value())),
            ),
        ),
        (
            "pauses",
            shown(
                quality.pause_rise_db.map(|rise| format!("noise rises by {rise:.1}; a rise hints at automatic gain")),
            ),
        ),
    ];
    lines.iter().map(|(name, value)| line(name, value)).collect()
}

/// What the recording bears, and what stands against the rest.
pub fn verdicts(verdicts: &[Verdict]) -> String {
    let name = |verdict: &Verdict| measure_name(verdict.measure);
    let borne: Vec<&str> = verdicts.iter().filter(|verdict| verdict.bears()).map(name).collect();
    let mut text =
        line("bears", if borne.is_empty() { "no measure of voices".into() } else { borne.join(", ") }.as_str());
    for verdict in verdicts.iter().filter(|verdict| !verdict.bears()) {
        let why: Vec<String> = verdict.obstacles.iter().map(obstacle).collect();
        text.push_str(&line("not", &format!("{}: {}", name(verdict), why.join("; "))));
    }
    for condition in [Condition::Reverberation, Condition::AutomaticGain] {
        let untold = verdicts.iter().flat_map(|verdict| &verdict.untold).find(|untold| untold.condition == condition);
        if let Some(untold) = untold {
            text.push_str(&line("untold", &format!("{}: {}", condition_name(condition), untold.why)));
        }
    }
    text
}

fn line(name: &str, value: &str) -> String {
    format!("  {name:<9}  {value}\n")
}

fn lost(dropouts: &Dropouts) -> String {
    if dropouts.count == 0 {
        return "none".into();
    }
    let place = |dropout: &voiceman::Dropout| format!("{} ({})", dropout.span.start(), dropout.kind.code());
    let places: Vec<String> = dropouts.first.iter().take(LISTED).map(place).collect();
    let more = if dropouts.count as usize > places.len() { ", ..." } else { "" };
    format!("{}, {} in all, at {}{more}", dropouts.count, dropouts.total, places.join(", "))
}

fn humming(hum: &Hum) -> String {
    format!(
        "lines of {:.0} are {:.1} over their neighbourhood, {:.1}FS",
        hum.line_hz, hum.over_neighbourhood_db, hum.level_dbfs
    )
}

fn obstacle(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::Unknown { condition, why } => format!("{} unknown ({why})", condition_name(*condition)),
        Obstacle::Noise { snr_db, needed_db } => format!("SNR below {needed_db:.0} ({snr_db:.1})"),
        Obstacle::Bandwidth { bandwidth_hz, needed_hz } => {
            format!("bandwidth below {needed_hz:.0} ({bandwidth_hz:.0})")
        }
        Obstacle::Clipping { share, most } => {
            format!("clipping above {} % ({:.3} %)", 100.0 * most, 100.0 * share)
        }
        Obstacle::Hum { speech_over_hum_db, needed_db } => {
            format!("speech less than {needed_db:.0} above hum ({speech_over_hum_db:.1})")
        }
        Obstacle::Dropouts { share, most } => {
            format!("dropouts above {} % of the speech ({:.2} %)", 100.0 * most, 100.0 * share)
        }
        Obstacle::Reverberation { fall_db_per_s, needed_db_per_s } => format!(
            "reverberation (sound falls by {:.0} dB/s, dry is {:.0})",
            fall_db_per_s.value(),
            needed_db_per_s.value()
        ),
        Obstacle::AutomaticGain { rise_db, most_db } => {
            format!("automatic gain (noise rises by {rise_db:.1} in pauses, more than {most_db:.0})")
        }
        Obstacle::Codec { kilobits_per_s, needed } => {
            format!("lossy codec below {needed:.0} kbit/s a channel ({kilobits_per_s:.0})")
        }
        Obstacle::LittleSpeech { speech, needed } => format!("less than {needed} of speech ({speech})"),
    }
}

fn measure_name(measure: VoiceMeasure) -> &'static str {
    match measure {
        VoiceMeasure::Pitch => "pitch",
        VoiceMeasure::Level => "level",
        VoiceMeasure::Jitter => "jitter",
        VoiceMeasure::Shimmer => "shimmer",
        VoiceMeasure::Harmonicity => "harmonicity",
        VoiceMeasure::Formant1 => "formant 1",
        VoiceMeasure::Formant2 => "formant 2",
        VoiceMeasure::Formant3 => "formant 3",
        VoiceMeasure::Formant4 => "formant 4",
        VoiceMeasure::Spectrum => "spectrum",
        VoiceMeasure::SpeechRate => "speech rate",
        VoiceMeasure::Emotion => "emotion",
        VoiceMeasure::SpeakerComparison => "speaker comparison",
    }
}

fn condition_name(condition: Condition) -> String {
    condition.code().replace('_', " ")
}
