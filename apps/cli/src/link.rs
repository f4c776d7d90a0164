//! `voiceman link`.

use crate::args::LinkArgs;
use crate::exit::Exit;
use crate::out;
use crate::problem::Problem;
use voiceman::{LinkDecision, LinkRequest, LinkedSpeaker, Links, Proposal};

/// Compares the speakers of a case, keeps what a person decided, and prints a line for every proposal.
pub fn run(args: &LinkArgs) -> Result<Exit, Problem> {
    let request = LinkRequest {
        confirm: args.confirm.clone(),
        refuse: args.refuse.clone(),
        reopen: args.reopen.clone(),
        by: args.by.clone(),
        language: args.report_language,
    };
    let links = voiceman::link(&args.case, &request)?;
    out::unread(&links.unread);
    if !args.json {
        say_what_it_means(&links);
    }
    for proposal in &links.proposals {
        if args.json {
            let line = serde_json::to_string(proposal).map_err(|error| Problem::output(error.into()))?;
            out::line(&line)?;
        } else {
            out::line(&line(proposal))?;
        }
    }
    Ok(Exit::Done)
}

fn say_what_it_means(links: &Links) {
    let measured = &links.measured;
    out::say(&format!(
        "Similarity of voices to the model {}, with how often it was wrong at that level: false alarm, pairs of two people \
         at least so similar (in brackets: of the two people most alike); miss, pairs of one person less similar. Measured \
         on {} people ({} pairs of one, {} of two), which is few. Listen before you confirm or refuse.",
        measured.model, measured.people, measured.pairs_of_one, measured.pairs_of_two
    ));
    if !links.not_compared.is_empty() {
        out::say(&format!("{} speakers were not compared; links.json says why.", links.not_compared.len()));
    }
}

fn line(proposal: &Proposal) -> String {
    let Proposal { id, first, second, similarity, false_alarm, worst_false_alarm, miss, decision } = proposal;
    let decision = match decision {
        LinkDecision::Open => "open",
        LinkDecision::Confirmed => "confirmed",
        LinkDecision::Refused => "refused",
    };
    let who = |speaker: &LinkedSpeaker| format!("{} {}", voiceman::shown(speaker.recording.as_ref()), speaker.speaker);
    format!(
        "{id}  {decision:<9}  {similarity:.2}  false alarm {:.1} % ({:.1} %)  miss {:.1} %  {}  {}",
        100.0 * false_alarm,
        100.0 * worst_false_alarm,
        100.0 * miss,
        who(first),
        who(second)
    )
}
