//! Mail as work: offered, answered, handed over, closed; and letters that somebody here begins.

use std::collections::BTreeSet;

use transom::actions::{assign, begin, close, deal, reply, transfer};
use transom::domain::access::Viewer;
use transom::domain::agent::{Agent, Role};
use transom::domain::availability::{Media, State};
use transom::domain::channel::Kind;
use transom::domain::conversation::{Conversation, Status};
use transom::domain::offer::Denied;
use transom::domain::offer::Kind as Asked;
use transom::domain::queue::Mode;
use transom::domain::{Id, Refused, Span};
use transom::store;
use transom::web::http::{Method, Request};
use transom::web::session;

use crate::deal::Floor;
use crate::support::TestDesk;
use crate::support::cast::{answer, refusal};
use crate::support::desk::{Page, Person};
use crate::support::letters::{Desk, comes, composer, mailbox};

const ANA: &str = "ana@example.org";

fn mail_floor() -> (Floor, Vec<Viewer>) {
    let (mut floor, people) = Floor::new(Mode::Offer, &["Marta", "Petra"]);
    let queue = floor.queue;
    floor.channel = floor.desk.channel_with(Kind::Email, |channel| channel.queue = Some(queue));
    (floor, people)
}

fn accepted(floor: &Floor, people: &[Viewer]) -> Id<Conversation> {
    let came = floor.desk.writes(&floor.channel, ANA, "m1").id;
    floor.chooses(&people[0], State::Available);
    floor.deal(&[&people[0], &people[1]]);
    let offer = floor.waiting_for(&people[0]).remove(0);
    assert_eq!(floor.accepts(&people[0], &offer).unwrap(), came);
    came
}

fn mails_of(floor: &Floor, who: &Viewer) -> u32 {
    floor.desk.read(|c| store::offer::load(c, who.agent)).get(&Media::Email).copied().unwrap_or_default()
}

fn answers(floor: &Floor, who: &Viewer, id: Id<Conversation>) {
    let (by, order) = (who.clone(), answer(id, "Turn it round."));
    floor.desk.act(move |tx, now| reply::reply(tx, &by, &order, now)).unwrap();
}

#[test]
fn s156_mail_is_offered_to_who_is_available_and_to_nobody_else() {
    let (floor, people) = mail_floor();
    let came = floor.desk.writes(&floor.channel, ANA, "m1");
    let both = [&people[0], &people[1]];
    floor.deal(&both);
    assert!(both.iter().all(|who| floor.waiting_for(who).is_empty()), "both are idle");
    floor.chooses(&people[1], State::Available);
    floor.chooses(&people[1], State::Idle(None));
    floor.deal(&both);
    assert!(floor.waiting_for(&people[1]).is_empty(), "idle again");
    floor.chooses(&people[1], State::Available);
    floor.deal(&both);
    assert!(floor.waiting_for(&people[0]).is_empty());
    assert_eq!(floor.waiting_for(&people[1])[0].conversation, came.id);
}

#[test]
fn s223_a_mail_is_done_when_it_was_answered_and_work_again_when_they_write_back() {
    let (floor, people) = mail_floor();
    let id = accepted(&floor, &people);
    assert_eq!(mails_of(&floor, &people[0]), 1);
    answers(&floor, &people[0], id);
    assert_eq!(mails_of(&floor, &people[0]), 0, "nobody ends it");
    assert_eq!(floor.desk.conversation(id).status, Status::Open, "and it is closed by nobody either");
    floor.desk.pass(Span::minutes(1));
    floor.desk.writes(&floor.channel, ANA, "m2");
    assert_eq!(mails_of(&floor, &people[0]), 1);
    // Or it is handed over.
    let (by, to) = (people[0].clone(), transfer::To::Queue(floor.queue));
    floor.desk.act(move |tx, now| transfer::transfer(tx, &by, id, to, "", now)).unwrap();
    assert_eq!(mails_of(&floor, &people[0]), 0);
}

