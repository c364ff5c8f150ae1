//! What moves of mails leave behind: counts that agree, customers who still wait, and people who can be erased.

use super::{Post, letter};
use crate::support::desk::Person;
use transom::actions::move_mail;
use transom::domain::access::Viewer;
use transom::domain::agent::Role;
use transom::domain::conversation::Conversation;
use transom::domain::message::Message;
use transom::domain::{Id, Refused, Span, Timestamp};
use transom::store::{check, moves};

struct Desk {
    post: Post,
    boss: Viewer,
    who: Person,
}

fn desk() -> Desk {
    let post = Post::new();
    let who = post.desk.person("Boss", Role::Supervisor);
    let boss = post.desk.rights(&who);
    Desk { post, boss, who }
}

impl Desk {
    fn comes(&self, who: &str, id: &str, subject: &str, text: &str) -> Message {
        self.post.desk.pass(Span::minutes(1));
        let from = format!("{who} <{who}@example.org>");
        self.post.comes(&letter(&from, id, &[&format!("Subject: {subject}")], text)).unwrap()
    }

    fn split(&self, first: Id<Message>) -> Id<Conversation> {
        let by = self.boss.clone();
        self.post.desk.act(move |tx, now| move_mail::split(tx, &by, first, now)).unwrap()
    }

    fn merge(&self, into: Id<Conversation>, other: Id<Conversation>) {
        let by = self.boss.clone();
        self.post.desk.act(move |tx, now| move_mail::merge(tx, &by, into, other, now)).unwrap();
    }

    /// Takes the newest move from or to this conversation back.
    fn restore(&self, of: Id<Conversation>, nth: usize) -> transom::actions::Result<Id<Conversation>> {
        let done = self.post.desk.read(|c| moves::recent(c, of, Timestamp(0))).remove(nth).id;
        let by = self.boss.clone();
        self.post.desk.act(move |tx, now| move_mail::restore(tx, &by, done, now))
    }

    fn one(&self, id: Id<Conversation>) -> Conversation {
        self.post.desk.conversation(id)
    }

    fn is_whole(&self) {
        for step in check::Step::ALL {
            let wrong = self.post.desk.read(|c| check::run(c, step));
            assert!(wrong.is_empty(), "{}: {wrong:?}", step.as_str());
        }
    }
}

#[test]
fn a_merger_that_is_taken_back_counts_and_waits_as_before() {
    let desk = desk();
    let first = desk.comes("ana", "1@x", "Chair", "One");
    for number in 2..4 {
        desk.comes("ana", &format!("{number}@x"), "Chair", "More");
    }
    let lamp = desk.comes("eva", "9@x", "Lamp", "Two").conversation;
    let chair = first.conversation;
    let (before, beside) = (desk.one(chair), desk.one(lamp));
    assert_eq!((before.unread, beside.unread), (3, 1));
    desk.merge(lamp, chair);
    let both = desk.one(lamp);
    assert_eq!((both.unread, both.waiting_since), (4, before.waiting_since), "the older one waits longer");
    desk.is_whole();
    desk.restore(lamp, 0).unwrap();
    let (back, rest) = (desk.one(chair), desk.one(lamp));
    assert_eq!((back.unread, back.waiting_since), (3, before.waiting_since));
    assert_eq!((rest.unread, rest.waiting_since), (1, beside.waiting_since));
    desk.is_whole();
}

#[test]
fn both_halves_of_a_split_stay_unread_and_wait() {
    let desk = desk();
    let one = desk.comes("ana", "1@x", "Lamp", "One");
    let two = desk.comes("ana", "2@x", "Lamp", "Two");
    let new = desk.split(two.id);
    let (old, made) = (desk.one(one.conversation), desk.one(new));
    assert_eq!((old.unread, made.unread), (1, 1));
    assert_eq!((old.waiting_since, made.waiting_since), (Some(one.at), Some(two.at)));
    desk.restore(new, 0).unwrap();
    let whole = desk.one(one.conversation);
    assert_eq!((whole.unread, whole.waiting_since), (2, Some(one.at)));
    desk.is_whole();
}

#[test]
fn what_went_on_from_there_is_taken_back_first() {
    let desk = desk();
    let lamp = desk.comes("ana", "1@x", "Lamp", "One").conversation;
    let chair = desk.comes("ana", "2@x", "Chair", "Two");
    desk.merge(lamp, chair.conversation);
    let new = desk.split(chair.id);
    // The merger is the older of the two.
    let early = desk.restore(lamp, 1);
    assert!(matches!(early, Err(transom::actions::Error::Refused(Refused::ChangedSince))), "{early:?}");
    desk.is_whole();
    desk.restore(new, 0).unwrap();
    desk.restore(lamp, 0).unwrap();
    assert_eq!(desk.post.desk.said(chair.conversation).len(), 1);
    desk.is_whole();
}

