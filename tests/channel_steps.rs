//! The pages for connecting: what to do at each provider, in words, and a test that really calls.

use serde_json::json;
use transom::channels;
use transom::domain::channel::Kind;

use crate::support::connected::Stage;
use crate::support::provider::Say;

const KINDS: [Kind; 4] = [Kind::Messenger, Kind::Instagram, Kind::Tiktok, Kind::Wechat];

#[test]
fn every_kind_tells_the_steps_and_names_its_fields() {
    let stage = Stage::new(Kind::Messenger, &[("page_id", "110022")]);
    for kind in KINDS {
        let page = stage.desk.get(&stage.marta, &format!("/settings/channels/new?kind={}", kind.as_str()));
        assert!(page.body.contains("Step by step"), "{kind:?}");
        for field in channels::provider(kind).unwrap().fields() {
            let bare = format!(">{}</label>", field.name);
            assert!(!page.body.contains(&bare), "{kind:?}: {} has no words", field.name);
            assert!(page.body.contains(&format!("id=\"f-{}\"", field.name)), "{kind:?}: {}", field.name);
        }
    }
}

#[test]
fn the_test_button_calls_each_provider_and_shows_its_words() {
    let refused = [
        (Kind::Messenger, json!({ "error": { "code": 190, "message": "expired today" } })),
        (Kind::Instagram, json!({ "error": { "code": 190, "message": "expired today" } })),
        (Kind::Tiktok, json!({ "code": 40_105, "message": "expired today" })),
        (Kind::Wechat, json!({ "errcode": 40_013, "errmsg": "expired today" })),
    ];
    for (kind, said) in refused {
        let stage = Stage::new(kind, &[("page_id", "1"), ("account_id", "1"), ("app_id", "1")]);
        stage.api.say("/", &[Say::Answer(400, said.to_string())]);
        let page = stage.desk.post(&stage.marta, "/settings/channels/1/test", &[]);
        assert!(page.body.contains("expired today"), "{kind:?}: {}", page.body);
        assert!(!stage.api.seen().is_empty());
    }
}
