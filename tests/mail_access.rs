//! Access to a mailbox that is given on a page of the provider, redeemed, renewed and lost.

use serde_json::json;
use transom::channels::ACCESS_UNTIL;
use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::channel::{ChannelState, Kind};
use transom::jobs::access;

use crate::support::TestDesk;
use crate::support::channel::{account, channel_of};
use crate::support::connected::Stage;
use crate::support::provider::Say;

fn stage() -> Stage {
    let settings = [
        ("address", "help@shop.test"),
        ("service", "google"),
        ("sign_in", "oauth"),
        ("client_id", "the-client"),
        ("client_secret", "the-client-secret"),
    ];
    Stage::new(Kind::Email, &settings)
}

fn token(access: &str, refresh: Option<&str>) -> Say {
    Say::Answer(
        200,
        json!({ "access_token": access, "refresh_token": refresh, "expires_in": 3600 }).to_string(),
    )
}

/// The query of the link to the provider's page.
fn link(stage: &Stage) -> std::collections::BTreeMap<String, String> {
    let page = stage.desk.get(&stage.marta, "/settings/channels/1").body;
    let from = page.find(&format!("{}/authorize?", stage.api.url)).unwrap();
    let link = page[from..].split('"').next().unwrap().replace("&amp;", "&");
    let query = link.split_once('?').unwrap().1;
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn secret(stage: &Stage, name: &str) -> String {
    account(&stage.desk, &stage.channel).get(name).to_owned()
}

fn give(stage: &Stage) {
    let asked = link(stage);
    let page =
        stage.desk.get(&stage.marta, &format!("/settings/access?code=the-code&state={}", asked["state"]));
    assert_eq!(page.status, 303, "{}", page.body);
}

#[test]
fn access_is_asked_for_with_a_proof_and_redeemed_with_its_other_half() {
    let stage = stage();
    stage.api.say("/token", &[token("first", Some("lasting"))]);
    let asked = link(&stage);
    assert_eq!(asked["client_id"], "the-client");
    assert_eq!(asked["scope"], "https://mail.google.com/");
    assert_eq!(asked["code_challenge_method"], "S256");
    assert!(asked["redirect_uri"].ends_with("/settings/access"));
    let target = format!("/settings/access?code=the-code&state={}", asked["state"]);
    let page = stage.desk.get(&stage.marta, &target);
    assert_eq!(page.status, 303, "{}", page.body);
    let seen = stage.api.seen();
    let form: std::collections::BTreeMap<String, String> =
        form_urlencoded::parse(&seen[0].body).into_owned().collect();
    let verifier = &form["code_verifier"];
    use base64::Engine as _;
    let proof = transom::net::signature::sha256(verifier.as_bytes());
    let proof = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(proof);
    assert_eq!(proof, asked["code_challenge"]);
    assert_eq!((form["code"].as_str(), form["client_secret"].as_str()), ("the-code", "the-client-secret"));
    assert_eq!(form["redirect_uri"], asked["redirect_uri"]);
    assert_eq!(secret(&stage, "oauth_access"), "first");
    assert_eq!(secret(&stage, "oauth_refresh"), "lasting");
    // The form of the settings takes nothing of it away.
    let form = [
        ("name", "Mail"),
        ("address", "help@shop.test"),
        ("service", "google"),
        ("sign_in", "oauth"),
        ("client_id", "the-client"),
    ];
    stage.desk.post(&stage.marta, "/settings/channels/1", &form);
    assert_eq!(secret(&stage, "oauth_refresh"), "lasting");
    let page = stage.desk.get(&stage.marta, "/settings/channels/1").body;
    assert!(!page.contains("lasting") && !page.contains("the-client-secret"));
}

#[test]
fn nobody_else_comes_back_with_somebodys_state() {
    let stage = stage();
    let state = link(&stage)["state"].clone();
    let other = stage.desk.person("Oscar", Role::Admin);
    let target = format!("/settings/access?code=x&state={state}");
    assert_eq!(stage.desk.get(&other, &target).status, 404);
    assert_eq!(stage.desk.get(&stage.marta, "/settings/access?code=x&state=AAAA").status, 404);
    assert_eq!(stage.desk.get(&stage.marta, "/settings/access?code=x").status, 404);
    stage.desk.pass(Span::hours(2));
    let late = stage.desk.get(&stage.marta, &target);
    assert!(late.body.contains("no longer valid"), "{}", late.body);
    assert!(stage.api.seen().is_empty());
}

#[test]
fn a_refusal_on_the_providers_page_is_shown_in_its_words() {
    let stage = stage();
    let state = link(&stage)["state"].clone();
    let target =
        format!("/settings/access?error=access_denied&error_description=not%20<today>&state={state}");
    let page = stage.desk.get(&stage.marta, &target).body;
    assert!(page.contains("not &lt;today&gt;"), "{page}");
    stage.api.say("/token", &[Say::Answer(400, json!({ "error": "invalid_client" }).to_string())]);
    let target = format!("/settings/access?code=x&state={state}");
    assert!(stage.desk.get(&stage.marta, &target).body.contains("invalid_client"));
    assert_eq!(secret(&stage, "oauth_access"), "");
}

#[test]
fn access_is_renewed_before_it_ends_and_a_turned_token_is_kept() {
    let stage = stage();
    stage.api.say(
        "/token",
        &[token("first", Some("lasting")), token("second", Some("turned")), token("third", None)],
    );
    give(&stage);
    let asked = || {
        access::drain(&stage.desk.desk);
        stage.api.seen().len()
    };
    assert_eq!(asked(), 1);
    stage.desk.pass(Span::minutes(54));
    assert_eq!(asked(), 1);
    stage.desk.pass(Span::minutes(2));
    assert_eq!(asked(), 2);
    assert_eq!(
        (secret(&stage, "oauth_access").as_str(), secret(&stage, "oauth_refresh").as_str()),
        ("second", "turned")
    );
    stage.desk.pass(Span::hours(3));
    assert_eq!(asked(), 3);
    assert_eq!(
        (secret(&stage, "oauth_access").as_str(), secret(&stage, "oauth_refresh").as_str()),
        ("third", "turned")
    );
    let until: i64 = secret(&stage, ACCESS_UNTIL).parse().unwrap();
    assert_eq!(until, (stage.desk.now() + Span::hours(1)).0);
    let sent = String::from_utf8(stage.api.seen()[2].body.clone()).unwrap();
    assert!(sent.contains("refresh_token=turned"), "{sent}");
}

#[test]
fn access_that_was_taken_away_stops_the_channel_and_a_busy_provider_does_not() {
    let stage = stage();
    let gone =
        json!({ "error": "invalid_grant", "error_description": "Token has been revoked." }).to_string();
    let busy = Say::Answer(503, String::new());
    stage.api.say("/token", &[token("first", Some("lasting")), busy, Say::Answer(400, gone)]);
    give(&stage);
    stage.desk.pass(Span::hours(1));
    access::drain(&stage.desk.desk);
    assert_eq!(channel_of(&stage.desk, stage.channel.id).state, ChannelState::Enabled);
    stage.desk.pass(Span::minutes(1));
    access::drain(&stage.desk.desk);
    let channel = channel_of(&stage.desk, stage.channel.id);
    assert_eq!(channel.state, ChannelState::Broken);
    assert_eq!(channel.problem.as_deref(), Some("Token has been revoked."));
    // What is broken asks no more, and access that is given again mends it.
    assert_eq!(access::drain(&stage.desk.desk), 0);
    stage.api.say("/token", &[token("again", Some("new"))]);
    give(&stage);
    assert_eq!(channel_of(&stage.desk, stage.channel.id).state, ChannelState::Enabled);
}

#[test]
fn the_page_of_a_new_mailbox_says_who_signs_what_leaves() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    let page = desk.get(&ada, "/settings/channels/new?kind=email").body;
    assert!(page.contains("signs what leaves (DKIM)") && page.contains("SPF"), "{page}");
    let texts = std::fs::read_to_string("src/i18n/es.toml").unwrap();
    assert!(texts.contains("firma lo que sale (DKIM)"));
}
