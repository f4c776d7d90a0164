//! Whole nights on a machine that exists only on paper: every rule of the runtime, on the scheduler that drives real
//! machines.

#![allow(clippy::expect_used, reason = "tests")]

use proptest::prelude::*;
use std::time::Duration;
use voiceman_base::{Bytes, NoticeKind};
use voiceman_runtime::heat::Pace;
use voiceman_runtime::schedule::Verdict;
use voiceman_runtime::simulate::{Played, Script, SimulatedEvent, play};

fn gpu() -> Script {
    Script::parse(include_str!("nights/gpu.toml")).expect("a script")
}

fn with(event: &str) -> Script {
    let text = format!("{}\n[[event]]\n{event}\n", include_str!("nights/gpu.toml"));
    Script::parse(&text).expect("a script")
}

fn done(played: &Played) -> usize {
    played.verdicts.iter().filter(|verdict| **verdict == Some(Verdict::Done)).count()
}

fn told(played: &Played, kind: NoticeKind) -> usize {
    played.notices.iter().filter(|told| told.kind == kind).count()
}

/// How long a stage worked, over all of its batches.
fn worked(played: &Played, stage: &str) -> Duration {
    let batches = played.batches.iter().filter(|batch| batch.stage == stage);
    batches.map(|batch| batch.ended.expect("an end") - batch.at).sum()
}

#[test]
fn everything_is_done_and_the_same_script_gives_the_same_night() {
    let played = play(&gpu());
    assert_eq!(done(&played), 183);
    assert_eq!(played, play(&gpu()));
}

#[test]
fn overlap_makes_the_night_at_least_45_percent_shorter() {
    let beside = play(&gpu());
    let after = play(&Script { overlap: false, ..gpu() });
    assert_eq!((done(&beside), done(&after)), (183, 183));
    let ratio = beside.took.as_secs_f64() / after.took.as_secs_f64();
    assert!(ratio <= 0.55, "{:?} against {:?}: {ratio}", beside.took, after.took);
}

#[test]
fn the_night_is_as_long_as_its_slowest_device() {
    let played = play(&gpu());
    let slowest = played.busy.iter().max().expect("devices");
    let ratio = played.took.as_secs_f64() / slowest.as_secs_f64();
    assert!(ratio <= 1.1, "{:?} for {slowest:?} of work: {ratio}", played.took);
}

#[test]
fn one_after_another_means_one_task_at_a_time() {
    let played = play(&Script { overlap: false, ..gpu() });
    for pair in played.batches.windows(2) {
        assert!(pair[0].ended.expect("an end") <= pair[1].at);
    }
    assert_eq!(played.most_open, 1);
}

#[test]
fn no_more_than_five_recordings_or_a_batch_wait_for_a_stage() {
    let script = gpu();
    let played = play(&script);
    for (stage, most) in script.stages.iter().zip(&played.most_waiting) {
        assert!(*most <= stage.default.max(5), "{}: {most}", stage.name);
    }
}

#[test]
fn one_bad_recording_costs_itself_only() {
    let played = play(&with("kind = \"fails\"\nrecording = 17\nstage = \"stt\""));
    assert_eq!(done(&played), 182);
    assert_eq!(played.verdicts[17], Some(Verdict::Failed { node: 1 }));
}

#[test]
fn of_a_hundred_recordings_with_one_bad_99_have_results() {
    let mut script = with("kind = \"fails\"\nrecording = 50\nstage = \"decode\"");
    script.recordings[0].count = 100;
    let played = play(&script);
    assert_eq!((done(&played), played.verdicts.len()), (99, 100));
}

#[test]
fn leases_never_pass_the_budget_and_batches_follow_what_is_free() {
    let mut script = gpu();
    script.devices[1].budget_mb = Some(20_000);
    let played = play(&script);
    assert_eq!(done(&played), 183);
    assert!(played.most_leased[1] <= Bytes::mebi(20_000), "{}", played.most_leased[1]);
    let largest = |played: &Played| {
        let stt = played.batches.iter().filter(|batch| batch.stage == "stt");
        stt.map(|batch| batch.order.at_once).max().expect("batches")
    };
    assert!(largest(&played) <= 10);
    assert_eq!(largest(&play(&gpu())), 32);
}

