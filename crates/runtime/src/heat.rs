//! How a device is driven at its temperature: a pure function of readings and time.
//!
//! ```text
//! Full  --at or above throttle-->  Throttled  --at or above critical-->  Stopped
//!   ^                                  |                                    |
//!   +-------- below release -----------+------------------------------------+
//! ```
//!
//! Between release and critical nothing becomes faster, so that a device does not swing between full speed and
//! throttling. Without a reading nothing is claimed and nothing changes, with one exception: a device that was stopped
//! and whose thermometer then stays silent for [`SILENCE`] goes on throttled, because it would otherwise wait for ever
//! for a temperature that nobody tells. It gets back to full speed only by a reading below release.

use std::fmt;
use std::time::Duration;
use voiceman_base::NoticeKind;

/// How long a stopped device waits for a thermometer that does not answer: twelve readings at the usual 5 s.
pub const SILENCE: Duration = Duration::from_secs(60);
/// Share of a device's memory in use above which batches shrink.
const MEMORY_SHORT: f64 = 0.9;
/// Share of a batch that is left then.
const WHERE_MEMORY_IS_SHORT: f64 = 0.75;
/// Temperatures outside of this range are errors of the sensor, in degrees Celsius.
const BELIEVABLE_C: std::ops::RangeInclusive<f64> = -40.0..=150.0;

/// Temperatures at which something is done, in degrees Celsius: release < throttle <= critical, warning <= critical.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    warning_c: f64,
    throttle_c: f64,
    release_c: f64,
    critical_c: f64,
}

/// Temperatures that contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "use {warning_c}, {throttle_c}, {release_c} and {critical_c} °C as the temperatures of warning, throttling, release \
     and stop: release must be below throttling, and neither throttling nor warning above the stop"
)]
pub struct LimitsError {
    warning_c: f64,
    throttle_c: f64,
    release_c: f64,
    critical_c: f64,
}

impl Limits {
    /// Of the specification: warning and throttling at 80 °C, release below 70 °C, stop at 85 °C.
    pub const SPECIFICATION: Limits = Limits { warning_c: 80.0, throttle_c: 80.0, release_c: 70.0, critical_c: 85.0 };

    /// Limits in degrees Celsius.
    ///
    /// # Errors
    /// [`LimitsError`] when they are not in order, or no numbers.
    pub fn new(warning_c: f64, throttle_c: f64, release_c: f64, critical_c: f64) -> Result<Limits, LimitsError> {
        let finite = [warning_c, throttle_c, release_c, critical_c].iter().all(|limit| limit.is_finite());
        if finite && release_c < throttle_c && throttle_c <= critical_c && warning_c <= critical_c {
            Ok(Limits { warning_c, throttle_c, release_c, critical_c })
        } else {
            Err(LimitsError { warning_c, throttle_c, release_c, critical_c })
        }
    }

    /// Limits of a device that tells at which temperatures, in degrees Celsius, it slows itself down and shuts down.
    /// Nothing where it tells neither, or nothing that can be true (60 to 130 °C).
    ///
    /// Work stops 3 °C before the device would slow down by itself, at 95 °C at most, and 10 °C before it would shut
    /// down. A temperature of shutdown alone only ever lowers the specification's 85 °C: it does not say what the device
    /// bears for long. The other limits lie as far below the critical one as in the specification.
    pub fn from_device(slowdown_c: Option<f64>, shutdown_c: Option<f64>) -> Option<Limits> {
        let believable = |limit: &f64| (60.0..=130.0).contains(limit);
        let (slowdown, shutdown) = (slowdown_c.filter(believable), shutdown_c.filter(believable));
        let specified = Limits::SPECIFICATION;
        let before_slowdown = match (slowdown, shutdown) {
            (None, None) => return None,
            (Some(slowdown), _) => (slowdown - 3.0).min(95.0),
            (None, Some(_)) => specified.critical_c,
        };
        let critical_c = shutdown.map_or(before_slowdown, |shutdown| before_slowdown.min(shutdown - 10.0));
        let lie = |limit: f64| critical_c - (specified.critical_c - limit);
        Some(Limits {
            warning_c: lie(specified.warning_c),
            throttle_c: lie(specified.throttle_c),
            release_c: lie(specified.release_c),
            critical_c,
        })
    }

