//! Korean.

use super::{QualityMessages, SoundProperty, tenths};
use crate::text::{fixed, hertz, percent_to, unit, unit_beside};
use voiceman_base::{Condition, DropoutKind, Obstacle, QualityReason, VoiceMeasure};

pub(in crate::messages) static MESSAGES: QualityMessages = QualityMessages {
    about_sound: "녹음 전체의 복호한 표본을 원래 표본화율에서 채널별로, 모형 없이 측정했습니다. 측정하지 못한 항목에는 값 대신 \
                  그 이유를 적었습니다.",
    sound_caption: "소리의 상태",
    property: "항목",
    value: "측정값",
    meaning: "뜻",
    name_of: |property| match property {
        SoundProperty::Peak => "최대 진폭",
        SoundProperty::Offset => "직류(DC) 치우침",
        SoundProperty::Clipped => "잘린 표본",
        SoundProperty::Bandwidth => "실제 녹음된 대역폭",
        SoundProperty::NoiseFloor => "잡음 바닥",
        SoundProperty::SpeechLevel => "말소리 크기",
        SoundProperty::SpeechTime => "말하는 시간",
        SoundProperty::Snr => "신호 대 잡음비",
        SoundProperty::Dropouts => "소리 끊김",
        SoundProperty::Hum => "전원 잡음(험)",
        SoundProperty::Falls => "소리가 줄어드는 빠르기(울림의 단서)",
        SoundProperty::PauseRise => "쉼 동안 잡음이 커지는 정도(자동 음량 조절의 단서)",
    },
    meaning_of: |property| match property {
        SoundProperty::Peak => "가장 큰 표본을 최대 진폭(0 dBFS)에 견준 값입니다.",
        SoundProperty::Offset => "표본의 평균입니다. 0에서 멀면 녹음기의 결함입니다.",
        SoundProperty::Clipped => "최대 진폭에서 파형이 잘린 표본입니다. 그곳의 파형은 알 수 없습니다.",
        SoundProperty::Bandwidth => {
            "표본화율과 관계없이, 이보다 높은 주파수의 소리는 거의 없습니다. 전화선은 3.4–4 kHz에서 끝납니다."
        }
        SoundProperty::NoiseFloor => "말소리가 아닌 모든 소리의 평균 세기입니다. 험과 저주파 울림도 들어갑니다.",
        SoundProperty::SpeechLevel => "누군가 말하는 동안의 말소리 평균 세기이며 잡음은 뺐습니다(ITU-T P.56).",
        SoundProperty::SpeechTime => {
            "모형 없이 소리 크기로 찾은 시간입니다. 모형이 찾은 말소리 구간과는 다른 값입니다."
        }
        SoundProperty::Snr => "말소리 크기가 잡음 바닥보다 높은 정도입니다. 높을수록 측정값에 잡음이 덜 섞입니다.",
        SoundProperty::Dropouts => {
            "큰 소리 도중에 소리가 사라지고, 그 자리에 같은 값이나 똑같은 복사본이 놓인 곳입니다."
        }
        SoundProperty::Hum => "전원 주파수의 소리가 주변 주파수보다 높은 정도입니다. 험이 없으면 0 dB 안팎입니다.",
        SoundProperty::Falls => {
            "소리가 사라지는 빠르기입니다. 느리면 울리는 방의 소리입니다. 단서일 뿐 잔향 시간은 아닙니다."
        }
        SoundProperty::PauseRise => {
            "음량을 스스로 올리는 녹음기에서는 쉼 동안 잡음이 커집니다. 단서일 뿐이며, 그런 조절이 없으면 0 dB 안팎입니다."
        }
    },
    reason: |reason| match reason {
        QualityReason::TooShort => "소리가 너무 짧음",
        QualityReason::Silent => "디지털 무음",
        QualityReason::NoSpeech => "말소리처럼 잡음 위로 드러나는 소리가 없음",
        QualityReason::TooFewPauses => "쉼이 너무 적음",
        QualityReason::TooFewFalls => "소리가 고르게 줄어드는 곳이 너무 적음",
        QualityReason::TooNoisy => "잡음에 가려짐",
        QualityReason::NotRecorded => "표본화율이 너무 낮음",
    },
    not_measured: |reason| format!("측정하지 못함: {reason}"),
    seconds: |seconds, digits| format!("{}초", fixed(seconds, digits)),
    share_of_full_scale: |percent| format!("최대 진폭의 {percent}"),
    share_of_samples: |percent| format!("전체 표본의 {percent}"),
    no_dropouts: "찾지 못함",
    dropouts: |count, seconds| format!("{count}회, 모두 {seconds}"),
    dropouts_at: |count, seconds, kinds| format!("소리가 {count}회 끊겼습니다(모두 {seconds}; {kinds}):"),
    dropout_kind: |kind| match kind {
        DropoutKind::Constant => "같은 값이 이어짐",
        DropoutKind::Repeated => "바로 앞 소리의 복사본",
    },
    hum: |hum| {
        format!(
            "{} ({}와 그 배수), {}",
            unit(hum.over_neighbourhood_db.value(), 1, "dB"),
            unit(hum.line_hz.value(), 0, "Hz"),
            unit(hum.level_dbfs.value(), 1, "dBFS")
        )
    },

    about_verdicts: "목소리를 재는 항목마다 필요한 소리의 품질이 다릅니다. ‘측정 가능’은 알려진 걸림돌이 없다는 뜻이며, 측정값이 \
                     맞다는 뜻은 아닙니다. ‘불가’는 녹음이 나쁘다는 뜻이 아니라, 이 녹음에서 잰 그 항목의 값은 근거로 삼을 수 \
                     없다는 뜻입니다. 필요한 수치와 그 출처는 방법 설명서에 있습니다.",
    speech_caption: "측정의 바탕이 되는 말소리",
    whose: "대상",
    net_speech: "말소리 (분:초)",
    whole_recording: "녹음 전체",
    net_speech_explained: "녹음 전체: 모형이 찾은 말소리 구간의 길이. 화자: 다른 사람과 겹치지 않고 말한 시간.",
    verdicts_caption: "무엇을 측정할 수 있는가",
    measure: "측정 항목",
    against: "걸림돌",
    nothing_against: "알려진 것 없음",
    yes: "측정 가능",
    no: "불가",
    measure_name: |measure| match measure {
        VoiceMeasure::Pitch => "음높이(기본주파수)",
        VoiceMeasure::Level => "음량(녹음 안에서 비교)",
        VoiceMeasure::Jitter => "지터(주기의 불규칙)",
        VoiceMeasure::Shimmer => "시머(진폭의 불규칙)",
        VoiceMeasure::Harmonicity => "배음 대 잡음비(HNR)",
        VoiceMeasure::Formant1 => "제1 포먼트",
        VoiceMeasure::Formant2 => "제2 포먼트",
        VoiceMeasure::Formant3 => "제3 포먼트",
        VoiceMeasure::Formant4 => "제4 포먼트",
        VoiceMeasure::Spectrum => "스펙트럼의 기울기와 균형",
        VoiceMeasure::SpeechRate => "말 속도",
        VoiceMeasure::Emotion => "감정 모형에 들리는 인상",
        VoiceMeasure::SpeakerComparison => "녹음 사이의 목소리 비교",
    },
    obstacle: |obstacle| match *obstacle {
        Obstacle::Unknown { condition, why } => {
            format!("{} 알 수 없음: {}", (MESSAGES.condition)(condition), (MESSAGES.reason)(why))
        }
        Obstacle::Noise { snr_db, needed_db } => format!(
            "잡음: 말소리가 잡음보다 {} 높음, {} 이상이어야 함",
            unit_beside(snr_db.value(), needed_db.value(), 1, "dB"),
            unit(needed_db.value(), 0, "dB")
        ),
        Obstacle::Bandwidth { bandwidth_hz, needed_hz } => {
            format!("대역폭: {}까지, {} 이상이어야 함", hertz(bandwidth_hz), hertz(needed_hz))
        }
        Obstacle::Clipping { share, most } => {
            format!("잘린 표본: {}, {} 이하여야 함", percent_to(share, 3), percent_to(most, 2))
        }
        Obstacle::Hum { speech_over_hum_db, needed_db } => format!(
            "험: 말소리가 험보다 {} 높음, {} 이상이어야 함",
            unit_beside(speech_over_hum_db.value(), needed_db.value(), 1, "dB"),
            unit(needed_db.value(), 0, "dB")
        ),
        Obstacle::Dropouts { share, most } => {
            format!("소리 끊김: 말소리의 {}, {} 이하여야 함", percent_to(share, 2), percent_to(most, 2))
        }
        Obstacle::Reverberation { fall_db_per_s, needed_db_per_s } => format!(
            "울림: 소리가 {}로 줄어듦, 울리지 않으면 {} 이상",
            unit_beside(fall_db_per_s.value(), needed_db_per_s.value(), 0, "dB/s"),
            unit(needed_db_per_s.value(), 0, "dB/s")
        ),
        Obstacle::AutomaticGain { rise_db, most_db } => format!(
            "자동 음량 조절: 쉼 동안 잡음이 {} 커짐, {}까지는 우연일 수 있음",
            unit_beside(rise_db.value(), most_db.value(), 1, "dB"),
            unit(most_db.value(), 0, "dB")
        ),
        Obstacle::Codec { kilobits_per_s, needed } => format!(
            "손실 압축: 채널당 {}, {} 이상이어야 함",
            unit_beside(kilobits_per_s, needed, 0, "kbit/s"),
            unit(needed, 0, "kbit/s")
        ),
        Obstacle::LittleSpeech { speech, needed } => format!(
            "말소리 부족: {}, {} 이상이어야 함",
            (MESSAGES.seconds)(tenths(speech), 1),
            (MESSAGES.seconds)(needed.seconds(), 0)
        ),
    },
    little_speech: |needed, whose| format!("말소리 부족({needed} 이상이어야 함): {whose}"),
    untold: |condition, reason, measures| {
        format!("다음 조건은 알 수 없었습니다: {condition} ({reason}). 따라서 걸림돌인지 살피지 못한 항목: {measures}.")
    },
    condition: |condition| match condition {
        Condition::Noise => "잡음",
        Condition::Bandwidth => "대역폭",
        Condition::Clipping => "잘린 표본",
        Condition::Hum => "험",
        Condition::Dropouts => "소리 끊김",
        Condition::Reverberation => "울림",
        Condition::AutomaticGain => "자동 음량 조절",
        Condition::Speech => "말소리",
    },

    bears_summary: |borne, all| {
        format!(
            "목소리 측정 항목 {all}개 가운데 이 녹음에서 측정할 수 있는 것은 {borne}개입니다. ‘소리의 품질’을 보십시오."
        )
    },
    shown_nonetheless: |measures| {
        format!(
            "이 녹음의 품질로는 측정할 수 없다고 본 항목: {measures}. 측정된 값은 그대로 적었으나, 그 값만을 근거로 삼을 수 \
             없습니다. ‘소리의 품질’을 보십시오."
        )
    },
    of_sound: |property| format!("소리: {property}"),
};
