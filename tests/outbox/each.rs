//! What providers do wrong, on each channel: nothing is lost, nothing leaves twice unasked, and nobody claims to know
//! what nobody knows.

use transom::desk::Options;
use transom::domain::channel::Repeat;
use transom::jobs::inbound;
use transom::net::Client;

use super::*;
use crate::support::traffic::{self, KINDS, PUBLIC, TOKEN, Written, settings, taken};

/// For one call, where a provider is silent; a busy machine must be able to answer within it.
const PATIENCE: Duration = Duration::from_secs(3);

/// An account of one kind on which two people have written a while ago.
struct Place {
    desk: TestDesk,
    provider: StandIn,
    channel: Channel,
    /// Where texts are sent to.
    word: &'static str,
    marta: Person,
}

impl Place {
    fn of(kind: Kind) -> Place {
        Place::with(kind, None)
    }

    /// No call takes longer than `patience`.
    fn with(kind: Kind, patience: Option<Duration>) -> Place {
        let client = Client { allow_private: true, patience };
        let options = Options { public_url: PUBLIC.to_owned(), ..Options::default() };
        let (desk, provider) = (TestDesk::with(client, options), StandIn::new());
        provider.say(TOKEN.0, &[Say::Answer(200, TOKEN.1.to_owned())]);
        let (word, _) = taken(kind);
        let given = settings(kind, &provider.url);
        let given: Vec<(&str, &str)> = given.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let channel = connect(&desk, kind, &given);
        let marta = desk.person("Marta", Role::Admin);
        let place = Place { desk, provider, channel, word, marta };
        (1..3).for_each(|person| place.hears(person));
        inbound::drain(&place.desk.desk).unwrap();
        // An answer at once goes another way on one channel, and has tests of its own.
        place.desk.pass(Span::minutes(2));
        place
    }

    fn hears(&self, person: usize) {
        let (kind, channel, at) = (self.channel.kind, self.channel.id.get(), self.desk.now());
        let written = Written { kind, channel, person, number: person, text: "hello".to_owned(), at };
        let delivery = traffic::delivery(&written, at, "");
        assert_eq!(self.desk.ask(traffic::posted(&delivery)).status, 200, "{kind:?}");
    }

    /// Marta answers this person.
    fn answers(&self, person: i64) -> Id<Message> {
        let thread = conversation_of(&self.desk, Id::new(person));
        reply_to(&self.desk, &self.marta, &thread, &format!("to person {person}")).unwrap()
    }

    /// Lets this long pass, and sends what is due then.
    fn send_after(&self, span: Span) -> usize {
        self.desk.pass(span);
        job::drain(&self.desk.desk)
    }

    fn state(&self, id: Id<Message>) -> State {
        message_of(&self.desk, id).state
    }

    /// From now on the provider says these, and then that it takes everything; how often it was called before.
    fn says(&self, first: &[Say]) -> usize {
        let (word, fine) = taken(self.channel.kind);
        self.provider.say(word, &[first, &[Say::Answer(200, fine)]].concat());
        self.calls()
    }

    /// How often a text was to be sent.
    fn calls(&self) -> usize {
        self.provider.seen_at(self.word).len()
    }

    fn reconnect(&self) {
        let id = self.channel.id;
        self.desk.write(move |tx| {
            let channel = transom::store::channel::get(tx, id)?.unwrap();
            let back = Channel { state: ChannelState::Enabled, problem: None, ..channel };
            transom::store::channel::update(tx, &back)
        });
    }
}

/// What the provider says when it knows the account no longer, in its own words.
fn unknown(kind: Kind) -> Say {
    let (status, said) = match kind {
        Kind::Whatsapp | Kind::Messenger | Kind::Instagram => {
            (401, json!({ "error": { "code": 190, "message": "Session has expired" } }))
        }
        Kind::Telegram => (401, json!({ "ok": false, "error_code": 401, "description": "Unauthorized" })),
        Kind::Viber => (200, json!({ "status": 2, "status_message": "invalidAuthToken" })),
        Kind::Sms => (401, json!({ "code": 20003, "message": "Authenticate", "status": 401 })),
        Kind::Wechat => (200, json!({ "errcode": 42001, "errmsg": "access_token expired" })),
        Kind::Tiktok => (200, json!({ "code": 40105, "message": "Access token is incorrect" })),
        _ => (401, json!({ "message": "Authentication failed" })),
    };
    Say::Answer(status, said.to_string())
}

/// Too many, and again in two minutes.
fn busy(kind: Kind) -> Say {
    let said = match kind {
        Kind::Whatsapp => json!({ "error": { "code": 130_429, "message": "Rate limit hit" } }),
        Kind::Telegram => json!({ "ok": false, "error_code": 429, "description": "Too Many Requests",
            "parameters": { "retry_after": 120 } }),
        _ => json!({}),
    };
    Say::With(429, "Retry-After: 120", said.to_string())
}

