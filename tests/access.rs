//! Tokens that end: told two weeks and three days before, and renewed where the provider allows it.

use serde_json::{Value, json};
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, ChannelState, Kind};
use transom::domain::checkup::Worry;
use transom::domain::{Span, Timestamp};
use transom::jobs::access;
use transom::store;

use crate::support::TestDesk;
use crate::support::channel::{account, channel_of, connect, whatsapp};
use crate::support::provider::{Say, StandIn};

fn worries(desk: &TestDesk, channel: &Channel) -> Vec<Worry> {
    desk.read(|c| store::checkup::of(c, channel.id)).unwrap().worries(desk.now())
}

fn secret(desk: &TestDesk, channel: &Channel, name: &str) -> String {
    account(desk, channel).get(name).to_owned()
}

fn ends(desk: &TestDesk, at: Timestamp, data: Timestamp) -> Say {
    let _ = desk;
    let told = json!({ "data": { "is_valid": true, "expires_at": at.seconds(), "data_access_expires_at": data.seconds() } });
    Say::Answer(200, told.to_string())
}

#[test]
fn the_end_of_a_token_is_told_two_weeks_and_three_days_before() {
    let (desk, api) = (TestDesk::new(), StandIn::new());
    let channel = whatsapp(&desk, &api.url);
    let end = desk.now() + Span::days(20);
    api.say("/debug_token", &[ends(&desk, Timestamp(0), end)]);
    assert_eq!(access::drain(&desk.desk), 1);
    assert_eq!(access::drain(&desk.desk), 0, "once a day is enough");
    assert!(api.seen_at("/debug_token")[0].target.ends_with("?input_token=the-token"));
    assert_eq!(worries(&desk, &channel), []);
    desk.pass(Span::days(7));
    assert_eq!(worries(&desk, &channel), [Worry::Ends { at: end, soon: false }]);
    desk.pass(Span::days(10));
    assert_eq!(worries(&desk, &channel), [Worry::Ends { at: end, soon: true }]);
    let ada = desk.person("Ada", Role::Admin);
    for page in ["/settings/channels", "/settings/status", &format!("/settings/channels/{}", channel.id)] {
        assert!(desk.get(&ada, page).body.contains("After that nothing goes in or out"), "{page}");
    }
    desk.pass(Span::days(4));
    assert!(desk.get(&ada, "/settings/channels").body.contains("access for this channel ended"));
    // A token without an end worries nobody.
    api.say("/debug_token", &[ends(&desk, Timestamp(0), Timestamp(0))]);
    access::drain(&desk.desk);
    assert_eq!(worries(&desk, &channel), []);
}

#[test]
fn new_secrets_are_asked_about_at_once() {
    let (desk, api) = (TestDesk::new(), StandIn::new());
    let channel = whatsapp(&desk, &api.url);
    api.say("/debug_token", &[ends(&desk, desk.now() + Span::days(1), Timestamp(0))]);
    access::drain(&desk.desk);
    assert_eq!(worries(&desk, &channel).len(), 1);
    let by = desk.viewer("Ada", Role::Admin);
    let mut secrets = account(&desk, &channel).secrets;
    secrets.insert("access_token".into(), "another".into());
    let (sealed, id) = (desk.desk.seal(&channel, &secrets), channel.id);
    desk.act(move |tx, now| transom::actions::channel::set_secrets(tx, &by, id, &sealed, now)).unwrap();
    assert_eq!(worries(&desk, &channel), []);
    assert_eq!(access::drain(&desk.desk), 1);
}

fn instagram(desk: &TestDesk, api: &StandIn) -> Channel {
    let settings = [
        ("account_id", "17"),
        ("login", "instagram"),
        ("access_token", "old"),
        ("app_secret", "s"),
        ("api_base", api.url.as_str()),
    ];
    connect(desk, Kind::Instagram, &settings)
}

#[test]
fn the_token_of_an_instagram_login_is_renewed_each_month() {
    let (desk, api) = (TestDesk::new(), StandIn::new());
    let channel = instagram(&desk, &api);
    let told = |token: &str| {
        let told = json!({ "access_token": token, "token_type": "bearer", "expires_in": 5_183_944 });
        Say::Answer(200, told.to_string())
    };
    api.say("/refresh_access_token", &[told("second"), told("third")]);
    assert_eq!(access::drain(&desk.desk), 1);
    let asked = &api.seen_at("/refresh_access_token")[0];
    assert_eq!(asked.target, "/refresh_access_token?grant_type=ig_refresh_token&access_token=old");
    assert_eq!(secret(&desk, &channel, "access_token"), "second");
    assert_eq!(secret(&desk, &channel, "app_secret"), "s", "the others stay");
    desk.pass(Span::days(29));
    assert_eq!(access::drain(&desk.desk), 0);
    desk.pass(Span::days(2));
    assert_eq!(access::drain(&desk.desk), 1);
    assert_eq!(secret(&desk, &channel, "access_token"), "third");
}

