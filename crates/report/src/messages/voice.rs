//! What each measure of the voice is called and says, in one plain sentence.

use voiceman_base::VoiceQuantity;

/// Measures that stand together in a table of utterances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VoiceGroup {
    Periods,
    Spectrum,
    Formants,
}

/// The messages of one language.
pub(crate) struct VoiceMessages {
    pub heading: &'static str,
    pub about: &'static str,
    pub no_norms: &'static str,
    pub differences: &'static str,
    pub in_files: &'static str,
    pub caption: &'static str,
    pub measure: &'static str,
    pub meaning: &'static str,
    /// Name with unit.
    pub name: fn(VoiceQuantity) -> &'static str,
    /// The same for the head of a narrow column.
    pub short: fn(VoiceQuantity) -> &'static str,
    /// What it is, for those of [`VoiceQuantity::CHIEF`] and those beside them.
    pub explained: fn(VoiceQuantity) -> &'static str,
    pub usual: &'static str,
    pub rests_on: &'static str,
    pub of_utterances: fn(measured: u32, utterances: usize) -> String,
    pub least: &'static str,
    pub most: &'static str,
    pub fold_speaker: fn(speaker: &str) -> String,
    pub speaker_caption: fn(speaker: &str, ceiling: &str) -> String,
    pub fold_utterances: fn(VoiceGroup, utterances: usize) -> String,
    pub left_out: fn(measures: &str) -> String,
    pub more_utterances: fn(usize) -> String,
    pub nothing: &'static str,
    pub no_value: &'static str,
}