#[test]
fn s223_whoever_wants_to_close_a_mail_may_as_on_every_channel() {
    let (floor, people) = mail_floor();
    let id = accepted(&floor, &people);
    let by = people[0].clone();
    floor.desk.act(move |tx, now| close::close(tx, &by, id, &close::Closing::default(), now)).unwrap();
    assert_eq!((floor.desk.conversation(id).status, mails_of(&floor, &people[0])), (Status::Closed, 0));
}

#[test]
fn x6_a_mail_that_was_begun_here_is_handed_to_a_person_too_and_one_of_a_customer_is_not() {
    let desk = TestDesk::new();
    let (petra, marc) = (desk.person("Petra", Role::Agent), desk.person("Marc", Role::Agent));
    let channel = mailbox(&desk);
    let number = channel.id.to_string();
    let theirs = comes(&desk, &channel, "one@example.com", "It does not glow.");
    let fields =
        [("channel", number.as_str()), ("to", ANA), ("subject", "Your order"), ("body", "It is ready.")];
    let begun = desk.post(&petra, "/conversations/new", &fields);
    let ours = begun.header("location").unwrap().rsplit('/').next().unwrap().parse().unwrap();
    desk.write(|tx| store::queue::insert(tx, "Repairs", transom::domain::Timestamp(1)));
    let menu = |id: Id<Conversation>| {
        let page = desk.get(&petra, &format!("/conversations/{id}")).body;
        page.split("id=\"transfer-to\"").nth(1).unwrap().split("</select>").next().unwrap().to_owned()
    };
    assert!(!menu(theirs).contains("agent:") && menu(ours).contains(&format!("agent:{}", marc.id)));
    let to = format!("agent:{}", marc.id);
    let hands = |id| desk.post(&petra, &format!("/conversations/{id}/transfer"), &[("to", &to)]).status;
    assert_eq!((hands(theirs), hands(ours)), (422, 303));
    assert_eq!(desk.conversation(ours).assignee, Some(marc.id));
    assert_eq!(desk.conversation(theirs).assignee, None);
}

#[test]
fn s48_s49_s61_a_letter_of_ours_is_offered_to_nobody_and_other_work_goes_on_beside_it() {
    let (floor, people) = mail_floor();
    floor.chooses(&people[0], State::Available);
    let order = begin::Begin {
        channel: floor.channel.id,
        to: "bo@example.org".to_owned(),
        subject: "Your order".to_owned(),
        body: "It is ready.".to_owned(),
        template: None,
        attachments: Vec::new(),
        key: None,
    };
    let marta = people[0].clone();
    let id = floor.desk.act(move |tx, now| begin::begin(tx, &marta, &order, now)).unwrap();
    assert_eq!(floor.desk.conversation(id).assignee, Some(people[0].agent), "S45");
    floor.deal(&[&people[0], &people[1]]);
    let offered = |who: &Viewer| floor.waiting_for(who).iter().any(|offer| offer.conversation == id);
    assert!(!people.iter().any(offered), "nothing is dealt of it");
    let came = floor.desk.writes(&floor.channel, ANA, "m1").id;
    floor.deal(&[&people[0], &people[1]]);
    assert_eq!(floor.waiting_for(&people[0])[0].conversation, came, "and she is asked for other work");
}

#[test]
fn s60_s149_s223_a_mail_has_no_conference_and_who_asks_for_one_is_told_why() {
    let (floor, people) = mail_floor();
    let id = accepted(&floor, &people);
    floor.chooses(&people[1], State::Available);
    let present: BTreeSet<Id<Agent>> = people.iter().map(|who| who.agent).collect();
    let whom = deal::Whom::Agent(people[1].agent);
    let request = deal::Request { kind: Asked::Conference, whom, note: String::new() };
    let by = people[0].clone();
    let asked = floor.desk.act(move |tx, now| deal::ask(tx, &by, id, &request, &present, now));
    assert_eq!(refusal(asked), Refused::Work(Denied::ConferenceMail));
}

