//! Korean.

use super::emotion::KO;
use super::{Measure, Messages, Part};
use super::{case_voices, voice};
use crate::tree::SectionId;
use voiceman_base::{
    AttributionDoubt, ChangedQuantity, Family, FindingKind, Flag, MeasuredChannel, PatternStatus, PitchRangeBasis,
    PriorityLevel, SourceWarningKind, SpeakerBasis, SpeakerNote, TurnDoubt, UndefinedReason, UntimedReason,
};

pub(super) static MESSAGES: Messages = Messages {
    draft: "초안",
    draft_long: "기계가 만든 결과입니다. 사람이 소리를 듣고 서명하기 전까지는 초안입니다.",
    report_title: "녹음 분석 보고서",
    contents: "차례",
    skip_to_content: "본문으로 건너뛰기",
    made_by: |tool| format!("작성 프로그램: {tool}"),
    section: |section| match section {
        SectionId::Summary => "요약",
        SectionId::Examined => "분석 대상",
        SectionId::Method => "방법과 버전",
        SectionId::Quality => "소리의 품질",
        SectionId::Limits => "한계",
        SectionId::Language => "언어",
        SectionId::Speakers => "화자",
        SectionId::Conversation => "대화 내용",
        SectionId::Voices => "화자별 목소리와 말의 흐름",
        SectionId::Curves => "음높이와 음량",
        SectionId::Findings => "확인할 지점",
        SectionId::Priority => "검토 우선순위",
        SectionId::NotMeasured => "측정하지 못한 것과 그 이유",
        SectionId::Emotion => KO.heading,
        SectionId::Disclaimer => "이 보고서가 말하지 않는 것",
    },

    emotion: &KO,

    part: |part| match part {
        Part::Speech => "말소리 구간",
        Part::Transcript => "전사",
        Part::Speakers => "화자 구분",
        Part::Quality => "소리의 품질",
        Part::Acoustics => "음높이와 음량",
        Part::Patterns => "표현 검색",
        Part::Findings => "확인할 지점",
        Part::Assessment => "검토 우선순위",
    },
    family: |family| match family {
        Family::Gaslighting => "가스라이팅",
        Family::Threat => "위협",
        Family::Coercion => "강요",
        Family::Harassment => "모욕과 괴롭힘",
        Family::Extortion => "갈취와 금전 압박",
        Family::Manipulation => "정서적 조종",
    },
    finding_kind: |kind| match kind {
        FindingKind::Wording => "표현",
        FindingKind::WordingWithRaisedVoice => "높아진 목소리로 말한 표현",
        FindingKind::WordingOverDoubtfulWords => "인식이 불확실한 단어의 표현",
    },
    finding_explained: |kind| match kind {
        FindingKind::Wording => "이 유형의 표현 양식과 일치하는 말입니다.",
        FindingKind::WordingWithRaisedVoice => {
            "이 유형의 표현 양식과 일치하는 말을, 그 화자의 평소 값보다 크거나 높은 소리로 말했습니다."
        }
        FindingKind::WordingOverDoubtfulWords => {
            "주의: 이 유형의 표현 양식과 일치하지만, 음성 인식이 이 단어들을 확신하지 못했습니다. 문구에 의존하기 전에 \
             먼저 들어 보십시오."
        }
    },
    level: |level| match level {
        PriorityLevel::Minimal => "매우 낮음",
        PriorityLevel::Low => "낮음",
        PriorityLevel::Moderate => "보통",
        PriorityLevel::High => "높음",
        PriorityLevel::Critical => "매우 높음",
    },
    status: |status| match status {
        PatternStatus::Asserted => "단언",
        PatternStatus::Negated => "부정",
    },
    flag: |flag| match flag {
        Flag::OverSilence => "말소리가 없는 구간에 걸친 부분이 많음",
        Flag::Loop => "같은 말이 되풀이됨",
        Flag::TooFast => "사람이 말하는 속도보다 음절이 많음",
        Flag::LowProbability => "음성 인식이 스스로 확신하지 못함",
        Flag::UntimedWords => "시각을 알 수 없는 단어가 있음",
        Flag::LanguageUncertain => "전사한 언어와 다른 언어일 수 있음",
        Flag::Overlap => "두 사람이 동시에 말함",
        Flag::SpeakerUncertain => "누가 말했는지 확실하지 않음",
    },
    untimed: |reason| match reason {
        UntimedReason::NoAlignmentHeads => "이 모형의 정렬 헤드가 알려져 있지 않음",
        UntimedReason::NoFrames => "소리에서 차지하는 길이가 한 프레임보다 짧음",
        UntimedReason::OutsideSpeech => "말소리가 없는 곳에 놓임",
    },
    undefined: |reason| match reason {
        UndefinedReason::TooFewVoicedFrames => "유성음이 너무 적음",
        UndefinedReason::TooFewPeriods => "목소리의 규칙적인 주기가 너무 적음",
        UndefinedReason::TooShort => "분석 창보다 짧음",
        UndefinedReason::Silent => "디지털 무음",
        UndefinedReason::NoWords => "셀 단어가 없음",
        UndefinedReason::Untimed => "단어의 시각을 알 수 없음",
        UndefinedReason::SyllablesNotCountable => "이 문자에서는 음절 수를 셀 수 없음",
        UndefinedReason::Clipped => "최대 진폭에서 잘림",
        UndefinedReason::NoBaseline => "비교할 자료가 너무 적음",
        UndefinedReason::OnlyOneSpeaker => "화자가 한 명뿐이라 구별할 상대가 없음",
        UndefinedReason::TooLittleVoice => "혼자 말한 부분이 너무 적음",
        UndefinedReason::TooNoisy => "잡음이 너무 큼",
        UndefinedReason::NarrowBand => "녹음된 대역이 너무 좁음",
        UndefinedReason::Hum => "전원 잡음",
        UndefinedReason::SoundLost => "소리가 빠진 곳이 있음",
        UndefinedReason::Reverberant => "울림이 너무 큼",
        UndefinedReason::AutomaticGain => "녹음기가 음량을 자동으로 바꿈",
        UndefinedReason::LossyCodec => "코덱이 소리를 너무 많이 덜어 냄",
        UndefinedReason::TooLittleSpeech => "말한 부분이 너무 적음",
        UndefinedReason::QualityUnknown => "소리의 품질을 알 수 없음",
        UndefinedReason::TooFewUtterances => "발화가 너무 적거나 시간 간격이 너무 짧음",
        UndefinedReason::TooFewResponses => "상대의 말을 이어받은 차례가 너무 적음",
        UndefinedReason::NoPauses => "쉼 없음",
        UndefinedReason::PitchDisputed => "두 가지 음높이 추정이 너무 적은 구간에서만 일치함",
        UndefinedReason::NoSecondEstimate => "두 번째 음높이 추정을 하지 않음",
    },
    source_warning: |kind| match kind {
        SourceWarningKind::Truncated => "머리말이 알린 소리보다 파일이 먼저 끝남",
        SourceWarningKind::Damaged => "일부를 복호하지 못해 빠져 있음",
        SourceWarningKind::NotFinite => "유한하지 않은 표본을 무음으로 바꿈",
        SourceWarningKind::WrongExtension => "파일 이름의 형식과 내용의 형식이 다름",
        SourceWarningKind::DelayUnknown => "부호기 지연이나 채움 길이를 알 수 없어 소리에 남아 있음",
        SourceWarningKind::TrailingBytes => "컨테이너 끝 뒤에 소리가 아닌 바이트가 있음",
    },
    measure: |measure| match measure {
        Measure::F0Mean => "평균 음높이 (Hz)",
        Measure::F0Median => "음높이 중앙값 (Hz)",
        Measure::F0Sd => "음높이 표준편차 (Hz)",
        Measure::Intensity => "음량 (dB)",
        Measure::SpeechRate => "말 속도 (음절/초)",
        Measure::ArticulationRate => "조음 속도 (음절/초)",
    },
    language_name: |code| {
        Some(match code {
            "ar" => "아랍어",
            "de" => "독일어",
            "en" => "영어",
            "es" => "스페인어",
            "fr" => "프랑스어",
            "hi" => "힌디어",
            "id" => "인도네시아어",
            "it" => "이탈리아어",
            "ja" => "일본어",
            "ko" => "한국어",
            "nl" => "네덜란드어",
            "pl" => "폴란드어",
            "pt" => "포르투갈어",
            "ru" => "러시아어",
            "th" => "태국어",
            "tr" => "튀르키예어",
            "uk" => "우크라이나어",
            "vi" => "베트남어",
            "yue" => "광둥어",
            "zh" => "중국어",
            _ => return None,
        })
    },
    model_role: |role| {
        Some(match role {
            "vad" => "말소리 검출",
            "stt" => "음성 인식",
            "segmentation" => "발언 구간 검출",
            "embedding" => "목소리 비교",
            "emotion" => "말이 어떻게 들렸는지 판단",
            "morphemes" => "한국어 형태소 분석",
            _ => return None,
        })
    },
    speaker_note: |note| match note {
        SpeakerNote::NumberGiven => "화자 수는 소리에서 찾은 것이 아니라 사용자가 지정한 것입니다.",
        SpeakerNote::FewerThanAsked => "지정한 수만큼 화자를 나누기에는 말소리가 너무 적습니다.",
        SpeakerNote::JoinedToLimit => {
            "허용한 수보다 많은 목소리를 찾아 가장 비슷한 것끼리 합쳤습니다. 한 번호에 여러 사람이 섞였을 수 있습니다."
        }
        SpeakerNote::SplitToLimit => {
            "지정한 수보다 적은 목소리를 찾아 한 목소리에서 가장 덜 비슷한 부분을 갈라놓았습니다. 한 사람이 두 번호로 \
             나뉘었을 수 있습니다."
        }
        SpeakerNote::SeveralOnChannel => {
            "한 채널에서 둘 이상의 목소리가 들렸습니다. 같은 채널의 목소리는 소리에 따라 나누었습니다."
        }
        SpeakerNote::NarrowBand => {
            "전화처럼 좁은 대역의 녹음입니다. 목소리를 그 대역에 맞추어 나누었고, 다른 녹음보다 구분이 덜 확실합니다."
        }
    },
    turn_doubt: |doubt| match doubt {
        TurnDoubt::Short => "너무 짧아 목소리를 확실히 구분할 수 없음",
        TurnDoubt::NeverAlone => "처음부터 끝까지 다른 목소리와 겹침",
        TurnDoubt::Close => "다른 화자의 목소리와도 비슷한 정도로 가까움",
    },
    attribution_doubt: |doubt| match doubt {
        AttributionDoubt::Overlap => "두 사람이 동시에 말함",
        AttributionDoubt::Gap => "그 자리에서 말하는 사람을 찾지 못함",
        AttributionDoubt::Boundary => "화자가 바뀌는 자리임",
        AttributionDoubt::Voice => "목소리를 확실히 구분하지 못함",
    },
    channel: |channel, channels| match channel {
        MeasuredChannel::Single => "단일 채널".to_owned(),
        MeasuredChannel::Mean => format!("{channels}개 채널의 평균"),
    },

    speech_found: |speech, total| format!("전체 소리 {total} 가운데 말소리 {speech}."),
    no_speech: "이 녹음에서 말소리를 찾지 못했습니다.",
    transcribed: |words, utterances, language| {
        format!("발화 {utterances}개, 단어 {words}개를 전사했습니다. 언어: {language}.")
    },
    findings_found: |count| format!("들어 볼 지점 {count}곳을 찾았습니다."),
    listen_first: "먼저 들을 곳",
    no_findings: "사전의 표현에서 확인할 지점이 나오지 않았습니다.",
    priority_is: |priority, level| format!("검토 우선순위 100점 중 {priority}점: {level}."),
    warnings_found: |count| format!("파일에 관한 주의 사항 {count}건이 있습니다. ‘분석 대상’을 보십시오."),
    not_asked_for: |parts| format!("이번 실행에서 요청하지 않은 항목: {parts}."),
    section_not_asked_for: "이번 실행에서 요청하지 않은 항목이므로 측정한 것이 없습니다.",

    file_name: "파일 이름",
    file_size: "크기",
    size: |bytes, human| format!("{bytes}바이트 ({human})"),
    file_sha256: "파일의 SHA-256",
    container: "컨테이너",
    codec: "코덱",
    sample_rate: "표본화율",
    channels: "채널 수",
    duration: "길이",
    duration_with_samples: |duration, samples| format!("{duration} (채널당 표본 {samples}개)"),
    decoder: "복호기",
    trimming: "앞뒤를 다듬은 규칙",
    samples_sha256: "복호한 표본의 SHA-256",
    missing_sound: |duration| format!("빠진 길이: {duration}"),

    program: "프로그램",
    settings_sha256: "설정의 SHA-256",
    models: "모형",
    no_models: "실행한 모형이 없습니다.",
    role: "역할",
    name: "이름",
    precision: "정밀도",
    runtime: "실행 도구",
    sha256: "SHA-256",
    lexicons: "표현 사전",
    version: "버전",
    method_speech: "말소리 구간: 16 kHz 단일 채널로 바꾼 녹음 전체에 말소리 검출 모형을 적용했습니다.",
    method_transcript: "전사: 말소리 구간에 음성 인식 모형을 적용했습니다. 단어의 시각은 모형의 주의 가중치에서, 단어의 \
                        신뢰도는 토큰 확률에서 얻었습니다.",
    method_speakers: |basis| match basis {
        SpeakerBasis::Voices => {
            "화자 구분: 짧은 창마다 모형이 목소리의 시작과 끝, 겹침을 찾고, 다른 모형이 각 구간의 목소리를 수치로 바꾼 뒤, \
             목소리가 비슷한 구간끼리 묶었습니다."
        }
        SpeakerBasis::Channels => {
            "화자 구분: 두 채널에 서로 다른 화자가 녹음되어 있어 채널을 따로 살폈습니다. 모형이 채널마다 목소리의 시작과 끝을 \
             찾고, 다른 채널에서 새어 들어온 소리는 뺐습니다. 한 채널에 여러 목소리가 뚜렷이 들리지 않으면 한 화자로 보았습니다."
        }
    },
    method_attribution: "단어의 화자: 그 단어를 가장 많이 덮는 발언의 화자로 보되, 한 발화 안에서 화자가 되도록 덜 바뀌게 \
                         했습니다.",
    method_acoustics: |channel| {
        format!(
            "음높이는 경로 탐색을 더한 자기상관법(Boersma 1993)으로, 음량은 유성음 프레임의 평균 에너지로, 녹음의 원래 \
             표본화율에서 발화마다 측정했습니다. 측정 대상: {channel}. 음량은 최대 진폭을 1 Pa로 본 상대값입니다. \
             평소 값은 그 화자의, 화자를 모르면 이 녹음의 발화들의 중앙값입니다. 녹음 품질이 허락하지 않는 값은 재지 않았습니다."
        )
    },
    method_patterns: "표현 검색: 전사한 단어가 사전의 표현 양식과 일치하는 모든 곳을 그 상태와 함께 적었습니다.",
    method_findings: "확인할 지점: 단언된 표현, 그 화자의 평소 값보다 크거나 높은 소리로 말한 표현, 음성 인식이 확신하지 \
                      못한 단어의 표현입니다.",
    method_priority: |version| {
        format!("검토 우선순위: 확인할 지점에서 나온 점수의 합이며 모두 적었습니다. 가중치 버전 {version}.")
    },
    method_same_result: "같은 파일, 설정, 모형이면 같은 기계에서 같은 결과가 나옵니다.",

    quality: &super::quality::ko::MESSAGES,

    limit_draft: "모든 글은 음성 인식 모형이 적었습니다. 이런 모형은 말을 빠뜨리거나 바꾸며 때로는 없는 말을 지어냅니다. \
                  모든 단어를 소리와 대조해야 합니다.",
    limit_speakers: "목소리를 서로 구분하지 않았습니다. 한 발화에 여러 사람의 목소리가 섞일 수 있고, 이 녹음의 평소 값은 \
                     모든 목소리를 합친 값입니다.",
    limit_usual_of_all: "발화는 그 화자의 평소 음높이와 음량에 견주었습니다. 화자를 모르는 발화는 모든 목소리를 합친 값에 견주었습니다.",
    limit_doubtful: |doubtful, words, share, threshold| {
        format!("단어 {words}개 중 {doubtful}개({share})의 신뢰도가 {threshold} 미만이며, 본문에 표시했습니다.")
    },
    limit_flag: |utterances, flag| format!("발화 {utterances}개: {flag}."),
    limit_bandwidth: |rate, top| format!("표본화율이 {rate} Hz이므로 {top} Hz보다 높은 소리는 들어 있지 않습니다."),
    limit_channels: |channels| {
        format!("{channels}개 채널을 평균하여 전사하고 측정했습니다. 채널 사이의 차이는 남지 않습니다.")
    },
    limit_little_speech: |speech| format!("말소리가 {speech}뿐이어서 이 녹음의 평소 값은 적은 자료에 근거합니다."),
    limit_language_vote: |language, share| format!("언어가 확실하지 않습니다: {language}의 득표 비율이 {share}입니다."),
    limit_no_lexicon: |language| format!("검색한 사전 중에 다음 언어의 사전이 없습니다: {language}."),
    limit_no_baseline: |reason| format!("음높이나 음량을 비교할 평소 값이 없습니다: {reason}."),

    language_given: |language| format!("{language} (사용자가 지정)."),
    language_voted: |language, share| format!("{language} (말소리 창들의 득표 비율 {share})."),
    language_candidates: "후보",
    language_label: "언어",
    share: "득표 비율",

    conversation_help: "단어를 누르면 그 단어부터 재생합니다. 시각은 복호한 소리의 시작부터 잰 것입니다.",
    mark_doubtful: "음성 인식이 확신하지 못한 단어",
    mark_untimed: "시각을 알 수 없는 단어",
    mark_interpolated: "앞뒤 단어 사이로 시각을 잡은 단어",
    mark_whose: "누가 말했는지 확실하지 않은 단어",
    mark_finding: "확인할 지점의 근거가 된 단어",
    legend: "표시",
    sample_word: "단어",
    word_doubtful: |confidence| format!("불확실, 신뢰도 {confidence}"),
    word_interpolated: "앞뒤 단어 사이로 시각을 잡음",
    word_untimed: |reason| format!("시각 없음: {reason}"),
    word_whose: |reason| format!("누가 말했는지 불확실: {reason}"),
    listen_because: "들어 볼 이유",
    in_language: |language| format!("언어: {language}"),
    utterance: |number| format!("발화 {number}"),
    no_words: "전사한 단어가 없습니다.",
    finding_link: |number| format!("지점 {number}"),

    speaker_unknown: "화자 불명",
    speakers_are_numbers: "화자 번호는 이름이 아닙니다. 이 녹음 안에서 목소리를 구분하려고 붙인 것이며, 누구인지를 말하지 \
                           않습니다.",
    speakers_found: |count, basis| match basis {
        SpeakerBasis::Voices if count == 1 => "목소리에 따라 나누어 화자 1명을 찾았습니다.".to_owned(),
        SpeakerBasis::Channels if count == 1 => "녹음된 채널에 따라 나누어 화자 1명을 찾았습니다.".to_owned(),
        SpeakerBasis::Voices => format!("목소리에 따라 화자 {count}명을 구분했습니다."),
        SpeakerBasis::Channels => format!("녹음된 채널에 따라 화자 {count}명을 구분했습니다."),
    },
    no_speakers: "이 녹음에서 말하는 사람을 찾지 못했습니다.",
    limit_voices: "같은 사람이라도 소리치거나 울거나 속삭이거나 전화를 거쳐 목소리가 달라지면 두 번호로 나뉠 수 있고, \
                   비슷한 두 목소리가 한 번호로 합쳐질 수도 있습니다. 누가 한 말인지에 의존하기 전에 직접 들어 \
                   확인하십시오.",
    limit_channel_speakers: "한 채널에 담긴 여러 사람이 한 번호로 표시될 수 있고, 두 채널에서 들리는 한 사람이 두 번호로 나뉠 수 \
                             있으며, 다른 채널의 큰 목소리에 묻힌 작은 목소리가 빠질 수 있습니다. 누가 한 말인지에 의존하기 \
                             전에 직접 들어 확인하십시오.",
    doubtful_turns: |doubtful, turns, reasons| {
        format!("발언 {turns}회 가운데 {doubtful}회는 누가 말했는지 확실하지 않습니다: {reasons}.")
    },
    no_doubtful_turns: "확실하지 않다고 표시된 발언은 없습니다. 모두 맞다는 뜻은 아닙니다.",
    speakers_caption: "이 녹음의 화자",
    speaker_label: "화자",
    first_heard: "처음 나온 곳",
    speech_time: "말한 시간 (분:초)",
    speech_share: "전체 발언 중 비율",
    turns: "발언 횟수",
    overlapped: "그중 겹친 시간 (분:초)",
    interruptions: "끼어든 횟수",
    interruptions_explained: "끼어든 횟수: 다른 사람이 말하는 동안 시작하여 그 말이 끝난 뒤에도 이어진 발언의 수입니다. \
                              맞장구나 거드는 말, 웃음도 들어갑니다.",
    cohesion: "목소리 일관성",
    cohesion_explained: "목소리 일관성: 한 번호로 묶인 소리 조각들이 서로 얼마나 비슷한지의 평균이며, 1이면 완전히 같습니다. \
                         낮으면 한 번호에 여러 목소리가 섞였을 수 있습니다.",
    turns_axis: "화자별 발언",
    turns_caption: "누가 언제 말하는지. 굵은 선: 발언. 가는 선: 누가 말했는지 확실하지 않은 발언.",
    turn_margin: "발언의 목소리가 그 화자에 가까운 정도",

    pitch_axis: "음높이 (Hz)",
    level_axis: "음량 (dB)",
    time_axis: "시각 (분:초)",
    usual: "평소",
    curves_caption: |seconds| {
        format!(
            "녹음 전체의 음높이와 음량. 각 획은 {seconds}초 안의 가장 낮은 값부터 가장 높은 값까지이며, 측정하지 못한 \
             곳에는 없습니다. 점선: 이 녹음의 평소 값. 음영: 확인할 지점."
        )
    },
    curves_of_finding: |span| format!("{span} 부근의 음높이와 음량. 음영: 해당 단어. 점선: 평소 값."),
    curves_empty: "이 녹음의 어디에서도 음높이나 음량을 측정하지 못했습니다.",
    curves_click: "누르면 그 시각부터 재생합니다.",
    measures_caption: "발화별 측정값",
    start: "시작",
    pauses: "0.3초 이상 쉼",
    baseline_caption: "이 녹음의 평소 값",
    quantity: "항목",
    median: "중앙값",
    deviation: "중앙값 절대편차",

    voices_explained: "화자마다 그 화자의 발화들에서 잰 값입니다: 음높이를 찾은 범위, 평소 값(발화들의 중앙값), 녹음이 흐르는 동안의 \
                       변화.",
    voices_not_apart: "화자를 구분하지 않아 화자별 값이 없습니다.",
    voices_caption: "화자별 음높이와 음량",
    utterances_label: "발화 수",
    pitch_range: "찾은 범위",
    pitch_agreement: "두 추정의 일치",
    pitch_agreement_explained: "음높이는 자기상관법과, 그와 다르게 일하는 신경망으로 두 번 추정합니다. 둘이 일치하는 곳만 값에 넣으며, 유성음 가운데 일치하는 \
                                비율을 함께 적습니다. 잡음, 갈라지는 소리, 다른 목소리가 있으면 작아집니다.",
    range_basis: |basis| match basis {
        PitchRangeBasis::Fixed => "모두 같음",
        PitchRangeBasis::TwoPass => "이 화자의 것",
        PitchRangeBasis::LittleVoice => "설정값, 유성음이 적음",
        PitchRangeBasis::SpeakerUnknown => "설정값, 화자 모름",
    },
    pitch_usual: "평소 음높이 (Hz)",
    pitch_trend: "음높이의 분당 변화 (Hz)",
    level_usual: "평소 음량 (dB)",
    level_trend: "음량의 분당 변화 (dB)",
    trends_explained: "분당 변화는 발화 두 개씩 모든 짝에서 구한 기울기의 중앙값이며, 95 % 구간과 함께 적습니다. 구간에 0이 들어 있으면 \
                       변화가 나타났다고 할 수 없습니다. 녹음기, 거리, 화제도 목소리를 바꿉니다.",
    tempo_caption: "화자별 빠르기, 쉼, 말 이어받기",
    speech_rate: "말 빠르기 (음절/초)",
    articulation_rate: "조음 빠르기 (음절/초)",
    pauses_total: "쉼의 합 (초)",
    pause_median: "쉼의 중앙값 (초)",
    response_gaps: "틈 뒤에 이어받음",
    response_overlaps: "겹치며 이어받음",
    response_left_out: "세지 않음",
    response_lower: "이어받기까지, 아래 사분위 (초)",
    response_median: "이어받기까지, 중앙값 (초)",
    response_upper: "이어받기까지, 위 사분위 (초)",
    responses_explained: "상대의 말이 끝난 뒤까지 이어지는 차례가 시작되면 이어받은 것으로 봅니다. 시간은 상대의 끝에서 이 시작까지이며 겹치면 \
                          0보다 작습니다. 누가 말하는지 확실하지 않은 차례와 대답이라 하기에 너무 늦은 차례는 세지 않습니다.",
    curves_of_speaker: |speaker| format!("{speaker}: 음높이와 음량. 점선: 이 화자의 평소 값. 음영: 변화 구간."),
    changes_explained: "목소리가 평소보다 3 dB 또는 10 % (설정값) 넘게 1초 이상 높아진 구간입니다. 그곳에서 목소리가 다르다는 뜻일 뿐 까닭은 \
                        말하지 않습니다. 거리, 소음, 물음, 웃음도 그렇게 만듭니다.",
    changes_caption: "변화 구간",
    no_changes: "변화로 볼 만큼 오래 평소보다 높아진 목소리가 없습니다.",
    length: "길이 (초)",
    change_label: "변화",
    change: |words| match words.quantity {
        ChangedQuantity::Level => format!("음량 {}, 평소 {}", words.deviation, words.usual),
        ChangedQuantity::Pitch => format!("음높이 {}, 평소 {}", words.deviation, words.usual),
    },
    usual_of: "평소 값의 기준",
    usual_of_recording: "이 녹음 전체",

    voice: &voice::KO,

    finding_heading: |number, family, kind| format!("지점 {number} · {family}: {kind}"),
    strength: "강도",
    samples_range: |first, end| format!("표본 {first}–{end}"),
    pattern: "표현 양식",
    subtype: "세부 유형",
    status_label: "상태",
    severity: "심각도 가중치",
    measured_here: "이 지점의 측정값",
    word_confidence_mean: "단어 신뢰도 평균",
    word_confidence_least: "단어 신뢰도 중 최저",
    value_here: "이 지점",
    value_usual: "평소 값 (기준)",
    difference: "차이",
    context_before: "앞",
    context_after: "뒤",
    other_hits: "확인할 지점이 되지 않은 표현",
    family_label: "유형",
    words: "단어",

    priority_label: "검토 우선순위",
    priority_of_100: "/ 100점",
    priority_help: "검토 우선순위는 무엇을 먼저 들을지를 알려 줍니다. 어떤 사람에 관해서도 말하지 않습니다. 점수는 말한 \
                    시간에 견주어 매기므로 긴 녹음이라고 높아지지 않습니다.",
    priority_interval: |low, high| format!("불확실한 단어를 빼면 {low}점, 모두 믿으면 {high}점입니다."),
    priority_sum: |sum, priority| format!("모든 기여 점수의 합은 {sum}점이며, 우선순위는 {priority}점입니다."),
    priority_capped: |sum| format!("모든 기여 점수의 합은 {sum}점이며, 우선순위는 100점까지만 매깁니다."),
    category: "유형",
    weight: "가중치",
    points: "점수",
    interval: "범위",
    contributions: "기여한 지점",
    no_contributions: "없음",
    levels_explained: "단계: 20점 미만 매우 낮음, 40점 미만 낮음, 60점 미만 보통, 80점 미만 높음, 80점부터 매우 높음.",

    not_measured_caption: "측정하지 못한 값",
    reason: "이유",
    count: "개수",
    first_places: "위치",
    everything_measured: "요청한 것은 모두 측정했습니다.",
    word_times: "단어의 시각",
    baseline_of: |quantity| format!("평소 값: {quantity}"),
    quantity_of: |quantity, speaker| format!("{quantity}, {speaker}"),

    disclaimer: &[
        "이 보고서는 사람이 어디를 들을지 정하는 데 도움을 주려고 프로그램이 만들었습니다. 직접 듣는 일과 전문가의 판단을 \
         대신하지 않습니다.",
        "어떤 사람에 관해서도 결론을 내리지 않습니다. 누가 무엇을 알고 생각하고 느끼고 의도하는지, 누가 말하는지, 말한 \
         내용이 실제와 맞는지를 판단하지 않습니다. 표현은 양식으로 찾으므로 같은 말이 인용이나 농담, 남의 말을 옮긴 것일 \
         수 있습니다.",
        "녹음이 온전한지, 고쳐졌는지는 살피지 않았습니다. 함께 적은 해시값으로 어느 파일을 분석했는지 누구나 확인할 수 \
         있습니다.",
    ],

    player: "재생기",
    play: "재생",
    pause: "멈춤",
    play_from: |time| format!("{time}부터 재생"),
    play_with_context: |span| format!("{span}을(를) 앞뒤 소리와 함께 재생"),
    position: "재생 위치",
    speed: "속도",
    follow: "따라가기",
    keys_help: "스페이스: 재생·멈춤. 화살표: 5초 앞뒤로. 단어 위에서는 앞뒤 단어로.",
    no_sound: "이 보고서에는 소리가 들어 있지 않습니다. 시각을 누르면 본문의 해당 위치로만 이동합니다.",
    and_more: |count| format!("외 {count}곳"),

    case_voices: &case_voices::KO,
    case_title: "사건 보고서",
    case_summary: |done, failed, duration| {
        format!("녹음 {done}개를 분석했습니다(소리 {duration}). 분석하지 못한 녹음 {failed}개.")
    },
    case_recordings: "녹음 목록",
    case_order: "검토 우선순위, 이름 순서로 적었습니다.",
    case_failures: "분석하지 못한 녹음",
    case_no_failures: "모든 녹음을 분석했습니다.",
    case_none: "분석한 녹음이 없습니다.",
    case_unread: "이 버전에서는 사건 폴더에 저장된 결과를 읽을 수 없어 이 보고서에 넣지 못한 녹음입니다. voiceman analyze로 다시 \
        분석하십시오.",
    case_speakers: "화자 수",
    case_findings: "확인할 지점",
    case_warnings: "주의 사항",
    case_total: "합계",
    case_level: "단계",
    case_not_asked: "요청하지 않음",
    case_unknown_language: "말소리 없음",
    performance_title: "처리에 든 시간과 자원",
    performance_help: "이 사건을 마지막으로 처리한 실행에 관한 값입니다. 장비를 운용하는 사람을 위한 것으로, 증거가 아니며 실행할 때마다 다릅니다.",
    performance_total: "전체 시간",
    performance_audio: "처리한 녹음 길이",
    performance_rate: "1초에 처리한 녹음 길이(초)",
    performance_mean: "녹음 하나당 평균 시간",
    performance_slowest: "가장 오래 기다린 단계",
    performance_peak: "최대 메모리 사용량 / 허용량",
    performance_no_sensor: "읽을 수 있는 온도 센서 없음",
    performance_stage: "단계",
    performance_runs: "녹음 수",
    performance_cached: "이미 있던 결과",
    performance_active: "작업 시간",
    performance_busy: |share| format!("가동률 {share}"),
    performance_temperature: |mean, highest| format!("평균 {mean} °C, 최고 {highest} °C"),
    performance_throttled: |time| format!("발열로 늦춘 시간 {time}"),
    case_settings: |recordings| format!("이 설정으로 분석한 녹음 {recordings}개:"),

    txt_no_utterances: "전사한 단어가 없습니다.",
};