/// T8, 401: as a bare status and in each provider's own words.
#[test]
fn each_channel_stops_within_one_try_when_its_account_is_refused_and_goes_on_when_it_is_back() {
    for kind in KINDS {
        let place = Place::of(kind);
        for refused in [Say::Answer(401, "{}".to_owned()), unknown(kind)] {
            // A token that has run out is fetched anew, once within the try.
            let again = kind == Kind::Wechat && matches!(refused, Say::Answer(200, _));
            let says = vec![refused.clone(); 1 + usize::from(again)];
            let before = place.says(&says);
            let ids = [place.answers(1), place.answers(2)];
            assert_eq!(place.send_after(Span::seconds(6)), 1, "{kind:?} {refused:?}");
            assert_eq!(place.calls() - before, says.len(), "{kind:?} {refused:?}");
            let channel = channel_of(&place.desk, place.channel.id);
            assert_eq!(channel.state, ChannelState::Broken, "{kind:?} {refused:?}");
            assert!(channel.problem.is_some_and(|words| !words.is_empty()), "{kind:?} {refused:?}");
            assert_eq!(ids.map(|id| place.state(id)), [State::Queued; 2], "{kind:?}");
            assert_eq!(place.send_after(Span::hours(1)), 0, "{kind:?}");
            place.reconnect();
            assert_eq!(place.send_after(Span::seconds(6)), 2, "{kind:?}");
            assert_eq!(ids.map(|id| place.state(id)), [State::Sent; 2], "{kind:?}");
        }
    }
}

/// T8, 429 with Retry-After: nothing of the account leaves before.
#[test]
fn each_channel_rests_as_long_as_its_provider_asks_and_then_sends_everything_once() {
    for kind in KINDS {
        let place = Place::of(kind);
        place.says(&[busy(kind)]);
        let ids = [place.answers(1), place.answers(2)];
        assert_eq!(place.send_after(Span::seconds(6)), 1, "{kind:?}");
        assert_eq!(place.send_after(Span::seconds(119)), 0, "{kind:?}");
        assert_eq!(ids.map(|id| place.state(id)), [State::Queued; 2], "{kind:?}");
        assert_eq!(place.send_after(Span::seconds(30)), 2, "{kind:?}");
        assert_eq!(ids.map(|id| place.state(id)), [State::Sent; 2], "{kind:?}");
        assert_eq!(place.calls(), 3, "{kind:?}");
    }
}

/// What follows a try of which nobody knows what became of it.
fn doubtful(place: &Place, lost: &Say) {
    let kind = place.channel.kind;
    let before = place.says(std::slice::from_ref(lost));
    let id = place.answers(1);
    let thread = message_of(&place.desk, id).conversation;
    let failed = || conversation_of(&place.desk, thread).failed;
    assert_eq!(place.send_after(Span::seconds(6)), 1, "{kind:?} {lost:?}");
    assert_eq!(place.calls() - before, 1, "{kind:?} {lost:?}");
    if matches!(place.channel.card.repeat, Repeat::ByKey | Repeat::ByKeyLater) {
        assert_eq!((place.state(id), failed()), (State::Queued, 0), "{kind:?} {lost:?}");
        assert_eq!(place.send_after(Span::minutes(1)), 1, "{kind:?} {lost:?}");
        let key = |seen: &Seen| {
            let key = seen.header("idempotency-key").to_owned() + seen.header("x-line-retry-key");
            assert!(key.len() >= 16, "{kind:?} {lost:?}: {key}");
            key
        };
        let calls = place.provider.seen_at(place.word)[before..].to_vec();
        assert_eq!(calls.len(), 2, "{kind:?} {lost:?}");
        assert_eq!(key(&calls[0]), key(&calls[1]), "{kind:?} {lost:?}");
        assert_eq!(place.state(id), State::Sent, "{kind:?} {lost:?}");
    } else {
        assert_eq!((place.state(id), failed()), (State::Unsure, 1), "{kind:?} {lost:?}");
        assert_eq!(place.send_after(Span::hours(2)), 0, "{kind:?} {lost:?}");
        assert_eq!(place.calls() - before, 1, "{kind:?} {lost:?}");
        let (by, now) = (viewer(&place.marta), place.desk.now());
        let settled =
            place.desk.desk.writer.write(move |tx| settle::settle(tx, &by, id, settle::Verdict::Sent, now));
        settled.unwrap();
    }
}

/// T8, 500 and a connection cut before and in the answer.
#[test]
fn each_channel_repeats_a_lost_answer_only_by_a_key_and_says_otherwise_that_nobody_knows() {
    for kind in KINDS {
        let place = Place::of(kind);
        let (_, fine) = taken(kind);
        for lost in [Say::Answer(500, "{}".to_owned()), Say::HangUp, Say::Cut(fine)] {
            doubtful(&place, &lost);
        }
    }
}

/// T8, a time-out after the request was taken; and an answer that takes its time (ten seconds in the long form), which
/// is waited for.
#[test]
fn each_channel_waits_for_a_slow_answer_and_doubts_one_that_never_comes() {
    let late = Duration::from_millis(if std::env::var_os("TRANSOM_LONG").is_some() { 10_000 } else { 500 });
    std::thread::scope(|threads| {
        for kind in KINDS {
            threads.spawn(move || {
                let place = Place::with(kind, Some(PATIENCE));
                doubtful(&place, &Say::Silent(PATIENCE * 2));
            });
            threads.spawn(move || {
                let place = Place::of(kind);
                place.says(&[Say::Late(late, taken(kind).1)]);
                let id = place.answers(1);
                assert_eq!(place.send_after(Span::seconds(6)), 1, "{kind:?}");
                assert_eq!((place.state(id), place.calls()), (State::Sent, 1), "{kind:?}");
            });
        }
    });
}
