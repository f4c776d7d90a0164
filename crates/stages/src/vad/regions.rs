//! From speech probabilities to regions: hysteresis, minimum lengths, cuts of what is too long, padding.

use super::{FRAME_SAMPLES, VadSettings};
use std::ops::Range;
use voiceman_audio::Mono16k;
use voiceman_base::{ClipTime, Prob, Span, SpeechMap, SpeechRegion};

/// Speech regions of a recording of length `duration` from one probability per frame of [`FRAME_SAMPLES`] samples.
pub fn regions(probabilities: &[f32], duration: ClipTime, settings: &VadSettings) -> SpeechMap {
    let frames = |millis: u32| (u64::from(millis) * 16).div_ceil(FRAME_SAMPLES as u64) as usize;
    let longest = frames(settings.max_region_s.saturating_mul(1_000)).max(2);
    let shortest = frames(settings.min_speech_ms);
    let spoken = hysteresis(probabilities, settings, frames(settings.min_silence_ms));
    let long_enough = spoken.into_iter().filter(|region| region.len() >= shortest);
    let cut: Vec<Range<usize>> =
        long_enough.flat_map(|region| cut_long(probabilities, region, longest, shortest)).collect();
    let padding = ClipTime::from_millis(i64::from(settings.padding_ms));
    let time = |frame: usize| ClipTime::from_sample((frame * FRAME_SAMPLES) as u64, Mono16k::RATE).min(duration);
    let mut regions: Vec<SpeechRegion> = Vec::with_capacity(cut.len());
    for (index, region) in cut.iter().enumerate() {
        // Neighbours share a gap that is too short for both paddings.
        let room_before = match index.checked_sub(1) {
            Some(before) => ClipTime::from_micros((time(region.start) - time(cut[before].end)).micros() / 2),
            None => time(region.start),
        };
        let room_after = match cut.get(index + 1) {
            Some(after) => ClipTime::from_micros((time(after.start) - time(region.end)).micros() / 2),
            None => duration - time(region.end),
        };
        let start = time(region.start) - padding.min(room_before);
        let end = time(region.end) + padding.min(room_after);
        let mean =
            probabilities[region.clone()].iter().map(|p| f64::from(*p)).sum::<f64>() / region.len().max(1) as f64;
        regions.push(SpeechRegion { span: Span::clamped(start, end), speech: Prob::saturating(mean) });
    }
    // Sorted and disjoint by construction: paddings take at most half of each gap.
    SpeechMap::new(regions).unwrap_or_default()
}

/// Speech starts at `threshold` and ends where the probability stays below `end_threshold` for `silence` frames.
fn hysteresis(probabilities: &[f32], settings: &VadSettings, silence: usize) -> Vec<Range<usize>> {
    let (enter, leave) = (settings.threshold.value() as f32, settings.end_threshold.value() as f32);
    let mut regions = Vec::new();
    let mut start = None;
    let mut quiet_since = None;
    for (frame, probability) in probabilities.iter().enumerate() {
        if *probability >= enter {
            start.get_or_insert(frame);
            quiet_since = None;
        } else if *probability < leave
            && let Some(begun) = start
        {
            let quiet = *quiet_since.get_or_insert(frame);
            if frame + 1 - quiet >= silence {
                regions.push(begun..quiet);
                (start, quiet_since) = (None, None);
            }
        }
    }
    if let Some(begun) = start {
        regions.push(begun..quiet_since.unwrap_or(probabilities.len()));
    }
    regions
}

/// Cuts a region into parts of at most `longest` frames, each time where speech is least probable in the second half
/// of what would fit and at least `shortest` frames before the end, so that no part becomes a crumb.
fn cut_long(probabilities: &[f32], region: Range<usize>, longest: usize, shortest: usize) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = region.start;
    while region.end - start > longest {
        let earliest = start + longest / 2;
        let candidates = earliest..(start + longest).min(region.end.saturating_sub(shortest).max(earliest + 1));
        // A pause is several quiet frames: take the mean over five of them.
        let quietness = |frame: usize| {
            let around = &probabilities[frame.saturating_sub(2)..(frame + 3).min(probabilities.len())];
            around.iter().sum::<f32>() / around.len() as f32
        };
        let cut = candidates.min_by(|a, b| quietness(*a).total_cmp(&quietness(*b))).unwrap_or(start + longest);
        parts.push(start..cut);
        start = cut;
    }
    parts.push(start..region.end);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn duration(frames: usize) -> ClipTime {
        ClipTime::from_sample((frames * FRAME_SAMPLES) as u64, Mono16k::RATE)
    }

    #[test]
    fn a_dip_above_the_end_threshold_does_not_end_speech() {
        let mut probabilities = vec![0.0; 20];
        probabilities.extend([0.9; 20]);
        probabilities.extend([0.2; 10]);
        probabilities.extend([0.9; 20]);
        probabilities.extend([0.0; 40]);
        let map = regions(&probabilities, duration(110), &VadSettings::default());
        assert_eq!(map.regions().len(), 1);
        let span = map.regions()[0].span;
        assert_eq!(span, Span::clamped(ClipTime::from_millis(20 * 32 - 400), ClipTime::from_millis(70 * 32 + 400)));
    }

    #[test]
    fn a_click_is_no_speech() {
        let mut probabilities = vec![0.0; 50];
        probabilities[20] = 1.0;
        assert!(regions(&probabilities, duration(50), &VadSettings::default()).is_empty());
    }

    #[test]
    fn what_is_left_after_a_cut_is_no_crumb() {
        // Just too long for one region, and least like speech shortly before its end.
        let settings = VadSettings::default();
        let frames = settings.max_region_s as usize * 16_000 / FRAME_SAMPLES + 2;
        let mut probabilities = vec![0.9; frames];
        probabilities[frames - 4] = 0.5;
        let lengths: Vec<ClipTime> = regions(&probabilities, duration(frames), &settings)
            .regions()
            .iter()
            .map(|region| region.span.length())
            .collect();
        assert_eq!(lengths.len(), 2);
        assert!(lengths.iter().all(|length| *length >= ClipTime::from_millis(settings.min_speech_ms.into())));
    }

    proptest! {
        #[test]
        fn regions_are_sorted_disjoint_within_and_not_too_long(
            runs in proptest::collection::vec((1_usize..1_500, 0.0_f32..1.0), 1..30),
        ) {
            let probabilities: Vec<f32> =
                runs.iter().flat_map(|(length, probability)| std::iter::repeat_n(*probability, *length)).collect();
            let total = duration(probabilities.len());
            let settings = VadSettings::default();
            let map = regions(&probabilities, total, &settings);
            for pair in map.regions().windows(2) {
                prop_assert!(pair[0].span.end() <= pair[1].span.start());
            }
            for region in map.regions() {
                prop_assert!(region.span.start() >= ClipTime::ZERO && region.span.end() <= total);
                prop_assert!(region.span.length() <= ClipTime::from_seconds(30.0));
                prop_assert!(region.span.length() >= ClipTime::from_millis(200));
            }
            // Every frame that is surely speech for long enough is covered.
            let mut frame = 0;
            for (length, probability) in runs {
                if probability >= 0.5 && length >= 8 {
                    let middle = ClipTime::from_sample(((frame + length / 2) * FRAME_SAMPLES) as u64, Mono16k::RATE);
                    prop_assert!(map.regions().iter().any(|region| region.span.contains(middle)));
                }
                frame += length;
            }
        }
    }
}
