//! ffmpeg as a separate process, for what the built-in decoders do not read: AMR, HE-AAC, WMA, AC-3, GSM and others.
//!
//! It gets one file and no network, one thread, a limit on memory and processor time (Linux) and a limit on time; its
//! sound is read as a stream. `ffprobe`, which comes with it, tells codec and length beforehand.

use crate::decode::{Outcome, not_finite, truncated};
use crate::error::AudioErrorKind;
use crate::foreign::StatedLength;
use crate::mpeg::read_up_to;
use crate::settings::DecodeSettings;
use crate::sink::{Order, SampleSink, Trim};
use crate::wave::WaveLayout;
use std::ffi::OsString;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use voiceman_base::{ClipTime, DecoderId, SourceWarning, SourceWarningKind, Unwatched, Watch};

/// Time for questions, and for starting up.
const BASE_TIME: Duration = Duration::from_secs(60);

/// Decoding must be at least this many times faster than real time.
const MIN_SPEED: u32 = 4;

/// How often it is looked whether the user asked to stop.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Address space the process may take.
const MAX_MEMORY: u64 = 4 << 30;

/// What is kept of the process's messages.
const MAX_MESSAGE: usize = 4096;

/// Where time stamps jump, as after packets that could not be decoded, silence is put, so that times stay true.
const KEEP_TIMES: &str = "aresample=async=1:min_hard_comp=0.02";

/// Less than this missing against the stated length is rounding or padding.
const LENGTH_SLACK: f64 = 0.25;

/// Decodes the first sound track of `path`.
pub(crate) fn decode(
    path: &Path,
    container: &str,
    what: &str,
    stated: StatedLength,
    order: Order<'_>,
) -> Result<Outcome, AudioErrorKind> {
    let settings = order.settings;
    let needs = || AudioErrorKind::NeedsFfmpeg { what: what.to_owned() };
    let programs = Programs::find(settings).ok_or_else(needs)?;
    let version = programs.version().ok_or_else(needs)?;
    let facts = programs.probe(path, order.watch)?;
    crate::sink::check_limits(facts.rate, facts.channels, settings)?;
    let longest = Duration::from_secs(u64::from(settings.max_duration_s));
    let limit = BASE_TIME + facts.duration.map_or(longest, duration).min(longest) / MIN_SPEED;
    let mut command = Command::new(&programs.ffmpeg);
    command.args([
        "-nostdin",
        "-hide_banner",
        "-v",
        "error",
        "-threads",
        "1",
        "-protocol_whitelist",
        "file,pipe",
        "-i",
    ]);
    command.arg(file_url(path));
    command.args(["-map", "0:a:0", "-vn", "-sn", "-dn", "-threads", "1", "-af", KEEP_TIMES, "-c:a", "pcm_f32le"]);
    command.args(["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", "-f", "wav", "pipe:1"]);
    let (result, end) = supervise(command, limit, order.watch, |stdout| read_wave(stdout, order))?;
    order.check()?;
    let sink = match (result?, &end) {
        (Some(sink), _) => sink,
        (None, End { timed_out: true, .. }) => {
            return Err(failed(format!("it did not finish within {} s", limit.as_secs())));
        }
        (None, end) => return Err(failed(end.message())),
    };
    let (rate, channels) = (sink.rate(), sink.channels());
    let sound = sink.finish(true)?;
    let mut warnings = Vec::new();
    let missing = stated.seconds.or(facts.duration).and_then(|stated| {
        let missing = stated - sound.frames as f64 / f64::from(rate);
        (missing > LENGTH_SLACK).then(|| (missing * f64::from(rate)).round() as u64)
    });
    if missing.is_some() || stated.cut || end.timed_out {
        let remark = end
            .timed_out
            .then(|| format!("ffmpeg was stopped after {} s; what it had decoded by then was kept.", limit.as_secs()));
        warnings.push(truncated(sound.frames, rate, missing, remark));
    }
    if !end.timed_out && (!end.success || !end.stderr.is_empty()) {
        warnings.push(SourceWarning {
            kind: SourceWarningKind::Damaged,
            at: (!end.success).then(|| ClipTime::from_sample(sound.frames, rate)),
            missing: None,
            text: format!("ffmpeg found damage; what it could decode was kept. It said: {}", end.message()),
        });
    }
    if let Some((count, first)) = sound.not_finite {
        warnings.push(not_finite(count, first, rate));
    }
    Ok(Outcome {
        container: container.to_owned(),
        codec: facts.codec,
        rate,
        channels,
        decoder: DecoderId { name: "ffmpeg".into(), version },
        trimming: "ffmpeg's own: what the container states as delay or padding is skipped".into(),
        warnings,
        sound,
    })
}

