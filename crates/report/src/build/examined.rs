//! What was examined: the file, its container, what decoded it, and what must be known about it.

use super::{Context, about, caution, fact, whole_file};
use crate::text::{clock, grouped, visible};
use crate::tree::{Block, Cell, Statement};
use voiceman_base::{Bytes, ClipTime, SourceWarning, Span};

pub(super) fn blocks(context: &Context<'_>) -> Vec<Block> {
    let (source, messages) = (&context.analysis.source, context.messages);
    let size = (messages.size)(&grouped(source.file.bytes), &Bytes::new(source.file.bytes).to_string());
    let facts = vec![
        fact(messages.file_name, Cell::text(visible(&source.file.name))),
        fact(messages.file_size, Cell::text(size)),
        fact(messages.file_sha256, Cell::code(source.file.sha256.to_string())),
        fact(messages.container, Cell::text(visible(&source.container))),
        fact(messages.codec, Cell::text(visible(&source.codec))),
        fact(messages.sample_rate, Cell::text(format!("{} Hz", grouped(u64::from(source.sample_rate))))),
        fact(messages.channels, Cell::text(source.channels.to_string())),
        fact(
            messages.duration,
            Cell::text((messages.duration_with_samples)(&source.duration.to_string(), &grouped(source.samples))),
        ),
        fact(
            messages.decoder,
            Cell::text(format!("{} {}", visible(&source.decoder.name), visible(&source.decoder.version))),
        ),
        fact(messages.trimming, Cell::text(visible(&source.trimming))),
        fact(messages.samples_sha256, Cell::code(source.samples_sha256.to_string())),
    ];
    let mut blocks = vec![Block::Facts(facts)];
    if !source.warnings.is_empty() {
        blocks.push(Block::Statements(source.warnings.iter().map(|warning| statement(context, warning)).collect()));
    }
    blocks
}

/// The kind of warning in the report's language, then what the decoder said in its own words.
fn statement(context: &Context<'_>, warning: &SourceWarning) -> Statement {
    let messages = context.messages;
    let mut text = format!("{}: {}", (messages.source_warning)(warning.kind), visible(&warning.text));
    if let Some(missing) = warning.missing {
        text.push_str(&format!(" ({})", (messages.missing_sound)(&clock(missing))));
    }
    caution(match warning.at {
        None => whole_file(text),
        Some(at) => {
            // The second before it, so that a person hears where the sound breaks off.
            let span = Span::clamped(at.saturating_sub(ClipTime::from_millis(1_000)), at);
            about(text, vec![context.place(span, None, &[])])
        }
    })
}
