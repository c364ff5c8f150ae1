//! What was kept as long as it should be goes, and nothing else does.

use crate::support::TestDesk;
use crate::support::channel::{connect, thread};
use crate::support::ending::until_within;
use crate::support::process::PATIENCE;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::domain::contact::AddressKind;
use transom::domain::conversation::{Conversation, Status};
use transom::domain::event::kind;
use transom::domain::message::{Extra, Kind as message_kind, Message, State};
use transom::domain::retention::Rule;
use transom::domain::{Id, Span};
use transom::jobs::{self, Stop, tidier::tidy};
use transom::store::check::{self, Step};
use transom::store::{Tx, attachment, conversation, mail, message, retention};

/// No conversation is without an entry in the log.
fn begins(tx: &Tx<'_>, id: Id<Conversation>) -> transom::store::Result<()> {
    let opened = kind::number(kind::CONVERSATION_OPENED);
    tx.execute("INSERT INTO event (at, kind_no, conversation_id) VALUES (0, ?2, ?1)", (id, opened))?;
    Ok(())
}

/// A conversation of this age in which a file was sent.
fn said(desk: &TestDesk, channel: &Channel, who: &str, days: i64, status: Status) -> Id<Conversation> {
    let id = thread(desk, channel, AddressKind::Custom, who).id;
    let at = desk.now() - Span::days(days);
    desk.write(move |tx| {
        let mut conversation = conversation::get(tx, id)?.unwrap();
        (conversation.status, conversation.last_message_at) = (status, at);
        conversation::update(tx, &conversation)?;
        tx.execute(
            "INSERT INTO message (conversation_id, kind_no, body, state_no, at)
             VALUES (?1, 0, 'Hello', 0, ?2)",
            (id, at),
        )?;
        let message = Id::new(tx.last_insert_rowid());
        begins(tx, id)?;
        let key = format!("file-{id}");
        let new = attachment::New {
            message: Some(message),
            agent: None,
            name: "a.png",
            media_type: "image/png",
            key: &key,
            source: None,
        };
        let file = attachment::insert(tx, &new, at)?;
        attachment::append(tx, file, &[7; 1000])?;
        attachment::complete(tx, file, "image/png")
    });
    id
}

#[test]
fn what_is_older_than_the_rule_goes_and_nothing_else() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    let (ours, other) =
        (connect(&desk, Kind::Custom, &[("secret", "s")]), connect(&desk, Kind::Custom, &[("secret", "t")]));
    let old = said(&desk, &ours, "old", 100, Status::Closed);
    let open = said(&desk, &ours, "open", 100, Status::Open);
    let elsewhere = said(&desk, &other, "elsewhere", 100, Status::Closed);
    let recent = said(&desk, &ours, "recent", 40, Status::Closed);
    let new = said(&desk, &ours, "new", 5, Status::Closed);
    let continued = recent;
    desk.write(move |tx| {
        tx.execute("UPDATE conversation SET previous_id = ?1 WHERE id = ?2", (old, continued))?;
        Ok(())
    });
    let at = format!("/settings/channels/{}/retention", ours.id);
    let rule = [("conversations", "90"), ("files", "30")];
    let foretold = desk.post(&ada, &at, &[rule[0], rule[1], ("look", "1")]).body;
    assert!(foretold.contains("Now these would go: 1 conversation, 3 files,"), "{foretold}");
    tidy(&desk.desk, &Stop::default()).unwrap();
    assert!(desk.read(|c| conversation::get(c, old)).is_some(), "to look is not to save");

    assert_eq!(desk.post(&ada, &at, &rule).status, 303);
    tidy(&desk.desk, &Stop::default()).unwrap();
    assert!(desk.read(|c| conversation::get(c, old)).is_none());
    for id in [open, elsewhere, recent, new] {
        assert!(desk.read(|c| conversation::get(c, id)).is_some(), "{id}");
    }
    let state = |id: Id<Conversation>| {
        desk.read(move |c| Ok(attachment::by_key(c, &format!("file-{id}"))?.map(|file| file.state.as_str())))
    };
    let states = [old, open, elsewhere, recent, new].map(state);
    assert_eq!(states, [None, Some("removed"), Some("stored"), Some("removed"), Some("stored")]);
    assert_eq!(desk.count("SELECT count(*) FROM attachment_part"), 2, "the bytes have gone");
    assert!(desk.get(&ada, &format!("/conversations/{open}")).body.contains("was kept as long as"));
    assert_eq!(desk.count("SELECT count(*) FROM log WHERE kind = 'retention.deleted'"), 1);
    for step in Step::ALL {
        assert_eq!(desk.read(|c| check::run(c, step)), Vec::<String>::new(), "{}", step.as_str());
    }
    assert!(desk.read(|c| message::get(c, Id::new(999))).is_none());

    // Later the next ones have their turn.
    desk.pass(Span::days(60));
    tidy(&desk.desk, &Stop::default()).unwrap();
    assert!(desk.read(|c| conversation::get(c, recent)).is_none());
    assert_eq!(state(new), Some("removed"));
}