    /// The lower of each of two limits.
    pub fn lower(&self, other: &Limits) -> Limits {
        Limits {
            warning_c: self.warning_c.min(other.warning_c),
            throttle_c: self.throttle_c.min(other.throttle_c),
            release_c: self.release_c.min(other.release_c),
            critical_c: self.critical_c.min(other.critical_c),
        }
    }

    /// At or above this an operator is told.
    pub fn warning_c(&self) -> f64 {
        self.warning_c
    }

    /// At or above this batches are halved and pauses put between them.
    pub fn throttle_c(&self) -> f64 {
        self.throttle_c
    }

    /// Below this full speed returns.
    pub fn release_c(&self) -> f64 {
        self.release_c
    }

    /// At or above this nothing is begun.
    pub fn critical_c(&self) -> f64 {
        self.critical_c
    }
}

/// How work is begun on a device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// As fast as it goes.
    Full,
    /// Smaller batches with pauses between them.
    Throttled {
        /// Share of a batch, in (0, 1].
        share: f64,
        /// Rest after a batch.
        pause: Duration,
    },
    /// Nothing is begun.
    Stopped,
}

impl Pace {
    /// Of the specification: half a batch, 2 s of rest.
    pub const THROTTLED: Pace = Pace::Throttled { share: 0.5, pause: Duration::from_secs(2) };
}

/// What a reading changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// It is warm; nothing is done yet.
    Warm {
        /// Degrees Celsius.
        temperature_c: f64,
    },
    /// Throttling begins.
    Throttled {
        /// Degrees Celsius.
        temperature_c: f64,
    },
    /// Nothing more is begun.
    Stopped {
        /// Degrees Celsius.
        temperature_c: f64,
        /// It goes on below this.
        release_c: f64,
    },
    /// Full speed again.
    Released {
        /// Degrees Celsius.
        temperature_c: f64,
    },
    /// It was stopped and tells no temperature any more: it goes on throttled.
    Silent {
        /// For how long it has told none.
        silent: Duration,
    },
}

impl Change {
    /// Which kind of notice tells it.
    pub fn kind(&self) -> NoticeKind {
        match self {
            Change::Warm { .. } => NoticeKind::Warm,
            Change::Throttled { .. } | Change::Silent { .. } => NoticeKind::Throttled,
            Change::Stopped { .. } => NoticeKind::Stopped,
            Change::Released { .. } => NoticeKind::Released,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Warm { temperature_c } => write!(f, "{temperature_c:.0} °C, warm"),
            Change::Throttled { temperature_c } => {
                write!(f, "{temperature_c:.0} °C: smaller batches, with pauses between them")
            }
            Change::Stopped { temperature_c, release_c } => {
                write!(f, "{temperature_c:.0} °C: nothing is begun until it is below {release_c:.0} °C")
            }
            Change::Released { temperature_c } => write!(f, "{temperature_c:.0} °C: full speed again"),
            Change::Silent { silent } => write!(
                f,
                "stopped, and no temperature for {} s: goes on with smaller batches and pauses until there is one",
                silent.as_secs()
            ),
        }
    }
}

/// Drives one device.
#[derive(Clone, Debug)]
pub struct Governor {
    limits: Limits,
    throttled: Pace,
    pace: Pace,
    /// Was told to be warm and has not been below release since.
    warm: bool,
    /// Whether the last reading had a temperature.
    has_thermometer: bool,
    /// Since when there was none, while it was stopped.
    silent_since: Option<Duration>,
}

impl Governor {
    /// A device that runs at full speed and has told no temperature yet.
    pub fn new(limits: Limits) -> Governor {
        Governor {
            limits,
            throttled: Pace::THROTTLED,
            pace: Pace::Full,
            warm: false,
            has_thermometer: false,
            silent_since: None,
        }
    }

