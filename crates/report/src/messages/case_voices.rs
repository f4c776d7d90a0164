//! What is said of voices across the recordings of a case.

use crate::CaseVoices;

/// The messages of one language.
pub(crate) struct CaseVoiceMessages {
    pub likeness: &'static str,
    pub no_match: &'static str,
    pub measured_on: fn(&CaseVoices) -> String,
    pub who_decides: &'static str,
    pub not_asked: &'static str,
    pub none: fn(least: &str) -> String,
    pub similarity: &'static str,
    pub one: &'static str,
    pub other: &'static str,
    pub false_alarm: &'static str,
    pub alarm: fn(all: &str, worst: &str) -> String,
    pub no_pair: fn(pairs: &str) -> String,
    pub miss: &'static str,
    pub decision: &'static str,
    pub id: &'static str,
    pub open: &'static str,
    pub confirmed: &'static str,
    pub refused: &'static str,
    pub nobody_named: &'static str,
    pub earlier: fn(usize) -> String,
    pub not_compared: fn(usize) -> String,
    /// Why a speaker was compared with nobody, by its name in files.
    pub why: fn(&str) -> Option<&'static str>,

    pub baselines: &'static str,
    pub baselines_explained: &'static str,
    pub rests_on_decision: &'static str,
    pub no_confirmed: &'static str,
    pub voice: fn(usize) -> String,
    pub usual_pitch: &'static str,
    pub over_case: &'static str,
    pub contradiction: &'static str,
    pub none_raised: &'static str,
    pub raised: &'static str,
    pub pitch_here: &'static str,
    pub above_case: &'static str,
    pub above_recording: &'static str,
    pub with_wording: &'static str,
    pub nothing_usual: &'static str,
    pub yes: &'static str,
    pub raised_there: &'static str,
    pub not_raised_there: &'static str,
    pub findings: &'static str,
    pub raised_by: &'static str,
    pub level: &'static str,
    pub pitch: &'static str,
    pub held_against: &'static str,
    pub over_case_too: &'static str,
    pub not_over_case: &'static str,
    pub not_compared_over_case: &'static str,
}

