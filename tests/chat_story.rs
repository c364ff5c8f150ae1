//! The website chat and the desk together: what goes from the one to the other, and what does not.

use transom::actions;
use transom::actions::close::{Closing, close};
use transom::actions::note::note;
use transom::actions::reply::{Reply, reply};
use transom::domain::Id;
use transom::domain::access::Viewer;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::domain::conversation::Conversation;
use transom::domain::message::{Kind as Entry, Message, State};
use transom::store::{Tx, agent, conversation, event, message};
use transom::web::http::{Method, Request};

use crate::support::TestDesk;
use crate::support::desk::Person;
use crate::support::visitor::{Visitor, connect, read_in};

/// A visitor has written, and Petra is there to answer.
struct Story {
    desk: TestDesk,
    channel: Channel,
    visitor: Visitor,
    petra: Person,
    conversation: Id<Conversation>,
}

fn story(settings: &[(&str, &str)]) -> Story {
    let desk = TestDesk::new();
    let channel = connect(&desk, Kind::Webchat, settings);
    let petra = desk.person("Petra", Role::Agent);
    let visitor = Visitor::new(&channel);
    assert_eq!(visitor.say(&desk, "word-0001", "Do you ship?").status, 200);
    read_in(&desk);
    let conversation =
        desk.read(|c| Ok(c.query_row("SELECT id FROM conversation", [], |row| row.get(0).map(Id::new))?));
    Story { desk, channel, visitor, petra, conversation }
}

impl Story {
    fn viewer(&self) -> Viewer {
        let id = self.petra.id;
        self.desk.read(move |c| agent::viewer(c, &agent::get(c, id)?.unwrap()))
    }

    fn thread(&self) -> Vec<Message> {
        self.desk.read(|c| message::thread(c, self.conversation, None, 100))
    }

    fn seen(&self) -> String {
        self.visitor.changes(&self.desk, -1).body
    }

    fn act<T: Send + 'static>(&self, work: impl FnOnce(&Tx<'_>) -> actions::Result<T> + Send + 'static) -> T {
        self.desk.desk.writer.write(work).unwrap()
    }

    /// Petra answers; the message waits to be sent.
    fn answer(&self, text: &str) -> Id<Message> {
        let (by, now, conversation, body) =
            (self.viewer(), self.desk.now(), self.conversation, text.to_owned());
        let order = Reply {
            conversation,
            body,
            template: None,
            attachments: vec![],
            reply_to: None,
            seen: None,
            key: None,
        };
        self.act(move |tx| reply(tx, &by, &order, now))
    }

    /// The outbox has handed it over.
    fn sent(&self, id: Id<Message>) {
        let now = self.desk.now();
        self.desk.write(move |tx| {
            let mut found = message::get(tx, id)?.unwrap();
            found.state = State::Sent;
            message::update(tx, &found)?;
            let entry = event::New {
                kind: transom::domain::event::kind::MESSAGE_STATE,
                conversation: Some(found.conversation),
                message: Some(id),
                ..event::New::default()
            };
            event::append(tx, &entry, now)?;
            let talk = conversation::get(tx, found.conversation)?.unwrap();
            tx.touch(event::chat(talk.address));
            Ok(())
        });
    }
}

/// S139: a visitor starts a chat and exchanges messages with an agent. S94: with the agent's name.
#[test]
fn s139_s94_a_visitor_writes_and_reads_the_answer_with_the_agents_name() {
    let story = story(&[]);
    let first = story.thread().into_iter().find(|entry| entry.kind == Entry::Inbound).unwrap();
    assert_eq!(first.provider_id.as_deref(), Some("word-0001"), "the browser's own word");
    let answer = story.answer("We do!");
    assert!(!story.seen().contains("We do!"), "what can still be taken back is not shown");
    story.sent(answer);
    let seen = story.seen();
    assert!(seen.contains("We do!") && seen.contains("Petra"), "{seen}");
}

#[test]
fn a_message_that_was_read_in_stands_once_on_the_visitors_page() {
    let story = story(&[]);
    story.visitor.say(&story.desk, "word-0001", "Do you ship?");
    read_in(&story.desk);
    assert_eq!(story.seen().matches("Do you ship?").count(), 1);
    assert_eq!(story.thread().iter().filter(|entry| entry.kind == Entry::Inbound).count(), 1);
}

