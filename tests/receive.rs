//! What comes in: once, in any order, to the right place, and never pretending.

use proptest::prelude::*;

use crate::support::TestDesk;
use crate::support::cast::{answer, party, text};
use transom::actions::snooze;
use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::channel::{Kind, OnClose, OnReturn};
use transom::domain::contact::AddressKind;
use transom::domain::conversation::Status;
use transom::domain::event::Cause;
use transom::domain::inbound::{Event, File, FileContent};
use transom::domain::message::{self, AttachmentState};
use transom::domain::window::Opener;
use transom::store::{self, attachment, contact, grant};

const ANA: &str = "+34612345678";

#[test]
fn s202_the_first_message_makes_a_contact_and_an_unassigned_conversation() {
    // S202
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Whatsapp);
    let mut first = text(&channel, ANA, "m1", desk.now());
    first.from.name = Some("Ana García".into());
    desk.hear(&channel, Event::Message(first)).unwrap();
    let conversation = desk.conversation(desk.said(transom::domain::Id::new(1))[0].conversation);
    assert_eq!((conversation.status, conversation.assignee), (Status::Open, None));
    assert_eq!((conversation.unread, conversation.waiting_since), (1, Some(desk.now())));
    assert_eq!(conversation.snippet, "text of m1");
    assert_eq!(conversation.window_closes_at, Some(desk.now() + Span::hours(24)));
    let person = desk.read(|c| Ok(contact::get(c, conversation.contact)?.unwrap()));
    assert_eq!(person.name, "Ana García");
    assert_eq!(desk.lines(conversation.id)[0].0, "conversation.opened");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// C3, T6: however often, in whatever order and however parallel the same deliveries come, there is one
    /// conversation, each message stands in it once, and the list quotes the newest.
    #[test]
    fn parallel_duplicates_in_any_order_make_each_message_once(
        order in prop::collection::vec(0_usize..6, 1..40),
        threads in 1_usize..6,
    ) {
        let desk = TestDesk::new();
        let channel = desk.channel(Kind::Whatsapp);
        let texts: Vec<_> = (0..6)
            .map(|n| text(&channel, ANA, &format!("m{n}"), desk.now() - Span::seconds(60 - n)))
            .collect();
        std::thread::scope(|scope| {
            for part in order.chunks(order.len().div_ceil(threads)) {
                let (desk, channel, texts) = (&desk, &channel, &texts);
                scope.spawn(move || {
                    for n in part {
                        desk.hear(channel, Event::Message(texts[*n].clone())).unwrap();
                    }
                });
            }
        });
        let mut wanted: Vec<usize> = order.clone();
        wanted.sort_unstable();
        wanted.dedup();
        prop_assert_eq!(desk.count("SELECT count(*) FROM conversation"), 1);
        prop_assert_eq!(desk.count("SELECT count(*) FROM contact"), 1);
        let inbound = desk.count("SELECT count(*) FROM message WHERE kind = 'inbound'");
        prop_assert_eq!(usize::try_from(inbound).unwrap(), wanted.len());
        let conversation = desk.conversation(transom::domain::Id::new(1));
        prop_assert_eq!(usize::try_from(conversation.unread).unwrap(), wanted.len());
        prop_assert_eq!(conversation.snippet, format!("text of m{}", wanted.last().unwrap()));
    }
}

#[test]
fn a_message_that_is_days_late_raises_the_conversation_but_not_its_quote() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Whatsapp);
    let conversation = desk.writes(&channel, ANA, "new");
    desk.pass(Span::minutes(5));
    let late = text(&channel, ANA, "late", desk.now() - Span::days(3));
    desk.hear(&channel, Event::Message(late)).unwrap();
    let after = desk.conversation(conversation.id);
    assert_eq!(after.snippet, "text of new");
    assert_eq!(after.last_message, conversation.last_message);
    assert_eq!(after.last_message_at, desk.now(), "what arrived is looked at");
    assert_eq!(after.unread, 2);
    assert_eq!(after.waiting_since, Some(desk.now() - Span::days(3)));
    assert_eq!(after.window_closes_at, conversation.window_closes_at, "the newer grant stays");
}

