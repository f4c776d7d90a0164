//! How speech sounded to a model stands in the report with the model's errors beside it, and nowhere where it was not asked.
#![allow(clippy::expect_used, reason = "a failed expectation fails the test")]

mod common;

use voiceman_report::{ReportLanguage, analysis_json, html};

#[test]
fn the_report_says_what_the_model_was_trained_on_and_how_wrong_it_is() {
    let analysis = common::emotion::with_emotion(common::english());
    let page = html(&analysis, ReportLanguage::En, None);
    for said in [
        "id=\"emotion\"",
        "Sounded, to a model trained on acted German speech (EmoDB)",
        "not what anyone felt",
        "57.3%",
        "69.7%",
        "88.8%",
        "5.7%",
        "six actors",
        "high, 0.83",
        "undetermined (high: 0.55)",
        "low, 0.90",
        "others talk at the same time",
    ] {
        assert!(page.contains(said), "{said}");
    }
    let page = html(&analysis, ReportLanguage::Ko, None);
    for said in ["독일어 연기 음성(EmoDB)", "높음, 0.83", "정하지 못함", "측정하지 않음: 너무 짧음"]
    {
        assert!(page.contains(said), "{said}");
    }
}

#[test]
fn nothing_is_said_where_it_was_not_asked() {
    let page = html(&common::english(), ReportLanguage::En, None);
    assert!(!page.contains("id=\"emotion\"") && !page.contains("EmoDB"));
    let json: serde_json::Value = serde_json::from_str(&analysis_json(&common::english())).expect("JSON");
    assert!(json.get("emotion").is_none() && json.get("emotion_models").is_none());
}

#[test]
fn json_gives_numbers_or_reasons() {
    let analysis = common::emotion::with_emotion(common::english());
    let json: serde_json::Value = serde_json::from_str(&analysis_json(&analysis)).expect("JSON");
    let emotion = json["emotion"].as_array().expect("stretches");
    assert_eq!(emotion[0]["arousal"]["value"], 0.83);
    assert_eq!(emotion[0]["label"], "anger");
    assert_eq!(emotion[0]["valence"]["undefined"], "no_model");
    assert_eq!(emotion[1]["label"], "undetermined");
    assert_eq!(emotion[3]["arousal"]["undefined"], "too_short");
    assert!(emotion[3].get("classes").is_none());
    assert_eq!(json["emotion_models"][0]["with_baseline"]["recall"], 0.697);
}