/// English.
pub(super) static EN: CaseVoiceMessages = CaseVoiceMessages {
    likeness: "Voices that sound alike in different recordings",
    no_match: "This is a list of pairs to listen to. It does not say who anyone is, and it is no comparison of voices by an \
               expert. Nothing was put together by it: every recording keeps its own numbers.",
    measured_on: |voices| {
        format!(
            "Similarity is that of the voices to the model {}; 1 is identical. How often it was wrong was measured on {} \
             people who acted in German in one studio ({} pairs of recordings of one person, {} of two people). That is few: \
             recordings of one person that differ by days, rooms or telephones are less alike, relatives may be more alike.",
            crate::text::visible(&voices.model),
            voices.people,
            voices.pairs_of_one,
            voices.pairs_of_two
        )
    },
    who_decides: "A person who has listened to both confirms or refuses a pair: voiceman link CASE --confirm ID --by NAME, or \
                  --refuse ID.",
    not_asked: "Not asked for: voiceman link CASE compares the voices of different recordings.",
    none: |least| {
        format!(
            "No two speakers of different recordings are as similar as {least}. That does not mean that nobody \
                           speaks in two of them."
        )
    },
    similarity: "Similarity",
    one: "Speaker",
    other: "Sounds like",
    false_alarm: "Pairs of two people at least so alike",
    alarm: |all, worst| format!("{all}; of the two people most alike, {worst}"),
    no_pair: |pairs| format!("none of {pairs}"),
    miss: "Pairs of one person less alike",
    decision: "What a person said",
    id: "ID",
    open: "nobody has decided",
    confirmed: "taken for one",
    refused: "taken for two",
    nobody_named: "by someone not named",
    earlier: |count| {
        match count {
        1 => "1 decision was on an analysis that is no longer that of the case; it does not hold here, and stays in links.json.".to_owned(),
        _ => format!(
            "{count} decisions were on analyses that are no longer those of the case; they do not hold here, and stay in links.json."
        ),
    }
    },
    not_compared: |count| match count {
        1 => "1 speaker was compared with nobody".to_owned(),
        _ => format!("{count} speakers were compared with nobody"),
    },
    why: |why| {
        Some(match why {
            "quality_not_asked_for" => "the quality of the sound was not asked for",
            "no_voice" => "too little of the voice alone",
            "no_measured_rates" => "another model, whose errors were not measured",
            "unknown" => "a condition is not known to be met",
            "noise" => "too much noise",
            "bandwidth" => "too narrow a band was recorded",
            "clipping" => "clipped at full scale",
            "hum" => "hum of the mains",
            "dropouts" => "sound is missing",
            "reverberation" => "too much reverberation",
            "automatic_gain" => "the recorder changed its gain",
            "codec" => "the codec leaves too much out",
            "little_speech" => "too little speech",
            _ => return None,
        })
    },

    baselines: "What is usual over the case",
    baselines_explained: "Where a person took voices of several recordings for one, this is what is usual of that voice over all \
                          of them: the median pitch of the utterances, behind ± the median absolute deviation. An utterance is \
                          raised over the case where its pitch is 10% or more and over three deviations above it, and at least \
                          five others were measured. The recordings' own reports compare with what is usual in each recording \
                          alone, so that somebody who speaks high throughout one recording is raised nowhere in it, but is over \
                          the case; findings and priorities stay those of the recordings. Level is not compared: recorders and distances differ.",
    rests_on_decision: "All of this rests on the decision of the person named above. If it is wrong, so is this.",
    no_confirmed: "No pair was confirmed, so that nothing is usual over the case.",
    voice: |number| format!("Voice {number}"),
    usual_pitch: "Usual pitch in each recording, and over the case",
    over_case: "Over the case",
    contradiction: "Other decisions take two of these speakers for different people. As long as they contradict each other, nothing \
                    is told over the case.",
    none_raised: "No utterance is raised over what is usual over the case.",
    raised: "Utterances raised over what is usual for this voice over the case",
    pitch_here: "Pitch (Hz)",
    above_case: "Over the case's usual",
    above_recording: "Over the recording's own",
    with_wording: "Wording of the lexicon",
    nothing_usual: "nothing usual there",
    yes: "yes",
    raised_there: "raised there too",
    not_raised_there: "not raised there",
    findings: "Wording with raised voice in the recordings, held against what is usual over the case",
    raised_by: "Raised in its recording",
    level: "level",
    pitch: "pitch",
    held_against: "Held against the case",
    over_case_too: "raised over the case too",
    not_over_case: "not raised over the case",
    not_compared_over_case: "pitch not measured, or nothing usual over the case",
};