#[test]
fn a_provider_whose_clock_is_ahead_holds_no_window_open() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Whatsapp);
    let ahead = text(&channel, ANA, "m1", desk.now() + Span::days(300));
    desk.hear(&channel, Event::Message(ahead)).unwrap();
    let conversation = desk.conversation(transom::domain::Id::new(1));
    assert_eq!(conversation.window_closes_at, Some(desk.now() + Span::hours(24)));
    assert_eq!(conversation.waiting_since, Some(desk.now()));
}

#[test]
fn a_closed_conversation_opens_again_as_a_new_episode_with_its_old_assignee() {
    // X11, X12
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Sms);
    let marta = desk.viewer("Marta", Role::Agent);
    let conversation = desk.writes(&channel, ANA, "m1");
    desk.sends(&marta, conversation.id, "s1");
    desk.shuts(&marta, conversation.id);
    desk.pass(Span::hours(1));
    let again = desk.writes(&channel, ANA, "m2");
    assert_eq!(again.id, conversation.id);
    assert_eq!((again.status, again.episode, again.assignee), (Status::Open, 2, Some(marta.agent)));
    let (kind, line) = desk.lines(again.id).pop().unwrap();
    assert_eq!(kind, "conversation.reopened");
    assert_eq!((line.cause, line.episode), (Some(Cause::Customer), Some(2)));
}

#[test]
fn after_unassign_on_close_nobody_has_the_conversation_that_opens_again() {
    // S22
    let desk = TestDesk::new();
    let channel = desk.channel_with(Kind::Sms, |channel| channel.on_close = OnClose::Unassign);
    let marta = desk.viewer("Marta", Role::Agent);
    let conversation = desk.writes(&channel, ANA, "m1");
    desk.sends(&marta, conversation.id, "s1");
    desk.shuts(&marta, conversation.id);
    assert_eq!(desk.conversation(conversation.id).assignee, None);
    assert_eq!(desk.writes(&channel, ANA, "m2").assignee, None);
}

#[test]
fn a_conversation_does_not_return_to_an_agent_who_left() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Sms);
    let marta = desk.viewer("Marta", Role::Agent);
    let conversation = desk.writes(&channel, ANA, "m1");
    desk.sends(&marta, conversation.id, "s1");
    desk.shuts(&marta, conversation.id);
    let (id, now) = (marta.agent, desk.now());
    desk.write(move |tx| {
        let mut agent = store::agent::get(tx, id)?.unwrap();
        agent.disabled_at = Some(now);
        store::agent::update(tx, &agent)
    });
    assert_eq!(desk.writes(&channel, ANA, "m2").assignee, None);
}

#[test]
fn s201_where_a_return_begins_anew_the_new_conversation_links_back() {
    // S62
    let desk = TestDesk::new();
    let channel = desk.channel_with(Kind::Sms, |channel| channel.on_return = OnReturn::New);
    let marta = desk.viewer("Marta", Role::Agent);
    let first = desk.writes(&channel, ANA, "m1");
    desk.shuts(&marta, first.id);
    let second = desk.writes(&channel, ANA, "m2");
    assert_ne!(second.id, first.id);
    assert_eq!((second.previous, second.contact, second.assignee), (Some(first.id), first.contact, None));
    assert_eq!(desk.conversation(first.id).status, Status::Closed);
    assert_eq!(desk.writes(&channel, ANA, "m3").id, second.id, "one at a time (S201)");
}

#[test]
fn a_snoozed_conversation_wakes_at_once_when_the_customer_writes() {
    // S207
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Sms);
    let marta = desk.viewer("Marta", Role::Agent);
    let conversation = desk.writes(&channel, ANA, "m1");
    let until = desk.now() + Span::days(2);
    let by = marta.clone();
    desk.act(move |tx, now| snooze::snooze(tx, &by, conversation.id, Some(until), now)).unwrap();
    let woken = desk.writes(&channel, ANA, "m2");
    assert_eq!((woken.id, woken.status, woken.snoozed_until), (conversation.id, Status::Open, None));
    let (kind, line) = desk.lines(woken.id).pop().unwrap();
    assert_eq!((kind.as_str(), line.cause), ("conversation.woke", Some(Cause::Customer)));
}

