//! Moving bars on a terminal: one for the case, one for each recording that is being worked on, and below them the state
//! of the machine.

use super::machine::MachineView;
use super::plain::{Detail, Wording};
use super::{spell, times_real_time};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use voiceman::{Event, EventSink, RecordingKey};

const CASE_STYLE: &str = "{bar:24} {pos}/{len} recordings  {elapsed}{wide_msg}";
/// The stage that takes nearly all of the time: how far a recording is, is how far this one is.
const SLOWEST: &str = "transcribe";
const RECORDING_STYLE: &str = "{bar:24} {prefix}  {wide_msg}";
/// Cut off where the terminal ends.
const MACHINE_STYLE: &str = "{wide_msg}";

/// Shows events as bars.
pub struct Bars {
    all: MultiProgress,
    state: Mutex<State>,
}

struct State {
    machine: MachineView,
    /// Lines of the machine, below everything.
    lines: Vec<ProgressBar>,
    /// Size of each recording's file: how much of the case it is, before its sound is known.
    weights: Vec<u64>,
    /// Sizes of those that are over.
    over: u64,
    /// Sound that was worked through, in seconds.
    heard: f64,
    wording: Wording,
    began: Instant,
    case: ProgressBar,
    open: BTreeMap<RecordingKey, Open>,
}

/// A recording that is being worked on.
struct Open {
    bar: ProgressBar,
    stage_began: Instant,
    fraction: f64,
}

impl Bars {
    /// Bars on stderr.
    pub fn new(detail: Detail) -> Bars {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let case = ProgressBar::hidden();
        let state = State {
            machine: MachineView::default(),
            lines: Vec::new(),
            weights: Vec::new(),
            over: 0,
            heard: 0.0,
            wording: Wording::new(detail),
            began: Instant::now(),
            case,
            open: BTreeMap::new(),
        };
        Bars { all, state: Mutex::new(state) }
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are constants of this file; the default style is what remains if one of them were wrong.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl EventSink for Bars {
    fn emit(&self, event: Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.show(&self.all, &event);
        if let Some(line) = state.wording.line(&event) {
            // The terminal is gone when this fails; the work goes on.
            let _ = self.all.println(line);
        }
    }
}

impl State {
    fn show(&mut self, all: &MultiProgress, event: &Event) {
        if self.machine.take(event) {
            self.show_machine(all);
            return;
        }
        match event {
            Event::CaseStarted { recordings, file_bytes } => {
                self.began = Instant::now();
                // Even an empty file is something to be done with.
                self.weights = file_bytes.iter().map(|bytes| bytes + 1).collect();
                self.case = all.add(ProgressBar::new(*recordings as u64).with_style(style(CASE_STYLE)));
                self.case.tick();
            }
            Event::StageStarted { recording, stage } => {
                let label = self.wording.label(*recording);
                let case = &self.case;
                let open = self.open.entry(*recording).or_insert_with(|| {
                    let bar = ProgressBar::new(1).with_style(style(RECORDING_STYLE));
                    Open { bar: all.insert_before(case, bar), stage_began: Instant::now(), fraction: 0.0 }
                });
                open.stage_began = Instant::now();
                open.bar.set_prefix(label);
                open.bar.set_position(0);
                open.bar.set_message(*stage);
            }
            Event::StageProgress { recording, stage, done, total } => {
                if let Some(open) = self.open.get_mut(recording) {
                    let (done, total) = (done.seconds(), total.seconds());
                    let fraction = if total > 0.0 { (done / total).clamp(0.0, 1.0) } else { 0.0 };
                    if *stage == SLOWEST {
                        open.fraction = fraction;
                    }
                    open.bar.set_length((total * 1000.0) as u64);
                    open.bar.set_position((done * 1000.0) as u64);
                    open.bar.set_message(stage_message(stage, done, fraction, open.stage_began.elapsed()));
                }
                self.estimate();
            }
            Event::StageFinished { recording, stage, audio, cached, .. } => {
                if *stage == SLOWEST && !cached {
                    self.heard += audio.seconds();
                }
                if let Some(open) = self.open.get(recording) {
                    open.bar.set_message(format!("{stage} done"));
                }
            }
            Event::RecordingFinished { recording, .. } | Event::RecordingFailed { recording, .. } => {
                if let Some(open) = self.open.remove(recording) {
                    open.bar.finish_and_clear();
                    all.remove(&open.bar);
                }
                self.case.inc(1);
                self.over += self.weights.get(recording.0).copied().unwrap_or(0);
                self.estimate();
            }
            Event::CaseFinished { .. } => {
                self.case.finish_and_clear();
                self.lines.iter().for_each(ProgressBar::finish_and_clear);
            }
            Event::ModelLoaded { .. }
            | Event::RecordingStarted { .. }
            | Event::Warning { .. }
            | Event::Machine { .. }
            | Event::Reading(_)
            | Event::BatchFinished { .. }
            | Event::Notice { .. } => {}
        }
    }

    /// How fast the case goes, and the time left, if what is to come takes as long for its size as what was.
    fn estimate(&self) {
        let weight = |recording: &RecordingKey| self.weights.get(recording.0).copied().unwrap_or(0) as f64;
        let open: f64 = self.open.iter().map(|(recording, open)| open.fraction * weight(recording)).sum();
        let all = self.weights.iter().sum::<u64>() as f64;
        let elapsed = self.began.elapsed();
        let pace = times_real_time(self.heard, elapsed).map(|pace| format!(", {pace}")).unwrap_or_default();
        let left = time_left((self.over as f64 + open) / all, elapsed);
        let left = left.map(|left| format!(", about {} left", spell(left))).unwrap_or_default();
        self.case.set_message(format!("{pace}{left}"));
    }

    /// The state of the machine, below the bar of the case.
    fn show_machine(&mut self, all: &MultiProgress) {
        let lines = self.machine.lines();
        while self.lines.len() < lines.len() {
            let above = self.lines.last().unwrap_or(&self.case);
            self.lines.push(all.insert_after(above, ProgressBar::new_spinner().with_style(style(MACHINE_STYLE))));
        }
        for (bar, line) in self.lines.iter().zip(lines) {
            bar.set_message(line);
            bar.tick();
        }
    }
}

fn stage_message(stage: &str, done: f64, fraction: f64, elapsed: Duration) -> String {
    let factor = times_real_time(done, elapsed).map(|factor| format!(", {factor}")).unwrap_or_default();
    let left = time_left(fraction, elapsed).map(|left| format!(", {} left", spell(left))).unwrap_or_default();
    format!("{stage} {:.0} %{factor}{left}", fraction * 100.0)
}

/// Time left when `fraction` of the work took `elapsed`; nothing while there is too little to tell.
fn time_left(fraction: f64, elapsed: Duration) -> Option<Duration> {
    (fraction > 0.01 && fraction <= 1.0).then(|| elapsed.mul_f64((1.0 - fraction) / fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_follows_the_share_that_is_done() {
        assert_eq!(time_left(0.25, Duration::from_secs(10)), Some(Duration::from_secs(30)));
        assert_eq!(time_left(1.0, Duration::from_secs(10)), Some(Duration::ZERO));
        assert_eq!((time_left(0.0, Duration::from_secs(10)), time_left(f64::NAN, Duration::ZERO)), (None, None));
    }

    #[test]
    fn a_stage_says_how_far_how_fast_and_how_long() {
        assert_eq!(
            stage_message("transcribe", 30.0, 0.5, Duration::from_secs(2)),
            "transcribe 50 %, 15 x real time, 2.0 s left"
        );
    }
}