#[test]
fn s42_s59_the_entry_point_is_chosen_and_the_letter_leaves_from_it() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let (_, sales) = (
        mailbox(&desk),
        desk.channel_with(Kind::Email, |channel| {
            channel.name = "Sales".into();
            channel.settings.insert("address".into(), "sales@shop.example".into());
        }),
    );
    let number = sales.id.to_string();
    let page = desk.get(&petra, &format!("/conversations/new?channel={number}")).body;
    let choice = page.split("id=\"f-channel\"").nth(1).unwrap().split("</select>").next().unwrap();
    assert!(
        choice.contains("Help desk") && choice.contains(&format!("value=\"{number}\" selected")),
        "{choice}"
    );
    let fields = [("channel", number.as_str()), ("to", ANA), ("subject", "Lamps"), ("body", "Hello")];
    let begun = desk.post(&petra, "/conversations/new", &fields);
    let id = begun.header("location").unwrap().rsplit('/').next().unwrap().parse().unwrap();
    let head = desk.said(id).pop().unwrap().extra.mail.unwrap();
    assert_eq!(head.from.unwrap().address, "sales@shop.example");
}

/// The form of an answer with a file in it.
fn sends_file(
    desk: &TestDesk,
    who: &Person,
    to: &str,
    fields: &[(String, String)],
    file: (&str, &[u8]),
) -> Page {
    let csrf = ("csrf".to_owned(), session::csrf(&who.token));
    let mut body = Vec::new();
    for (name, value) in fields.iter().chain([&csrf]) {
        let part = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend(part.as_bytes());
    }
    let head = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\nContent-Type: text/plain\r\n\r\n",
        file.0
    );
    body.extend(head.as_bytes());
    body.extend(file.1);
    body.extend(b"\r\n--b--\r\n");
    let request = Request::new(Method::Post, to)
        .with_header("cookie", &format!("transom={}", who.token))
        .with_body("multipart/form-data; boundary=b", body);
    desk.ask(request)
}

#[test]
fn s149_s172_files_go_with_an_answer_and_stay_when_it_is_refused() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let id = comes(&desk, &mailbox(&desk), "one@example.com", "It does not glow.");
    let at = Desk { desk: &desk, who: &petra, id };
    let page = at.act("mode:reply_all", &[("body", "Here is the plan.")]);
    assert!(
        composer(&page).contains("Attach (19.1 MB in all)"),
        "the limit is known before: {}",
        composer(&page)
    );
    let fields = crate::support::letters::fields(&page);
    let to = format!("/conversations/{id}/messages");
    let mut wrong = fields.clone();
    wrong.retain(|(name, _)| name != "cc");
    wrong.push(("cc".into(), "nobody".into()));
    let refused = sends_file(&desk, &petra, &to, &wrong, ("plan.txt", b"first"));
    assert_eq!(refused.status, 422);
    let kept = composer(&refused.body);
    assert!(kept.contains("name=\"attachment\"") && kept.contains("plan.txt"), "{kept}");
    let again = crate::support::letters::fields(&refused.body);
    let again: Vec<_> = again
        .into_iter()
        .map(|(name, value)| if name == "cc" { (name, String::new()) } else { (name, value) })
        .collect();
    let sent = sends_file(&desk, &petra, &to, &again, ("lamp.txt", b"second"));
    assert_eq!(sent.status, 303, "{}", composer(&sent.body));
    let files = desk.read(|c| store::attachment::of_message(c, at.last().id));
    let mut names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["lamp.txt", "plan.txt"]);
    // Too much together is told with the limit, and the text stays.
    let large = vec![b'x'; 20_000_000];
    let page = at.act("mode:reply", &[("body", "And the film.")]);
    let over = sends_file(&desk, &petra, &to, &crate::support::letters::fields(&page), ("film.txt", &large));
    assert_eq!(over.status, 422);
    let page = composer(&over.body);
    assert!(page.contains("And the film.") && page.contains("MB"), "{page}");
}

#[test]
fn x6_who_only_assigns_may_give_a_mail_to_a_person() {
    let (floor, people) = mail_floor();
    let id = accepted(&floor, &people);
    let (lead, to) = (floor.desk.viewer("Lead", Role::Supervisor), people[1].agent);
    floor.desk.act(move |tx, now| assign::assign(tx, &lead, id, Some(to), now)).unwrap();
    assert_eq!(floor.desk.conversation(id).assignee, Some(to));
}
