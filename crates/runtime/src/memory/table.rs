//! How much memory what gets, before anything has been measured.
//!
//! The numbers are those that the specification of the runtime gives for a machine of 128 GB. Decimal multiples.

use voiceman_base::Bytes;

/// The machine that the table was written for.
const REFERENCE: u64 = 128 * GIGA;
const GIGA: u64 = 1_000_000_000;

/// What a stage leases at most, by the table; 4 GB for one that it does not name.
pub fn table_lease(stage: &str) -> Bytes {
    Bytes::new(
        GIGA * match stage {
            "stt" => 16,
            "alignment" => 4,
            "diarization" => 8,
            "ser" => 10,
            "scoring" => 2,
            _ => 4,
        },
    )
}

/// How the memory of a machine is meant to be divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryStrategy {
    /// Models of transcription: 20 GB of 128.
    pub transcription_models: Bytes,
    /// Models of the analysis after it: 15 GB of 128.
    pub analysis_models: Bytes,
    /// Caches: [`cache_threshold`].
    pub cache: Bytes,
    /// Left to the system: 10 GB of 128.
    pub system: Bytes,
    /// What batches may take: the rest.
    pub batches: Bytes,
}

impl MemoryStrategy {
    /// For a machine with this much memory. Smaller machines than the reference divide in proportion, but for the
    /// cache; larger ones give what they have more to the batches.
    pub fn of(machine_memory: Bytes) -> MemoryStrategy {
        let memory = machine_memory.get();
        let share = |giga: u64| {
            let scaled = u128::from(giga * GIGA) * u128::from(memory.min(REFERENCE)) / u128::from(REFERENCE);
            u64::try_from(scaled).unwrap_or(u64::MAX)
        };
        let (transcription, analysis, system) = (share(20), share(15), share(10));
        let cache = cache_threshold(machine_memory).get();
        let batches = memory.saturating_sub(transcription + analysis + cache + system);
        MemoryStrategy {
            transcription_models: Bytes::new(transcription),
            analysis_models: Bytes::new(analysis),
            cache: Bytes::new(cache),
            system: Bytes::new(system),
            batches: Bytes::new(batches),
        }
    }
}

/// How much caches may hold before they are cleared, on a machine with this much memory.
///
/// 1 GB up to 4 GB of memory, 10 GB at 32 GB, 30 GB from 64 GB on, and straight lines between: more memory never means
/// less cache, and the cache never takes half of a machine that is larger than the smallest ones.
pub fn cache_threshold(machine_memory: Bytes) -> Bytes {
    const POINTS: [(u64, u64); 3] = [(4, 1), (32, 10), (64, 30)];
    let memory = machine_memory.get();
    let (mut below, mut value) = (0, POINTS[0].1 * GIGA);
    for (at, threshold) in POINTS.map(|(at, threshold)| (at * GIGA, threshold * GIGA)) {
        if memory <= at {
            let reached = (memory - below) as f64 / (at - below) as f64;
            return Bytes::new(value + ((threshold - value) as f64 * reached) as u64);
        }
        (below, value) = (at, threshold);
    }
    Bytes::new(value)
}

/// Whether caches hold more than they may: what the process `held` beyond what models and batches have `leased`.
pub fn caches_are_full(held: Bytes, leased: Bytes, machine_memory: Bytes) -> bool {
    held.get().saturating_sub(leased.get()) > cache_threshold(machine_memory).get()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn giga(count: u64) -> Bytes {
        Bytes::new(count * GIGA)
    }

    #[test]
    fn the_table_is_that_of_the_specification() {
        let stages = ["stt", "alignment", "diarization", "ser", "scoring", "some other"];
        assert_eq!(stages.map(table_lease), [16, 4, 8, 10, 2, 4].map(giga));
        let strategy = MemoryStrategy::of(giga(128));
        let parts = [strategy.transcription_models, strategy.analysis_models, strategy.cache, strategy.system];
        assert_eq!(parts, [20, 15, 30, 10].map(giga));
        assert_eq!(strategy.batches, giga(53));
    }

    #[test]
    fn the_cache_follows_the_machine() {
        let machines = [0, 2, 4, 32, 48, 64, 128, 1_024];
        assert_eq!(machines.map(|memory| cache_threshold(giga(memory))), [1, 1, 1, 10, 20, 30, 30, 30].map(giga));
    }

    #[test]
    fn caches_are_full_above_the_threshold_and_not_before() {
        assert!(!caches_are_full(giga(12), giga(2), giga(32)));
        assert!(caches_are_full(Bytes::new(12 * GIGA + 1), giga(2), giga(32)));
        // On the smallest machine a cache of 1 GB is still worth having.
        assert!(!caches_are_full(giga(1), giga(0), giga(1)));
        assert!(!caches_are_full(giga(1), giga(3), giga(4)));
    }

    proptest! {
        #[test]
        fn more_memory_never_means_less(smaller in 0..200_000_000_000_u64, more in 0..100_000_000_000_u64) {
            let [before, after] = [smaller, smaller + more].map(|memory| MemoryStrategy::of(Bytes::new(memory)));
            prop_assert!(before.cache <= after.cache);
            prop_assert!(before.system <= after.system);
            prop_assert!(before.transcription_models <= after.transcription_models);
            prop_assert!(before.cache >= giga(1));
        }

        #[test]
        fn the_parts_are_the_whole(memory in 2_000_000_000..2_000_000_000_000_u64) {
            let strategy = MemoryStrategy::of(Bytes::new(memory));
            let MemoryStrategy { transcription_models, analysis_models, cache, system, batches } = strategy;
            let sum: u64 = [transcription_models, analysis_models, cache, system, batches].iter().map(|part| part.get()).sum();
            prop_assert_eq!(sum, memory);
        }
    }
}
