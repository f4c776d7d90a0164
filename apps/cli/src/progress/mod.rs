//! Shows the one event stream on stderr: bars, lines, JSON, or failures only.

mod bars;
mod json;
mod machine;
mod plain;

use crate::args::{ProgressMode, TalkArgs};
use bars::Bars;
use json::Json;
use plain::{Detail, Plain};
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::time::Duration;
use voiceman::EventSink;

/// What shows events as the options say.
pub fn sink(talk: TalkArgs) -> Arc<dyn EventSink> {
    let detail = match (talk.quiet, talk.verbose) {
        (true, _) => Detail::Failures,
        (_, true) => Detail::Stages,
        _ => Detail::Recordings,
    };
    let plain = |detail| Arc::new(Plain::new(io::stderr(), detail));
    match talk.progress {
        ProgressMode::Json => Arc::new(Json::new(io::stderr())),
        ProgressMode::None => plain(Detail::Failures),
        ProgressMode::Auto if io::stderr().is_terminal() && detail != Detail::Failures => Arc::new(Bars::new(detail)),
        ProgressMode::Auto | ProgressMode::Plain => plain(detail),
    }
}

/// How many times faster than the sound the work was, for people; nothing when no time passed.
fn times_real_time(audio: f64, took: Duration) -> Option<String> {
    let factor = audio / took.as_secs_f64();
    (factor.is_finite() && factor > 0.0)
        .then(|| if factor < 10.0 { format!("{factor:.1} x real time") } else { format!("{factor:.0} x real time") })
}

/// A length of time for people: `42 ms`, `4.2 s`, `3:05 min`, `1:02:03 h`.
fn spell(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 if time < Duration::from_millis(100) => format!("{} ms", time.as_millis()),
        0..60 => format!("{:.1} s", time.as_secs_f64()),
        60..3600 => format!("{}:{:02} min", seconds / 60, seconds % 60),
        _ => format!("{}:{:02}:{:02} h", seconds / 3600, seconds / 60 % 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_factors_read_well() {
        assert_eq!(spell(Duration::from_micros(42_900)), "42 ms");
        assert_eq!(spell(Duration::from_millis(4_230)), "4.2 s");
        assert_eq!(spell(Duration::from_secs(185)), "3:05 min");
        assert_eq!(spell(Duration::from_secs(3723)), "1:02:03 h");
        assert_eq!(times_real_time(60.0, Duration::from_secs(2)).as_deref(), Some("30 x real time"));
        assert_eq!(times_real_time(6.0, Duration::from_secs(4)).as_deref(), Some("1.5 x real time"));
        assert_eq!(times_real_time(6.0, Duration::ZERO), None);
        assert_eq!(times_real_time(0.0, Duration::from_secs(1)), None);
    }
}