#[test]
fn nothing_is_unread_again_that_went_elsewhere() {
    let desk = desk();
    let one = desk.comes("ana", "1@x", "Lamp", "One");
    let two = desk.comes("ana", "2@x", "Lamp", "Two");
    let site = &desk.post.desk;
    let read = site.post(&desk.who, "/bulk?view=all", &[("c", "1"), ("verb", "read")]);
    assert_eq!(read.status, 303);
    desk.split(two.id);
    assert_eq!(site.post(&desk.who, "/deeds/1/undo", &[]).status, 409, "it is not as the deed left it");
    assert_eq!(desk.one(one.conversation).unread, 0);
    desk.is_whole();
}

/// Whoever is erased goes with every mail, and takes nobody else's along.
#[test]
fn mails_that_were_merged_go_or_stay_with_who_wrote_them() {
    for erased in ["ana", "eva"] {
        let desk = desk();
        let chair = desk.comes("ana", "1@x", "Chair", "Sidamo");
        let lamp = desk.comes("eva", "2@x", "Lamp", "Yirgacheffe");
        desk.merge(lamp.conversation, chair.conversation);
        let (gone, stays) = if erased == "ana" { (&chair, &lamp) } else { (&lamp, &chair) };
        let contact = desk.one(gone.conversation).contact;
        let site = &desk.post.desk;
        let program = site.token_of(desk.who.id);
        let receipt = site.api_delete(&program, &format!("/contacts/{contact}"));
        assert_eq!(receipt.status, 200, "{receipt:?}");
        assert_eq!(site.count("SELECT count(*) FROM message WHERE kind = 'inbound'"), 1);
        assert_eq!(site.message(stays.id).conversation, stays.conversation);
        desk.is_whole();
    }
}

#[test]
fn who_wrote_a_mail_that_was_split_off_can_be_erased_and_so_can_who_it_was_split_from() {
    for first in [true, false] {
        let desk = desk();
        let lamp = desk.comes("ana", "1@x", "Lamp", "One");
        let chair = desk.comes("eva", "2@x", "Chair", "Two");
        desk.merge(lamp.conversation, chair.conversation);
        let new = desk.split(chair.id);
        let contact = desk.one(if first { lamp.conversation } else { new }).contact;
        let site = &desk.post.desk;
        let program = site.token_of(desk.who.id);
        let receipt = site.api_delete(&program, &format!("/contacts/{contact}"));
        assert_eq!(receipt.status, 200, "{receipt:?}");
        assert_eq!(site.count("SELECT count(*) FROM message WHERE kind = 'inbound'"), 1);
        desk.is_whole();
    }
}

/// A mail that was split off and then moved to a queue that the reader is not in is not read by way of the past.
#[test]
fn the_past_shows_nothing_that_lies_out_of_sight_now() {
    let desk = desk();
    let one = desk.comes("ana", "1@x", "Lamp", "Harmless");
    let two = desk.comes("ana", "2@x", "Lamp", "Confidential");
    let before = desk.post.desk.read(transom::store::event::latest);
    let new = desk.split(two.id);
    let amina = desk.post.desk.person("Amina", Role::Agent);
    desk.post.desk.write(move |tx| {
        let queue = transom::store::queue::insert(tx, "HR", Timestamp(1))?;
        let mut hidden = transom::store::conversation::get(tx, new)?.unwrap();
        hidden.queue = Some(queue);
        transom::store::conversation::update(tx, &hidden)
    });
    let site = &desk.post.desk;
    let path = format!("/conversations/{}/at/{before}", one.conversation);
    let (page, all) = (site.get(&amina, &path), site.get(&desk.who, &path));
    assert!(page.body.contains("Harmless") && !page.body.contains("Confidential"), "{}", page.body);
    assert!(page.body.contains("where you may not see it now"), "{}", page.body);
    assert!(all.body.contains("Confidential"), "{}", all.body);
    let program = site.token_of(amina.id);
    let time = Timestamp(two.created_at.0 + 1).rfc3339();
    let told = site.api_get(&program, &format!("/conversations/{}/at?time={time}", one.conversation));
    assert!(told.status == 200 && !told.json.to_string().contains("Confidential"), "{told:?}");
    assert!(told.json.to_string().contains("Harmless"), "{told:?}");
}
