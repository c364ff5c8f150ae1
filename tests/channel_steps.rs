//! The pages for connecting: what to do at each provider, in words, and a test that really calls.

use serde_json::json;
use transom::channels;
use transom::domain::channel::Kind;
use transom::domain::refused::Problem;

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

/// An id that is digits only is asked for as such, so that a name pasted in its place comes back at once.
#[test]
fn an_id_of_digits_takes_nothing_else() {
    let stage = Stage::new(Kind::Messenger, &[("page_id", "110022")]);
    let long = "123456789012345678901234567890";
    for (kind, name) in [("messenger", "page_id"), ("instagram", "account_id")] {
        let provider = channels::provider(kind.parse().unwrap()).unwrap();
        let field = provider.fields().iter().find(|field| field.name == name).unwrap();
        for bad in ["my shop", "12 34", "12.5", "-7", "+7", "１２３"] {
            assert_eq!(channels::given::check(field, bad), Err(Problem::NotANumber), "{kind}: {bad}");
        }
        assert_eq!(channels::given::check(field, long), Ok(()), "{kind}: longer than any number");
        let fields = [("name", "My shop"), (name, "my shop"), ("access_token", "t"), ("app_secret", "s")];
        let page = stage.desk.post(&stage.marta, &format!("/settings/channels/new?kind={kind}"), &fields);
        assert!(page.body.contains("That is no number.") && page.body.contains("my shop"), "{}", page.body);
    }
    assert_eq!(stage.count("SELECT count(*) FROM channel"), 1);
}

/// Messenger drops a webhook after an hour of failures. The daily look subscribes the page again by itself, and so does
/// the button.
#[test]
fn a_dropped_page_is_subscribed_again() {
    let stage = Stage::new(
        Kind::Messenger,
        &[("page_id", "110022"), ("access_token", "t"), ("app_secret", "s"), ("verify_token", "w")],
    );
    let good = json!({ "id": "110022", "name": "Shop", "success": true, "data": [] }).to_string();
    stage.api.say("/", &[Say::Answer(200, good)]);
    let subscriptions = || {
        let seen = stage.api.seen_at("/subscribed_apps");
        seen.iter().filter(|seen| seen.method == "POST").count()
    };
    stage.desk.post(&stage.marta, "/settings/channels/1/test", &[]);
    assert_eq!(subscriptions(), 1, "by the button");
    let mut account = stage.account();
    account.public_url = "https://desk.example.org".to_owned();
    stage.provider().test(&account, &stage.desk.desk.client);
    assert_eq!(subscriptions(), 2, "and by what asks once a day, and each hour while something is wrong");
}
