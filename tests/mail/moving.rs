//! Splitting, merging, and taking either back.

use super::{Post, letter};
use crate::support::desk::Person;
use transom::actions::move_mail;
use transom::domain::Span;
use transom::domain::access::Viewer;
use transom::domain::agent::Role;
use transom::domain::conversation::{Conversation, Status};
use transom::domain::event::kind;
use transom::domain::message::Message;
use transom::domain::{Id, Refused};
use transom::store::moves;

const ANA: &str = "Ana <ana@example.org>";

struct Desk {
    post: Post,
    boss: Viewer,
    who: Person,
}

impl Desk {
    fn new() -> Desk {
        let post = Post::new();
        let who = post.desk.person("Boss", Role::Supervisor);
        let boss = post.desk.rights(&who);
        Desk { post, boss, who }
    }

    fn comes(&self, id: &str, more: &[&str], text: &str) -> Message {
        self.post.desk.pass(Span::minutes(1));
        self.post.comes(&letter(ANA, id, more, text)).unwrap()
    }

    fn bodies(&self, id: Id<Conversation>) -> Vec<String> {
        self.post.desk.said(id).into_iter().map(|message| message.body).collect()
    }

    fn split(&self, first: Id<Message>) -> transom::actions::Result<Id<Conversation>> {
        let (by, now) = (self.boss.clone(), self.post.desk.now());
        self.post.desk.act(move |tx, _| move_mail::split(tx, &by, first, now))
    }

    fn merge(&self, into: Id<Conversation>, other: Id<Conversation>) -> transom::actions::Result<()> {
        let (by, now) = (self.boss.clone(), self.post.desk.now());
        self.post.desk.act(move |tx, _| move_mail::merge(tx, &by, into, other, now))
    }

    fn restore(&self, conversation: Id<Conversation>) -> transom::actions::Result<Id<Conversation>> {
        let (by, now) = (self.boss.clone(), self.post.desk.now());
        let since = transom::domain::Timestamp(0);
        let done = self.post.desk.read(|c| moves::recent(c, conversation, since)).remove(0);
        self.post.desk.act(move |tx, _| move_mail::restore(tx, &by, done.id, now))
    }
}

#[test]
fn a_mail_and_what_follows_become_a_conversation_of_their_own_and_come_back() {
    let desk = Desk::new();
    let one = desk.comes("1@x", &["Subject: Lamp"], "One");
    let two = desk.comes("2@x", &["Subject: Lamp"], "Two");
    let three = desk.comes("3@x", &["Subject: Lamp"], "Three");
    assert_eq!(desk.bodies(one.conversation), ["One", "Two", "Three"]);
    let new = desk.split(two.id).unwrap();
    assert_eq!(desk.bodies(one.conversation), ["One"]);
    assert_eq!(desk.bodies(new), ["Two", "Three"]);
    let (old, made) = (desk.post.desk.conversation(one.conversation), desk.post.desk.conversation(new));
    assert_eq!((old.snippet.as_str(), made.snippet.as_str()), ("One", "Three"));
    assert_eq!((old.last_message, made.last_message), (Some(one.id), Some(three.id)));
    assert_eq!((made.status, made.previous), (Status::Open, Some(one.conversation)));
    assert!(old.waiting_since.is_some() && made.waiting_since.is_some());
    let two_now = desk.post.desk.message(two.id);
    assert_eq!(Post::evidence(&two_now), ("moved".to_owned(), one.conversation.to_string()));
    for (id, away) in [(one.conversation, true), (new, false)] {
        let lines = desk.post.desk.lines(id);
        assert!(lines.iter().any(|(kind, line)| kind == kind::CONVERSATION_SPLIT && line.away == away));
    }
    // An answer to what was moved follows it, and one to what stayed stays.
    let four = desk.comes("4@x", &["Subject: Re: Lamp", "In-Reply-To: <3@x>"], "Four");
    let five = desk.comes("5@x", &["Subject: Re: Lamp", "In-Reply-To: <1@x>"], "Five");
    assert_eq!((four.conversation, five.conversation), (new, one.conversation));
    // Back, with what came since.
    assert_eq!(desk.restore(new).unwrap(), one.conversation);
    assert_eq!(desk.bodies(one.conversation), ["One", "Two", "Three", "Four", "Five"]);
    let emptied = desk.post.desk.conversation(new);
    assert_eq!((emptied.status, emptied.unread, emptied.last_message), (Status::Closed, 0, None));
    assert!(desk.restore_again(new));
}