/// English.
pub(super) static EN: VoiceMessages = VoiceMessages {
    heading: "The voice itself",
    about: "Measured on the voiced sound of each utterance by the definitions of the program Praat. What is \
            usual for a speaker is the median over his or her utterances that have a value; behind ± stands the median absolute \
            deviation from it. It takes 3 such utterances.",
    no_norms: "These numbers describe sound. They do not say what anyone felt, meant or knew, nor how healthy anyone is or who \
               somebody is, and none of them has a limit beyond which it would. Microphone, distance, room, noise, loudness and \
               the words spoken move all of them. Compare them within one recording only, and over several utterances.",
    differences: "Between single short utterances, these differences mean nothing, because a cut a few milliseconds elsewhere \
                  makes them: 0.5 points of jitter, 1 point of shimmer, 1 dB of harmonics-to-noise ratio or H1–H2, 0.4 dB of \
                  cepstral peak prominence, 10% of the first formant.",
    in_files: "Folded parts are printed if they have been opened. The same values stand in analysis.json, with the long-term \
               spectrum, and in acoustics.csv where that was asked for.",
    caption: "What is usual, by speaker",
    measure: "Measure",
    meaning: "What it is",
    name: |quantity| match quantity {
        VoiceQuantity::JitterLocal => "Jitter, local (%)",
        VoiceQuantity::JitterAbsolute => "Jitter, absolute (µs)",
        VoiceQuantity::JitterRap => "Jitter, RAP (%)",
        VoiceQuantity::JitterPpq5 => "Jitter, PPQ5 (%)",
        VoiceQuantity::ShimmerLocal => "Shimmer, local (%)",
        VoiceQuantity::ShimmerLocalDb => "Shimmer, local (dB)",
        VoiceQuantity::ShimmerApq3 => "Shimmer, APQ3 (%)",
        VoiceQuantity::ShimmerApq5 => "Shimmer, APQ5 (%)",
        VoiceQuantity::ShimmerApq11 => "Shimmer, APQ11 (%)",
        VoiceQuantity::Harmonicity => "Harmonics-to-noise ratio (dB)",
        VoiceQuantity::Prominence => "Cepstral peak prominence, smoothed (dB)",
        VoiceQuantity::FirstHarmonics => "H1–H2 (dB)",
        VoiceQuantity::Tilt => "Spectral tilt (dB per octave)",
        VoiceQuantity::AlphaRatio => "Alpha ratio (dB)",
        VoiceQuantity::Hammarberg => "Hammarberg index (dB)",
        VoiceQuantity::Centroid => "Spectral centroid (Hz)",
        VoiceQuantity::F1Median => "1st formant, F1 (Hz)",
        VoiceQuantity::F2Median => "2nd formant, F2 (Hz)",
        VoiceQuantity::F3Median => "3rd formant, F3 (Hz)",
        VoiceQuantity::F4Median => "4th formant, F4 (Hz)",
        VoiceQuantity::F1Mean => "F1, mean of frames (Hz)",
        VoiceQuantity::F2Mean => "F2, mean of frames (Hz)",
        VoiceQuantity::F3Mean => "F3, mean of frames (Hz)",
        VoiceQuantity::F4Mean => "F4, mean of frames (Hz)",
    },
    short: |quantity| match quantity {
        VoiceQuantity::FirstHarmonics => "H1–H2 (dB)",
        VoiceQuantity::Tilt => "Tilt (dB/oct.)",
        VoiceQuantity::AlphaRatio => "Alpha (dB)",
        VoiceQuantity::Hammarberg => "Hammar\u{ad}berg (dB)",
        VoiceQuantity::Centroid => "Centroid (Hz)",
        VoiceQuantity::F1Mean => "F1 mean (Hz)",
        VoiceQuantity::F2Mean => "F2 mean (Hz)",
        VoiceQuantity::F3Mean => "F3 mean (Hz)",
        VoiceQuantity::F4Mean => "F4 mean (Hz)",
        other => symbol(other),
    },
    explained: |quantity| match quantity {
        VoiceQuantity::JitterLocal => {
            "How much the length of one vibration of the vocal folds differs from that of the next, as a part of that length; an \
             even tone has 0."
        }
        VoiceQuantity::JitterAbsolute => "The same as a time.",
        VoiceQuantity::JitterRap => "The same against the mean of three neighbours, so that a glide counts less.",
        VoiceQuantity::JitterPpq5 => "The same against the mean of five neighbours.",
        VoiceQuantity::ShimmerLocal => {
            "How much the strength of one vibration differs from that of the next, as a part of that strength; an even tone has 0."
        }
        VoiceQuantity::ShimmerLocalDb => "The same as a difference of levels.",
        VoiceQuantity::ShimmerApq3 => "The same against the mean of three neighbours.",
        VoiceQuantity::ShimmerApq5 => "The same against the mean of five neighbours.",
        VoiceQuantity::ShimmerApq11 => "The same against the mean of eleven neighbours.",
        VoiceQuantity::Harmonicity => {
            "How far the regular part of the voice stands above the irregular part; breath, hoarseness and noise lower it."
        }
        VoiceQuantity::Prominence => {
            "How clearly one pitch stands out of the whole sound; breath, hoarseness and noise lower it."
        }
        VoiceQuantity::FirstHarmonics => {
            "Level of the lowest tone of the voice less that of the octave above it; breathy voices have more, pressed ones less, \
             and every vowel its own."
        }
        VoiceQuantity::Tilt => "How fast the voice weakens from octave to octave; loud voices weaken less.",
        VoiceQuantity::AlphaRatio => "Power from 1 to 5 kHz beside that below 1 kHz; loud voices have more above.",
        VoiceQuantity::Hammarberg => {
            "Highest power below 2 kHz beside the highest from 2 to 5 kHz; loud voices have a smaller difference."
        }
        VoiceQuantity::Centroid => {
            "Frequency about which the power of the voice is spread; bright sounds have a higher one."
        }
        VoiceQuantity::F1Median => "Lowest resonance of throat and mouth; follows above all how far the mouth is open.",
        VoiceQuantity::F2Median => "Second resonance; follows above all where the tongue is.",
        VoiceQuantity::F3Median => {
            "Third resonance; follows lips and tongue, and depends on the size of throat and mouth."
        }
        VoiceQuantity::F4Median => "Fourth resonance; depends above all on the size of throat and mouth.",
        VoiceQuantity::F1Mean | VoiceQuantity::F2Mean | VoiceQuantity::F3Mean | VoiceQuantity::F4Mean => {
            "The same as a mean, which single wrong frames move; above, the median of the frames."
        }
    },
    usual: "Usual (median)",
    rests_on: "Utterances with a value",
    of_utterances: |measured, utterances| format!("{measured} of {utterances}"),
    least: "Least",
    most: "Most",
    fold_speaker: |speaker| format!("All measures of {speaker}, with the utterances of the least and the most"),
    speaker_caption: |speaker, ceiling| format!("{speaker}. Formants were looked for up to {ceiling}."),
    fold_utterances: |group, utterances| {
        let what = match group {
            VoiceGroup::Periods => "jitter and shimmer",
            VoiceGroup::Spectrum => "noise and spectrum",
            VoiceGroup::Formants => "formants",
        };
        match utterances {
            1 => format!("Of 1 utterance: {what}"),
            _ => format!("Of each of {utterances} utterances: {what}"),
        }
    },
    left_out: |measures| format!("No utterance has a value: {measures}."),
    more_utterances: |more| {
        format!("{more} more stand in analysis.json, and in acoustics.csv where that was asked for.")
    },
    nothing: "Nothing of this could be measured in any utterance.",
    no_value: "– stands where there is no value:",
};

