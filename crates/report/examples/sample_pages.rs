//! Writes the pages of the sample analyses into a folder, to look at them: `sample_pages FOLDER [LISTENING_COPY.ogg]`.

#[path = "../tests/common/mod.rs"]
mod common;

use std::path::PathBuf;
use std::{env, fs, io};
use voiceman_report::{CaseFailure, CaseRecording, CaseReport, ReportLanguage, case_html, html};

fn main() -> io::Result<()> {
    let mut arguments = env::args_os().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or_else(|| io::Error::other("name a folder to write to"))?);
    let sound = arguments.next().map(fs::read).transpose()?;
    let analyses = [
        ("korean", common::korean()),
        ("english", common::english()),
        ("silent", common::silent()),
        ("three_hours", common::three_hours()),
    ];
    for language in ReportLanguage::ALL {
        for (name, analysis) in &analyses {
            let page = html(analysis, language, sound.as_deref());
            fs::write(folder.join(format!("{name}.{}.html", language.code())), page)?;
        }
        let case = CaseReport {
            recordings: analyses
                .iter()
                .map(|(name, analysis)| CaseRecording::new(analysis, format!("{name}.{}.html", language.code())))
                .collect(),
            failures: vec![CaseFailure {
                name: "broken.m4a".to_owned(),
                reason: "decode `broken.m4a`: no audio track; check that it is a recording".to_owned(),
            }],
            unread: vec!["old.m4a".to_owned()],
            voices: Some(common::voices()),
            performance: Some(common::performance()),
        };
        fs::write(folder.join(format!("case.{}.html", language.code())), case_html(&case, language))?;
    }
    Ok(())
}
