//! Whoever wrote what is to be sent later: it follows the customer, comes back whole, and is no dead end when its writer
//! cannot send it any more.

use transom::actions::later;
use transom::domain::agent::Role;
use transom::domain::channel::{Kind, OnReturn};
use transom::domain::later::{When, Why};
use transom::domain::{Id, Span};
use transom::jobs::ticker::{self, Rounds};
use transom::store;

use crate::later::{ANA, stage};
use crate::support::TestDesk;

#[test]
fn what_waits_for_the_window_goes_into_the_new_conversation_of_whoever_comes_back() {
    let desk = TestDesk::new();
    let channel = desk.channel_with(Kind::Whatsapp, |channel| channel.on_return = OnReturn::New);
    let marta = desk.person("Marta", Role::Agent);
    let old = desk.writes(&channel, ANA, "first").id;
    desk.pass(Span::hours(25));
    desk.shuts(&desk.rights(&marta), old);
    let path = format!("/conversations/{old}/later");
    let kept = desk.post(&marta, &path, &[("body", "Welcome back"), ("how", "self"), ("key", "k1")]);
    assert_eq!(kept.status, 303, "{}", kept.body);
    let new = desk.writes(&channel, ANA, "again").id;
    assert_ne!(new, old);
    ticker::tick(&desk.desk, &mut Rounds::default()).unwrap();
    let said: Vec<String> = desk.said(new).into_iter().map(|message| message.body).collect();
    assert!(said.contains(&"Welcome back".to_owned()), "{said:?}");
    assert_eq!(desk.count("SELECT count(*) FROM later"), 0);
}

#[test]
fn a_closing_that_was_taken_back_holds_nothing() {
    let stage = stage();
    let at = stage.desk.now() + Span::hours(1);
    let id = stage.plan("See you at nine", When::At { at, alone: false }, None).unwrap();
    let marta = stage.desk.person("Petra", Role::Supervisor);
    let closed = stage.desk.post(&marta, &format!("/conversations/{}/close", stage.ana), &[]);
    assert_eq!(closed.status, 303, "{}", closed.body);
    stage.passes(Span::hours(1));
    assert_eq!(stage.held(id), Some(Why::Moved));
    stage.desk.write(|tx| Ok(tx.execute("UPDATE deed SET at = at + 3600000", [])?));
    assert_eq!(stage.desk.post(&marta, "/deeds/1/undo", &[]).status, 303);
    stage.passes(Span::seconds(1));
    assert_eq!(stage.ours(), ["See you at nine"]);
}

#[test]
fn what_a_colleague_left_behind_is_taken_over_with_its_files() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Sms);
    let (marta, otto) = (desk.person("Marta", Role::Agent), desk.person("Otto", Role::Agent));
    let ana = desk.writes(&channel, ANA, "first").id;
    let fields = [("kind", "reply"), ("body", "Good morning"), ("later", "tomorrow"), ("key", "k1")];
    assert_eq!(desk.post(&marta, &format!("/conversations/{ana}/messages"), &fields).status, 303);
    desk.write(|tx| {
        Ok(tx.execute(
            "INSERT INTO attachment (agent_id, later_id, name, media_type, size, state, key, created_at)
             VALUES ((SELECT agent_id FROM later), 1, 'price list.pdf', 'application/pdf', 1, 'stored', 'k', 5)",
            [],
        )?)
    });
    let page = desk.get(&otto, &format!("/conversations/{ana}")).body;
    assert!(!page.contains("Take over"), "its writer can send it");
    assert_eq!(desk.post(&otto, "/later/1/change", &[]).status, 403, "as long as its writer can");
    let id = marta.id;
    desk.write(move |tx| Ok(tx.execute("UPDATE agent SET disabled_at = 5 WHERE id = ?1", [id])?));
    let page = desk.get(&otto, &format!("/conversations/{ana}")).body;
    assert!(page.contains("Take over") && page.contains("no longer works here"), "{page}");
    let taken = desk.post(&otto, "/later/1/change", &[]);
    assert_eq!(taken.header("location"), Some(&*format!("/conversations/{ana}?done=changing")));
    let page = desk.get(&otto, &format!("/conversations/{ana}")).body;
    assert!(page.contains(">Good morning</textarea>") && page.contains("price list.pdf"), "{page}");
    assert_eq!(desk.count("SELECT count(*) FROM later"), 0);
}