#[test]
fn out_of_memory_is_met_in_the_order_that_was_promised() {
    let mut script = gpu();
    // In truth an item takes three times of what the stage says: 32 of them are more than the device has.
    script.stages[1].true_item_mb = Some(6_000);
    let played = play(&script);
    assert_eq!(done(&played), 183);
    let kinds: Vec<NoticeKind> = played.notices.iter().map(|told| told.kind).take(3).collect();
    assert_eq!(kinds, [NoticeKind::OutOfMemory, NoticeKind::CachesReleased, NoticeKind::Halved]);
    assert!(played.most_used[1] <= Bytes::mebi(81_920));
    // It does not stay small for ever: after successes it grows, and runs into the wall again now and then.
    let sizes: Vec<usize> =
        played.batches.iter().filter(|batch| batch.stage == "stt").map(|batch| batch.order.at_once).collect();
    let smallest = sizes.iter().position(|size| *size <= 8).expect("halved");
    assert!(sizes[smallest..].iter().any(|size| *size > 8), "{sizes:?}");
}

#[test]
fn what_never_fits_goes_to_the_processor_and_fails_there_alone() {
    let played = play(&with("kind = \"never_fits\"\nrecording = 3\nstage = \"stt\""));
    assert_eq!(done(&played), 182);
    assert!(matches!(played.verdicts[3], Some(Verdict::OutOfMemory { node: 1, .. })), "{:?}", played.verdicts[3]);
    let last = played.batches.iter().rfind(|batch| batch.stage == "stt" && batch.order.jobs.contains(&3));
    assert_eq!(last.map(|batch| (batch.order.device, batch.order.jobs.len())), Some((0, 1)));
    let first = |kind| played.notices.iter().position(|told| told.kind == kind).expect("told");
    assert!(first(NoticeKind::OutOfMemory) < first(NoticeKind::Halved));
    assert!(first(NoticeKind::Halved) < first(NoticeKind::MovedToCpu));
}

#[test]
fn memory_that_another_program_takes_shrinks_batches_until_it_is_given_back() {
    let text = format!(
        "{}\n[[event]]\nkind = \"memory_taken\"\nat_s = 60.0\ndevice = 1\nmb = 70000\n\
         [[event]]\nkind = \"memory_taken\"\nat_s = 300.0\ndevice = 1\nmb = -70000\n",
        include_str!("nights/gpu.toml")
    );
    let played = play(&Script::parse(&text).expect("a script"));
    assert_eq!(done(&played), 183);
    let largest = |from: f64, to: f64| {
        let inside = played
            .batches
            .iter()
            .filter(|batch| batch.stage == "stt")
            .filter(|batch| (from..to).contains(&batch.at.as_secs_f64()));
        inside.map(|batch| batch.order.at_once).max().unwrap_or(0)
    };
    assert!(largest(70.0, 295.0) <= 5, "{}", largest(70.0, 295.0));
    assert!(largest(310.0, 1e9) > 16, "{}", largest(310.0, 1e9));
}

#[test]
fn a_budget_that_is_too_small_for_a_stage_moves_it_and_then_fails_each_recording() {
    let mut script = gpu();
    script.recordings[0].count = 5;
    script.devices[1].budget_mb = Some(9_000);
    script.stages[1].item_mb = 10_000;
    let played = play(&script);
    assert_eq!(done(&played), 5);
    assert_eq!(told(&played, NoticeKind::MovedToCpu), 5);
    script.devices[0].budget_mb = Some(5_000);
    let played = play(&script);
    assert!(played.verdicts.iter().all(|verdict| matches!(verdict, Some(Verdict::OutOfMemory { node: 1, .. }))));
}