/// The version of the ffmpeg that would be used, if there is one.
pub fn ffmpeg_version(settings: &DecodeSettings) -> Option<String> {
    Programs::find(settings)?.version()
}

fn failed(detail: String) -> AudioErrorKind {
    AudioErrorKind::Ffmpeg { detail }
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(BASE_TIME)
}

/// `file:` in front keeps names such as `concat:x` or `-x` from being understood as anything but a name.
fn file_url(path: &Path) -> OsString {
    let mut url = OsString::from("file:");
    url.push(path);
    url
}

struct Programs {
    ffmpeg: PathBuf,
    ffprobe: PathBuf,
}

/// What `ffprobe` tells.
struct ProbeFacts {
    codec: String,
    rate: u64,
    channels: u64,
    duration: Option<f64>,
}

impl Programs {
    fn find(settings: &DecodeSettings) -> Option<Programs> {
        let name = |program: &str| format!("{program}{}", std::env::consts::EXE_SUFFIX);
        if let Some(ffmpeg) = &settings.ffmpeg_program {
            let ffprobe = ffmpeg.with_file_name(name("ffprobe"));
            return (ffmpeg.is_file() && ffprobe.is_file()).then(|| Programs { ffmpeg: ffmpeg.clone(), ffprobe });
        }
        let path = std::env::var_os("PATH")?;
        // An empty or relative entry would run a program out of the folder with the recordings.
        let mut folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
        folders.find_map(|folder| {
            let (ffmpeg, ffprobe) = (folder.join(name("ffmpeg")), folder.join(name("ffprobe")));
            (ffmpeg.is_file() && ffprobe.is_file()).then_some(Programs { ffmpeg, ffprobe })
        })
    }

    fn version(&self) -> Option<String> {
        let mut command = Command::new(&self.ffmpeg);
        command.args(["-hide_banner", "-version"]);
        let (text, end) = supervise(command, BASE_TIME, &Unwatched, read_text).ok()?;
        let text = text.ok().filter(|_| end.success)?;
        text.lines().next()?.strip_prefix("ffmpeg version ")?.split(' ').next().map(str::to_owned)
    }

    fn probe(&self, path: &Path, watch: &dyn Watch) -> Result<ProbeFacts, AudioErrorKind> {
        let mut command = Command::new(&self.ffprobe);
        command.args(["-hide_banner", "-v", "error", "-threads", "1", "-protocol_whitelist", "file,pipe"]);
        command.args(["-select_streams", "a:0", "-show_entries"]);
        command.arg("stream=codec_name,profile,sample_rate,channels,duration:format=duration");
        command.args(["-of", "default=noprint_wrappers=1", "-i"]);
        command.arg(file_url(path));
        let (text, end) = supervise(command, BASE_TIME, watch, read_text)?;
        watch.check().map_err(|_| AudioErrorKind::Cancelled)?;
        let text = text.map_err(|_| failed("its answer could not be read".into()))?;
        if end.timed_out {
            return Err(failed("it did not recognise the file in time".into()));
        }
        let value = |key: &str| {
            let values = text.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            values.map(str::trim).find(|value| !value.is_empty() && *value != "N/A" && *value != "unknown")
        };
        let Some(codec) = value("codec_name") else {
            return if end.success { Err(AudioErrorKind::NoAudioTrack) } else { Err(failed(end.message())) };
        };
        let number = |key| value(key).and_then(|value| value.parse::<u64>().ok());
        let codec = match value("profile") {
            Some(profile) if codec == "aac" => profile.to_ascii_lowercase().replace(' ', "-"),
            _ => codec.to_owned(),
        };
        Ok(ProbeFacts {
            codec,
            rate: number("sample_rate").unwrap_or(0),
            channels: number("channels").unwrap_or(0),
            duration: value("duration").and_then(|value| value.parse::<f64>().ok()).filter(|&length| length > 0.0),
        })
    }
}