#[test]
fn a_year_of_deletions_holds_up_neither_the_clock_nor_the_end_of_the_desk() {
    let desk = TestDesk::new();
    let channel = connect(&desk, Kind::Custom, &[("secret", "s")]);
    let old = said(&desk, &channel, "old", 100, Status::Closed);
    let sleeper = said(&desk, &channel, "sleeper", 1, Status::Snoozed);
    let (rule, wakes) = (Rule { conversations: Some(90), ..Rule::default() }, desk.now() + Span::hours(1));
    let (id, written) = (channel.id, desk.now());
    desk.write(move |tx| {
        tx.execute("UPDATE conversation SET snoozed_until = ?1 WHERE id = ?2", (wakes, sleeper))?;
        // At twenty a step and a pause after each, they would take longer than anybody's patience.
        tx.execute(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 40000)
             INSERT INTO conversation (contact_id, channel_id, address_id, status, last_message_at, created_at, updated_at)
             SELECT contact_id, channel_id, address_id, status, last_message_at, created_at, updated_at
             FROM conversation JOIN n WHERE id = ?1",
            [old],
        )?;
        // The clock of a desk in which something was written a moment ago is believed.
        tx.execute("INSERT INTO event (at, kind_no) VALUES (?1, 3)", [written])?;
        retention::set(tx, id, rule)
    });
    let jobs = jobs::start(&desk.desk).unwrap();
    let left = || desk.count("SELECT count(*) FROM conversation WHERE status = 'closed'");
    desk.until(|_| left() < 40_000);
    desk.pass(Span::hours(2));
    desk.until(|desk| desk.conversation(sleeper).status == Status::Open);
    jobs.stop();
    assert!(left() > 0, "it stopped in the middle");
}

#[test]
fn a_rule_that_is_none_is_refused_and_only_administrators_set_one() {
    let desk = TestDesk::new();
    let (ada, ben) = (desk.person("Ada", Role::Admin), desk.person("Ben", Role::Supervisor));
    let at = format!("/settings/channels/{}/retention", connect(&desk, Kind::Custom, &[("secret", "s")]).id);
    for wrong in ["0", "-1", "x", "99999999"] {
        let page = desk.post(&ada, &at, &[("conversations", wrong), ("files", "")]);
        assert_eq!(page.status, 422);
        assert!(page.body.contains(&format!("value=\"{wrong}\"")));
    }
    assert_eq!(desk.post(&ben, &at, &[("conversations", "1")]).status, 403);
    assert_eq!(desk.count("SELECT count(*) FROM retention"), 0);
}

/// A message of this age with a letter, in a conversation of this state.
fn wrote(desk: &TestDesk, channel: &Channel, word: &'static str, days: i64) -> Id<Message> {
    let thread = thread(desk, channel, AddressKind::Email, &format!("{word}@example.com"));
    let (at, channel) = (desk.now() - Span::days(days), channel.id);
    desk.write(move |tx| {
        let extra = Extra { earlier: vec![format!("{word} before")], ..Extra::default() };
        let new = message::New {
            conversation: thread.id,
            kind: message_kind::Inbound,
            author: None,
            body: word,
            html: Some(word),
            state: State::Received,
            channel: None,
            provider_id: None,
            key: None,
            reply_to: None,
            extra: &extra,
            at,
            coming: None,
        };
        let id = message::insert(tx, &new, at)?;
        begins(tx, thread.id)?;
        mail::insert(tx, id, channel, word)?;
        mail::keep(tx, id, &mail::pack(word.as_bytes())?)?;
        tx.execute(
            "UPDATE conversation SET snippet = ?2, last_message_id = ?3 WHERE id = ?1",
            (thread.id, word, id),
        )?;
        Ok(id)
    })
}