#[test]
fn little_memory_makes_recordings_wait_for_each_other_and_none_fail() {
    let mut script = gpu();
    // Hours of sound, so that the accelerator is at a recording for longer than memory is waited for.
    (script.recordings[0].count, script.recordings[0].audio_s) = (5, [14_400.0, 14_400.0]);
    // Room for one recording's sound and the smallest batch of `ser`, not for the sound of two.
    script.devices[0].budget_mb = Some(1_600);
    let played = play(&script);
    assert_eq!((done(&played), told(&played, NoticeKind::MemoryShort)), (5, 0));
    // A recording that cannot be done even alone is told so at the stage that cannot do it, without waiting in vain.
    script.devices[0].budget_mb = Some(1_550);
    let short = play(&script);
    assert!(short.verdicts.iter().all(|verdict| matches!(verdict, Some(Verdict::OutOfMemory { node: 4, .. }))));
    assert!(short.took <= played.took - worked(&played, "ser"), "{:?} and {:?}", short.took, played.took);
}

/// A device that would come to 95 °C if it always worked.
fn hot() -> Script {
    let mut script = gpu();
    let heat = script.devices[1].heat.as_mut().expect("a thermometer");
    heat.full_c = 95.0;
    script
}

#[test]
fn a_hot_device_is_throttled_and_never_passes_the_critical_temperature() {
    let played = play(&hot());
    assert_eq!(done(&played), 183);
    assert!(told(&played, NoticeKind::Throttled) > 0);
    let hottest = played.hottest_c[1].expect("a thermometer");
    assert!(hottest < 86.0, "{hottest}");
    // Throttled, a batch is half of what it may be.
    let (from, _, _) =
        *played.paces.iter().find(|(.., pace)| matches!(pace, Pace::Throttled { .. })).expect("throttled");
    let (until, _, _) = *played.paces.iter().find(|(at, ..)| *at > from).expect("another pace");
    let inside = played.batches.iter().filter(|batch| batch.stage == "stt" && batch.at >= from && batch.at < until);
    assert!(inside.clone().count() > 0);
    assert!(inside.clone().all(|batch| batch.order.at_once <= 16));
    // And there are two seconds between the end of one and the beginning of the next.
    let on_device: Vec<_> =
        played.batches.iter().filter(|batch| batch.order.device == 1 && batch.at >= from && batch.at < until).collect();
    for pair in on_device.windows(2) {
        assert!(pair[1].at >= pair[0].ended.expect("an end") + Duration::from_secs(2));
    }
}

#[test]
fn above_the_critical_temperature_nothing_begins_until_it_is_cool() {
    let mut script = hot();
    script.events.push(SimulatedEvent::Warmer { at_s: 40.0, device: 1, by_c: 20.0 });
    script.events.push(SimulatedEvent::Warmer { at_s: 400.0, device: 1, by_c: -20.0 });
    let played = play(&script);
    assert_eq!(done(&played), 183);
    let stops: Vec<_> = played.paces.iter().filter(|(.., pace)| *pace == Pace::Stopped).collect();
    assert!(!stops.is_empty());
    for (from, ..) in stops {
        let until = played.paces.iter().find(|(at, ..)| at > from).map_or(Duration::MAX, |(at, ..)| *at);
        let begun =
            played.batches.iter().filter(|batch| batch.order.device == 1 && batch.at > *from && batch.at < until);
        assert_eq!(begun.count(), 0);
    }
}

#[test]
fn full_speed_returns_only_below_the_release_temperature() {
    let played = play(&hot());
    for pair in played.paces.windows(2) {
        // Never from stopped to full without having been told a temperature below 70: the governor says so by a notice.
        if pair[1].2 == Pace::Full {
            assert!(played.notices.iter().any(|told| told.at == pair[1].0 && told.kind == NoticeKind::Released));
        }
    }
}

#[test]
fn a_thermometer_that_fails_does_not_stop_the_night_for_ever() {
    let mut script = hot();
    script.events.push(SimulatedEvent::Warmer { at_s: 40.0, device: 1, by_c: 30.0 });
    script.events.push(SimulatedEvent::ThermometerFails { at_s: 75.0, device: 1 });
    assert_eq!(done(&play(&script)), 183);
}

#[test]
fn a_lost_device_loses_no_recording() {
    let played = play(&with("kind = \"lost\"\nat_s = 100.0\ndevice = 1"));
    assert_eq!(done(&played), 183);
    assert_eq!(told(&played, NoticeKind::DeviceLost), 1);
    assert!(played.batches.iter().all(|batch| batch.order.device == 0 || batch.at <= Duration::from_secs(100)));
}