    /// Throttles to this share of a batch, with this much rest after each, instead of as specified.
    pub fn with_throttle(mut self, share: f64, pause: Duration) -> Governor {
        self.throttled = Pace::Throttled { share, pause };
        self
    }

    /// Takes note of a reading, in degrees Celsius, at `now`. What it changed, if anything; at most one thing.
    pub fn read(&mut self, now: Duration, temperature_c: Option<f64>) -> Option<Change> {
        let temperature_c = temperature_c.filter(|temperature| BELIEVABLE_C.contains(temperature));
        self.has_thermometer = temperature_c.is_some();
        let Some(temperature_c) = temperature_c else { return self.silent(now) };
        self.silent_since = None;
        if temperature_c < self.limits.release_c {
            self.warm = false;
            if self.pace == Pace::Full {
                return None;
            }
            self.pace = Pace::Full;
            return Some(Change::Released { temperature_c });
        }
        if self.pace == Pace::Stopped {
            return None;
        }
        if temperature_c >= self.limits.critical_c {
            (self.pace, self.warm) = (Pace::Stopped, true);
            return Some(Change::Stopped { temperature_c, release_c: self.limits.release_c });
        }
        if temperature_c >= self.limits.throttle_c && self.pace == Pace::Full {
            (self.pace, self.warm) = (self.throttled, true);
            return Some(Change::Throttled { temperature_c });
        }
        if temperature_c >= self.limits.warning_c && !self.warm {
            self.warm = true;
            return Some(Change::Warm { temperature_c });
        }
        None
    }

    fn silent(&mut self, now: Duration) -> Option<Change> {
        if self.pace != Pace::Stopped {
            return None;
        }
        let since = *self.silent_since.get_or_insert(now);
        let silent = now.saturating_sub(since);
        if silent < SILENCE {
            return None;
        }
        self.pace = self.throttled;
        Some(Change::Silent { silent })
    }

    /// How work is begun now.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Whether the last reading had a temperature that can be believed.
    pub fn has_thermometer(&self) -> bool {
        self.has_thermometer
    }

    /// The temperatures that it keeps to.
    pub fn limits(&self) -> Limits {
        self.limits
    }
}

