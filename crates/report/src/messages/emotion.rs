//! Sentences about emotion models. They say how speech sounded to a model, never what a person felt.

use voiceman_base::{ArousalLabel, EmotionClass, EmotionCondition, EmotionReason};

/// Numbers of a model's errors, as shown.
pub(crate) struct Shown<'a> {
    pub recall: &'a str,
    pub recall_interval: &'a str,
    pub arousal: &'a str,
    pub arousal_interval: &'a str,
    pub calibration: &'a str,
}

/// The messages of one language.
pub(crate) struct EmotionMessages {
    pub heading: &'static str,
    pub not_felt: &'static str,
    pub trained_on: fn(name: &str) -> Option<&'static str>,
    pub sounded: fn(trained_on: &str, model: &str) -> String,
    pub accuracy: fn(EmotionCondition, &Shown<'_>) -> String,
    pub limits: &'static [&'static str],
    pub errors_unknown: fn(model: &str) -> String,
    pub not_for_sale: fn(model: &str, licence: &str) -> String,
    pub together: &'static str,
    pub caption: &'static str,
    pub arousal: &'static str,
    pub class: &'static str,
    pub condition: &'static str,
    pub agreement: &'static str,
    pub scales: &'static str,
    pub arousal_label: fn(ArousalLabel, probability: &str) -> String,
    pub class_name: fn(EmotionClass) -> &'static str,
    pub undetermined: fn(likeliest: &str, probability: &str) -> String,
    pub compared: fn(EmotionCondition) -> &'static str,
    pub reason: fn(EmotionReason) -> &'static str,
    pub not_measured: fn(stretches: usize, reason: &str) -> String,
    pub nothing: &'static str,
    pub speakers_caption: &'static str,
    pub measured: &'static str,
    pub high: &'static str,
    pub low: &'static str,
}

/// English.
pub(super) static EN: EmotionMessages = EmotionMessages {
    heading: "How it sounded to a model of emotion",
    not_felt: "This is how speech sounded to a model, not what anyone felt, meant or did. It is a hint where to listen.",
    trained_on: |_| None,
    sounded: |trained_on, model| format!("Sounded, to a model trained on {trained_on} ({model}):"),
    accuracy: |condition, shown| {
        let what = match condition {
            EmotionCondition::WithBaseline => "Where other speech of the speaker is there to compare with",
            EmotionCondition::WithoutBaseline => "For a speaker of whom nothing else is known",
        };
        format!(
            "{what}, on actors and sentences it had not heard, the model got {} (95 % interval {}) of seven acted emotions and \
             {} ({}) of high and low arousal right, each class counted alike; its probabilities were off by {} on average.",
            shown.recall, shown.recall_interval, shown.arousal, shown.arousal_interval, shown.calibration
        )
    },
    limits: &[
        "These numbers are of ten actors who read ten sentences in a studio. Noise, rooms, telephones and codecs were laid over the \
         same clips: there are more errors over a telephone and in rooms (the model's card says how many), and where they are too \
         many, the model is not asked. Errors in conversation, in other languages, and with children or old people are not known \
         and are likely larger.",
        "A comparison with a speaker's other speech depends on what that speech is like: in a recording of one mood it says less.",
    ],
    errors_unknown: |model| format!("How often {model} is wrong has not been measured with this program."),
    not_for_sale: |model, licence| {
        format!("The licence of {model}, {licence}, forbids commercial use; this holds for what was made with it here.")
    },
    together: "Several models were asked. Where they differ, the agreement is low, and so is the probability that is shown; \
         what each of them says stands in analysis.json.",
    caption: "Stretches of speech, and how they sounded to the model",
    arousal: "arousal, probability",
    class: "acted emotion it is most like, probability",
    condition: "compared with",
    agreement: "agreement of the models",
    scales: "arousal, dominance, valence on scales from 0 to 1",
    arousal_label: |label, probability| match label {
        ArousalLabel::High => format!("high, {probability}"),
        ArousalLabel::Low => format!("low, {probability}"),
        ArousalLabel::Undetermined => format!("undetermined (high: {probability})"),
    },
    class_name: |class| class.code(),
    undetermined: |likeliest, probability| format!("undetermined (likeliest: {likeliest}, {probability})"),
    compared: |condition| match condition {
        EmotionCondition::WithBaseline => "the speaker's other speech here",
        EmotionCondition::WithoutBaseline => "nothing",
    },
    reason: |reason| match reason {
        EmotionReason::TooShort => "not measured: too short",
        EmotionReason::Quality => "not measured: the sound does not bear it",
        EmotionReason::Overlapped => "not measured: others talk at the same time",
        EmotionReason::TooFewVoicedFrames => "not measured: too little voice",
        EmotionReason::Silent => "not measured: digital silence",
        EmotionReason::Unreadable => "not measured: the model gave nothing",
        EmotionReason::NoModel => "not measured: no model tells it",
        EmotionReason::OnlyOneModel => "one model only",
    },
    not_measured: |stretches, reason| match stretches {
        1 => format!("1 stretch {reason}."),
        _ => format!("{stretches} stretches {reason}."),
    },
    nothing: "No stretch of speech could be judged.",
    speakers_caption: "Speakers over the recording",
    measured: "judged",
    high: "of it, arousal high",
    low: "of it, arousal low",
};