#[test]
fn a_program_that_was_stopped_for_an_hour_takes_nobody_for_stuck() {
    let played = play(&with("kind = \"suspended\"\nat_s = 50.0\nfor_s = 3600.0"));
    assert_eq!(done(&played), 183);
    assert_eq!(told(&played, NoticeKind::Stuck), 0);
}

#[test]
fn a_stage_that_hangs_is_named_and_given_up_on_that_recording() {
    for obeys in [true, false] {
        let played = play(&with(&format!("kind = \"hangs\"\nrecording = 9\nstage = \"stt\"\nobeys = {obeys}")));
        assert_eq!(done(&played), 182, "{:?}", played.verdicts[9]);
        assert!(matches!(played.verdicts[9], Some(Verdict::Stuck { node: 1, .. })), "{:?}", played.verdicts[9]);
        assert!(played.notices.iter().any(|told| told.kind == NoticeKind::Stuck && told.text.contains("stt")));
    }
}

#[test]
fn a_wish_to_stop_is_heeded_and_keeps_what_is_done() {
    let played = play(&with("kind = \"cancel\"\nat_s = 120.0"));
    assert!(played.verdicts.iter().all(|verdict| matches!(verdict, Some(Verdict::Done | Verdict::NotReached))));
    assert!(done(&played) > 0 && done(&played) < 183);
    assert!(played.took < Duration::from_secs(125), "{:?}", played.took);
    assert!(played.batches.iter().all(|batch| batch.at <= Duration::from_secs(120)));
}

#[test]
fn each_flag_has_another_way_that_leads_to_the_same_end() {
    let usual = play(&hot());
    for script in
        [Script { overlap: false, ..hot() }, Script { memory: false, ..hot() }, Script { heat: false, ..hot() }]
    {
        assert_eq!(play(&script).verdicts, usual.verdicts);
    }
    // Emotion on the accelerator or on the processor.
    let mut on_gpu = hot();
    let ser = on_gpu.stages.iter_mut().find(|stage| stage.name == "ser").expect("the stage");
    ser.place = voiceman_runtime::simulate::SimulatedPlace::Accelerator;
    ser.accelerator_free_mb = 8_192;
    let played = play(&on_gpu);
    assert_eq!(played.verdicts, usual.verdicts);
    assert!(played.batches.iter().any(|batch| batch.stage == "ser" && batch.order.device == 1));
    // With less than 8 GB on the device it stays on the processor.
    on_gpu.devices[1].budget_mb = Some(8_000);
    on_gpu.stages[1].accelerator_free_mb = 0;
    let played = play(&on_gpu);
    assert!(played.batches.iter().all(|batch| batch.stage != "ser" || batch.order.device == 0));
}

#[test]
fn ten_thousand_short_recordings_take_linear_time_and_bounded_memory() {
    let many = |count| {
        let mut script = gpu();
        script.recordings = vec![voiceman_runtime::simulate::SimulatedRecordings { count, audio_s: [2.0, 2.0] }];
        play(&script)
    };
    let (small, large) = (many(1_000), many(10_000));
    assert_eq!((done(&small), done(&large)), (1_000, 10_000));
    assert_eq!(large.most_open, small.most_open);
    assert!(large.most_open < 150, "{}", large.most_open);
    assert_eq!(large.most_leased, small.most_leased);
    let (steps, ratio) = (large.steps as f64 / small.steps as f64, large.took.as_secs_f64() / small.took.as_secs_f64());
    assert!(steps < 10.5, "{steps}");
    assert!(ratio < 10.5, "{ratio}");
    // Many short recordings fill one batch.
    let stt: Vec<usize> =
        large.batches.iter().filter(|batch| batch.stage == "stt").map(|batch| batch.order.jobs.len()).collect();
    assert!(stt.len() < 10_000 / 7, "{}", stt.len());
    assert!(worked(&large, "stt") < Duration::from_secs(3_000));
}

