//! What the machine told during a run: devices, memory, readings.

use super::{DevicePerformance, DeviceReadingRecord, MemoryPerformance, ReadingRecord, factor, seconds};
use std::time::Duration;
use voiceman_base::{DeviceFacts, DeviceReading, MachineReading, NoticeKind};

/// Most readings that are kept.
const KEPT: usize = 1_000;
/// Fewest readings that a trend is drawn through.
const TREND_READINGS: usize = 8;

/// Everything that was told about the machine.
#[derive(Clone, Debug, Default)]
pub(super) struct MachineSums {
    devices: Vec<DeviceSums>,
    budget_bytes: Option<u64>,
    leased_peak_bytes: Option<u64>,
    last_reading: Duration,
    kept: Kept,
}

/// A device.
#[derive(Clone, Debug)]
struct DeviceSums {
    facts: DeviceFacts,
    busy: Mean,
    temperature: Mean,
    power: Mean,
    free_least: Option<u64>,
    throttled: Stopwatch,
    stopped: Stopwatch,
}

/// Mean over time, and the largest value.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: f64,
    over: f64,
    max: Option<f64>,
}

impl Mean {
    fn add(&mut self, value: Option<f64>, since: Duration) {
        if let Some(value) = value {
            self.sum += value * since.as_secs_f64();
            self.over += since.as_secs_f64();
            self.max = Some(self.max.map_or(value, |max| max.max(value)));
        }
    }

    /// The mean; the largest value where no time passed.
    fn mean(&self) -> Option<f64> {
        factor(self.sum, self.over).or(self.max)
    }
}

/// Time between on and off.
#[derive(Clone, Copy, Debug, Default)]
struct Stopwatch {
    since: Option<Duration>,
    sum: Duration,
}

impl Stopwatch {
    fn start(&mut self, at: Duration) {
        self.since.get_or_insert(at);
    }

    fn stop(&mut self, at: Duration) {
        if let Some(since) = self.since.take() {
            self.sum += at.saturating_sub(since);
        }
    }

    fn total(mut self, end: Duration) -> f64 {
        self.stop(end);
        seconds(self.sum)
    }
}

impl MachineSums {
    /// What the run works with.
    pub(super) fn machine(&mut self, devices: &[DeviceFacts], budget_bytes: u64) {
        self.budget_bytes = Some(budget_bytes);
        self.devices = devices
            .iter()
            .map(|facts| DeviceSums {
                facts: facts.clone(),
                busy: Mean::default(),
                temperature: Mean::default(),
                power: Mean::default(),
                free_least: None,
                throttled: Stopwatch::default(),
                stopped: Stopwatch::default(),
            })
            .collect();
    }

    /// A reading at `at`, when `finished` recordings had ended. Gives the time since the one before.
    pub(super) fn reading(&mut self, at: Duration, reading: &MachineReading, finished: usize) -> Duration {
        let since = at.saturating_sub(self.last_reading);
        self.last_reading = at;
        self.leased_peak_bytes = self.leased_peak_bytes.max(Some(reading.leased_bytes));
        let told: Vec<DeviceReadingRecord> = reading.devices.iter().map(believable).collect();
        for (device, told) in self.devices.iter_mut().zip(&told) {
            device.busy.add(told.busy, since);
            device.temperature.add(told.temperature_c, since);
            device.power.add(told.power_w, since);
            device.free_least = [device.free_least, told.free_bytes].into_iter().flatten().min();
        }
        let record = ReadingRecord {
            at_s: seconds(at),
            process_bytes: reading.process_bytes,
            leased_bytes: reading.leased_bytes,
            devices: told,
        };
        self.kept.add(at, record, finished);
        since
    }

    /// A notice about a device at `at`.
    pub(super) fn notice(&mut self, at: Duration, kind: NoticeKind, device: usize) {
        let Some(device) = self.devices.get_mut(device) else { return };
        match kind {
            NoticeKind::Throttled => {
                device.throttled.start(at);
                device.stopped.stop(at);
            }
            NoticeKind::Stopped => {
                device.throttled.start(at);
                device.stopped.start(at);
            }
            NoticeKind::Released => {
                device.throttled.stop(at);
                device.stopped.stop(at);
            }
            _ => {}
        }
    }

    /// All of it, at the end of a run that took `total`.
    pub(super) fn finish(self, total: Duration) -> (Vec<DevicePerformance>, MemoryPerformance, Vec<ReadingRecord>) {
        let device = |(device, sums): (usize, DeviceSums)| DevicePerformance {
            device,
            kind: sums.facts.kind.to_owned(),
            name: sums.facts.name,
            memory_bytes: sums.facts.memory_bytes,
            free_least_bytes: sums.free_least,
            has_thermometer: sums.facts.has_thermometer,
            busy_mean: sums.busy.mean(),
            temperature_mean_c: sums.temperature.mean(),
            temperature_max_c: sums.temperature.max,
            power_mean_w: sums.power.mean(),
            power_max_w: sums.power.max,
            throttled_s: sums.throttled.total(total),
            stopped_s: sums.stopped.total(total),
        };
        let memory = MemoryPerformance {
            budget_bytes: self.budget_bytes,
            leased_peak_bytes: self.leased_peak_bytes,
            trend_bytes_per_recording: self.kept.trend(total),
        };
        let readings = self.kept.readings.into_iter().map(|kept| kept.record).collect();
        (self.devices.into_iter().enumerate().map(device).collect(), memory, readings)
    }
}