#[test]
fn letters_and_texts_go_by_their_own_rules_and_leave_nothing_to_be_found() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    let channel = connect(&desk, Kind::Email, &[("address", "shop@example.org")]);
    let other = connect(&desk, Kind::Custom, &[("secret", "t")]);
    let old = wrote(&desk, &channel, "harlequin", 400);
    let middle = wrote(&desk, &channel, "pomegranate", 100);
    let new = wrote(&desk, &channel, "lighthouse", 5);
    let elsewhere = wrote(&desk, &other, "windmill", 400);
    let at = format!("/settings/channels/{}/retention", channel.id);
    let rule = [("letters", "90"), ("texts", "365")];
    let foretold = desk.post(&ada, &at, &[rule[0], rule[1], ("look", "1")]).body;
    assert!(foretold.contains("0 conversations, 0 files, 1 text and 2 letters."), "{foretold}");
    assert_eq!(desk.post(&ada, &at, &rule).status, 303);
    tidy(&desk.desk, &Stop::default()).unwrap();
    let letter = |id| desk.read(|c| mail::letter(c, id, 1000)).is_some();
    assert_eq!([old, middle, new, elsewhere].map(letter), [false, false, true, true]);
    let text = |id| desk.read(|c| message::get(c, id)).unwrap().body;
    assert_eq!([old, middle, new, elsewhere].map(text), ["", "pomegranate", "lighthouse", "windmill"]);
    let gone = desk.read(|c| message::get(c, old)).unwrap();
    assert_eq!((gone.extra.earlier.len(), gone.extra.label.as_deref()), (0, Some("text_removed")));
    assert_eq!(desk.count("SELECT count(*) FROM message WHERE html = 'harlequin'"), 0);
    assert_eq!(desk.count("SELECT count(*) FROM conversation WHERE snippet = 'harlequin'"), 0);
    let page = desk.get(&ada, &format!("/conversations/{}", gone.conversation)).body;
    assert!(page.contains("The text was kept as long as this channel keeps texts."), "{page}");
    let found = |word: &str, id| {
        let there = desk.read(|c| message::get(c, id)).unwrap().conversation;
        desk.get(&ada, &format!("/search?q={word}")).body.contains(&format!("/conversations/{there}"))
    };
    assert!(found("pomegranate", middle), "what is there is found");
    assert!(!found("harlequin", old), "what has gone is not");
    assert_eq!(desk.get(&ada, &format!("/messages/{old}/letter")).status, 404);
    assert_eq!(desk.count("SELECT count(*) FROM mail_part"), 2, "no part is left over");
    for step in Step::ALL {
        assert_eq!(desk.read(|c| check::run(c, step)), Vec::<String>::new(), "{}", step.as_str());
    }
    desk.pass(Span::days(300));
    tidy(&desk.desk, &Stop::default()).unwrap();
    assert_eq!(text(middle), "", "later the next ones have their turn");
    assert_eq!(text(new), "lighthouse");
}

/// T40: what goes by a rule goes through the log. While a copy is made it waits, or the log would have to be moved beneath
/// the copy; afterwards it goes by itself.
#[test]
fn t40_what_is_old_waits_while_a_copy_is_made_and_goes_afterwards() {
    let desk = TestDesk::new();
    let ours = connect(&desk, Kind::Custom, &[("secret", "s")]);
    let old = said(&desk, &ours, "old", 100, Status::Closed);
    let copied = std::fs::File::open(desk.folder.path().join("transom.db")).unwrap();
    let id = ours.id;
    desk.write(move |tx| retention::set(tx, id, Rule { conversations: Some(90), ..Rule::default() }));
    let second = std::time::Duration::from_secs(1);
    let is_noted = || desk.desk.copies.state().open_since.is_some_and(|since| since.elapsed() > second);
    until_within(PATIENCE, "the open file is noted", is_noted);
    let of_tidier = desk.desk.clone();
    let tidier = std::thread::spawn(move || tidy(&of_tidier, &Stop::default()));
    // Long enough for a tidier that does not wait.
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(desk.read(|c| conversation::get(c, old)).is_some(), "it waits for the copy");
    drop(copied);
    tidier.join().unwrap().unwrap();
    assert!(desk.read(|c| conversation::get(c, old)).is_none());
}
