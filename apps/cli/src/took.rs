//! What a run took, in a few lines for whoever started it.

use voiceman::{Bytes, Performance};

/// The lines.
pub fn lines(performance: &Performance) -> Vec<String> {
    let mut lines = vec![pace(performance)];
    if let Some(slowest) = &performance.bottleneck {
        lines.push(format!("slowest stage: {}, at work {:.0} % of the time", slowest.stage, 100.0 * slowest.share));
    }
    if let Some(peak) = performance.peak_rss_bytes {
        let of = performance.memory.budget_bytes.map(|budget| format!(" of {}", Bytes::new(budget)));
        lines.push(format!("memory: {} at most{}", Bytes::new(peak), of.unwrap_or_default()));
    }
    for device in &performance.devices {
        let mut facts = Vec::new();
        facts.extend(device.busy_mean.map(|busy| format!("worked {:.0} % of the time", 100.0 * busy)));
        facts.push(match (device.temperature_mean_c, device.temperature_max_c) {
            (Some(mean), Some(most)) => format!("{mean:.0} °C on average, {most:.0} °C at most"),
            _ => "no temperature sensor that can be read".to_owned(),
        });
        if device.throttled_s > 0.0 {
            facts.push(format!("slowed down by heat for {:.0} s", device.throttled_s));
        }
        lines.push(format!("{}: {}", device.name, facts.join(", ")));
    }
    if !performance.failures.is_empty() {
        lines.push(format!("failed: {}", performance.failures.len()));
    }
    lines
}

fn pace(performance: &Performance) -> String {
    let mut text = format!("took {:.1} s", performance.total_s);
    if let Some(rate) = performance.audio_s_per_s {
        text += &format!(" for {:.0} s of sound: {rate:.1} s in a second", performance.audio_s);
    }
    if let Some(mean) = performance.mean_recording_s {
        text += &format!(", {mean:.2} s for a recording");
    }
    text
}
