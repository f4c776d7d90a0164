//! `--metrics ADDRESS`: the state of the run for a monitoring program, as Prometheus text over HTTP, on this machine only.

use crate::out;
use crate::problem::Problem;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use voiceman::{Event, EventSink};

/// Longest request that is read; more is not needed to answer.
const REQUEST: usize = 4096;
/// How long a client may take to ask.
const PATIENCE: Duration = Duration::from_secs(5);

/// Events pass through here on their way to whoever shows them.
pub struct Metrics {
    inner: Arc<dyn EventSink>,
    known: Known,
    registry: Arc<Mutex<Registry>>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct State {
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Stage {
    stage: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Device {
    device: u64,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

type Seconds = Counter<f64, AtomicU64>;
type Measure = Gauge<f64, AtomicU64>;

/// What is told.
#[derive(Default)]
struct Known {
    recordings: Family<State, Gauge>,
    stage_seconds: Family<Stage, Seconds>,
    stage_audio: Family<Stage, Seconds>,
    stage_runs: Family<Stage, Counter>,
    batches: Family<Stage, Counter>,
    items: Family<Stage, Counter>,
    waiting: Family<Stage, Gauge>,
    temperature: Family<Device, Measure>,
    busy: Family<Device, Measure>,
    free: Family<Device, Measure>,
    process: Measure,
    leased: Measure,
    budget: Measure,
    notices: Family<Kind, Counter>,
}

impl Known {
    fn register(&self) -> Registry {
        let mut registry = Registry::with_prefix("voiceman");
        registry.register("recordings", "Recordings of the run by what became of them", self.recordings.clone());
        let seconds = Unit::Seconds;
        registry.register_with_unit("stage_time", "Time of a stage", seconds.clone(), self.stage_seconds.clone());
        registry.register_with_unit(
            "stage_audio",
            "Sound that a stage worked through",
            seconds,
            self.stage_audio.clone(),
        );
        registry.register("stage_runs", "Recordings that a stage worked on", self.stage_runs.clone());
        registry.register("stage_batches", "Batches of a stage", self.batches.clone());
        registry.register("stage_items", "Items in these batches", self.items.clone());
        registry.register("stage_waiting", "Recordings that wait for a stage", self.waiting.clone());
        registry.register_with_unit("device_temperature", "Temperature", Unit::Celsius, self.temperature.clone());
        registry.register("device_busy_ratio", "Share of the time in which it worked", self.busy.clone());
        registry.register_with_unit("device_memory_free", "Memory that nobody uses", Unit::Bytes, self.free.clone());
        registry.register_with_unit(
            "process_memory",
            "Memory that the program holds",
            Unit::Bytes,
            self.process.clone(),
        );
        registry.register_with_unit("leased_memory", "Memory that is leased", Unit::Bytes, self.leased.clone());
        registry.register_with_unit("memory_budget", "Memory that may be leased", Unit::Bytes, self.budget.clone());
        registry.register("notices", "What the runtime did that an operator should know", self.notices.clone());
        registry
    }

    fn take(&self, event: &Event) {
        let recordings = |state| self.recordings.get_or_create(&State { state });
        match event {
            Event::CaseStarted { recordings: count, .. } => {
                recordings("pending").set(i64::try_from(*count).unwrap_or(i64::MAX));
            }
            Event::RecordingFinished { .. } => {
                recordings("pending").dec();
                recordings("done").inc();
            }
            Event::RecordingFailed { .. } => {
                recordings("pending").dec();
                recordings("failed").inc();
            }
            Event::StageFinished { stage, took, audio, cached: false, .. } => {
                let stage = Stage { stage };
                self.stage_seconds.get_or_create(&stage).inc_by(took.as_secs_f64());
                self.stage_audio.get_or_create(&stage).inc_by(audio.seconds());
                self.stage_runs.get_or_create(&stage).inc();
            }
            Event::BatchFinished { stage, items, .. } => {
                let stage = Stage { stage };
                self.batches.get_or_create(&stage).inc();
                self.items.get_or_create(&stage).inc_by(*items as u64);
            }
            Event::Machine { memory_budget_bytes, .. } => {
                self.budget.set(*memory_budget_bytes as f64);
            }
            Event::Reading(reading) => self.read(reading),
            Event::Notice { kind, .. } => {
                self.notices.get_or_create(&Kind { kind: kind.name() }).inc();
            }
            _ => {}
        }
    }

    fn read(&self, reading: &voiceman::MachineReading) {
        let set = |family: &Family<Device, Measure>, device: usize, value: Option<f64>| {
            // What is not told is not there: no zero stands in for it.
            if let Some(value) = value {
                family.get_or_create(&Device { device: device as u64 }).set(value);
            }
        };
        for (number, device) in reading.devices.iter().enumerate() {
            set(&self.temperature, number, device.temperature_c);
            set(&self.busy, number, device.busy);
            set(&self.free, number, device.free_bytes.map(|free| free as f64));
        }
        if let Some(process) = reading.process_bytes {
            self.process.set(process as f64);
        }
        self.leased.set(reading.leased_bytes as f64);
        for queue in &reading.queues {
            let waiting = i64::try_from(queue.waiting).unwrap_or(i64::MAX);
            self.waiting.get_or_create(&Stage { stage: queue.stage }).set(waiting);
        }
    }
}

impl Metrics {
    /// Listens on `address`, which must be one of this machine's own, and says where; port 0 takes a free one.
    ///
    /// # Errors
    /// When others could reach the address, or it is taken.
    pub fn serve(address: SocketAddr, inner: Arc<dyn EventSink>) -> Result<Metrics, Problem> {
        if !address.ip().is_loopback() {
            let text = format!("offer metrics on {address}: others could read them");
            return Err(Problem::usage(&text, "take an address of this machine alone, such as 127.0.0.1:9184"));
        }
        let taken = |error: std::io::Error| {
            Problem::usage(
                format!("listen on {address} for --metrics: {error}"),
                "take another port; 0 takes a free one",
            )
        };
        let listener = TcpListener::bind(address).map_err(taken)?;
        let chosen = listener.local_addr().map_err(taken)?;
        let known = Known::default();
        let registry = Arc::new(Mutex::new(known.register()));
        let shared = Arc::clone(&registry);
        // Ends with the program.
        thread::spawn(move || listener.incoming().flatten().for_each(|client| answer(client, &shared)));
        out::say(&format!("metrics: http://{chosen}/metrics"));
        Ok(Metrics { inner, known, registry })
    }
}

impl EventSink for Metrics {
    fn emit(&self, event: Event) {
        {
            // No answer is put together from half an event.
            let _registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
            self.known.take(&event);
        }
        self.inner.emit(event);
    }
}

/// Answers one request. A client that does not ask properly, or goes away, is its own misfortune.
fn answer(mut client: TcpStream, registry: &Mutex<Registry>) {
    let _ = client.set_read_timeout(Some(PATIENCE));
    let _ = client.set_write_timeout(Some(PATIENCE));
    let mut request = [0; REQUEST];
    let Ok(read) = client.read(&mut request) else { return };
    let (status, kind, body) = if request[..read].starts_with(b"GET /metrics ") {
        let mut text = String::new();
        let registry = registry.lock().unwrap_or_else(PoisonError::into_inner);
        match encode(&mut text, &registry) {
            Ok(()) => ("200 OK", "application/openmetrics-text; version=1.0.0; charset=utf-8", text),
            Err(_) => ("500 Internal Server Error", "text/plain", String::new()),
        }
    } else {
        ("404 Not Found", "text/plain", "there is only /metrics\n".to_owned())
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let _ = client.write_all(head.as_bytes()).and_then(|()| client.write_all(body.as_bytes()));
}
