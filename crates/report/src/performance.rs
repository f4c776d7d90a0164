//! What the last run over a case took, as a section of its report: for whoever operates the machine, not evidence.

use crate::messages::Messages;
use crate::text::{clock, fixed, grouped, percent, visible};
use maud::{Markup, html};
use voiceman_base::{Bytes, ClipTime};

/// What the last run over the case took.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CasePerformance {
    /// From start to end.
    pub total: ClipTime,
    /// Sound of the recordings that were worked on.
    pub audio: ClipTime,
    /// Mean time for a recording.
    pub mean: Option<ClipTime>,
    /// The stage that the run waited for most, and the share of the run in which it worked.
    pub slowest: Option<(String, f64)>,
    /// Most memory that the program held.
    pub peak: Option<Bytes>,
    /// Memory that it might take.
    pub budget: Option<Bytes>,
    /// Devices.
    pub devices: Vec<CaseDevice>,
    /// Stages.
    pub stages: Vec<CaseStage>,
}

/// A device in a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseDevice {
    /// Its name.
    pub name: String,
    /// Share of the time in which it worked.
    pub busy: Option<f64>,
    /// Mean and highest temperature in degrees Celsius; nothing where it has no sensor that can be read.
    pub temperature_c: Option<(f64, f64)>,
    /// How long it was slowed down or stopped because it was hot.
    pub throttled: ClipTime,
}

/// A stage in a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseStage {
    /// Its name.
    pub name: String,
    /// Recordings that it worked on.
    pub runs: usize,
    /// Recordings whose result was there already.
    pub cached: usize,
    /// Time in which it was at work.
    pub active: ClipTime,
    /// Seconds of sound in a second of that time.
    pub rate: Option<f64>,
}

/// The section.
pub(crate) fn section(messages: &Messages, performance: &CasePerformance) -> Markup {
    let rate = performance.audio.seconds() / performance.total.seconds().max(1e-6);
    let memory = |bytes: Option<Bytes>| bytes.map_or_else(|| "–".to_owned(), |bytes| bytes.to_string());
    html! {
        p.help { (messages.performance_help) }
        dl.facts {
            div { dt { (messages.performance_total) } dd { (clock(performance.total)) } }
            div { dt { (messages.performance_audio) } dd { (clock(performance.audio)) } }
            @if performance.audio > ClipTime::ZERO {
                div { dt { (messages.performance_rate) } dd { (fixed(rate, 1)) } }
            }
            @if let Some(mean) = performance.mean {
                div { dt { (messages.performance_mean) } dd { (clock(mean)) } }
            }
            @if let Some((stage, share)) = &performance.slowest {
                div { dt { (messages.performance_slowest) } dd { (visible(stage)) " (" (percent(*share)) ")" } }
            }
            div { dt { (messages.performance_peak) } dd { (memory(performance.peak)) " / " (memory(performance.budget)) } }
            @for device in &performance.devices { (self::device(messages, device)) }
        }
        div.scroll {
            table {
                caption.unseen { (messages.performance_title) }
                thead { tr {
                    th scope="col" { (messages.performance_stage) }
                    th scope="col" { (messages.performance_runs) }
                    th scope="col" { (messages.performance_cached) }
                    th scope="col" { (messages.performance_active) }
                    th scope="col" { (messages.performance_rate) }
                } }
                tbody { @for stage in &performance.stages { (row(stage)) } }
            }
        }
    }
}

fn device(messages: &Messages, device: &CaseDevice) -> Markup {
    html! {
        div {
            dt { (visible(&device.name)) }
            dd {
                @if let Some(busy) = device.busy { ((messages.performance_busy)(&percent(busy))) ", " }
                @match device.temperature_c {
                    Some((mean, highest)) => ((messages.performance_temperature)(&fixed(mean, 0), &fixed(highest, 0))),
                    None => (messages.performance_no_sensor),
                }
                @if device.throttled > ClipTime::ZERO {
                    ", " ((messages.performance_throttled)(&clock(device.throttled)))
                }
            }
        }
    }
}

fn row(stage: &CaseStage) -> Markup {
    html! {
        tr {
            th scope="row" { (visible(&stage.name)) }
            td.number { (grouped(stage.runs as u64)) }
            td.number { (grouped(stage.cached as u64)) }
            td.number { (clock(stage.active)) }
            td.number { (stage.rate.map_or_else(|| "–".to_owned(), |rate| fixed(rate, 0))) }
        }
    }
}