impl Desk {
    /// Nothing is left to be taken back.
    fn restore_again(&self, conversation: Id<Conversation>) -> bool {
        let since = transom::domain::Timestamp(0);
        self.post.desk.read(|c| moves::recent(c, conversation, since)).is_empty()
    }
}

#[test]
fn two_conversations_become_one_in_the_order_of_arrival_and_part_again() {
    let desk = Desk::new();
    let one = desk.comes("1@x", &["Subject: Lamp"], "One");
    let two = desk.comes("2@x", &["Subject: Chair"], "Two");
    let three = desk.comes("3@x", &["Subject: Lamp"], "Three");
    let (lamp, chair) = (one.conversation, two.conversation);
    assert_ne!(lamp, chair);
    desk.merge(lamp, chair).unwrap();
    assert_eq!(desk.bodies(lamp), ["One", "Two", "Three"]);
    let (into, gone) = (desk.post.desk.conversation(lamp), desk.post.desk.conversation(chair));
    assert_eq!((into.status, into.last_message), (Status::Open, Some(three.id)));
    assert_eq!(
        (gone.status, gone.unread, gone.waiting_since, gone.last_message),
        (Status::Closed, 0, None, None)
    );
    // What still names the one that went finds the one that stayed.
    let by_number = format!("Subject: [#{chair}] more");
    let four = desk.comes("4@x", &[&by_number], "Four");
    let five = desk.comes("5@x", &["Subject: Re: Chair", "In-Reply-To: <2@x>"], "Five");
    assert_eq!((four.conversation, five.conversation), (lamp, lamp));
    desk.restore(lamp).unwrap();
    assert_eq!(desk.bodies(chair), ["Two"]);
    assert_eq!(desk.bodies(lamp), ["One", "Three", "Four", "Five"]);
    assert_eq!(desk.post.desk.conversation(chair).status, Status::Open);
    let six = desk.comes("6@x", &[&by_number], "Six");
    assert_eq!(six.conversation, chair);
}

#[test]
fn what_cannot_be_moved_is_refused_and_stays() {
    let desk = Desk::new();
    let one = desk.comes("1@x", &["Subject: Lamp"], "One");
    let two = desk.comes("2@x", &["Subject: Chair"], "Two");
    let refused = |outcome: transom::actions::Result<()>| {
        assert!(
            matches!(outcome, Err(transom::actions::Error::Refused(Refused::Field { .. }))),
            "{outcome:?}"
        );
    };
    refused(desk.split(one.id).map(drop));
    refused(desk.merge(one.conversation, one.conversation));
    refused(desk.merge(one.conversation, Id::new(999)));
    // Somebody for whom the other one does not exist.
    let queue =
        desk.post.desk.write(|tx| transom::store::queue::insert(tx, "Q", transom::domain::Timestamp(1)));
    let mut hidden = desk.post.desk.conversation(two.conversation);
    hidden.queue = Some(queue);
    desk.post.desk.write(move |tx| transom::store::conversation::update(tx, &hidden));
    let eva = desk.post.desk.viewer("Eva", Role::Agent);
    let (into, other, now) = (one.conversation, two.conversation, desk.post.desk.now());
    refused(desk.post.desk.act(move |tx, _| move_mail::merge(tx, &eva, into, other, now)));
    assert_eq!(
        (desk.bodies(one.conversation), desk.bodies(two.conversation)),
        (vec!["One".to_owned()], vec!["Two".to_owned()])
    );
    // After a day it stays as it is.
    desk.merge(one.conversation, two.conversation).unwrap();
    desk.post.desk.pass(Span::days(2));
    let late = desk.restore(one.conversation);
    assert!(matches!(late, Err(transom::actions::Error::Refused(Refused::UndoOver))), "{late:?}");
}

#[test]
fn the_page_splits_merges_and_takes_back_without_scripts() {
    let desk = Desk::new();
    let one = desk.comes("1@x", &["Subject: Lamp"], "One");
    let two = desk.comes("2@x", &["Subject: Lamp"], "Two");
    let here = format!("/conversations/{}", one.conversation);
    let site = &desk.post.desk;
    let thread = site.get(&desk.who, &here);
    assert!(thread.body.contains(&format!("{here}/parts")), "the menu leads there");
    let page = site.get(&desk.who, &format!("{here}/parts"));
    assert!(
        page.body.contains("New conversation from here") && page.body.contains("The first mail"),
        "{}",
        page.body
    );
    let number = two.id.to_string();
    let done = site.post(&desk.who, &format!("{here}/split"), &[("message", &number)]);
    assert_eq!((done.status, done.header("location")), (303, Some("/conversations/2")));
    let page = site.get(&desk.who, "/conversations/2/parts");
    assert!(
        page.body.contains("#2 was split off from #1") && page.body.contains("Take it back"),
        "{}",
        page.body
    );
    let merged = site.post(&desk.who, &format!("{here}/merge"), &[("other", "#2")]);
    assert_eq!((merged.status, merged.header("location")), (303, Some(here.as_str())));
    assert_eq!(desk.bodies(one.conversation), ["One", "Two"]);
    let back = site.post(&desk.who, &format!("{here}/restore"), &[("move", "2")]);
    assert_eq!(back.status, 303);
    assert_eq!(desk.bodies(Id::new(2)), ["Two"]);
    assert_eq!(site.post(&desk.who, &format!("{here}/split"), &[("message", &number)]).status, 404);
}