/// Korean.
pub(super) static KO: CaseVoiceMessages = CaseVoiceMessages {
    likeness: "서로 다른 녹음에서 비슷하게 들리는 목소리",
    no_match: "들어 볼 짝의 목록입니다. 누구인지를 말하지 않으며, 전문가의 목소리 비교가 아닙니다. 이것으로 합쳐진 것은 없습니다. 녹음마다 \
               화자 번호는 그대로입니다.",
    measured_on: |voices| {
        format!(
            "유사도는 모형 {}에 들린 목소리의 유사도이며 1이면 똑같습니다. 얼마나 자주 틀리는지는 한 녹음실에서 독일어로 연기한 {}명의 \
             녹음(한 사람의 녹음 짝 {}쌍, 두 사람의 짝 {}쌍)에서 쟀습니다. 적은 수입니다. 날, 방, 전화가 다르면 한 사람의 녹음도 덜 \
             비슷하고, 가족은 더 비슷할 수 있습니다.",
            crate::text::visible(&voices.model),
            voices.people,
            voices.pairs_of_one,
            voices.pairs_of_two
        )
    },
    who_decides: "둘을 모두 들어 본 사람이 받아들이거나 물리칩니다: voiceman link CASE --confirm ID --by 이름, 또는 --refuse ID.",
    not_asked: "요청하지 않았습니다. voiceman link CASE가 서로 다른 녹음의 목소리를 비교합니다.",
    none: |least| {
        format!(
            "서로 다른 녹음의 화자 가운데 유사도가 {least} 이상인 짝이 없습니다. 두 녹음에 같이 나오는 사람이 없다는 뜻은 아닙니다."
        )
    },
    similarity: "유사도",
    one: "화자",
    other: "비슷하게 들리는 화자",
    false_alarm: "이만큼 비슷한 두 사람의 짝",
    alarm: |all, worst| format!("{all}; 가장 비슷한 두 사람은 {worst}"),
    no_pair: |pairs| format!("{pairs}쌍 중 없음"),
    miss: "이보다 덜 비슷한 한 사람의 짝",
    decision: "사람의 판단",
    id: "ID",
    open: "아직 판단하지 않음",
    confirmed: "한 사람으로 봄",
    refused: "두 사람으로 봄",
    nobody_named: "이름을 밝히지 않음",
    earlier: |count| {
        format!(
            "판단 {count}건은 지금 이 사건의 것이 아닌 옛 분석에 관한 것이어서 여기서는 쓰지 않으며, links.json에 남아 있습니다."
        )
    },
    not_compared: |count| format!("누구와도 비교하지 않은 화자 {count}명"),
    why: |why| {
        Some(match why {
            "quality_not_asked_for" => "소리의 품질을 요청하지 않음",
            "no_voice" => "혼자 말한 부분이 너무 적음",
            "no_measured_rates" => "틀리는 비율을 재지 않은 다른 모형",
            "unknown" => "조건을 갖추었는지 알 수 없음",
            "noise" => "잡음이 너무 큼",
            "bandwidth" => "녹음된 대역이 너무 좁음",
            "clipping" => "최대 진폭에서 잘림",
            "hum" => "전원 잡음",
            "dropouts" => "소리가 빠진 곳이 있음",
            "reverberation" => "울림이 너무 큼",
            "automatic_gain" => "녹음기가 음량을 자동으로 바꿈",
            "codec" => "코덱이 소리를 너무 많이 덜어 냄",
            "little_speech" => "말한 부분이 너무 적음",
            _ => return None,
        })
    },

    baselines: "사건 전체에 걸친 평소 값",
    baselines_explained: "사람이 여러 녹음의 목소리를 한 사람으로 보았다면, 그 목소리의 평소 값을 그 녹음들 전체에서 구합니다: 발화들의 음높이 \
                          중앙값이며 ± 뒤는 중앙값 절대편차입니다. 발화의 음높이가 이보다 10% 이상, 그리고 편차의 세 배 넘게 높고 다른 \
                          발화를 다섯 개 이상 쟀다면 사건 전체의 평소보다 높은 것으로 봅니다. 녹음마다의 보고서는 그 녹음 하나의 평소 값에 \
                          견줍니다. 그래서 한 녹음 내내 높게 말한 사람은 그 녹음에서는 높지 않지만 사건 전체에 견주면 높습니다. 찾은 지점과 \
                          검토 우선순위는 녹음마다의 것 그대로입니다. 음량은 비교하지 않습니다. 녹음기와 거리가 다르기 때문입니다.",
    rests_on_decision: "이 모든 것은 위에 적힌 사람의 판단에 달려 있습니다. 그 판단이 틀리면 이것도 틀립니다.",
    no_confirmed: "받아들인 짝이 없어 사건 전체의 평소 값이 없습니다.",
    voice: |number| format!("목소리 {number}"),
    usual_pitch: "녹음마다의 평소 음높이와 사건 전체의 평소 음높이",
    over_case: "사건 전체",
    contradiction: "다른 판단은 이 화자들 가운데 둘을 서로 다른 사람으로 보았습니다. 판단이 서로 어긋나는 동안에는 사건 전체의 값을 내지 않습니다.",
    none_raised: "사건 전체의 평소보다 높은 발화가 없습니다.",
    raised: "이 목소리의 사건 전체 평소보다 높은 발화",
    pitch_here: "음높이 (Hz)",
    above_case: "사건 전체의 평소에 견주어",
    above_recording: "그 녹음의 평소에 견주어",
    with_wording: "사전의 표현",
    nothing_usual: "평소 값 없음",
    yes: "있음",
    raised_there: "그 녹음에서도 높음",
    not_raised_there: "그 녹음에서는 높지 않음",
    findings: "녹음마다 찾은, 높아진 목소리로 말한 표현을 사건 전체의 평소에 견준 결과",
    raised_by: "그 녹음에서 높아진 것",
    level: "음량",
    pitch: "음높이",
    held_against: "사건 전체에 견주면",
    over_case_too: "사건 전체에 견주어도 높음",
    not_over_case: "사건 전체에 견주면 높지 않음",
    not_compared_over_case: "음높이를 재지 못했거나 사건 전체의 평소 값이 없음",
};