fn read_text(stdout: &mut dyn Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    stdout.take(1 << 16).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads a stream of WAVE with 32-bit floats; nothing if not a sample came.
fn read_wave<'a>(stdout: &mut dyn Read, order: Order<'a>) -> Result<Option<SampleSink<'a>>, AudioErrorKind> {
    let mut head = vec![0; 4096];
    let read = read_up_to(&mut &mut *stdout, &mut head).map_err(|_| AudioErrorKind::Read)?;
    head.truncate(read);
    if head.is_empty() {
        return Ok(None);
    }
    let layout = WaveLayout::read(&mut Cursor::new(&head), 0, u64::MAX)
        .map_err(|kind| failed(format!("its output was not understood: {kind}")))?;
    let channels = usize::from(layout.channels);
    let mut sink = SampleSink::new(layout.rate, channels, Trim::default(), order)?;
    let mut bytes = head.split_off((layout.start as usize).min(head.len()));
    let mut block: Vec<Vec<f32>> = vec![Vec::new(); channels];
    loop {
        let whole = bytes.len() - bytes.len() % (4 * channels);
        for (channel, samples) in block.iter_mut().enumerate() {
            samples.clear();
            samples.extend(
                bytes[..whole]
                    .chunks_exact(4)
                    .skip(channel)
                    .step_by(channels)
                    .map(|sample| f32::from_le_bytes([sample[0], sample[1], sample[2], sample[3]])),
            );
        }
        sink.push(&mut block)?;
        bytes.drain(..whole);
        let kept = bytes.len();
        bytes.resize(kept + (1 << 16), 0);
        let read = read_up_to(&mut &mut *stdout, &mut bytes[kept..]).map_err(|_| AudioErrorKind::Read)?;
        bytes.truncate(kept + read);
        if read == 0 {
            return Ok((sink.taken() > 0).then_some(sink));
        }
    }
}

/// How a process ended.
struct End {
    success: bool,
    timed_out: bool,
    stderr: String,
}

impl End {
    /// The last line of what it said, in one line.
    fn message(&self) -> String {
        let last = self.stderr.lines().map(str::trim).rfind(|line| !line.is_empty());
        last.unwrap_or("nothing").chars().filter(|letter| !letter.is_control()).take(300).collect()
    }
}

/// Runs a process, hands its output to `consume`, and kills it when `limit` has passed, the user asked to stop, or
/// `consume` returns early.
fn supervise<T>(
    mut command: Command,
    limit: Duration,
    watch: &dyn Watch,
    consume: impl FnOnce(&mut dyn Read) -> T,
) -> Result<(T, End), AudioErrorKind> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    own_group(&mut command);
    let mut child = command.spawn().map_err(|error| failed(format!("it could not be started: {error}")))?;
    limit_resources(&child, limit);
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let child = Mutex::new(child);
    let (done, waiting) = mpsc::channel::<()>();
    let running = &child;
    std::thread::scope(|scope| {
        let messages = scope.spawn(move || stderr.map(read_messages).unwrap_or_default());
        let watchdog = scope.spawn(move || {
            let begun = Instant::now();
            loop {
                let left = limit.saturating_sub(begun.elapsed());
                if waiting.recv_timeout(left.min(LOOK_EVERY)) != Err(RecvTimeoutError::Timeout) {
                    return false;
                }
                let timed_out = begun.elapsed() >= limit;
                if timed_out || watch.is_cancelled() {
                    kill(running);
                    return timed_out;
                }
            }
        });
        let result = match stdout {
            Some(mut stdout) => consume(&mut stdout),
            None => consume(&mut io::empty()),
        };
        // Its output is closed by now, so a process that still wants to write ends by itself, or is ended.
        let success = wait(running, Duration::from_secs(5));
        drop(done);
        let timed_out = watchdog.join().unwrap_or(false);
        let stderr = messages.join().unwrap_or_default();
        Ok((result, End { success, timed_out, stderr }))
    })
}