/// Korean.
pub(super) static KO: EmotionMessages = EmotionMessages {
    heading: "감정 모델에 들린 소리",
    not_felt: "말이 모델에 어떻게 들렸는지일 뿐, 누가 무엇을 느꼈거나 뜻했거나 했는지가 아닙니다. 어디를 들어 볼지 알려 주는 실마리입니다.",
    trained_on: |name| (name == "acted German speech (EmoDB)").then_some("독일어 연기 음성(EmoDB)"),
    sounded: |trained_on, model| format!("{trained_on}으로 학습한 모델({model})에는 이렇게 들렸습니다."),
    accuracy: |condition, shown| {
        let what = match condition {
            EmotionCondition::WithBaseline => "같은 화자의 다른 말과 비교할 수 있을 때",
            EmotionCondition::WithoutBaseline => "그 화자의 다른 말이 없을 때",
        };
        format!(
            "{what}, 들어 본 적 없는 배우와 문장에서 이 모델은 연기한 일곱 감정의 {}(95 % 구간 {}), 각성 높음과 낮음의 {}({})를 \
             맞혔습니다(범주마다 같은 비중). 확률은 평균 {}만큼 어긋났습니다.",
            shown.recall, shown.recall_interval, shown.arousal, shown.arousal_interval, shown.calibration
        )
    },
    limits: &[
        "이 수치는 배우 열 명이 녹음실에서 열 문장을 읽은 것입니다. 같은 음성에 소음, 방의 울림, 전화, 코덱을 입혀서도 쟀습니다. \
         전화와 방에서는 더 틀리며(얼마나인지는 모델 설명서에 있습니다), 너무 많이 틀리는 조건에서는 모델에 묻지 않습니다. 일상 \
         대화, 한국어 등 다른 언어, 어린이나 노인의 말에서 얼마나 틀리는지는 알 수 없으며 더 클 수 있습니다.",
        "화자의 다른 말과 비교한 결과는 그 말이 어떤지에 달려 있습니다. 한 가지 분위기로 이어지는 녹음에서는 말해 주는 것이 적습니다.",
    ],
    errors_unknown: |model| format!("{model} 모델이 얼마나 자주 틀리는지는 이 프로그램에서 측정하지 않았습니다."),
    not_for_sale: |model, licence| {
        format!("{model} 모델의 사용 조건({licence})은 상업적 이용을 금합니다. 이 모델로 만든 이 결과에도 적용됩니다.")
    },
    together: "여러 모델에 물었습니다. 모델들이 다르게 답하면 일치도가 낮고, 보이는 확률도 낮아집니다. 모델마다의 답은 \
         analysis.json에 있습니다.",
    caption: "말 구간과 모델에 들린 소리",
    arousal: "각성, 확률",
    class: "가장 비슷한 연기 감정, 확률",
    condition: "비교 대상",
    agreement: "모델 사이의 일치",
    scales: "0부터 1까지 척도: 각성, 지배성, 긍정성",
    arousal_label: |label, probability| match label {
        ArousalLabel::High => format!("높음, {probability}"),
        ArousalLabel::Low => format!("낮음, {probability}"),
        ArousalLabel::Undetermined => format!("정하지 못함(높음: {probability})"),
    },
    class_name: |class| match class {
        EmotionClass::Anger => "분노",
        EmotionClass::Boredom => "지루함",
        EmotionClass::Disgust => "혐오",
        EmotionClass::Fear => "두려움",
        EmotionClass::Happiness => "기쁨",
        EmotionClass::Sadness => "슬픔",
        EmotionClass::Neutral => "중립",
    },
    undetermined: |likeliest, probability| format!("정하지 못함(가장 비슷한 것: {likeliest}, {probability})"),
    compared: |condition| match condition {
        EmotionCondition::WithBaseline => "이 녹음에 있는 화자의 다른 말",
        EmotionCondition::WithoutBaseline => "없음",
    },
    reason: |reason| match reason {
        EmotionReason::TooShort => "측정하지 않음: 너무 짧음",
        EmotionReason::Quality => "측정하지 않음: 음질이 모자람",
        EmotionReason::Overlapped => "측정하지 않음: 다른 사람의 말과 겹침",
        EmotionReason::TooFewVoicedFrames => "측정하지 않음: 목소리가 너무 적음",
        EmotionReason::Silent => "측정하지 않음: 디지털 무음",
        EmotionReason::Unreadable => "측정하지 않음: 모델이 답하지 못함",
        EmotionReason::NoModel => "측정하지 않음: 알려 주는 모델이 없음",
        EmotionReason::OnlyOneModel => "모델 하나뿐",
    },
    not_measured: |stretches, reason| format!("구간 {stretches}개: {reason}."),
    nothing: "판단할 수 있는 말 구간이 없습니다.",
    speakers_caption: "녹음 전체의 화자별 요약",
    measured: "판단한 시간",
    high: "그중 각성 높음",
    low: "그중 각성 낮음",
};
