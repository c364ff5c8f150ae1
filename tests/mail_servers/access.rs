//! Signing in by XOAUTH2 at real servers: Dovecot takes tokens for IMAP and for submission, and asks their issuer.

use serde_json::json;
use transom::channels::{ACCESS_UNTIL, Check, Secrets};
use transom::domain::Span;
use transom::domain::channel::{ChannelState, Kind};
use transom::domain::message::State;
use transom::domain::outbox::{Cause, Next};
use transom::jobs::poll;

use super::Post;
use crate::support::channel::{account, channel_of};
use crate::support::process::transom;
use crate::support::provider::Say;

/// A mailbox that takes tokens only, of which `second` holds and no other.
fn post() -> Option<Post> {
    let more = [("sign_in", "oauth"), ("client_id", "the-client"), ("smtp_security", "starttls")];
    let post = Post::open(&more)?;
    let issuer = &post.servers.issuer;
    let told =
        |active: &str| Say::Answer(200, json!({ "active": active, "email": "help@shop.test" }).to_string());
    issuer.say("token=second", &[told("yes")]);
    issuer.say("introspect", &[told("no")]);
    issuer.say(
        "/token",
        &[Say::Answer(200, json!({ "access_token": "second", "expires_in": 3600 }).to_string())],
    );
    post.change(&[("api_base", issuer.url.clone()), ("smtp_port", post.servers.submission.to_string())]);
    Some(post)
}

impl Post {
    /// An access that somebody gave, of which we believe that it holds for so long.
    fn hold(&self, access: &str, lasts: Span) {
        let until = (self.desk.now() + lasts).0.to_string();
        let secrets: Secrets =
            [("oauth_access", access), ("oauth_refresh", "lasting"), (ACCESS_UNTIL, until.as_str())]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
        let channel = channel_of(&self.desk, self.channel.id);
        let sealed = self.desk.desk.seal(&channel, &secrets);
        self.desk.write(move |tx| transom::store::channel::set_secrets(tx, channel.id, Some(&sealed)));
    }

    fn held(&self) -> String {
        account(&self.desk, &channel_of(&self.desk, self.channel.id)).get("oauth_access").to_owned()
    }

    fn checks(&self) -> Vec<Check> {
        let account = account(&self.desk, &channel_of(&self.desk, self.channel.id));
        transom::channels::provider(Kind::Email).unwrap().test(&account, &self.desk.desk.client)
    }
}

#[test]
fn letters_come_and_go_by_xoauth2_and_a_token_that_is_refused_early_is_renewed_by_the_poller() {
    let Some(post) = post() else { return };
    // By our clock it holds for an hour; the server knows better.
    post.hold("first", Span::hours(1));
    let failure = poll::once(&post.desk.desk, post.channel.id).unwrap().unwrap_err();
    assert_eq!(failure.cause, Cause::Auth, "{failure:?}");
    assert!(matches!(failure.next, Next::Later { .. }), "{failure:?}");
    let asked = post.servers.issuer.seen_at("/token");
    assert_eq!(asked.iter().filter(|seen| seen.method == "POST").count(), 1);
    assert!(String::from_utf8_lossy(&asked.last().unwrap().body).contains("refresh_token=lasting"));
    assert_eq!(post.held(), "second");
    post.read();
    post.servers.customer_writes("one", "1");
    post.servers.arrived("help", 1);
    post.read();
    assert_eq!(post.received(), 1);
    let id = post.answer("Hello");
    post.send();
    assert_eq!(post.state(id), State::Sent, "{}", post.servers.log());
    post.servers.arrived("eva", 1);
    let log = post.servers.log();
    for service in [
        "imap-login: Info: Login: user=<help@shop.test>, method=XOAUTH2",
        "submission-login: Info: Login: user=<help@shop.test>, method=XOAUTH2",
    ] {
        assert!(log.contains(service), "{log}");
    }
}

/// Both servers say what they have against a token before they refuse it, and want an empty line for that.
#[test]
fn a_token_that_does_not_hold_is_refused_with_the_servers_last_word() {
    let Some(post) = post() else { return };
    post.hold("first", Span::hours(1));
    let checks = post.checks();
    let words =
        |step: &str| checks.iter().find(|check| check.step == step).unwrap().outcome.clone().unwrap_err();
    assert!(words("mail_in").contains("uthentication failed"), "{checks:?}");
    assert!(words("mail_out").starts_with("535 "), "{checks:?}");
    assert!(checks.iter().all(|check| check.outcome.is_err()));
}

#[test]
fn the_test_of_the_command_line_renews_what_has_run_out_and_keeps_it() {
    let Some(post) = post() else { return };
    post.hold("first", Span::ZERO);
    let path = post.desk.desk.path.to_str().unwrap().to_owned();
    let output = transom(&["channel", "test", "1", "--db", &path]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said} {}", String::from_utf8_lossy(&output.stderr));
    assert!(
        said.contains("good  mail_in: localhost") && said.contains("good  mail_out: localhost"),
        "{said}"
    );
    assert_eq!(post.held(), "second");
}

#[test]
fn access_that_cannot_be_renewed_is_said_on_the_channels_page_with_the_way_out() {
    let Some(post) = post() else { return };
    let gone = json!({ "error": "invalid_grant", "error_description": "Token has been revoked." });
    post.servers.issuer.say("/token", &[Say::Answer(400, gone.to_string())]);
    post.hold("first", Span::ZERO);
    let page = post.desk.post(&post.marta, "/settings/channels/1/test", &[]).body;
    assert!(page.contains("Token has been revoked.") && page.contains("Give access again"), "{page}");
    assert_eq!(channel_of(&post.desk, post.channel.id).state, ChannelState::Broken);
    let path = post.desk.desk.path.to_str().unwrap().to_owned();
    let output = transom(&["channel", "test", "1", "--db", &path]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        !output.status.success() && said.contains("wrong mail_access: Token has been revoked."),
        "{said}"
    );
}
