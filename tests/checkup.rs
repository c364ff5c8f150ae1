//! Channels that fall silent, or whose provider has something to say: told to administrators, quietly.

use std::sync::Arc;

use serde_json::json;
use tempfile::TempDir;
use transom::clock::Clock;
use transom::desk::{Desk, Options};
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::domain::checkup::{Worry, rhythm};
use transom::domain::{Span, Timestamp};
use transom::jobs::checkup;
use transom::net::Client;
use transom::store;
use transom::web::App;

use crate::support::TestDesk;
use crate::support::channel::{connect, whatsapp};
use crate::support::desk::NOON;
use crate::support::provider::{Say, StandIn};

/// A desk that knows where it is reached.
fn public() -> TestDesk {
    let folder: TempDir = tempfile::tempdir().unwrap();
    let options = Options { public_url: "https://desk.example.org".to_owned(), ..Options::default() };
    let client = Client { allow_private: true, ..Client::default() };
    let desk = Desk::open(&folder.path().join("transom.db"), Clock::standing(NOON), client, options);
    let desk = Arc::new(desk.unwrap());
    let app = App::new(desk.clone()).unwrap();
    TestDesk { desk, app, folder }
}

/// A delivery comes in.
fn comes(desk: &TestDesk, channel: &Channel) {
    let (id, now) = (channel.id, desk.now());
    desk.write(move |tx| store::channel::received(tx, id, now));
}

fn worries(desk: &TestDesk, channel: &Channel) -> Vec<Worry> {
    desk.read(|c| store::checkup::of(c, channel.id)).unwrap().worries(desk.now())
}

/// Four weeks of a message each ten minutes: a day without any is strange, twenty-three hours are not.
#[test]
fn a_busy_channel_is_missed_after_a_day() {
    let mut usual = None;
    for _ in 0..28 * 24 * 6 {
        usual = Some(rhythm(usual, Span::minutes(10)));
    }
    assert!(usual.unwrap() < Span::hours(5), "{usual:?}");
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Whatsapp);
    for _ in 0..60 * 24 {
        comes(&desk, &channel);
        desk.pass(Span::hours(1));
    }
    desk.pass(Span::hours(22));
    assert_eq!(worries(&desk, &channel), []);
    desk.pass(Span::hours(3));
    let since = desk.now() - Span::hours(26);
    assert_eq!(worries(&desk, &channel), [Worry::Silent { since }]);
    comes(&desk, &channel);
    assert_eq!(worries(&desk, &channel), []);
}

/// Office hours on weekdays: neither a night nor a long weekend is strange, two weeks are.
#[test]
fn a_channel_with_office_hours_is_not_missed_over_a_long_weekend() {
    let mut usual = None;
    for day in 0..60 {
        let night = if day % 5 == 4 { Span::hours(62) } else { Span::hours(14) };
        for _ in 0..120 {
            usual = Some(rhythm(usual, Span::minutes(5)));
        }
        usual = Some(rhythm(usual, night));
    }
    let usual = usual.unwrap();
    assert!(Span(usual.0 * 5) > Span::days(4) && Span(usual.0 * 5) < Span::days(14), "{usual:?}");
}

#[test]
fn a_channel_that_has_just_begun_or_is_off_or_a_simulator_warns_of_nothing() {
    let desk = TestDesk::new();
    let new = desk.channel(Kind::Whatsapp);
    let simulator = desk.channel(Kind::Simulator);
    for channel in [&new, &simulator] {
        comes(&desk, channel);
        desk.pass(Span::minutes(1));
        comes(&desk, channel);
    }
    desk.pass(Span::days(4));
    assert_eq!(worries(&desk, &new), []);
    desk.pass(Span::days(30));
    assert_eq!(worries(&desk, &simulator), []);
    assert_eq!(worries(&desk, &new).len(), 1);
    let mut off = new.clone();
    off.state = transom::domain::channel::ChannelState::Disabled;
    desk.set_channel(&off);
    assert_eq!(worries(&desk, &new), []);
}