impl Desk {
    /// What had been said in a conversation at this time, by the API, which the page must agree with.
    fn at(&self, id: Id<Conversation>, time: transom::domain::Timestamp) -> Vec<String> {
        let desk = &self.post.desk;
        let program = desk.token_of(self.who.id);
        let told = desk.api_get(&program, &format!("/conversations/{id}/at?time={}", time.rfc3339()));
        assert_eq!(told.status, 200, "{told:?}");
        let said = told.json["messages"].as_array().unwrap().iter().filter(|one| one["kind"] != "event");
        let said: Vec<String> = said.map(|one| one["body"].as_str().unwrap().to_owned()).collect();
        let page = desk.get(&self.who, &format!("/conversations/{id}/at/{}", told.json["event_id"])).body;
        for body in ["One", "Two", "Three", "Four"] {
            let shown = page.contains(&format!("<p class=\"text\">{body}</p>"));
            assert_eq!(shown, said.iter().any(|there| there == body), "{body} on the page");
        }
        said
    }

    /// Lets a while pass, and returns the moment before what comes next.
    fn then(&self) -> transom::domain::Timestamp {
        self.post.desk.pass(Span::minutes(5));
        let moment = self.post.desk.now();
        self.post.desk.pass(Span::minutes(5));
        moment
    }
}

#[test]
fn the_past_of_a_conversation_that_was_split_is_as_it_was() {
    let desk = Desk::new();
    let one = desk.comes("1@x", &["Subject: Lamp"], "One");
    let two = desk.comes("2@x", &["Subject: Lamp"], "Two");
    let old = one.conversation;
    let whole = desk.then();
    let new = desk.split(two.id).unwrap();
    let apart = desk.then();
    desk.comes("4@x", &["Subject: Re: Lamp", "In-Reply-To: <2@x>"], "Four");
    let answered = desk.then();
    desk.restore(new).unwrap();
    let back = desk.then();
    desk.split(two.id).unwrap();
    let again = desk.then();
    let past = |time| (desk.at(old, time), desk.at(new, time));
    assert_eq!(desk.at(old, whole), ["One", "Two"]);
    assert_eq!(past(apart), (vec!["One".into()], vec!["Two".into()]));
    assert_eq!(past(answered), (vec!["One".into()], vec!["Two".into(), "Four".into()]));
    assert_eq!(past(back), (vec!["One".into(), "Two".into(), "Four".into()], vec![]));
    assert_eq!(desk.at(old, again), ["One"]);
}

#[test]
fn the_past_of_conversations_that_were_merged_is_as_it_was() {
    let desk = Desk::new();
    let one = desk.comes("1@x", &["Subject: Lamp"], "One");
    let two = desk.comes("2@x", &["Subject: Chair"], "Two");
    let three = desk.comes("3@x", &["Subject: Lamp"], "Three");
    let (lamp, chair) = (one.conversation, two.conversation);
    let apart = desk.then();
    desk.merge(lamp, chair).unwrap();
    let merged = desk.then();
    desk.restore(lamp).unwrap();
    let parted = desk.then();
    assert_eq!(desk.bodies(lamp), ["One", "Three"]);
    assert_eq!(
        (desk.at(lamp, apart), desk.at(chair, apart)),
        (vec!["One".into(), "Three".into()], vec!["Two".into()])
    );
    assert_eq!(
        (desk.at(lamp, merged), desk.at(chair, merged)),
        (vec!["One".into(), "Two".into(), "Three".into()], vec![])
    );
    assert_eq!(desk.at(chair, parted), ["Two"]);
    // Page by page, from the newest back.
    let program = desk.post.desk.token_of(desk.who.id);
    let path = format!("/conversations/{lamp}/at?time={}&limit=1&before={}", merged.rfc3339(), three.id);
    let told = desk.post.desk.api_get(&program, &path);
    assert_eq!(told.json["messages"][0]["body"], "Two", "{told:?}");
}
