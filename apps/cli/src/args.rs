//! What can be typed. What it means stands in [`crate::analyze`] and its neighbours.

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};
use std::net::SocketAddr;
use std::path::PathBuf;
use voiceman::{ReportLanguage, StageName, TextFormat};

/// Turns voice recordings into an evidence file: transcript with word times, acoustic measures, wording that matters,
/// and a report in which every statement leads to its place in the sound.
#[derive(Debug, Parser)]
#[command(name = "voiceman", version, disable_help_subcommand = true, arg_required_else_help = true)]
#[command(after_help = "Everything runs on this machine; no recording leaves it.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Analyse recordings and write a case folder with reports
    Analyze(Box<AnalyzeArgs>),
    /// Write the reports of a case again, from what the case holds
    Report(ReportArgs),
    /// Show container, codec, length and hashes of recordings
    Inspect(InspectArgs),
    /// Show what is done in a case, what failed and why
    Status(StatusArgs),
    /// Propose which speakers of different recordings sound alike
    Link(LinkArgs),
    /// Measure eGeMAPSv02 of the recordings of a case, for models of other programs
    Egemaps(EgemapsArgs),
    /// See, get, check and compile models
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Check this machine: memory, disk, inference library, models, ffmpeg
    Doctor,
    /// Print help, for a command or for `settings`
    Help(HelpArgs),
    /// Write the manual page and the shell completions into a folder
    #[command(hide = true)]
    GenerateDocs {
        /// Folder; created when missing
        folder: PathBuf,
    },
}

/// Options of `analyze`.
#[derive(Debug, Args)]
#[command(
    after_help = "Running it again on the same case goes on where it stopped; nothing finished is done twice.\n\n\
    Every setting of `voiceman help settings` can also be given as an environment variable, for example \
    VOICEMAN_VAD_THRESHOLD for vad.threshold.\n\n\
    Exit codes: 0 all done, 2 wrong use, 3 some recordings failed, 4 none could be analysed, 6 a model or library is \
    missing, 130 interrupted."
)]
pub struct AnalyzeArgs {
    /// Recordings, and folders that are searched for recordings
    #[arg(value_name = "PATH", required = true, value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,

    /// Case folder that results go to
    #[arg(short, long, value_name = "CASE", env = "VOICEMAN_OUT", value_hint = ValueHint::DirPath)]
    pub out: PathBuf,

    /// Language that is spoken, for example ko; several to choose among: ko,en [default: auto]
    #[arg(long, value_name = "CODE,...", env = "VOICEMAN_LANGUAGE")]
    pub language: Option<String>,

    /// Model for speech recognition; see `voiceman models list` [default: whisper-base]
    #[arg(long, value_name = "NAME", env = "VOICEMAN_MODEL")]
    pub model: Option<String>,

    /// Width of the beam search; 1 is greedy [default: 5]
    #[arg(long, value_name = "N", env = "VOICEMAN_BEAM")]
    pub beam: Option<String>,

    /// How many speakers there are, in every recording, if that is known [default: found out]
    #[arg(long, value_name = "N", env = "VOICEMAN_SPEAKERS", conflicts_with_all = ["min_speakers", "max_speakers"])]
    pub speakers: Option<String>,

    /// Fewest speakers of a recording [default: 1]
    #[arg(long, value_name = "N", env = "VOICEMAN_MIN_SPEAKERS")]
    pub min_speakers: Option<String>,

    /// Most speakers of a recording; 0 for any number [default: 0]
    #[arg(long, value_name = "N", env = "VOICEMAN_MAX_SPEAKERS")]
    pub max_speakers: Option<String>,

    /// Only these stages and what they need: vad, transcribe, align, diarize, attribute, quality, acoustics, emotion, language, crosscheck, score
    #[arg(long, value_name = "STAGE,...", value_delimiter = ',', env = "VOICEMAN_STAGES")]
    pub stages: Vec<StageName>,

    /// Without these stages and what rests on them
    #[arg(long, value_name = "STAGE,...", value_delimiter = ',', env = "VOICEMAN_SKIP")]
    pub skip: Vec<StageName>,

    /// Processor threads for the models; 0 takes all cores [default: 0]
    #[arg(long, value_name = "N", env = "VOICEMAN_THREADS")]
    pub threads: Option<String>,

    /// Where the models run: auto, cpu, cuda or cuda:N [default: auto]
    #[arg(long, value_name = "DEVICE", env = "VOICEMAN_DEVICE")]
    pub device: Option<String>,

    /// Memory that the run may take, for example 2GB [default: auto, most of what is free]
    #[arg(long, value_name = "AMOUNT", env = "VOICEMAN_MEMORY")]
    pub memory: Option<String>,

    /// Recordings that are read and measured at the same time; 0 follows the cores [default: 0]
    #[arg(long, value_name = "N", env = "VOICEMAN_JOBS")]
    pub jobs: Option<String>,

    /// Settings file; `voiceman help settings` prints one to start from
    #[arg(long, value_name = "FILE", env = "VOICEMAN_CONFIG", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    /// One setting, for example vad.threshold=0.6; can be given several times
    #[arg(long = "set", value_name = "KEY=VALUE", action = ArgAction::Append)]
    pub set: Vec<String>,

    /// When all is done, propose which speakers sound alike; see `voiceman link`
    #[arg(long, env = "VOICEMAN_LINK_SPEAKERS", value_parser = BoolishValueParser::new())]
    pub link_speakers: bool,