#[test]
fn what_a_blocked_person_writes_is_kept_and_disturbs_nobody() {
    // S203
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Sms);
    let marta = desk.viewer("Marta", Role::Agent);
    let conversation = desk.writes(&channel, ANA, "m1");
    desk.shuts(&marta, conversation.id);
    let (id, now) = (conversation.contact, desk.now());
    desk.write(move |tx| {
        let mut contact = contact::get(tx, id)?.unwrap();
        contact.blocked_at = Some(now);
        contact::update(tx, &contact)
    });
    desk.pass(Span::hours(1));
    let after = desk.writes(&channel, ANA, "m2");
    assert_eq!((after.status, after.unread, after.waiting_since), (Status::Closed, 0, None));
    assert_eq!(desk.said(after.id).len(), 2);
    let other = desk.channel(Kind::Sms);
    assert_eq!(desk.writes(&other, ANA, "m3").status, Status::Closed, "not even a new one");
}

#[test]
fn one_number_is_one_person_over_channels_and_nobody_is_merged_in_silence() {
    let desk = TestDesk::new();
    let (sms, whatsapp) = (desk.channel(Kind::Sms), desk.channel(Kind::Whatsapp));
    let by_sms = desk.writes(&sms, ANA, "m1");
    let mut vouched = text(&whatsapp, ANA, "w1", desk.now());
    vouched.from.also = vec![(AddressKind::Phone, ANA.into())];
    desk.hear(&whatsapp, Event::Message(vouched)).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM contact"), 1, "the number behind the account is the same");
    let custom = desk.channel(Kind::Custom);
    let mut claims = text(&custom, "somebody", "c1", desk.now());
    claims.from.also = vec![(AddressKind::Phone, ANA.into()), (AddressKind::Email, "x@example.org".into())];
    desk.hear(&custom, Event::Message(claims)).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM contact"), 2, "a claim makes nobody the same person");
    let owner = desk.read(|c| contact::find_address(c, AddressKind::Phone, sms.id, ANA)).unwrap();
    assert_eq!(owner.contact, by_sms.contact, "the number stays with whom it was");
    let mail = desk.read(|c| contact::find_address(c, AddressKind::Email, sms.id, "x@example.org")).unwrap();
    assert_ne!(mail.contact, by_sms.contact, "what was free is added");
}

#[test]
fn a_missing_name_is_filled_in_later_and_a_given_one_stays() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Sms);
    let conversation = desk.writes(&channel, ANA, "m1");
    for (id, name) in [("m2", "Ana"), ("m3", "Somebody else")] {
        let mut named = text(&channel, ANA, id, desk.now());
        named.from.name = Some(name.into());
        desk.hear(&channel, Event::Message(named)).unwrap();
    }
    assert_eq!(desk.read(|c| Ok(contact::get(c, conversation.contact)?.unwrap())).name, "Ana");
}

#[test]
fn a_new_number_moves_with_its_conversations_unless_it_is_taken() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Whatsapp);
    let conversation = desk.writes(&channel, ANA, "m1");
    let from = party(AddressKind::Whatsapp, ANA);
    desk.hear(&channel, Event::Moved { from, to: "+34600000001".into() }).unwrap();
    assert_eq!(desk.writes(&channel, "+34600000001", "m2").id, conversation.id);
    let other = desk.writes(&channel, "+34600000002", "m3");
    let from = party(AddressKind::Whatsapp, "+34600000002");
    desk.hear(&channel, Event::Moved { from, to: "+34600000001".into() }).unwrap();
    assert_eq!(desk.writes(&channel, "+34600000002", "m4").id, other.id, "nobody takes an address over");
}

