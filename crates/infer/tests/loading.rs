//! Graphs that are loaded for the first time at the same moment. Alone in this file: only the first load of a process counts.

use std::error::Error;
use std::sync::Barrier;
use std::thread;
use voiceman_infer::store::ModelStore;
use voiceman_infer::{load_runtime, load_silero};

#[test]
fn graphs_can_be_loaded_at_the_same_moment() -> Result<(), Box<dyn Error>> {
    const TOGETHER: usize = 8;
    let store = ModelStore::open(None)?;
    let runtime = load_runtime(&store)?;
    let ready = Barrier::new(TOGETHER);
    let load = || {
        ready.wait();
        load_silero(&store, &runtime).map(drop).map_err(|error| error.to_string())
    };
    let loaded: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..TOGETHER).map(|_| scope.spawn(load)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err("it panicked".to_owned()))).collect()
    });
    assert!(loaded.iter().all(Result::is_ok), "{loaded:?}");
    Ok(())
}