#[test]
fn who_no_longer_sees_the_conversation_still_has_the_text_and_learns_nothing_else() {
    let stage = stage();
    let person = stage.desk.person("Martha", Role::Agent);
    let path = format!("/conversations/{}/messages", stage.ana);
    let fields = [("kind", "reply"), ("body", "Good morning"), ("later", "tomorrow"), ("key", "k1")];
    assert_eq!(stage.desk.post(&person, &path, &fields).status, 303);
    let ana = stage.ana;
    stage.desk.write(move |tx| {
        let queue = store::queue::insert(tx, "Medical", transom::domain::Timestamp(1))?;
        let mut one = store::conversation::get(tx, ana)?.unwrap();
        one.queue = Some(queue);
        store::conversation::update(tx, &one)
    });
    stage.passes(Span::hours(23));
    assert_eq!(stage.held(Id::new(1)), Some(Why::Owner));
    let page = stage.desk.get(&person, "/later").body;
    assert!(
        page.contains("Good morning") && page.contains("A conversation that you no longer see"),
        "{page}"
    );
    let main = page.split("<main").nth(1).unwrap();
    assert!(!main.contains("34612345678") && !main.contains("/conversations/") && !main.contains("Send now"));
    let taken = stage.desk.post(&person, "/later/1/cancel", &[]);
    assert_eq!(taken.header("location"), Some("/later"));
    assert_eq!(stage.desk.count("SELECT count(*) FROM later"), 0);
}

/// What the form for a closed window refuses stays in it, with everything that was chosen.
#[test]
fn a_text_for_the_window_that_is_refused_stays_in_its_form() {
    let stage = stage();
    let marta = stage.desk.person("Martha", Role::Agent);
    stage.passes(Span::hours(25));
    let path = format!("/conversations/{}/later", stage.ana);
    let long = "x".repeat(5000);
    let chosen = [("how", "self"), ("days", "7"), ("key", "k1")];
    let refused = stage.desk.post(&marta, &path, &[&chosen[..], &[("body", &*long)]].concat());
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains(&format!(">{long}</textarea>")), "the text is in its field");
    assert!(refused.body.contains("904 characters too long"), "{}", refused.body);
    assert!(refused.body.contains("<option value=\"self\" selected>"), "{}", refused.body);
    assert!(refused.body.contains("<option value=\"7\" selected>"), "{}", refused.body);
    let card = [&chosen[..], &[("body", "4111 1111 1111 1111")]].concat();
    let asked = stage.desk.post(&marta, &path, &card);
    assert_eq!(asked.status, 422);
    let anyway = "form=\"window-form\" name=\"knows\" value=\"sensitive\">Keep it anyway";
    assert!(asked.body.contains(anyway), "{}", asked.body);
    let page = stage.desk.get(&marta, &format!("/conversations/{}", stage.ana)).body;
    assert!(page.contains(">4111 1111 1111 1111</textarea>"), "it is kept as a draft: {page}");
    let kept = stage.desk.post(&marta, &path, &[&card[..], &[("knows", "sensitive")]].concat());
    assert_eq!(kept.status, 303, "{}", kept.body);
    stage.writes();
    assert_eq!(stage.ours(), ["4111 1111 1111 1111"], "its writer was asked when it was planned");
}

/// Planned by a program, with numbers that a person would be asked about: one word sends it.
#[test]
fn what_its_writer_was_asked_about_is_sent_with_one_click() {
    let stage = stage();
    stage.passes(Span::hours(25));
    let marta = stage.marta.clone();
    let id = stage.plan("4111", When::Window { by_itself: false }, Some(Span::days(3))).unwrap();
    stage.desk.write(|tx| Ok(tx.execute("UPDATE later SET body = '4111 1111 1111 1111'", [])?));
    stage.writes();
    assert_eq!(stage.held(id), Some(Why::Ready));
    stage.desk.act(move |tx, now| later::send_now(tx, &marta, (id, false), now)).unwrap();
    assert_eq!(stage.ours(), ["4111 1111 1111 1111"]);
}
