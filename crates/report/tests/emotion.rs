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
        "ten actors",
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

#[test]
fn several_models_are_shown_with_their_doubt_and_their_licence() {
    let analysis = common::emotion::with_networks(common::english());
    let page = html(&analysis, ReportLanguage::En, None);
    for said in [
        "How often of-scales is wrong has not been measured",
        "The licence of of-scales, CC-BY-NC-SA-4.0, forbids commercial use",
        "Several models were asked",
        "agreement of the models",
        "undetermined (likeliest: anger, 0.21)",
        "0.30 · 0.40 · 0.60",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert!(!page.contains("The licence of of-classes"));
    let page = html(&analysis, ReportLanguage::Ko, None);
    assert!(page.contains("상업적 이용을 금합니다") && page.contains("여러 모델에 물었습니다"));
    let json: serde_json::Value = serde_json::from_str(&analysis_json(&analysis)).expect("JSON");
    let first = &json["emotion"][0];
    assert_eq!(first["agreement"]["value"], 0.25);
    assert_eq!(first["valence"]["value"], 0.6);
    assert_eq!(first["models"][1]["scales"]["arousal"], 0.3);
    assert!(first["models"][1].get("classes").is_none());
    assert_eq!(
        first["models"][2]["classes"],
        serde_json::json!({"anger": 0.2, "happiness": 0.1, "neutral": 0.6, "sadness": 0.1})
    );
    assert_eq!(json["emotion_models"][1]["without_baseline"], serde_json::Value::Null);
    assert_eq!(json["emotion_models"][1]["licence"], "CC-BY-NC-SA-4.0");
    assert!(json["emotion_models"][0].get("licence").is_none());
}