#[test]
fn who_left_is_told_once_and_who_said_stop_is_not_written_to() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Sms);
    let marta = desk.viewer("Marta", Role::Agent);
    let conversation = desk.writes(&channel, ANA, "m1");
    let from = party(AddressKind::Phone, ANA);
    for _ in 0..2 {
        desk.hear(&channel, Event::Left { from: from.clone(), at: desk.now() }).unwrap();
    }
    let left = desk.lines(conversation.id).iter().filter(|(kind, _)| kind == "contact.left").count();
    assert_eq!(left, 1);
    let consent = |allowed| Event::Consent { from: from.clone(), allowed, at: desk.now() };
    desk.hear(&channel, consent(false)).unwrap();
    let refused = desk.replies(&marta, &answer(conversation.id, "but"));
    assert_eq!(crate::support::cast::refusal(refused), transom::domain::Refused::OptedOut);
    desk.hear(&channel, consent(true)).unwrap();
    desk.replies(&marta, &answer(conversation.id, "thanks")).unwrap();
}

#[test]
fn a_file_is_what_its_bytes_are_and_one_elsewhere_is_due_to_be_fetched() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Email);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.resize(600_000, 7);
    let file = |name: &str, kind: &str, content| File { name: name.into(), media_type: kind.into(), content };
    let mut mail = text(&channel, "ana@example.org", "m1", desk.now());
    mail.files = vec![
        file("../../photo.html", "text/html", FileContent::Here(png.clone())),
        file("page.png", "image/png", FileContent::Here(b"<script>alert(1)</script>".to_vec())),
        file("note.txt", "text/plain; charset=utf-8", FileContent::Here("grüß".into())),
        file("far.pdf", "application/pdf", FileContent::Remote(serde_json::json!({ "id": 7 }))),
    ];
    desk.hear(&channel, Event::Message(mail)).unwrap();
    let files = desk.read(|c| attachment::of_message(c, desk.said(transom::domain::Id::new(1))[0].id));
    let types: Vec<&str> = files.iter().map(|file| file.media_type.as_str()).collect();
    assert_eq!(types, ["image/png", "application/octet-stream", "text/plain", "application/pdf"]);
    assert_eq!(files[0].name, "photo.html", "never a path");
    assert_eq!((files[0].state, files[0].size), (AttachmentState::Stored, 600_000));
    let mut back = Vec::new();
    let mut number = 0;
    while let Some(part) = desk.read(|c| attachment::part(c, files[0].id, number)) {
        assert!(part.len() <= attachment::PART);
        back.extend(part);
        number += 1;
    }
    assert_eq!((back, number), (png, 3), "in parts, and whole");
    let due = desk.read(|c| attachment::due(c, desk.now(), 10));
    assert_eq!((due.len(), due[0].0.id), (1, files[3].id));
}

#[test]
fn an_opener_that_is_no_message_opens_the_window_of_whoever_it_was() {
    // S221
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Messenger);
    let from = party(AddressKind::Messenger, "psid");
    let opener = Opener::Lasting { length: Span::days(7), sends: None };
    desk.hear(&channel, Event::Opened { from, opener, at: desk.now() }).unwrap();
    let address =
        desk.read(|c| contact::find_address(c, AddressKind::Messenger, channel.id, "psid")).unwrap();
    let grants = desk.read(|c| grant::of(c, address.id, channel.id));
    assert_eq!(grants[0].closes_at, desk.now() + Span::days(7));
    assert_eq!(desk.count("SELECT count(*) FROM conversation"), 0, "nobody said anything yet");
}

#[test]
fn a_message_without_an_id_is_taken_and_matches_nothing() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Email);
    for from in ["a@example.org", "b@example.org"] {
        desk.hear(&channel, Event::Message(text(&channel, from, "", desk.now()))).unwrap();
    }
    assert_eq!(desk.count("SELECT count(*) FROM conversation"), 2);
    assert_eq!(desk.count("SELECT count(*) FROM message WHERE provider_id IS NOT NULL"), 0);
    assert_eq!(desk.said(transom::domain::Id::new(1))[0].kind, message::Kind::Inbound);
}