/// A reading without what is no number.
fn believable(reading: &DeviceReading) -> DeviceReadingRecord {
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    DeviceReadingRecord {
        temperature_c: finite(reading.temperature_c),
        busy: finite(reading.busy).map(|busy| busy.clamp(0.0, 1.0)),
        free_bytes: reading.free_bytes,
        power_w: finite(reading.power_w),
    }
}

/// Readings, thinned as they become many.
#[derive(Clone, Debug, Default)]
struct Kept {
    readings: Vec<KeptReading>,
    /// Least time between two of them.
    apart: Duration,
}

#[derive(Clone, Debug)]
struct KeptReading {
    at: Duration,
    /// Recordings that had ended.
    finished: usize,
    record: ReadingRecord,
}

impl Kept {
    fn add(&mut self, at: Duration, record: ReadingRecord, finished: usize) {
        if self.readings.last().is_some_and(|last| at < last.at + self.apart) {
            return;
        }
        self.readings.push(KeptReading { at, finished, record });
        while self.readings.len() > KEPT {
            self.apart = (self.apart * 2).max(at / (KEPT as u32 / 2)).max(Duration::from_micros(1));
            let (apart, mut last) = (self.apart, None);
            self.readings.retain(|reading| {
                let keep = last.is_none_or(|last| reading.at >= last + apart);
                last = if keep { Some(reading.at) } else { last };
                keep
            });
        }
    }

    /// See [`MemoryPerformance::trend_bytes_per_recording`].
    fn trend(&self, total: Duration) -> Option<f64> {
        let late = self.readings.iter().filter(|reading| reading.at >= total / 2);
        let points: Vec<(f64, f64)> =
            late.filter_map(|reading| Some((reading.finished as f64, reading.record.process_bytes? as f64))).collect();
        if points.len() < TREND_READINGS {
            return None;
        }
        let count = points.len() as f64;
        let (mean_x, mean_y) =
            (points.iter().map(|(x, _)| x).sum::<f64>() / count, points.iter().map(|(_, y)| y).sum::<f64>() / count);
        let covariance: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
        factor(covariance, points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn gpu() -> DeviceFacts {
        DeviceFacts { kind: "simulated", name: "S1".into(), memory_bytes: Some(80), has_thermometer: true }
    }

    fn reading(temperature_c: f64, busy: f64, process: u64) -> MachineReading {
        let device =
            DeviceReading { temperature_c: Some(temperature_c), busy: Some(busy), free_bytes: Some(9), power_w: None };
        MachineReading {
            devices: vec![device],
            process_bytes: Some(process),
            leased_bytes: process / 2,
            queues: Vec::new(),
        }
    }

    #[test]
    fn devices_are_weighed_by_time_and_throttling_is_timed() {
        let mut sums = MachineSums::default();
        sums.machine(&[gpu()], 1_000);
        sums.reading(at(3), &reading(60.0, 1.0, 10), 0);
        sums.reading(at(4), &reading(80.0, 0.2, 30), 0);
        sums.notice(at(4), NoticeKind::Throttled, 0);
        sums.notice(at(6), NoticeKind::Stopped, 0);
        sums.notice(at(9), NoticeKind::Released, 0);
        sums.notice(at(15), NoticeKind::Throttled, 0);
        sums.notice(at(15), NoticeKind::Throttled, 7);
        sums.reading(
            at(16),
            &MachineReading { devices: vec![reading(f64::NAN, 0.2, 0).devices[0]], ..Default::default() },
            0,
        );
        let (devices, memory, readings) = sums.finish(at(16));
        let device = &devices[0];
        assert_eq!((device.temperature_mean_c, device.temperature_max_c), (Some(65.0), Some(80.0)));
        assert_eq!(device.busy_mean, Some((3.0 + 0.2 + 12.0 * 0.2) / 16.0));
        assert_eq!((device.throttled_s, device.stopped_s), (6.0, 3.0));
        assert_eq!((device.power_mean_w, device.free_least_bytes), (None, Some(9)));
        assert_eq!((memory.budget_bytes, memory.leased_peak_bytes), (Some(1_000), Some(15)));
        assert_eq!(readings.len(), 3);
        assert_eq!(readings[2].devices[0].temperature_c, None);
    }

    #[test]
    fn a_long_run_keeps_a_thousand_readings_from_all_of_it() {
        let mut sums = MachineSums::default();
        for number in 1..=20_000 {
            sums.reading(at(number * 5), &reading(50.0, 0.5, 100), 0);
        }
        let (_, _, readings) = sums.finish(at(100_000));
        assert!((400..=KEPT).contains(&readings.len()), "{}", readings.len());
        let gaps: Vec<f64> = readings.windows(2).map(|pair| pair[1].at_s - pair[0].at_s).collect();
        let widest = gaps.iter().copied().fold(0.0, f64::max);
        assert!(readings[0].at_s <= 5.0 && widest <= 250.0, "{widest}");
        assert!(readings.last().is_some_and(|last| last.at_s >= 99_750.0));
    }

    #[test]
    fn a_trend_is_growth_by_recording_after_the_first_half() {
        let run = |growth: u64| {
            let mut sums = MachineSums::default();
            for number in 0..40 {
                // Loading at first: that is no leak.
                let held = if number < 10 { number * 1_000_000 } else { 10_000_000 + number * growth };
                sums.reading(at(number), &reading(50.0, 0.5, held), number as usize);
            }
            sums.finish(at(40)).1.trend_bytes_per_recording
        };
        assert_eq!(run(0), Some(0.0));
        assert_eq!(run(4_096).map(f64::round), Some(4_096.0));
        let mut short = MachineSums::default();
        short.reading(at(1), &reading(50.0, 0.5, 1), 1);
        assert_eq!(short.finish(at(1)).1.trend_bytes_per_recording, None);
    }
}