/// Korean.
pub(super) static KO: VoiceMessages = VoiceMessages {
    heading: "목소리 자체",
    about: "각 발화의 유성음에서 음성 분석 프로그램 Praat의 정의에 따라 잰 값입니다. 화자의 평소 값은 값이 있는 그 화자의 \
            발화들의 중앙값이고, ± 뒤는 거기서 벗어난 정도(중앙값 절대편차)입니다. 그런 발화가 3개는 있어야 합니다.",
    no_norms: "이 값들은 소리를 적은 것입니다. 누가 무엇을 느끼고 뜻하고 알았는지, 얼마나 건강한지, 누구인지를 말하지 않으며, 그렇게 볼 \
               기준값도 없습니다. 마이크, 거리, 방, 잡음, 목소리의 크기, 말한 낱말이 모두 값을 바꿉니다. 한 녹음 안에서, 여러 발화에 \
               걸쳐서만 비교하십시오.",
    differences: "짧은 발화 하나와 다른 하나 사이에서 다음보다 작은 차이는 뜻이 없습니다. 자르는 자리가 몇 밀리초만 달라도 그만큼 달라지기 \
                  때문입니다: 지터 0.5 포인트, 시머 1 포인트, 조화음 대 잡음비와 H1–H2 1 dB, 켑스트럼 정점 0.4 dB, 제1 포먼트 10%.",
    in_files: "접힌 부분은 펼친 채로 인쇄해야 인쇄됩니다. 같은 값이 장기 스펙트럼과 함께 analysis.json에, 요청했다면 acoustics.csv에도 \
               있습니다.",
    caption: "화자별 평소 값",
    measure: "항목",
    meaning: "뜻",
    name: |quantity| match quantity {
        VoiceQuantity::JitterLocal => "지터, 국소 (%)",
        VoiceQuantity::JitterAbsolute => "지터, 절대 (µs)",
        VoiceQuantity::JitterRap => "지터, RAP (%)",
        VoiceQuantity::JitterPpq5 => "지터, PPQ5 (%)",
        VoiceQuantity::ShimmerLocal => "시머, 국소 (%)",
        VoiceQuantity::ShimmerLocalDb => "시머, 국소 (dB)",
        VoiceQuantity::ShimmerApq3 => "시머, APQ3 (%)",
        VoiceQuantity::ShimmerApq5 => "시머, APQ5 (%)",
        VoiceQuantity::ShimmerApq11 => "시머, APQ11 (%)",
        VoiceQuantity::Harmonicity => "조화음 대 잡음비, HNR (dB)",
        VoiceQuantity::Prominence => "평활 켑스트럼 정점, CPPS (dB)",
        VoiceQuantity::FirstHarmonics => "H1–H2 (dB)",
        VoiceQuantity::Tilt => "스펙트럼 기울기 (dB/옥타브)",
        VoiceQuantity::AlphaRatio => "알파 비 (dB)",
        VoiceQuantity::Hammarberg => "함마르베리 지수 (dB)",
        VoiceQuantity::Centroid => "스펙트럼 무게중심 (Hz)",
        VoiceQuantity::F1Median => "제1 포먼트, F1 (Hz)",
        VoiceQuantity::F2Median => "제2 포먼트, F2 (Hz)",
        VoiceQuantity::F3Median => "제3 포먼트, F3 (Hz)",
        VoiceQuantity::F4Median => "제4 포먼트, F4 (Hz)",
        VoiceQuantity::F1Mean => "F1, 프레임 평균 (Hz)",
        VoiceQuantity::F2Mean => "F2, 프레임 평균 (Hz)",
        VoiceQuantity::F3Mean => "F3, 프레임 평균 (Hz)",
        VoiceQuantity::F4Mean => "F4, 프레임 평균 (Hz)",
    },
    short: |quantity| match quantity {
        VoiceQuantity::JitterLocal => "지터 (%)",
        VoiceQuantity::JitterAbsolute => "지터 (µs)",
        VoiceQuantity::ShimmerLocal => "시머 (%)",
        VoiceQuantity::ShimmerLocalDb => "시머 (dB)",
        VoiceQuantity::FirstHarmonics => "H1–H2 (dB)",
        VoiceQuantity::Tilt => "기울기 (dB/옥타브)",
        VoiceQuantity::AlphaRatio => "알파 비 (dB)",
        VoiceQuantity::Hammarberg => "함마르베리 (dB)",
        VoiceQuantity::Centroid => "무게중심 (Hz)",
        VoiceQuantity::F1Mean => "F1 평균 (Hz)",
        VoiceQuantity::F2Mean => "F2 평균 (Hz)",
        VoiceQuantity::F3Mean => "F3 평균 (Hz)",
        VoiceQuantity::F4Mean => "F4 평균 (Hz)",
        other => symbol(other),
    },
    explained: |quantity| match quantity {
        VoiceQuantity::JitterLocal => {
            "성대가 한 번 떨리는 길이가 바로 다음 떨림과 얼마나 다른지를 그 길이에 견준 값. 고른 소리는 0입니다."
        }
        VoiceQuantity::JitterAbsolute => "같은 것을 시간으로 적은 값.",
        VoiceQuantity::JitterRap => "같은 것을 이웃 세 떨림의 평균에 견준 값. 소리가 미끄러져도 덜 커집니다.",
        VoiceQuantity::JitterPpq5 => "같은 것을 이웃 다섯 떨림의 평균에 견준 값.",
        VoiceQuantity::ShimmerLocal => {
            "성대가 한 번 떨리는 세기가 바로 다음 떨림과 얼마나 다른지를 그 세기에 견준 값. 고른 소리는 0입니다."
        }
        VoiceQuantity::ShimmerLocalDb => "같은 것을 세기의 차이(dB)로 적은 값.",
        VoiceQuantity::ShimmerApq3 => "같은 것을 이웃 세 떨림의 평균에 견준 값.",
        VoiceQuantity::ShimmerApq5 => "같은 것을 이웃 다섯 떨림의 평균에 견준 값.",
        VoiceQuantity::ShimmerApq11 => "같은 것을 이웃 열한 떨림의 평균에 견준 값.",
        VoiceQuantity::Harmonicity => {
            "목소리의 규칙적인 부분이 불규칙한 부분보다 얼마나 센지. 숨소리, 쉰 소리, 잡음이 있으면 작아집니다."
        }
        VoiceQuantity::Prominence => {
            "소리 전체에서 하나의 음높이가 얼마나 뚜렷한지. 숨소리, 쉰 소리, 잡음이 있으면 작아집니다."
        }
        VoiceQuantity::FirstHarmonics => {
            "목소리의 가장 낮은 음이 그 한 옥타브 위의 음보다 얼마나 센지. 숨이 섞이면 커지고 조이면 작아지며, 모음마다 다릅니다."
        }
        VoiceQuantity::Tilt => "한 옥타브 올라갈 때마다 목소리가 약해지는 정도. 큰 목소리는 덜 약해집니다.",
        VoiceQuantity::AlphaRatio => "1–5 kHz의 세기를 1 kHz 아래의 세기에 견준 값. 큰 목소리는 위쪽이 더 셉니다.",
        VoiceQuantity::Hammarberg => {
            "2 kHz 아래의 가장 센 곳을 2–5 kHz의 가장 센 곳에 견준 값. 큰 목소리는 차이가 작습니다."
        }
        VoiceQuantity::Centroid => "목소리의 세기가 모이는 주파수. 밝은 소리일수록 높습니다.",
        VoiceQuantity::F1Median => "목과 입안의 가장 낮은 울림. 주로 입을 벌린 정도에 따라 달라집니다.",
        VoiceQuantity::F2Median => "둘째 울림. 주로 혀의 자리에 따라 달라집니다.",
        VoiceQuantity::F3Median => "셋째 울림. 입술과 혀에 따라 달라지고, 목과 입안의 크기에도 달려 있습니다.",
        VoiceQuantity::F4Median => "넷째 울림. 주로 목과 입안의 크기에 달려 있습니다.",
        VoiceQuantity::F1Mean | VoiceQuantity::F2Mean | VoiceQuantity::F3Mean | VoiceQuantity::F4Mean => {
            "같은 것의 평균으로, 잘못 잰 프레임 하나에도 움직입니다. 위의 값은 프레임들의 중앙값입니다."
        }
    },
    usual: "평소 (중앙값)",
    rests_on: "값이 있는 발화",
    of_utterances: |measured, utterances| format!("{utterances}개 중 {measured}개"),
    least: "가장 작은 값",
    most: "가장 큰 값",
    fold_speaker: |speaker| format!("{speaker}의 모든 값, 가장 작고 가장 큰 발화와 함께"),
    speaker_caption: |speaker, ceiling| format!("{speaker}. 포먼트는 {ceiling}까지 찾았습니다."),
    fold_utterances: |group, utterances| {
        let what = match group {
            VoiceGroup::Periods => "지터와 시머",
            VoiceGroup::Spectrum => "잡음과 스펙트럼",
            VoiceGroup::Formants => "포먼트",
        };
        format!("발화 {utterances}개 각각의 값: {what}")
    },
    left_out: |measures| format!("값이 있는 발화가 없는 항목: {measures}."),
    more_utterances: |more| format!("나머지 {more}개는 analysis.json과, 요청했다면 acoustics.csv에 있습니다."),
    nothing: "어느 발화에서도 이 가운데 잰 것이 없습니다.",
    no_value: "–는 값이 없는 곳입니다:",
};

