//! The pages for connecting: what to do at each provider, in words, and a test that really calls.

use serde_json::json;
use transom::channels;
use transom::domain::channel::Kind;
use transom::domain::refused::Problem;

use crate::support::connected::Stage;
use crate::support::provider::Say;

const KINDS: [Kind; 10] = [
    Kind::Whatsapp,
    Kind::Messenger,
    Kind::Instagram,
    Kind::Telegram,
    Kind::Line,
    Kind::Viber,
    Kind::Wechat,
    Kind::Tiktok,
    Kind::Sms,
    Kind::Custom,
];

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

/// What each provider answers who asks with a wrong token, and what a person is told to do about it there.
#[test]
fn a_wrong_token_is_told_in_the_providers_words_with_what_to_do_at_that_provider() {
    let meta = json!({ "error": { "code": 190, "type": "OAuthException", "message": "expired today" } });
    let tiktok = json!({ "code": 40_105, "message": "expired today" });
    let wechat = json!({ "errcode": 40_125, "errmsg": "invalid appsecret" });
    let telegram = json!({ "ok": false, "error_code": 401, "description": "Unauthorized" });
    let line = json!({ "message": "Authentication failed due to the expired access token" });
    let viber = json!({ "status": 2, "status_message": "invalidAuthToken" });
    let sms = json!({ "code": 20_003, "message": "Authenticate", "status": 401 });
    let custom = json!({ "error": "who are you" });
    let table = [
        (Kind::Whatsapp, 401, &meta, "expired today", "Make a new access token that does not expire"),
        (Kind::Messenger, 400, &meta, "expired today", "Make a new access token that does not expire"),
        (Kind::Instagram, 400, &meta, "expired today", "with the permissions that the steps name"),
        (Kind::Tiktok, 200, &tiktok, "(40105) expired today", "Sign the business account in"),
        (Kind::Wechat, 200, &wechat, "(40125) invalid appsecret", "stands on the IP allow-list"),
        (Kind::Telegram, 401, &telegram, "Unauthorized", "Write /token to @BotFather"),
        (Kind::Line, 401, &line, "expired access token", "long-lived channel access token"),
        (Kind::Viber, 200, &viber, "invalidAuthToken", "Copy the auth token anew"),
        (Kind::Sms, 401, &sms, "Authenticate", "Compare the account SID and the auth token"),
        (Kind::Custom, 403, &custom, "403", "answers with 200"),
    ];
    for (kind, status, said, words, advice) in table {
        let mut stage = Stage::new(kind, &[("page_id", "1"), ("account_id", "1"), ("app_id", "1")]);
        stage.channel.settings.insert("outbound_url".to_owned(), format!("{}/out", stage.api.url));
        stage.desk.set_channel(&stage.channel);
        stage.api.say("/", &[Say::Answer(status, said.to_string())]);
        let page = stage.desk.post(&stage.marta, "/settings/channels/1/test", &[]).body;
        assert!(page.contains("Not good") && page.contains(words), "{kind:?}: {page}");
        assert!(page.contains(advice), "{kind:?}: {page}");
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

/// Messenger drops a webhook after an hour of failures. The hourly look subscribes the page again by itself, and so does
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
    assert_eq!(subscriptions(), 2, "and by what asks each hour (`checkup.rs`)");
}
