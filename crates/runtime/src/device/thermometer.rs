//! The temperature of the processor, as Linux tells it.
//!
//! Drivers of processors under `hwmon`, and thermal zones that are named after the processor. A zone of the mainboard
//! (`acpitz`) says nothing about the processor and is not read.

use super::tree::Tree;
use crate::heat::Limits;

/// Drivers whose sensors lie in the processor.
const DRIVERS: [&str; 3] = ["coretemp", "k10temp", "zenpower"];
/// How the names of zones in a processor, or in the chip that it is part of, begin.
const ZONES: [&str; 7] = ["cpu", "soc", "x86_pkg_temp", "package", "tj", "bigcore", "littlecore"];

/// The sensors of the processor.
#[derive(Clone, Debug)]
pub(super) struct Thermometer {
    sensors: Vec<String>,
    limits: Option<Limits>,
}

impl Thermometer {
    /// Finds the sensors.
    pub(super) fn find(tree: &Tree) -> Thermometer {
        let mut found = Found::default();
        for name in tree.names("sys/class/hwmon") {
            found.driver(tree, &format!("sys/class/hwmon/{name}"));
        }
        for name in tree.names("sys/class/thermal") {
            found.zone(tree, &format!("sys/class/thermal/{name}"));
        }
        let limits = Limits::from_device(found.slowdown_c, found.shutdown_c);
        let sensors = found.sensors.into_iter().filter(|sensor| tree.celsius(sensor).is_some()).collect();
        Thermometer { sensors, limits }
    }

    /// The hottest sensor now, in degrees Celsius.
    pub(super) fn read(&self, tree: &Tree) -> Option<f64> {
        self.sensors.iter().filter_map(|sensor| tree.celsius(sensor)).max_by(f64::total_cmp)
    }

    pub(super) fn is_there(&self) -> bool {
        !self.sensors.is_empty()
    }

    /// What the sensors tell of temperatures to keep to.
    pub(super) fn limits(&self) -> Option<Limits> {
        self.limits
    }
}

#[derive(Default)]
struct Found {
    sensors: Vec<String>,
    slowdown_c: Option<f64>,
    shutdown_c: Option<f64>,
}

impl Found {
    fn driver(&mut self, tree: &Tree, folder: &str) {
        let Some(driver) = tree.text(&format!("{folder}/name")) else { return };
        if !DRIVERS.contains(&driver.as_str()) && !is_processor(&driver) {
            return;
        }
        let inputs: Vec<String> = tree.names(folder).into_iter().filter(|name| is_input(name)).collect();
        let label = |input: &String| tree.text(&format!("{folder}/{}", input.replace("_input", "_label")));
        // `Tctl` of some AMD processors lies above the true temperature by design; `Tdie` is the true one.
        let true_ones: Vec<&String> = inputs.iter().filter(|input| label(input).as_deref() == Some("Tdie")).collect();
        let chosen = if true_ones.is_empty() { inputs.iter().collect() } else { true_ones };
        for input in chosen {
            self.sensors.push(format!("{folder}/{input}"));
            // Intel's driver gives the temperature at which the processor slows itself down. What others give is a
            // convention of the driver.
            if driver == "coretemp" {
                let critical = tree.celsius(&format!("{folder}/{}", input.replace("_input", "_crit")));
                self.slowdown_c = tightest(self.slowdown_c, critical);
            }
        }
    }

    fn zone(&mut self, tree: &Tree, folder: &str) {
        let Some(kind) = tree.text(&format!("{folder}/type")) else { return };
        if !is_processor(&kind) {
            return;
        }
        self.sensors.push(format!("{folder}/temp"));
        let mut passive = None;
        for name in tree.names(folder) {
            let Some(trip) = name.strip_suffix("_type").filter(|trip| trip.starts_with("trip_point_")) else {
                continue;
            };
            let temperature = tree.celsius(&format!("{folder}/{trip}_temp"));
            match tree.text(&format!("{folder}/{name}")).as_deref() {
                // The last of several is the one that the system will not let pass.
                Some("passive") => passive = [passive, temperature].into_iter().flatten().max_by(f64::total_cmp),
                Some("critical") => self.shutdown_c = tightest(self.shutdown_c, temperature),
                _ => {}
            }
        }
        self.slowdown_c = tightest(self.slowdown_c, passive);
    }
}

/// The lower one of two limits. Trips that are not set are at or below zero.
fn tightest(known: Option<f64>, told: Option<f64>) -> Option<f64> {
    let told = told.filter(|limit| *limit > 0.0);
    [known, told].into_iter().flatten().min_by(f64::total_cmp)
}

fn is_processor(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ZONES.iter().any(|beginning| name.starts_with(beginning))
}

fn is_input(name: &str) -> bool {
    name.starts_with("temp") && name.ends_with("_input")
}