#[test]
fn notes_never_reach_the_visitor() {
    let story = story(&[]);
    let (by, now, conversation) = (story.viewer(), story.desk.now(), story.conversation);
    story.act(move |tx| note(tx, &by, conversation, "An unpleasant customer", None, now));
    assert!(!story.seen().contains("unpleasant"));
}

#[test]
fn the_page_waits_for_news_and_is_woken_by_the_answer() {
    let story = story(&[]);
    let answer = story.answer("We do!");
    let since: i64 = {
        let page = story.seen();
        let from = page.find("data-since=\"").unwrap() + 12;
        page[from..].split('"').next().unwrap().parse().unwrap()
    };
    let target = format!("/chat/{}/changes?since={since}", story.channel.key);
    let request = Request::new(Method::Get, &target).with_header("x-visitor", &story.visitor.token);
    let waiting = story.desk.app.handle(request);
    assert_eq!(waiting.status, 204);
    let topic = waiting.park.unwrap().topic;
    let told = || {
        // Who wrote is answered before the others are told; the next write begins after that.
        story.desk.write(|_| Ok(()));
        story.desk.desk.live.count(&topic)
    };
    let before = told();
    story.sent(answer);
    assert!(told() > before, "{topic}");
    assert!(story.visitor.changes(&story.desk, since).body.contains("We do!"));
}

/// S145: when the customer ends the chat, a line says so in the conversation.
#[test]
fn s145_a_visitor_who_leaves_is_seen_to_have_left_on_both_sides() {
    let story = story(&[]);
    assert_eq!(story.visitor.post(&story.desk, "end", &[]).status, 200);
    read_in(&story.desk);
    let line =
        story.thread().into_iter().find(|entry| entry.kind == Entry::Event && entry.body == "contact.left");
    assert!(line.is_some());
    assert!(story.seen().contains("You left the chat"));
}

/// S146: when the agent ends, the customer sees that the agent has left; a setting keeps it quiet.
#[test]
fn s146_the_visitor_sees_that_the_agent_has_left_where_the_channel_says_so() {
    for (settings, told) in [(vec![], true), (vec![("announce_end", "no")], false)] {
        let story = story(&settings);
        let (by, now, conversation) = (story.viewer(), story.desk.now(), story.conversation);
        story.act(move |tx| close(tx, &by, conversation, &Closing::default(), now));
        assert_eq!(story.seen().contains("Petra has left the chat"), told, "{settings:?}");
    }
}

#[test]
fn a_closed_chat_opens_again_when_the_visitor_writes() {
    let story = story(&[]);
    let (by, now, conversation) = (story.viewer(), story.desk.now(), story.conversation);
    story.act(move |tx| close(tx, &by, conversation, &Closing::default(), now));
    story.visitor.say(&story.desk, "word-0002", "One more thing");
    read_in(&story.desk);
    let found = story.desk.read(|c| conversation::get(c, conversation)).unwrap();
    assert_eq!(found.status, transom::domain::conversation::Status::Open);
    assert!(story.seen().contains("Do you ship?") && story.seen().contains("One more thing"));
}

#[test]
fn a_visitors_picture_reaches_the_thread_and_both_sides_can_look_at_it() {
    let story = story(&[]);
    let picture = include_bytes!("../static/simulator/picture.png");
    let mut body = b"--frontier\r\nContent-Disposition: form-data; name=\"word\"\r\n\r\nword-0002\r\n\
        --frontier\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n\r\n\
        --frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"wheel.png\"\r\n\
        Content-Type: image/png\r\n\r\n"
        .to_vec();
    body.extend_from_slice(picture);
    body.extend_from_slice(b"\r\n--frontier--\r\n");
    let request = Request::new(Method::Post, &format!("/chat/{}/messages", story.channel.key))
        .with_header("x-visitor", &story.visitor.token)
        .with_header("accept", "application/json")
        .with_body("multipart/form-data; boundary=frontier", body);
    let answer = story.desk.ask(request);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(story.seen().contains("wheel.png"), "named before it was read in");
    read_in(&story.desk);
    let seen = story.seen();
    let from = seen.find("/files/").unwrap() + 7;
    let word = seen[from..].split('"').next().unwrap();
    let look = |key: &str| story.desk.ask(Request::new(Method::Get, &format!("/chat/{key}/files/{word}")));
    let file = look(&story.channel.key);
    assert_eq!((file.status, file.header("content-type")), (200, Some("image/png")));
    assert_eq!(look(&connect(&story.desk, Kind::Webchat, &[]).key).status, 404, "through another chat");
}