/// A refusal loses nothing, and the end that is known goes on being told.
#[test]
fn a_renewal_that_fails_leaves_the_token_and_is_tried_again() {
    let (desk, api) = (TestDesk::new(), StandIn::new());
    let channel = instagram(&desk, &api);
    let refused = json!({ "error": { "code": 190, "message": "too young" } }).to_string();
    api.say("/refresh_access_token", &[Say::Answer(400, refused), Say::HangUp]);
    for wait in [Span::hours(6), Span::minutes(10), Span::minutes(10)] {
        assert_eq!(access::drain(&desk.desk), 1);
        assert_eq!(access::drain(&desk.desk), 0);
        assert_eq!(secret(&desk, &channel, "access_token"), "old");
        desk.pass(wait);
    }
    assert_eq!(channel_of(&desk, channel.id).state, ChannelState::Enabled);
}

fn tiktok(desk: &TestDesk, api: &StandIn, more: &[(&str, &str)]) -> Channel {
    let settings = [
        ("client_key", "key"),
        ("client_secret", "s"),
        ("access_token", "a1"),
        ("business_id", "b"),
        ("api_base", api.url.as_str()),
    ];
    connect(desk, Kind::Tiktok, &[&settings[..], more].concat())
}

#[test]
fn both_tokens_of_tiktok_are_renewed_together_and_a_stopped_channel_goes_on() {
    let (desk, api) = (TestDesk::new(), StandIn::new());
    let mut channel = tiktok(&desk, &api, &[("refresh_token", "r1")]);
    (channel.state, channel.problem) = (ChannelState::Broken, Some("(40105) expired".into()));
    desk.set_channel(&channel);
    let told = |n: u32| {
        let data = json!({ "access_token": format!("a{n}"), "expires_in": 86_400,
            "refresh_token": format!("r{n}"), "refresh_token_expires_in": 10 * 86_400 });
        Say::Answer(200, json!({ "code": 0, "message": "OK", "data": data }).to_string())
    };
    api.say("/tt_user/oauth2/refresh_token/", &[told(2), told(3)]);
    assert_eq!(access::drain(&desk.desk), 1);
    let asked: Value = api.seen_at("/open_api/v1.3/tt_user/oauth2/refresh_token/")[0].json();
    let wanted = json!({ "client_id": "key", "client_secret": "s", "grant_type": "refresh_token", "refresh_token": "r1" });
    assert_eq!(asked, wanted);
    assert_eq!(secret(&desk, &channel, "access_token"), "a2");
    assert_eq!(secret(&desk, &channel, "refresh_token"), "r2");
    let now = channel_of(&desk, channel.id);
    assert_eq!((now.state, now.problem), (ChannelState::Enabled, None));
    assert!(
        matches!(worries(&desk, &channel)[..], [Worry::Ends { soon: false, .. }]),
        "the year of the other one"
    );
    desk.pass(Span::hours(6));
    assert_eq!(access::drain(&desk.desk), 1);
    assert_eq!(secret(&desk, &channel, "refresh_token"), "r3");
}

#[test]
fn without_a_refresh_token_nobody_is_asked() {
    let (desk, api) = (TestDesk::new(), StandIn::new());
    tiktok(&desk, &api, &[]);
    access::drain(&desk.desk);
    assert!(api.seen().is_empty());
}

#[test]
fn a_channel_that_was_never_tried_says_so() {
    let (desk, api) = (TestDesk::new(), StandIn::new());
    let channel = whatsapp(&desk, &api.url);
    let ada = desk.person("Ada", Role::Admin);
    let page = desk.get(&ada, "/settings/channels").body;
    assert!(page.contains("Not tested yet") && !page.contains(">Works<"), "{page}");
    let id = channel.id;
    desk.write(move |tx| store::channel::received(tx, id, Timestamp(1)));
    let page = desk.get(&ada, "/settings/channels").body;
    assert!(!page.contains("Not tested yet") && page.contains(">Works<"), "{page}");
}
