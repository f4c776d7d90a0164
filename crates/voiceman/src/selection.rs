//! Which stages run. What a stage needs comes along by itself; what rests on a skipped stage goes with it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// A stage that can be asked for, in the order of the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StageName {
    /// Where someone speaks.
    Vad,
    /// What was said.
    Transcribe,
    /// When each word was said.
    Align,
    /// Who speaks when.
    Diarize,
    /// Who said each word.
    Attribute,
    /// What may be measured.
    Quality,
    /// How it sounded.
    Acoustics,
    /// How it sounded to models of emotion.
    Emotion,
    /// Wording that matters.
    Language,
    /// Places to listen to.
    Crosscheck,
    /// What to hear first.
    Score,
}

impl StageName {
    /// All stages in the order of the flow.
    pub const ALL: [StageName; 11] = [
        StageName::Vad,
        StageName::Transcribe,
        StageName::Align,
        StageName::Diarize,
        StageName::Attribute,
        StageName::Quality,
        StageName::Acoustics,
        StageName::Emotion,
        StageName::Language,
        StageName::Crosscheck,
        StageName::Score,
    ];

    /// The name on the command line and in events.
    pub fn name(self) -> &'static str {
        match self {
            StageName::Vad => "vad",
            StageName::Transcribe => "transcribe",
            StageName::Align => "align",
            StageName::Diarize => "diarize",
            StageName::Attribute => "attribute",
            StageName::Quality => "quality",
            StageName::Acoustics => "acoustics",
            StageName::Emotion => "emotion",
            StageName::Language => "language",
            StageName::Crosscheck => "crosscheck",
            StageName::Score => "score",
        }
    }

    /// What it takes from other stages. A transcript is always handed out with its words, so these two belong together.
    fn needs(self) -> &'static [StageName] {
        match self {
            StageName::Vad => &[],
            StageName::Transcribe | StageName::Diarize | StageName::Quality => &[StageName::Vad],
            StageName::Align => &[StageName::Transcribe],
            StageName::Attribute => &[StageName::Align, StageName::Diarize],
            StageName::Acoustics | StageName::Language => &[StageName::Align],
            StageName::Emotion => &[StageName::Vad, StageName::Quality],
            StageName::Crosscheck => &[StageName::Language],
            StageName::Score => &[StageName::Crosscheck],
        }
    }

    /// What it takes besides where that runs.
    fn uses(self) -> &'static [StageName] {
        match self {
            StageName::Crosscheck => {
                &[StageName::Attribute, StageName::Quality, StageName::Acoustics, StageName::Emotion]
            }
            StageName::Emotion => &[StageName::Diarize],
            StageName::Acoustics => &[StageName::Attribute, StageName::Quality],
            _ => &[],
        }
    }
}

impl fmt::Display for StageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no stage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no stage `{0}`; stages are vad, transcribe, align, diarize, attribute, quality, acoustics, emotion, language, crosscheck, score"
)]
pub struct UnknownStage(String);

impl FromStr for StageName {
    type Err = UnknownStage;
    fn from_str(text: &str) -> Result<StageName, UnknownStage> {
        let found = StageName::ALL.into_iter().find(|stage| stage.name() == text);
        found.ok_or_else(|| UnknownStage(text.chars().take(40).collect()))
    }
}

/// The stages of a run; closed under what they need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection(BTreeSet<StageName>);

impl Default for Selection {
    fn default() -> Selection {
        Selection(StageName::ALL.into())
    }
}

impl Selection {
    /// The given stages and all that they need. A transcript comes with its words.
    pub fn of(wanted: &[StageName]) -> Selection {
        let mut chosen = BTreeSet::new();
        let mut open = wanted.to_vec();
        if wanted.contains(&StageName::Transcribe) {
            open.push(StageName::Align);
        }
        while let Some(stage) = open.pop() {
            if chosen.insert(stage) {
                open.extend(stage.needs().iter().chain(stage.uses()));
            }
        }
        Selection(chosen)
    }

    /// Without the given stages and all that rest on them. A transcript goes with its words.
    pub fn without(self, skipped: &[StageName]) -> Selection {
        let mut gone: BTreeSet<StageName> = skipped.iter().copied().collect();
        if gone.contains(&StageName::Align) {
            gone.insert(StageName::Transcribe);
        }
        for stage in StageName::ALL {
            if stage.needs().iter().any(|needed| gone.contains(needed)) {
                gone.insert(stage);
            }
        }
        Selection(self.0.difference(&gone).copied().collect())
    }

    /// Whether `stage` runs.
    pub fn has(&self, stage: StageName) -> bool {
        self.0.contains(&stage)
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use StageName::{
        Acoustics, Align, Attribute, Crosscheck, Diarize, Emotion, Language, Quality, Score, Transcribe, Vad,
    };

    fn stages(selection: &Selection) -> Vec<StageName> {
        StageName::ALL.into_iter().filter(|stage| selection.has(*stage)).collect()
    }

    #[test]
    fn what_is_needed_comes_along() {
        assert_eq!(stages(&Selection::of(&[Transcribe])), [Vad, Transcribe, Align]);
        assert_eq!(stages(&Selection::of(&[Language])), [Vad, Transcribe, Align, Language]);
        assert_eq!(stages(&Selection::of(&[Score])), StageName::ALL);
        let of_acoustics = [Vad, Transcribe, Align, Diarize, Attribute, Quality, Acoustics];
        assert_eq!(stages(&Selection::of(&[Acoustics])), of_acoustics);
        let plain = Selection::of(&[Acoustics]).without(&[Diarize, Quality]);
        assert_eq!(stages(&plain), [Vad, Transcribe, Align, Acoustics], "acoustics does without what was left out");
        assert_eq!(stages(&Selection::of(&[Vad])), [Vad]);
        assert_eq!(stages(&Selection::of(&[Diarize])), [Vad, Diarize]);
        assert_eq!(stages(&Selection::of(&[Attribute])), [Vad, Transcribe, Align, Diarize, Attribute]);
    }

    #[test]
    fn what_rests_on_a_skipped_stage_goes_too() {
        let without_language = Selection::default().without(&[Language]);
        assert_eq!(
            stages(&without_language),
            [Vad, Transcribe, Align, Diarize, Attribute, Quality, Acoustics, Emotion]
        );
        let without_acoustics = Selection::default().without(&[Acoustics]);
        let rest = [Vad, Transcribe, Align, Diarize, Attribute, Quality, Emotion, Language, Crosscheck, Score];
        assert_eq!(stages(&without_acoustics), rest);
        let without_speakers = Selection::default().without(&[Diarize]);
        assert_eq!(
            stages(&without_speakers),
            [Vad, Transcribe, Align, Quality, Acoustics, Emotion, Language, Crosscheck, Score]
        );
        assert_eq!(stages(&Selection::default().without(&[Score])).last(), Some(&Crosscheck));
        assert_eq!(stages(&Selection::default().without(&[Align])), [Vad, Diarize, Quality, Emotion]);
        let without_emotion = Selection::default().without(&[Emotion]);
        assert!(!without_emotion.has(Emotion) && without_emotion.has(Score));
        assert_eq!(stages(&Selection::of(&[Emotion])), [Vad, Diarize, Quality, Emotion]);
        assert!(Selection::default().without(&[Vad]).is_empty());
    }

    #[test]
    fn names_are_those_of_the_command_line() {
        assert!(StageName::ALL.into_iter().all(|stage| stage.name().parse() == Ok(stage)));
        assert!("emotions".parse::<StageName>().is_err());
    }
}