/// Whatever goes wrong in a night: a recording, a stage, a device, at any time.
fn trouble() -> impl Strategy<Value = SimulatedEvent> {
    let stage = || prop::sample::select(vec!["decode", "stt", "alignment", "diarization", "ser", "scoring", "write"]);
    let at = || 0.0_f64..400.0;
    let device = || 0_usize..2;
    prop_oneof![
        (at(), device(), -60_000_i64..130_000).prop_map(|(at_s, device, mb)| SimulatedEvent::MemoryTaken {
            at_s,
            device,
            mb
        }),
        (at(), 1_usize..2, -20.0_f64..40.0).prop_map(|(at_s, device, by_c)| SimulatedEvent::Warmer {
            at_s,
            device,
            by_c
        }),
        at().prop_map(|at_s| SimulatedEvent::ThermometerFails { at_s, device: 1 }),
        at().prop_map(|at_s| SimulatedEvent::Lost { at_s, device: 1 }),
        (at(), 1.0_f64..5_000.0).prop_map(|(at_s, for_s)| SimulatedEvent::Suspended { at_s, for_s }),
        at().prop_map(|at_s| SimulatedEvent::Cancel { at_s }),
        (0_usize..30, stage()).prop_map(|(recording, stage)| SimulatedEvent::Fails { recording, stage: stage.into() }),
        (0_usize..30, stage())
            .prop_map(|(recording, stage)| SimulatedEvent::NeverFits { recording, stage: stage.into() }),
        (0_usize..30, stage(), any::<bool>()).prop_map(|(recording, stage, obeys)| SimulatedEvent::Hangs {
            recording,
            stage: stage.into(),
            obeys
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// The flow cannot deadlock, forget or overspend: every night comes to an end with a verdict for every recording.
    #[test]
    fn every_night_ends(
        seed in any::<u64>(),
        count in 1_usize..30,
        longest in 4.0_f64..3_000.0,
        budgets in (200_u64..140_000, 200_u64..90_000),
        queue in 1_usize..9,
        threads in (1_usize..4, 1_usize..5),
        (overlap, memory, heat, accelerator) in any::<(bool, bool, bool, bool)>(),
        full_c in 50.0_f64..110.0,
        events in prop::collection::vec(trouble(), 0..7),
    ) {
        let mut script = gpu();
        (script.seed, script.overlap, script.memory, script.heat) = (seed, overlap, memory, heat);
        (script.io_threads, script.compute_threads, script.queue) = (threads.0, threads.1, Some(queue));
        script.recordings[0].count = count;
        script.recordings[0].audio_s[1] = longest;
        script.devices[0].budget_mb = Some(budgets.0);
        script.devices[1].budget_mb = Some(budgets.1);
        script.devices[1].heat.as_mut().expect("a thermometer").full_c = full_c;
        script.events = events;
        if !accelerator {
            script.devices.pop();
            script.events.retain(|event| !matches!(
                event,
                SimulatedEvent::MemoryTaken { device: 1, .. }
                    | SimulatedEvent::Warmer { .. }
                    | SimulatedEvent::ThermometerFails { .. }
                    | SimulatedEvent::Lost { .. }
            ));
        }
        let cancelled = script.events.iter().any(|event| matches!(event, SimulatedEvent::Cancel { .. }));
        let played = play(&script);
        prop_assert!(played.verdicts.iter().all(Option::is_some), "{:?}", played.verdicts);
        for (device, most) in played.most_leased.iter().enumerate() {
            let budget = [budgets.0, budgets.1][device];
            prop_assert!(*most <= Bytes::mebi(budget), "device {}: {} of {} MiB", device, most, budget);
        }
        for (job, verdict) in played.verdicts.iter().enumerate() {
            let troubled = script.events.iter().any(|event| match event {
                SimulatedEvent::Fails { recording, .. }
                | SimulatedEvent::NeverFits { recording, .. }
                | SimulatedEvent::Hangs { recording, .. } => *recording == job,
                _ => false,
            });
            let short = matches!(verdict, Some(Verdict::OutOfMemory { .. }));
            let stopped = cancelled && *verdict == Some(Verdict::NotReached);
            prop_assert!(*verdict == Some(Verdict::Done) || troubled || short || stopped, "{}: {:?}", job, verdict);
        }
    }
}