#[test]
fn a_silent_channel_is_told_to_administrators_and_to_nobody_else() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Whatsapp);
    comes(&desk, &channel);
    desk.pass(Span::hours(1));
    comes(&desk, &channel);
    let early = desk.person("Early", Role::Admin);
    assert!(!desk.get(&early, "/inbox?view=all").body.contains("Needs a look"));
    desk.pass(Span::days(20));
    let (ada, eva) = (desk.person("Ada", Role::Admin), desk.person("Eva", Role::Agent));
    assert!(desk.get(&ada, "/inbox?view=all").body.contains("Needs a look: Our WhatsApp"));
    assert!(!desk.get(&eva, "/inbox?view=all").body.contains("Needs a look"));
    let page = format!("/settings/channels/{}", channel.id);
    for page in ["/settings/channels", "/settings/status", &page] {
        assert!(desk.get(&ada, page).body.contains("unusually long for this channel"), "{page}");
    }
}

/// One failed call proves nothing; two an hour apart are told, and a good one ends it.
#[test]
fn what_the_provider_finds_wrong_twice_is_told_until_it_is_mended() {
    let (desk, api) = (public(), StandIn::new());
    let ada = desk.person("Ada", Role::Admin);
    let channel = whatsapp(&desk, &api.url);
    let expired = json!({ "error": { "message": "Session has expired", "code": 190 } }).to_string();
    api.say("/", &[Say::Answer(401, expired)]);
    assert_eq!(checkup::drain(&desk.desk), 0, "nobody asks on the first day");
    desk.pass(Span::days(1));
    assert_eq!(checkup::drain(&desk.desk), 1);
    assert_eq!(checkup::drain(&desk.desk), 0);
    assert_eq!(worries(&desk, &channel), []);
    desk.pass(Span::hours(1));
    assert_eq!(checkup::drain(&desk.desk), 1);
    assert!(!worries(&desk, &channel).is_empty());
    let list = desk.get(&ada, "/settings/channels").body;
    assert!(list.contains("Session has expired") && list.contains("Needs a look"), "{list}");

    let good = json!({ "id": "1", "data": [{ "id": "1122334455667" }], "display_phone_number": "+1 555" });
    api.say("/", &[Say::Answer(200, good.to_string())]);
    desk.pass(Span::hours(1));
    assert_eq!(checkup::drain(&desk.desk), 1);
    assert_eq!(worries(&desk, &channel), []);
    desk.pass(Span::hours(1));
    assert_eq!(checkup::drain(&desk.desk), 0, "a good answer holds for a day");
}

/// Meta drops a page after an hour of failures: it is asked each hour, which subscribes it again, and nobody else is.
#[test]
fn a_page_that_may_have_been_dropped_is_subscribed_again_within_the_hour() {
    let (desk, api) = (public(), StandIn::new());
    whatsapp(&desk, &api.url);
    for (kind, id) in [(Kind::Messenger, ("page_id", "1")), (Kind::Instagram, ("account_id", "1"))] {
        connect(&desk, kind, &[id, ("access_token", "t"), ("app_secret", "s"), ("api_base", &api.url)]);
    }
    let good =
        json!({ "id": "1", "name": "Shop", "success": true, "instagram_business_account": { "id": "1" } });
    api.say("/", &[Say::Answer(200, good.to_string())]);
    let subscribed = || api.seen_at("subscribed_apps").iter().filter(|seen| seen.method == "POST").count();
    desk.pass(Span::minutes(59));
    assert_eq!((checkup::drain(&desk.desk), subscribed()), (0, 0));
    desk.pass(Span::minutes(1));
    assert_eq!((checkup::drain(&desk.desk), subscribed()), (2, 2), "both pages, and not the number");
    assert_eq!(checkup::drain(&desk.desk), 0);
    desk.pass(Span::hours(1));
    assert_eq!((checkup::drain(&desk.desk), subscribed()), (2, 4));
}

/// Without a public address the question would tell the provider a wrong place to deliver to.
#[test]
fn a_desk_that_does_not_know_its_address_asks_nobody() {
    let (desk, api) = (TestDesk::new(), StandIn::new());
    whatsapp(&desk, &api.url);
    desk.pass(Span::days(3));
    assert_eq!(checkup::drain(&desk.desk), 0);
    assert_eq!(api.seen().len(), 0);
}

#[test]
fn a_clock_that_goes_back_teaches_nothing() {
    assert_eq!(rhythm(Some(Span::hours(2)), Span::hours(-5)), Span::hours(2));
    assert_eq!(rhythm(None, Timestamp(5).since(Timestamp(5))), Span::days(1));
}