/// Share of a batch where `used` of a device's memory, in [0, 1], is in use: a quarter less above 90 %.
pub fn memory_share(used: f64) -> f64 {
    if used > MEMORY_SHORT { WHERE_MEMORY_IS_SHORT } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Paces after readings that come every 5 s.
    fn paces(governor: &mut Governor, readings: &[Option<f64>]) -> Vec<Pace> {
        let read = |(index, reading): (usize, &Option<f64>)| {
            governor.read(at(5 * index as u64), *reading);
            governor.pace()
        };
        readings.iter().enumerate().map(read).collect()
    }

    #[test]
    fn throttles_stops_and_comes_back_only_below_release() {
        use Pace::{Full, Stopped};
        const SLOW: Pace = Pace::THROTTLED;
        let readings = [79.9, 80.0, 84.9, 75.0, 70.0, 69.9, 79.0, 86.0, 84.0, 71.0, 69.0].map(Some);
        let paces = paces(&mut Governor::new(Limits::SPECIFICATION), &readings);
        let stopped = [Stopped, Stopped, Stopped];
        assert_eq!(paces[..7], [Full, SLOW, SLOW, SLOW, SLOW, Full, Full]);
        assert_eq!(paces[7..10], stopped);
        assert_eq!(paces[10], Full);
    }

    #[test]
    fn every_change_is_told_once() {
        let limits = Limits::new(75.0, 80.0, 70.0, 85.0).expect("in order");
        let mut governor = Governor::new(limits);
        let mut told = Vec::new();
        for (index, reading) in
            [74.0, 76.0, 74.0, 77.0, 81.0, 82.0, 88.0, 90.0, 60.0, 59.0, 76.0].into_iter().enumerate()
        {
            told.extend(governor.read(at(5 * index as u64), Some(reading)).map(|change| (reading, change.kind())));
        }
        use NoticeKind::{Released, Stopped, Throttled, Warm};
        assert_eq!(told, [(76.0, Warm), (81.0, Throttled), (88.0, Stopped), (60.0, Released), (76.0, Warm)]);
    }

    #[test]
    fn changes_are_told_in_words() {
        let stopped = Change::Stopped { temperature_c: 86.4, release_c: 70.0 };
        assert_eq!(stopped.to_string(), "86 °C: nothing is begun until it is below 70 °C");
        assert!(Change::Silent { silent: at(60) }.to_string().contains("no temperature for 60 s"));
    }

    #[test]
    fn a_device_without_a_thermometer_is_left_alone() {
        let mut governor = Governor::new(Limits::SPECIFICATION);
        assert_eq!(paces(&mut governor, &[None, None, Some(f64::NAN), Some(-273.0), Some(255.0)]), [Pace::Full; 5]);
        assert!(!governor.has_thermometer());
    }

    #[test]
    fn a_thermometer_that_vanishes_does_not_stop_the_device_for_ever() {
        let mut governor = Governor::new(Limits::SPECIFICATION);
        let mut readings = vec![Some(90.0)];
        readings.extend([None; 20]);
        let paces = paces(&mut governor, &readings);
        // The first silent reading is at 5 s; 60 s later it goes on.
        assert_eq!(paces[..13], [Pace::Stopped; 13]);
        assert_eq!(paces[13..], [Pace::THROTTLED; 8]);
        // Hot still: stopped again. Cool: full speed.
        governor.read(at(200), Some(85.0));
        assert_eq!(governor.pace(), Pace::Stopped);
        governor.read(at(205), Some(50.0));
        assert_eq!(governor.pace(), Pace::Full);
    }

    #[test]
    fn a_thermometer_that_comes_back_starts_the_wait_anew() {
        let mut governor = Governor::new(Limits::SPECIFICATION);
        governor.read(at(0), Some(90.0));
        governor.read(at(5), None);
        governor.read(at(60), Some(80.0));
        governor.read(at(65), None);
        governor.read(at(124), None);
        assert_eq!(governor.pace(), Pace::Stopped);
        assert_eq!(governor.read(at(125), None), Some(Change::Silent { silent: SILENCE }));
    }

    #[test]
    fn limits_follow_the_device() {
        let limits = |slowdown, shutdown| {
            let limits = Limits::from_device(slowdown, shutdown);
            limits.map(|limits| [limits.throttle_c(), limits.release_c(), limits.critical_c()])
        };
        assert_eq!(limits(Some(88.0), Some(95.0)), Some([80.0, 70.0, 85.0]));
        assert_eq!(limits(Some(92.0), Some(97.0)), Some([82.0, 72.0, 87.0]));
        assert_eq!(limits(Some(75.0), None), Some([67.0, 57.0, 72.0]));
        assert_eq!(limits(Some(105.0), Some(115.0)), Some([90.0, 80.0, 95.0]));
        // A shutdown temperature alone lowers limits, and never raises them.
        assert_eq!(limits(None, Some(110.0)), Some([80.0, 70.0, 85.0]));
        assert_eq!(limits(None, Some(90.0)), Some([75.0, 65.0, 80.0]));
        assert_eq!(limits(None, None), None);
        assert_eq!(limits(Some(0.0), Some(255.0)), None);
    }

    #[test]
    fn limits_out_of_order_are_refused() {
        assert!(Limits::new(80.0, 80.0, 80.0, 85.0).is_err());
        assert!(Limits::new(80.0, 86.0, 70.0, 85.0).is_err());
        assert!(Limits::new(90.0, 80.0, 70.0, 85.0).is_err());
        assert!(Limits::new(80.0, f64::NAN, 70.0, 85.0).is_err());
        assert_eq!(Limits::new(80.0, 80.0, 70.0, 85.0), Ok(Limits::SPECIFICATION));
    }

    #[test]
    fn batches_shrink_by_a_quarter_above_nine_tenths_of_the_memory() {
        assert_eq!([0.0, 0.9, 0.901, 1.0].map(memory_share), [1.0, 1.0, 0.75, 0.75]);
    }

    proptest! {
        /// What a device tells, and the lower of two limits, are limits that [`Limits::new`] would take too.
        #[test]
        fn derived_limits_are_in_order(
            slowdowns in prop::array::uniform2(prop::option::of(0.0..300.0_f64)),
            shutdown in prop::option::of(0.0..300.0_f64),
        ) {
            let in_order = |limits: Limits| {
                let Limits { warning_c, throttle_c, release_c, critical_c } = limits;
                Limits::new(warning_c, throttle_c, release_c, critical_c) == Ok(limits) && critical_c <= 95.0
            };
            let first = Limits::from_device(slowdowns[0], shutdown).unwrap_or(Limits::SPECIFICATION);
            let second = Limits::new(60.0, 65.0, 64.0, slowdowns[1].unwrap_or(0.0).max(65.0)).unwrap_or(first);
            prop_assert!(in_order(first));
            prop_assert!(in_order(first.lower(&second)));
            prop_assert!(first.lower(&second).critical_c <= first.critical_c.min(second.critical_c));
        }

        /// Up and down in steps of any size: a speed returns only below release, and nothing runs at or above critical.
        #[test]
        fn nothing_becomes_faster_above_release(
            start in 20.0..100.0_f64,
            steps in prop::collection::vec((-12.0..12.0_f64, 0..20_u8), 1..300),
        ) {
            let limits = Limits::SPECIFICATION;
            let mut governor = Governor::new(limits);
            let (mut temperature, mut before) = (start, Pace::Full);
            for (index, (step, silence)) in steps.into_iter().enumerate() {
                temperature = (temperature + step).clamp(15.0, 110.0);
                // One reading in twenty fails; a single one changes nothing.
                let reading = (silence != 0).then_some(temperature);
                let change = governor.read(at(5 * index as u64), reading);
                let pace = governor.pace();
                prop_assert_eq!(change.is_some() && !matches!(change, Some(Change::Warm { .. })), pace != before);
                match reading {
                    Some(temperature) if temperature < limits.release_c => prop_assert_eq!(pace, Pace::Full),
                    Some(temperature) if temperature >= limits.critical_c => prop_assert_eq!(pace, Pace::Stopped),
                    Some(temperature) if temperature >= limits.throttle_c => prop_assert_ne!(pace, Pace::Full),
                    Some(_) => prop_assert_eq!(pace, before),
                    None => prop_assert!(pace == before || index >= 12),
                }
                before = pace;
            }
        }

        /// Warming up and cooling down, each steadily: one throttling, one stop, one release, in this order.
        #[test]
        fn a_steady_way_up_and_down_changes_each_thing_once(
            mut up in prop::collection::vec(20.0..100.0_f64, 1..60),
            mut down in prop::collection::vec(20.0..100.0_f64, 1..60),
        ) {
            up.sort_by(f64::total_cmp);
            down.sort_by(|left, right| right.total_cmp(left));
            up.push(99.0);
            down.push(30.0);
            let mut governor = Governor::new(Limits::SPECIFICATION);
            let way = up.iter().chain(&down).enumerate();
            let kinds: Vec<NoticeKind> = way
                .filter_map(|(index, reading)| governor.read(at(5 * index as u64), Some(*reading)))
                .map(|change| change.kind())
                .collect();
            let throttled = up.iter().any(|reading| (80.0..85.0).contains(reading));
            let expected = [NoticeKind::Throttled, NoticeKind::Stopped, NoticeKind::Released];
            prop_assert_eq!(&kinds[..], &expected[usize::from(!throttled)..]);
        }
    }
}
