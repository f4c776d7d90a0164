//! English.

use super::emotion::EN;
use super::{Measure, Messages, Part};
use super::{case_voices, voice};
use crate::tree::SectionId;
use voiceman_base::{
    AttributionDoubt, ChangedQuantity, Family, FindingKind, Flag, MeasuredChannel, PatternStatus, PitchRangeBasis,
    PriorityLevel, SourceWarningKind, SpeakerBasis, SpeakerNote, TurnDoubt, UndefinedReason, UntimedReason,
};

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

pub(super) static MESSAGES: Messages = Messages {
    draft: "DRAFT",
    draft_long: "Machine output. A draft until a person has listened to the sound and signed.",
    report_title: "Report on a recording",
    contents: "Contents",
    skip_to_content: "Skip to the report",
    made_by: |tool| format!("Made by {tool}"),
    section: |section| match section {
        SectionId::Summary => "Summary",
        SectionId::Examined => "What was examined",
        SectionId::Method => "Method and versions",
        SectionId::Quality => "Quality of the sound",
        SectionId::Limits => "Limits",
        SectionId::Language => "Language",
        SectionId::Speakers => "Speakers",
        SectionId::Conversation => "Conversation",
        SectionId::Voices => "Voices and turns in time",
        SectionId::Curves => "Pitch and level",
        SectionId::Findings => "Findings",
        SectionId::Priority => "Review priority",
        SectionId::NotMeasured => "Not measured, and why",
        SectionId::Emotion => EN.heading,
        SectionId::Disclaimer => "What this report is not",
    },

    emotion: &EN,

    part: |part| match part {
        Part::Speech => "speech regions",
        Part::Transcript => "transcript",
        Part::Speakers => "speakers",
        Part::Quality => "quality of the sound",
        Part::Acoustics => "pitch and level",
        Part::Patterns => "wording",
        Part::Findings => "findings",
        Part::Assessment => "review priority",
    },
    family: |family| match family {
        Family::Gaslighting => "Gaslighting",
        Family::Threat => "Threat",
        Family::Coercion => "Coercion",
        Family::Harassment => "Insult and harassment",
        Family::Extortion => "Extortion and pressure to defraud",
        Family::Manipulation => "Emotional manipulation",
    },
    finding_kind: |kind| match kind {
        FindingKind::Wording => "wording",
        FindingKind::WordingWithRaisedVoice => "wording with raised voice",
        FindingKind::WordingOverDoubtfulWords => "wording over doubtful words",
    },
    finding_explained: |kind| match kind {
        FindingKind::Wording => "Words that match a pattern of this family.",
        FindingKind::WordingWithRaisedVoice => {
            "Words that match a pattern of this family, said with level or pitch above what is usual for the speaker."
        }
        FindingKind::WordingOverDoubtfulWords => {
            "Warning: the words match a pattern of this family, but the recogniser doubted them. Listen before relying \
             on the wording."
        }
    },
    level: |level| match level {
        PriorityLevel::Minimal => "minimal",
        PriorityLevel::Low => "low",
        PriorityLevel::Moderate => "moderate",
        PriorityLevel::High => "high",
        PriorityLevel::Critical => "critical",
    },
    status: |status| match status {
        PatternStatus::Asserted => "asserted",
        PatternStatus::Negated => "negated",
    },
    flag: |flag| match flag {
        Flag::OverSilence => "much of it is where no speech was found",
        Flag::Loop => "the same words again and again",
        Flag::TooFast => "more syllables a second than people speak",
        Flag::LowProbability => "the recogniser itself doubted it",
        Flag::UntimedWords => "some words have no time",
        Flag::LanguageUncertain => "may be in another language than the one transcribed",
        Flag::Overlap => "two speakers talk at the same time",
        Flag::SpeakerUncertain => "it is doubtful who said it",
    },
    untimed: |reason| match reason {
        UntimedReason::NoAlignmentHeads => "the model has no known alignment heads",
        UntimedReason::NoFrames => "its place in the sound is shorter than one frame",
        UntimedReason::OutsideSpeech => "it fell where no speech was found",
    },
    undefined: |reason| match reason {
        UndefinedReason::TooFewVoicedFrames => "too little voiced sound",
        UndefinedReason::TooFewPeriods => "too few regular periods of the voice",
        UndefinedReason::TooShort => "shorter than the analysis window",
        UndefinedReason::Silent => "digital silence",
        UndefinedReason::NoWords => "no words to count",
        UndefinedReason::Untimed => "the words have no times",
        UndefinedReason::SyllablesNotCountable => "no syllable count for this writing",
        UndefinedReason::Clipped => "clipped at full scale",
        UndefinedReason::NoBaseline => "too little material to compare with",
        UndefinedReason::OnlyOneSpeaker => "only one speaker, nobody to tell apart from",
        UndefinedReason::TooLittleVoice => "too little of the voice alone",
        UndefinedReason::TooNoisy => "too much noise",
        UndefinedReason::NarrowBand => "too narrow a band was recorded",
        UndefinedReason::Hum => "hum of the mains",
        UndefinedReason::SoundLost => "sound is missing",
        UndefinedReason::Reverberant => "too much reverberation",
        UndefinedReason::AutomaticGain => "the recorder changed its gain",
        UndefinedReason::LossyCodec => "the codec leaves too much out",
        UndefinedReason::TooLittleSpeech => "too little speech",
        UndefinedReason::QualityUnknown => "the quality of the sound could not be told",
        UndefinedReason::TooFewUtterances => "too few utterances, or too close together",
        UndefinedReason::TooFewResponses => "too few answers to others",
        UndefinedReason::NoPauses => "no pauses",
        UndefinedReason::PitchDisputed => "two estimates of pitch agree in too few places",
        UndefinedReason::NoSecondEstimate => "no second estimate of pitch was made",
    },
    source_warning: |kind| match kind {
        SourceWarningKind::Truncated => "The file ends before the sound its header promises",
        SourceWarningKind::Damaged => "A part could not be decoded and is missing",
        SourceWarningKind::NotFinite => "Samples that were not finite were replaced by silence",
        SourceWarningKind::WrongExtension => "The name says another format than the content",
        SourceWarningKind::DelayUnknown => "Encoder delay or padding could not be told and is still in the sound",
        SourceWarningKind::TrailingBytes => "Bytes after the end of the container that are not sound",
    },
    measure: |measure| match measure {
        Measure::F0Mean => "Mean pitch (Hz)",
        Measure::F0Median => "Median pitch (Hz)",
        Measure::F0Sd => "Standard deviation of pitch (Hz)",
        Measure::Intensity => "Level (dB)",
        Measure::SpeechRate => "Speech rate (syllables/s)",
        Measure::ArticulationRate => "Articulation rate (syllables/s)",
    },
    language_name: |code| {
        Some(match code {
            "ar" => "Arabic",
            "de" => "German",
            "en" => "English",
            "es" => "Spanish",
            "fr" => "French",
            "hi" => "Hindi",
            "id" => "Indonesian",
            "it" => "Italian",
            "ja" => "Japanese",
            "ko" => "Korean",
            "nl" => "Dutch",
            "pl" => "Polish",
            "pt" => "Portuguese",
            "ru" => "Russian",
            "th" => "Thai",
            "tr" => "Turkish",
            "uk" => "Ukrainian",
            "vi" => "Vietnamese",
            "yue" => "Cantonese",
            "zh" => "Chinese",
            _ => return None,
        })
    },
    model_role: |role| {
        Some(match role {
            "vad" => "speech detection",
            "stt" => "speech recognition",
            "segmentation" => "finding turns",
            "embedding" => "comparing voices",
            "emotion" => "judging how speech sounded",
            "morphemes" => "Korean morphemes",
            _ => return None,
        })
    },
    speaker_note: |note| match note {
        SpeakerNote::NumberGiven => "The number of speakers was given by the user, not found in the sound.",
        SpeakerNote::FewerThanAsked => "There is too little speech for as many speakers as were asked for.",
        SpeakerNote::JoinedToLimit => {
            "More voices were found than were allowed: the closest were put together, so that one number may stand for \
             more than one person."
        }
        SpeakerNote::SplitToLimit => {
            "Fewer voices were found than were asked for: the least alike pieces of one voice were set apart, so that \
             two numbers may stand for one person."
        }
        SpeakerNote::SeveralOnChannel => {
            "On one channel more than one voice was heard: the voices of a channel were told apart by their sound."
        }
        SpeakerNote::NarrowBand => {
            "The sound holds no more than a telephone carries: voices were told apart by that, less surely than \
             otherwise."
        }
    },
    turn_doubt: |doubt| match doubt {
        TurnDoubt::Short => "too short for a voice to be told apart reliably",
        TurnDoubt::NeverAlone => "another voice is in all of its sound",
        TurnDoubt::Close => "another speaker's voice is about as close",
    },
    attribution_doubt: |doubt| match doubt {
        AttributionDoubt::Overlap => "two speakers talk at the same time",
        AttributionDoubt::Gap => "nobody was found to speak there",
        AttributionDoubt::Boundary => "the speaker changes there",
        AttributionDoubt::Voice => "the voice was not told apart surely",
    },
    channel: |channel, channels| match channel {
        MeasuredChannel::Single => "the only channel".to_owned(),
        MeasuredChannel::Mean => format!("the mean of {channels} channels"),
    },

    speech_found: |speech, total| format!("Speech was found in {speech} of {total}."),
    no_speech: "No speech was found in this recording.",
    transcribed: |words, utterances, language| {
        format!(
            "{} in {} were transcribed; language: {language}.",
            plural(words, "word", "words"),
            plural(utterances, "utterance", "utterances")
        )
    },
    findings_found: |count| {
        format!("{} to listen to {} found.", plural(count, "place", "places"), if count == 1 { "was" } else { "were" })
    },
    listen_first: "Listen here first",
    no_findings: "No wording of the lexicons led to a finding.",
    priority_is: |priority, level| format!("Review priority {priority} of 100: {level}."),
    warnings_found: |count| {
        format!("{} about the file; see “What was examined”.", plural(count, "warning", "warnings"))
    },
    not_asked_for: |parts| format!("Not asked for in this run: {parts}."),
    section_not_asked_for: "This part was not asked for in this run, so nothing was measured.",

    file_name: "File name",
    file_size: "Size",
    size: |bytes, human| format!("{bytes} bytes ({human})"),
    file_sha256: "SHA-256 of the file",
    container: "Container",
    codec: "Codec",
    sample_rate: "Sample rate",
    channels: "Channels",
    duration: "Duration",
    duration_with_samples: |duration, samples| format!("{duration} ({samples} samples per channel)"),
    decoder: "Decoder",
    trimming: "Trimming rule",
    samples_sha256: "SHA-256 of the decoded samples",
    missing_sound: |duration| format!("missing: {duration}"),

    program: "Program",
    settings_sha256: "SHA-256 of the settings",
    models: "Models",
    no_models: "No model was run.",
    role: "Role",
    name: "Name",
    precision: "Precision",
    runtime: "Run by",
    sha256: "SHA-256",
    lexicons: "Lexicons",
    version: "Version",
    method_speech: "Speech regions: a voice activity model over the whole recording, one channel at 16 kHz.",
    method_transcript: "Transcript: a speech recognition model over the speech regions; word times from the model's own \
                        attention, word confidence from the probabilities of its tokens.",
    method_speakers: |basis| match basis {
        SpeakerBasis::Voices => {
            "Speakers: a model finds in short windows where voices begin, end and overlap; a second one turns each \
             stretch into numbers, and stretches whose voices are alike are put together."
        }
        SpeakerBasis::Channels => {
            "Speakers: the two channels carry different speakers, so that each went its own way: a model finds where voices \
             begin and end on it, and what leaks from the other channel is left out. A channel is one speaker, unless it \
             clearly carries several voices."
        }
    },
    method_attribution: "Who said a word: the speaker whose turns cover it best, with as few changes within an utterance as \
                         that allows.",
    method_acoustics: |channel| {
        format!(
            "Pitch by autocorrelation with path finding (Boersma 1993) and level as mean energy over voiced frames, at \
             the recording's own sample rate, per utterance, on {channel}. Levels are relative: full scale is taken as \
             1 Pa. What is usual is the median over the utterances of a speaker, or of the recording where nobody is known to speak. Measures that the quality of the recording does not bear are left out."
        )
    },
    method_patterns: "Wording: every place where a pattern of the lexicons matches the transcribed words, with its status.",
    method_findings: "Findings: asserted wording; wording together with raised level or pitch against this recording's \
                      own usual values; wording over words that the recogniser doubted.",
    method_priority: |version| {
        format!("Review priority: a sum of points from findings, all listed; weights version {version}.")
    },
    method_same_result: "The same file, settings and models give the same result on the same machine.",

    quality: &super::quality::en::MESSAGES,

    limit_draft: "All text was written by a speech recognition model. Such models leave out, replace and sometimes \
                  invent words; each word must be checked against the sound.",
    limit_speakers: "Voices are not told apart: an utterance may hold more than one voice, and what is usual in this \
                     recording is taken over all voices together.",
    limit_usual_of_all: "Utterances are compared with what is usual for their own speaker in this recording; those of which the \
                         speaker is not known, with what is usual over all voices together.",
    limit_doubtful: |doubtful, words, share, threshold| {
        format!("{doubtful} of {words} words ({share}) have a confidence below {threshold}; they are marked.")
    },
    limit_flag: |utterances, flag| format!("{}: {flag}.", plural(utterances, "utterance", "utterances")),
    limit_bandwidth: |rate, top| format!("Sampled at {rate} Hz: the recording holds nothing above {top} Hz."),
    limit_channels: |channels| {
        format!(
            "{channels} channels were averaged for transcription and measurement; what differs between them is lost."
        )
    },
    limit_little_speech: |speech| {
        format!("Only {speech} of speech: what is usual in this recording rests on little material.")
    },
    limit_language_vote: |language, share| {
        format!("The language is uncertain: {language} had only {share} of the vote.")
    },
    limit_no_lexicon: |language| format!("No lexicon for {language} was searched."),
    limit_no_baseline: |reason| format!("There is no usual value to compare pitch or level with: {reason}."),

    language_given: |language| format!("{language}, as given by the user."),
    language_voted: |language, share| format!("{language}, with {share} of the vote over windows of speech."),
    language_candidates: "Candidates",
    language_label: "Language",
    share: "Share of the vote",

    conversation_help: "A click on a word plays from it. Times are from the start of the decoded sound.",
    mark_doubtful: "the recogniser doubted this word",
    mark_untimed: "no time known for this word",
    mark_interpolated: "time placed between its neighbours",
    mark_whose: "doubtful who said this word",
    mark_finding: "a finding rests on this word",
    legend: "Marks",
    sample_word: "word",
    word_doubtful: |confidence| format!("doubtful, confidence {confidence}"),
    word_interpolated: "time placed between its neighbours",
    word_untimed: |reason| format!("no time: {reason}"),
    word_whose: |reason| format!("doubtful who said it: {reason}"),
    listen_because: "Listen, because",
    in_language: |language| format!("in {language}"),
    utterance: |number| format!("Utterance {number}"),
    no_words: "No words were transcribed.",
    finding_link: |number| format!("Finding {number}"),

    speaker_unknown: "speaker not known",
    speakers_are_numbers: "Speakers have numbers, not names: a number tells voices of this recording apart and says nothing \
                           of who a person is.",
    speakers_found: |count, basis| match (count, basis) {
        (1, SpeakerBasis::Voices) => "One speaker was found, by the sound of the voice.".to_owned(),
        (1, SpeakerBasis::Channels) => "One speaker was found, by the channel recorded on.".to_owned(),
        (_, SpeakerBasis::Voices) => format!("{count} speakers were told apart by the sound of their voices."),
        (_, SpeakerBasis::Channels) => {
            format!("{count} speakers were told apart by the channel that they were recorded on.")
        }
    },
    no_speakers: "Nobody was found to speak in this recording.",
    limit_voices: "A voice that sounds different at times (shouting, crying, whispering, over a telephone) may be split \
                   into two numbers; two voices that are alike may be joined under one. Check by listening before relying \
                   on who said what.",
    limit_channel_speakers: "Several persons on one channel may have one number, one person who is heard on both channels may \
                             have two, and a soft voice under a loud one of the other channel may be missing. Check by \
                             listening before relying on who said what.",
    doubtful_turns: |doubtful, turns, reasons| {
        format!("For {doubtful} of {} it is doubtful who speaks: {reasons}.", plural(turns, "turn", "turns"))
    },
    no_doubtful_turns: "No turn was marked as doubtful; that does not mean that all are right.",
    speakers_caption: "Speakers of this recording",
    speaker_label: "Speaker",
    first_heard: "First heard",
    speech_time: "Speech (min:s)",
    speech_share: "Share of all speech",
    turns: "Turns",
    overlapped: "Of it overlapped (min:s)",
    interruptions: "Interruptions",
    interruptions_explained: "Interruptions: turns that began while another speaker talked and went on when that one had \
                              ended. Agreement, help and laughter count as well.",
    cohesion: "Cohesion of the voice",
    cohesion_explained: "Cohesion of the voice: how alike the pieces under one number are on average; 1 is identical. Where \
                         it is low, the number may hold more than one voice.",
    turns_axis: "Turns by speaker",
    turns_caption: "Who speaks when. Thick: turns. Thin: turns for which it is doubtful who speaks.",
    turn_margin: "How close a turn's voice is to its own speaker",

    pitch_axis: "Pitch (Hz)",
    level_axis: "Level (dB)",
    time_axis: "Time (min:s)",
    usual: "usual",
    curves_caption: |seconds| {
        format!(
            "Pitch and level over the recording. Each stroke goes from the lowest to the highest value within {seconds} \
             s; there is none where nothing was measured. Dashed: what is usual in this recording. Shaded: findings."
        )
    },
    curves_of_finding: |span| format!("Pitch and level around {span}. Shaded: the words. Dashed: usual."),
    curves_empty: "Nowhere in this recording could pitch or level be measured.",
    curves_click: "A click plays from that moment.",
    measures_caption: "Measures per utterance",
    start: "Start",
    pauses: "Pauses ≥ 0.3 s",
    baseline_caption: "What is usual in this recording",
    quantity: "Quantity",
    median: "Median",
    deviation: "Median absolute deviation",

    voices_explained: "For each speaker, over the utterances that are his or hers: the range that pitch was searched in, what is \
                       usual (median over utterances), and how that moves over the recording.",
    voices_not_apart: "Speakers were not told apart, so that nothing can be said of each.",
    voices_caption: "Pitch and level by speaker",
    utterances_label: "Utterances",
    pitch_range: "Range searched",
    pitch_agreement: "Two estimates agree",
    pitch_agreement_explained: "Pitch is estimated twice, by autocorrelation and by a network that works otherwise. Only where both agree does it \
                                count; the share of the voiced sound in which they do stands beside it. Noise, creak and other \
                                voices make it smaller.",
    range_basis: |basis| match basis {
        PitchRangeBasis::Fixed => "the same for all",
        PitchRangeBasis::TwoPass => "the speaker's own",
        PitchRangeBasis::LittleVoice => "the settings', too little voice for an own",
        PitchRangeBasis::SpeakerUnknown => "the settings', speaker not known",
    },
    pitch_usual: "Usual pitch (Hz)",
    pitch_trend: "Pitch, change per minute (Hz)",
    level_usual: "Usual level (dB)",
    level_trend: "Level, change per minute (dB)",
    trends_explained: "Changes per minute are the median slope over all pairs of utterances, with an interval of 95 %. Where the \
                       interval holds 0, no change was shown. Recorders, distance and topic change voices too.",
    tempo_caption: "Rates, pauses and answers by speaker",
    speech_rate: "Speech rate (syll./s)",
    articulation_rate: "Articulation rate (syll./s)",
    pauses_total: "Pauses together (s)",
    pause_median: "Middle pause (s)",
    response_gaps: "Takes over after a gap",
    response_overlaps: "Takes over in overlap",
    response_left_out: "Not counted",
    response_lower: "Answers after, lower quartile (s)",
    response_median: "Answers after, median (s)",
    response_upper: "Answers after, upper quartile (s)",
    responses_explained: "A speaker takes over when a turn begins that goes on after the other speaker's end; the time is from \
                          that end to this beginning, below 0 where they overlap. Not counted: turns of which it is doubtful \
                          who speaks, and those that come later than an answer does.",
    curves_of_speaker: |speaker| {
        format!("{speaker}: pitch and level. Dashed: what is usual for this speaker. Shaded: changes.")
    },
    changes_explained: "Stretches of a second and more in which the voice is 3 dB or 10 % (as set) above what is usual. They \
                        say that the voice differs there, not why: distance, noise, a question or laughter do it too.",
    changes_caption: "Changes",
    no_changes: "No voice lay above what is usual for it for long enough to count as a change.",
    length: "Length (s)",
    change_label: "Change",
    change: |words| match words.quantity {
        ChangedQuantity::Level => format!("level {} over {}", words.deviation, words.usual),
        ChangedQuantity::Pitch => format!("pitch {} over {}", words.deviation, words.usual),
    },
    usual_of: "Usual for",
    usual_of_recording: "this recording",

    voice: &voice::EN,

    finding_heading: |number, family, kind| format!("Finding {number} · {family}: {kind}"),
    strength: "Strength",
    samples_range: |first, end| format!("samples {first} to {end}"),
    pattern: "Pattern",
    subtype: "Subtype",
    status_label: "Status",
    severity: "Severity",
    measured_here: "Measured here",
    word_confidence_mean: "Mean confidence of the words",
    word_confidence_least: "Least confidence among the words",
    value_here: "Here",
    value_usual: "Usual (for whom)",
    difference: "Difference",
    context_before: "Before",
    context_after: "After",
    other_hits: "Wording that led to no finding",
    family_label: "Family",
    words: "Words",

    priority_label: "Review priority",
    priority_of_100: "of 100",
    priority_help: "The review priority says what to listen to first. It says nothing about any person. Long recordings \
                    are not worse for being long: points are set against speech time.",
    priority_interval: |low, high| {
        format!("Between {low} (doubtful words left out) and {high} (doubtful words fully trusted).")
    },
    priority_sum: |sum, priority| format!("All contributions add up to {sum}; the priority is {priority}."),
    priority_capped: |sum| format!("All contributions add up to {sum}; the priority ends at 100."),
    category: "Family",
    weight: "Weight",
    points: "Points",
    interval: "Range",
    contributions: "Contributions",
    no_contributions: "none",
    levels_explained: "Levels: minimal below 20, low below 40, moderate below 60, high below 80, critical from 80.",

    not_measured_caption: "Values that could not be measured",
    reason: "Reason",
    count: "Count",
    first_places: "Places",
    everything_measured: "Everything that was asked for could be measured.",
    word_times: "Word times",
    baseline_of: |quantity| format!("Usual value: {quantity}"),
    quantity_of: |quantity, speaker| format!("{quantity}, {speaker}"),

    disclaimer: &[
        "This report was made by a program to help a person decide where to listen. It replaces neither listening nor an \
         expert.",
        "It draws no conclusion about any person: not about what anyone knows, thinks, feels or intends, not about who \
         speaks, and not about whether what was said is so. Wording is found by patterns; the same words can be a \
         quotation, a joke or a report of what another said.",
        "It does not examine whether the recording is complete or was changed. The digests given let anyone check which \
         file was analysed.",
    ],

    player: "Player",
    play: "Play",
    pause: "Pause",
    play_from: |time| format!("Play from {time}"),
    play_with_context: |span| format!("Play {span} with sound on both sides"),
    position: "Position",
    speed: "Speed",
    follow: "Follow",
    keys_help: "Space: play or pause. Arrow keys: 5 s back or forward; on a word: the word before or after.",
    no_sound: "This report was made without the sound. Times lead to the place in the text only.",
    and_more: |count| format!("and {count} more"),

    case_voices: &case_voices::EN,
    case_title: "Report on a case",
    case_summary: |done, failed, duration| {
        format!(
            "{} analysed, {duration} of sound; {failed} could not be analysed.",
            plural(done, "recording", "recordings")
        )
    },
    case_recordings: "Recordings",
    case_order: "Sorted by review priority, then by name.",
    case_failures: "Recordings that could not be analysed",
    case_no_failures: "Every recording could be analysed.",
    case_none: "No recording was analysed.",
    case_unread: "Not in this report, because this version cannot read what the case holds of them. Analyse them again with \
        voiceman analyze:",
    case_speakers: "Speakers",
    case_findings: "Findings",
    case_warnings: "Warnings",
    case_total: "Total",
    case_level: "Level",
    case_not_asked: "not asked for",
    case_unknown_language: "no speech",
    performance_title: "What the run took",
    performance_help: "About the last run over this case, for whoever operates the machine. These figures are no evidence and differ from run to run.",
    performance_total: "Time from start to end",
    performance_audio: "Sound that was worked on",
    performance_rate: "Seconds of sound in a second",
    performance_mean: "Mean time for a recording",
    performance_slowest: "Stage that the run waited for most",
    performance_peak: "Most memory held / allowed",
    performance_no_sensor: "no temperature sensor that can be read",
    performance_stage: "Stage",
    performance_runs: "Recordings",
    performance_cached: "There already",
    performance_active: "At work",
    performance_busy: |share| format!("worked {share} of the time"),
    performance_temperature: |mean, highest| format!("{mean} °C on average, {highest} °C at most"),
    performance_throttled: |time| format!("slowed down by heat for {time}"),
    case_settings: |recordings| format!("{} with these settings:", plural(recordings, "recording", "recordings")),

    txt_no_utterances: "No words were transcribed.",
};
