//! The state of the machine in a few lines: devices, memory, and what waits where.

use voiceman::{Bytes, Event, MachineReading, NoticeKind};

/// What is known of the machine.
#[derive(Default)]
pub(super) struct MachineView {
    devices: Vec<Shown>,
    budget: u64,
    reading: MachineReading,
}

/// A device.
struct Shown {
    name: String,
    memory: Option<u64>,
    slowed: Option<&'static str>,
}

impl MachineView {
    /// Takes an event in. Whether the lines have changed.
    pub(super) fn take(&mut self, event: &Event) -> bool {
        match event {
            Event::Machine { devices, memory_budget_bytes } => {
                let shown = |device: &voiceman::DeviceFacts| Shown {
                    name: device.name.clone(),
                    memory: device.memory_bytes,
                    slowed: None,
                };
                self.devices = devices.iter().map(shown).collect();
                self.budget = *memory_budget_bytes;
            }
            Event::Reading(reading) => self.reading = reading.clone(),
            Event::Notice { kind, device: Some(device), .. } => {
                let slowed = match kind {
                    NoticeKind::Throttled => Some("slowed down"),
                    NoticeKind::Stopped => Some("stopped: too hot"),
                    NoticeKind::DeviceLost => Some("lost"),
                    NoticeKind::Released => None,
                    _ => return false,
                };
                if let Some(shown) = self.devices.get_mut(*device) {
                    shown.slowed = slowed;
                }
            }
            _ => return false,
        }
        true
    }

    /// A line for each device, then memory, then what waits.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = (0..self.devices.len()).map(|number| self.device(number)).collect();
        let held = self.reading.process_bytes.map(|held| Bytes::new(held).to_string());
        let (leased, budget) = (Bytes::new(self.reading.leased_bytes), Bytes::new(self.budget));
        lines.push(format!("memory: {} held, {leased} of {budget} leased", held.as_deref().unwrap_or("unknown")));
        let waiting: Vec<String> = self
            .reading
            .queues
            .iter()
            .filter(|queue| queue.waiting + queue.running > 0)
            .map(|queue| format!("{} {}+{}", queue.stage, queue.running, queue.waiting))
            .collect();
        lines.push(match waiting.is_empty() {
            true => "at work+waiting: nothing".to_owned(),
            false => format!("at work+waiting: {}", waiting.join(", ")),
        });
        lines
    }

    fn device(&self, number: usize) -> String {
        let Shown { name, memory, slowed } = &self.devices[number];
        let reading = self.reading.devices.get(number).copied().unwrap_or_default();
        let mut facts = Vec::new();
        facts.extend(reading.busy.map(|busy| format!("{:.0} % busy", 100.0 * busy)));
        facts.push(match reading.temperature_c {
            Some(temperature) => format!("{temperature:.0} °C"),
            None => "no temperature sensor".to_owned(),
        });
        facts.extend(reading.free_bytes.map(|free| match memory {
            Some(memory) => format!("{} of {} free", Bytes::new(free), Bytes::new(*memory)),
            None => format!("{} free", Bytes::new(free)),
        }));
        facts.extend(reading.power_w.map(|power| format!("{power:.0} W")));
        facts.extend(slowed.map(str::to_owned));
        format!("{name}: {}", facts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use voiceman::{DeviceFacts, DeviceReading, QueueReading};

    #[test]
    fn a_line_a_device_then_memory_then_queues() {
        let mut view = MachineView::default();
        let device = |name: &str, memory_bytes| DeviceFacts {
            kind: "cpu",
            name: name.to_owned(),
            memory_bytes,
            has_thermometer: false,
        };
        let devices = vec![device("a processor", None), device("a card", Some(80_000_000_000))];
        assert!(view.take(&Event::Machine { devices, memory_budget_bytes: 2_000_000_000 }));
        let card = DeviceReading {
            temperature_c: Some(81.2),
            busy: Some(0.925),
            free_bytes: Some(12_300_000_000),
            power_w: Some(412.0),
        };
        let queues = vec![
            QueueReading { stage: "transcribe", waiting: 4, running: 8 },
            QueueReading { stage: "align", waiting: 0, running: 0 },
        ];
        view.take(&Event::Reading(MachineReading {
            devices: vec![DeviceReading { busy: Some(0.5), ..DeviceReading::default() }, card],
            process_bytes: Some(812_000_000),
            leased_bytes: 640_000_000,
            queues,
        }));
        let throttled = Event::Notice {
            kind: NoticeKind::Throttled,
            stage: None,
            device: Some(1),
            recording: None,
            text: String::new(),
        };
        view.take(&throttled);
        assert_eq!(
            view.lines(),
            [
                "a processor: 50 % busy, no temperature sensor",
                "a card: 92 % busy, 81 °C, 12.3 GB of 80.0 GB free, 412 W, slowed down",
                "memory: 812.0 MB held, 640.0 MB of 2.0 GB leased",
                "at work+waiting: transcribe 8+4",
            ]
        );
        assert!(!view.take(&Event::CaseFinished { done: 1, failed: 0 }));
    }
}