fn kill(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    // A process that has ended already cannot be killed, which is what is wanted.
    if matches!(child.try_wait(), Ok(None)) {
        kill_group(&mut child);
    }
}

/// Puts a process into a group of its own: the Ctrl-C of a terminal then reaches it only through us, so that sound which
/// it cut short is never taken for the whole, and a program that is only a wrapper is ended with what it started.
#[cfg(unix)]
fn own_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

#[cfg(target_os = "linux")]
fn kill_group(child: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It may end by itself just now.
        let _ = kill_process_group(pid, Signal::KILL);
    }
}

#[cfg(not(target_os = "linux"))]
fn kill_group(child: &mut Child) {
    // It may end by itself just now.
    let _ = child.kill();
}

fn wait(child: &Mutex<Child>, patience: Duration) -> bool {
    let step = Duration::from_millis(5);
    for _ in 0..patience.as_millis() / step.as_millis() {
        match child.lock().unwrap_or_else(PoisonError::into_inner).try_wait() {
            Ok(None) => std::thread::sleep(step),
            Ok(Some(status)) => return status.success(),
            Err(_) => return false,
        }
    }
    kill(child);
    let _ = child.lock().unwrap_or_else(PoisonError::into_inner).wait();
    false
}

fn read_messages(mut stderr: impl Read) -> String {
    let mut kept = Vec::new();
    let mut block = [0; 4096];
    // Everything is read, so that the process never waits for us; only the beginning is kept.
    while let Ok(read @ 1..) = stderr.read(&mut block) {
        let room = MAX_MESSAGE.saturating_sub(kept.len());
        kept.extend_from_slice(&block[..read.min(room)]);
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// Limits memory and processor time from outside; elsewhere than on Linux only the time limit holds.
#[cfg(target_os = "linux")]
fn limit_resources(child: &Child, limit: Duration) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return };
    // Whole seconds, rounded up: a limit of 0 s would end the process at its first breath.
    let cpu_seconds = limit.as_secs().saturating_add(1);
    let both = |value| Rlimit { current: Some(value), maximum: Some(value) };
    for (resource, value) in [(Resource::As, MAX_MEMORY), (Resource::Cpu, cpu_seconds), (Resource::Fsize, 0)] {
        // It may have ended already; the time limit holds in any case.
        let _ = prlimit(Some(pid), resource, both(value));
    }
}

#[cfg(not(target_os = "linux"))]
fn limit_resources(_: &Child, _: Duration) {}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_overruns_is_stopped() {
        let mut command = Command::new("sleep");
        command.arg("600");
        let (text, end) = supervise(command, Duration::from_millis(50), &Unwatched, read_text).expect("starts");
        assert_eq!(text.ok().as_deref(), Some(""));
        assert!(end.timed_out && !end.success);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_wrapper_started_is_stopped_with_it() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 600; true"]);
        let (_, end) = supervise(command, Duration::from_millis(50), &Unwatched, read_text).expect("starts");
        assert!(end.timed_out && !end.success);
    }

    #[test]
    fn a_process_is_ended_when_the_user_asks_to_stop() {
        struct Stopped;
        impl Watch for Stopped {
            fn progress(&self, _: ClipTime, _: ClipTime) {}
            fn is_cancelled(&self) -> bool {
                true
            }
        }
        let mut command = Command::new("sleep");
        command.arg("600");
        let (_, end) = supervise(command, Duration::from_secs(600), &Stopped, read_text).expect("starts");
        assert!(!end.timed_out && !end.success);
    }

    #[test]
    fn a_process_that_talks_without_end_is_stopped() {
        let (text, end) =
            supervise(Command::new("yes"), Duration::from_secs(60), &Unwatched, read_text).expect("starts");
        assert_eq!(text.map(|text| text.len()).ok(), Some(1 << 16));
        assert!(!end.timed_out);
    }

    #[test]
    fn messages_are_kept_up_to_a_limit_and_read_to_the_end() {
        let mut command = Command::new("dd");
        command.args(["if=/dev/zero", "of=/dev/stderr", "bs=1000", "count=1000"]);
        let (_, end) = supervise(command, Duration::from_secs(60), &Unwatched, read_text).expect("starts");
        assert!(!end.timed_out && end.stderr.len() <= MAX_MESSAGE);
    }
}