/// What phoneticians write in any language.
fn symbol(quantity: VoiceQuantity) -> &'static str {
    match quantity {
        VoiceQuantity::JitterLocal => "Jitter (%)",
        VoiceQuantity::JitterAbsolute => "Jitter (µs)",
        VoiceQuantity::JitterRap => "RAP (%)",
        VoiceQuantity::JitterPpq5 => "PPQ5 (%)",
        VoiceQuantity::ShimmerLocal => "Shimmer (%)",
        VoiceQuantity::ShimmerLocalDb => "Shimmer (dB)",
        VoiceQuantity::ShimmerApq3 => "APQ3 (%)",
        VoiceQuantity::ShimmerApq5 => "APQ5 (%)",
        VoiceQuantity::ShimmerApq11 => "APQ11 (%)",
        VoiceQuantity::Harmonicity => "HNR (dB)",
        VoiceQuantity::Prominence => "CPPS (dB)",
        VoiceQuantity::F1Median => "F1 (Hz)",
        VoiceQuantity::F2Median => "F2 (Hz)",
        VoiceQuantity::F3Median => "F3 (Hz)",
        VoiceQuantity::F4Median => "F4 (Hz)",
        VoiceQuantity::FirstHarmonics => "H1–H2 (dB)",
        VoiceQuantity::Tilt
        | VoiceQuantity::AlphaRatio
        | VoiceQuantity::Hammarberg
        | VoiceQuantity::Centroid
        | VoiceQuantity::F1Mean
        | VoiceQuantity::F2Mean
        | VoiceQuantity::F3Mean
        | VoiceQuantity::F4Mean => quantity.code(),
    }
}