    /// Offer the state of the run as Prometheus text on a local address, for example 127.0.0.1:9184
    #[arg(long, value_name = "ADDRESS", env = "VOICEMAN_METRICS")]
    pub metrics: Option<SocketAddr>,

    #[command(flatten)]
    pub outputs: OutputArgs,

    /// How to show what is going on
    #[command(flatten)]
    pub talk: TalkArgs,
}

/// What is written for people, and in which language.
#[derive(Clone, Debug, Args)]
pub struct OutputArgs {
    /// Transcript files to write
    #[arg(long, value_name = "FORMAT,...", value_delimiter = ',', env = "VOICEMAN_FORMAT",
          default_values_t = TextFormat::ALL, value_parser = parse_format)]
    pub format: Vec<TextFormat>,

    /// Language of the reports
    #[arg(long, value_name = "ko|en", env = "VOICEMAN_REPORT_LANGUAGE", default_value = "en",
          value_parser = parse_report_language)]
    pub report_language: ReportLanguage,
}

/// How much is said on stderr.
#[derive(Clone, Copy, Debug, Args)]
pub struct TalkArgs {
    /// How progress is shown on stderr: bars on a terminal, lines, one JSON event a line, or not at all
    #[arg(long, value_enum, value_name = "MODE", env = "VOICEMAN_PROGRESS", default_value_t = ProgressMode::Auto)]
    pub progress: ProgressMode,

    /// Only say what went wrong
    #[arg(short, long, env = "VOICEMAN_QUIET", conflicts_with = "verbose", value_parser = BoolishValueParser::new())]
    pub quiet: bool,

    /// Say more: every stage, cached or not
    #[arg(short, long, env = "VOICEMAN_VERBOSE", value_parser = BoolishValueParser::new())]
    pub verbose: bool,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProgressMode {
    /// Bars on a terminal, otherwise lines
    Auto,
    /// Lines
    Plain,
    /// One JSON event a line
    Json,
    /// Nothing
    None,
}

/// Options of `report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Case folder
    #[arg(value_name = "CASE", value_hint = ValueHint::DirPath)]
    pub case: PathBuf,

    #[command(flatten)]
    pub outputs: OutputArgs,
}

/// Options of `inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// Recordings, and folders that are searched for recordings
    #[arg(value_name = "PATH", required = true, value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,

    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

/// Options of `status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Case folder
    #[arg(value_name = "CASE", value_hint = ValueHint::DirPath)]
    pub case: PathBuf,

    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

/// Options of `egemaps`.
#[derive(Debug, Args)]
#[command(
    after_help = "The originals are read again. egemaps.csv stands beside the results of each recording; what agrees with openSMILE, \
    and what does not, stands in docs/formats/egemaps-csv.md."
)]
pub struct EgemapsArgs {
    /// Case folder
    #[arg(value_name = "CASE", value_hint = ValueHint::DirPath)]
    pub case: PathBuf,

    /// By the paper's definitions where openSMILE departs from them
    #[arg(long)]
    pub corrected: bool,
}

/// Options of `link`.
#[derive(Debug, Args)]
#[command(
    after_help = "A proposal says how alike two voices sound to a model, and how often that model is wrong there. It is no \
    finding of who speaks. Proposals and decisions stand in links.json and in the report over the case; no recording changes."
)]
pub struct LinkArgs {
    /// Case folder
    #[arg(value_name = "CASE", value_hint = ValueHint::DirPath)]
    pub case: PathBuf,

    /// A proposal that you confirm, by its id; can be given several times
    #[arg(long, value_name = "ID", action = ArgAction::Append)]
    pub confirm: Vec<String>,

    /// A proposal that you refuse, by its id
    #[arg(long, value_name = "ID", action = ArgAction::Append)]
    pub refuse: Vec<String>,

    /// A proposal on which you take your decision back, by its id
    #[arg(long, value_name = "ID", action = ArgAction::Append)]
    pub reopen: Vec<String>,

    /// Who decides; stands beside the decision in links.json and in the report
    #[arg(long, value_name = "NAME", env = "VOICEMAN_BY")]
    pub by: Option<String>,

    /// Language of the report over the case [default: that of the report that is there]
    #[arg(long, value_name = "ko|en", env = "VOICEMAN_REPORT_LANGUAGE", value_parser = parse_report_language)]
    pub report_language: Option<ReportLanguage>,

    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

/// What can be done with models.
#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// List all models of the manifest, and which are on this machine
    List,
    /// Get models: all that are used by default, or those named
    Pull {
        /// Names from `voiceman models list`
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// Take them from a file or folder instead of the registry; digests are checked all the same
        #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
        from: Option<PathBuf>,
    },
    /// Read every model file and compare its digest with the manifest
    Verify {
        /// Names from `voiceman models list`; without, all that are on this machine
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Turn checkpoints into the graphs that are run, so that the first analysis does not have to
    Compile {
        /// Names from `voiceman models list`; without, all that are used by default
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
}

/// Options of `help`.
#[derive(Debug, Args)]
pub struct HelpArgs {
    /// A command, or `settings`
    #[arg(value_name = "TOPIC")]
    pub topic: Option<String>,
}

fn parse_format(text: &str) -> Result<TextFormat, String> {
    let found = TextFormat::ALL.into_iter().find(|format| format.name() == text);
    found.ok_or_else(|| format!("formats are {}", TextFormat::ALL.map(|format| format.name()).join(", ")))
}

fn parse_report_language(text: &str) -> Result<ReportLanguage, String> {
    let found = ReportLanguage::ALL.into_iter().find(|language| language.code() == text);
    found.ok_or_else(|| "reports are written in ko or en".to_owned())
}
