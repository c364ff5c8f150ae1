//! What becomes of our messages and theirs afterwards: receipts, echoes, reactions, edits.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::support::TestDesk;
use crate::support::cast::{answer, party, receipt, text};
use transom::actions::Error;
use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::contact::AddressKind;
use transom::domain::conversation::Status;
use transom::domain::inbound::{Event, Receipt};
use transom::domain::message::State;
use transom::domain::outbox::{self, Failure};
use transom::domain::window::{After, window};
use transom::store::{self, grant};

const ANA: &str = "+34612345678";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Receipts only ever lead forward, whatever order they come in.
    #[test]
    fn receipts_in_any_order_end_at_the_furthest(order in Just(vec![State::Sent, State::Delivered, State::Read,
        State::Delivered, State::Sent]).prop_shuffle()) {
        let desk = TestDesk::new();
        let channel = desk.channel(Kind::Whatsapp);
        let marta = desk.viewer("Marta", Role::Agent);
        let conversation = desk.writes(&channel, ANA, "m1");
        let ours = desk.sends(&marta, conversation.id, "w1");
        let mut furthest = 0;
        for state in order {
            desk.hear(&channel, Event::Receipt(receipt("w1", state, desk.now()))).unwrap();
            let rank = |state| [State::Sent, State::Delivered, State::Read].iter().position(|s| *s == state);
            let here = rank(desk.message(ours).state).ok_or_else(|| TestCaseError::fail("an odd state"))?;
            prop_assert!(here >= furthest);
            furthest = here;
        }
        prop_assert_eq!(desk.message(ours).state, State::Read);
    }
}

#[test]
fn a_receipt_that_overtakes_our_own_note_is_tried_again_and_found_by_our_key() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Whatsapp);
    let marta = desk.viewer("Marta", Role::Agent);
    let conversation = desk.writes(&channel, ANA, "m1");
    let early = Event::Receipt(receipt("w1", State::Delivered, desk.now()));
    assert!(matches!(desk.hear(&channel, early.clone()), Err(Error::NotFound)));
    let ours = desk.sends(&marta, conversation.id, "w1");
    desk.hear(&channel, early).unwrap();
    assert_eq!(desk.message(ours).state, State::Delivered);
    let second = desk.replies(&marta, &answer(conversation.id, "second")).unwrap();
    let key = desk.read(|c| Ok(store::outbox::of_message(c, second)?.unwrap().key));
    let by_key = Receipt { our_key: Some(key), ..receipt("w2", State::Sent, desk.now()) };
    desk.hear(&channel, Event::Receipt(by_key)).unwrap();
    let second = desk.message(second);
    assert_eq!((second.state, second.provider_id.as_deref()), (State::Sent, Some("w2")));
    assert_eq!(desk.count("SELECT count(*) FROM outbox"), 0, "what arrived is not sent again");
}

#[test]
fn a_receipt_of_another_account_says_nothing_about_ours() {
    let desk = TestDesk::new();
    let (ours, other) = (desk.channel(Kind::Whatsapp), desk.channel(Kind::Whatsapp));
    let marta = desk.viewer("Marta", Role::Agent);
    let conversation = desk.writes(&ours, ANA, "m1");
    let id = desk.replies(&marta, &answer(conversation.id, "hello")).unwrap();
    let key = desk.read(|c| Ok(store::outbox::of_message(c, id)?.unwrap().key));
    let foreign = Receipt { our_key: Some(key), ..receipt("x", State::Read, desk.now()) };
    assert!(matches!(desk.hear(&other, Event::Receipt(foreign)), Err(Error::NotFound)));
    assert_eq!(desk.message(id).state, State::Queued);
}

#[test]
fn the_providers_refusal_closes_the_window_that_we_thought_open() {
    // C1: the provider's word is the truth.
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Whatsapp);
    let marta = desk.viewer("Marta", Role::Agent);
    let conversation = desk.writes(&channel, ANA, "m1");
    let ours = desk.sends(&marta, conversation.id, "w1");
    desk.pass(Span::minutes(1));
    let fault = Failure::never(outbox::Cause::WindowClosed, "131047");
    let closed = Receipt { fault: Some(fault), ..receipt("w1", State::Failed, desk.now()) };
    desk.hear(&channel, Event::Receipt(closed.clone())).unwrap();
    desk.hear(&channel, Event::Receipt(closed)).unwrap();
    let message = desk.message(ours);
    assert_eq!(message.state, State::Failed);
    assert_eq!(message.error.unwrap().code, "window_closed");
    let after = desk.conversation(conversation.id);
    assert_eq!((after.failed, after.window_closes_at), (1, None), "counted once");
    let refused = desk.replies(&marta, &answer(conversation.id, "again"));
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    desk.pass(Span::minutes(1));
    desk.writes(&channel, ANA, "m2");
    desk.replies(&marta, &answer(conversation.id, "again")).unwrap();
}

#[test]
fn a_refusal_takes_from_a_person_only_what_was_refused() {
    // S220: first the free window, which leaves the answer by hand; then that as well.
    let desk = TestDesk::new();
    let channel = desk.channel_with(Kind::Messenger, |channel| {
        channel.card.window.person = Some(Span::days(7));
        channel.card.window.after = After::Nothing;
    });
    let marta = desk.viewer("Marta", Role::Agent);
    let conversation = desk.writes(&channel, "psid", "m1");
    let shown = || {
        let grants = desk.read(|c| grant::of(c, conversation.address, channel.id));
        window(&channel.card.window, &grants, desk.now())
    };
    for (number, expected) in ["person_only", "blocked"].into_iter().enumerate() {
        let id = format!("f{number}");
        desk.sends(&marta, conversation.id, &id);
        desk.pass(Span::minutes(1));
        let fault = Failure::never(outbox::Cause::WindowClosed, "2018278");
        let closed = Receipt { fault: Some(fault), ..receipt(&id, State::Failed, desk.now()) };
        desk.hear(&channel, Event::Receipt(closed)).unwrap();
        assert_eq!(shown().as_str(), expected);
    }
    desk.pass(Span::minutes(1));
    desk.writes(&channel, "psid", "m2");
    assert_eq!(shown().as_str(), "open", "a new message opens it again");
}

#[test]
fn a_refusal_of_an_old_message_does_not_close_what_the_customer_opened_since() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Whatsapp);
    let marta = desk.viewer("Marta", Role::Agent);
    let conversation = desk.writes(&channel, ANA, "m1");
    desk.sends(&marta, conversation.id, "w1");
    let refused_at = desk.now() + Span::minutes(1);
    desk.pass(Span::minutes(2));
    desk.writes(&channel, ANA, "m2");
    let fault = Failure::never(outbox::Cause::WindowClosed, "131047");
    let closed = Receipt { fault: Some(fault), ..receipt("w1", State::Failed, refused_at) };
    desk.hear(&channel, Event::Receipt(closed)).unwrap();
    let after = desk.conversation(conversation.id);
    assert_eq!(after.window_closes_at, Some(desk.now() + Span::hours(24)));
}

#[test]
fn a_watermark_marks_what_was_sent_before_it_and_nothing_else() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Messenger);
    let marta = desk.viewer("Marta", Role::Agent);
    let conversation = desk.writes(&channel, "psid", "m1");
    let first = desk.sends(&marta, conversation.id, "f1");
    let until = desk.now() + Span::seconds(1);
    desk.pass(Span::seconds(10));
    let second = desk.sends(&marta, conversation.id, "f2");
    let from = party(AddressKind::Messenger, "psid");
    desk.hear(&channel, Event::Watermark { from, state: State::Read, until }).unwrap();
    assert_eq!((desk.message(first).state, desk.message(second).state), (State::Read, State::Sent));
}

#[test]
fn reactions_edits_and_taking_back_keep_what_was_there() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Telegram);
    let conversation = desk.writes(&channel, "7", "m1");
    let id = desk.said(conversation.id)[0].id;
    let from = party(AddressKind::Custom, "7");
    let react = |emoji: &str| Event::Reaction {
        from: from.clone(),
        provider_id: "m1".into(),
        emoji: emoji.into(),
        at: desk.now(),
        opener: None,
    };
    for emoji in ["👍", "❤"] {
        desk.hear(&channel, react(emoji)).unwrap();
    }
    assert_eq!(desk.message(id).extra.reactions.len(), 1, "one a side");
    assert_eq!(desk.message(id).extra.reactions[0].emoji, "❤");
    desk.hear(&channel, react("")).unwrap();
    assert!(desk.message(id).extra.reactions.is_empty());
    let edit = |body: &str, at| Event::Edited { provider_id: "m1".into(), body: body.into(), at };
    desk.hear(&channel, edit("second", desk.now())).unwrap();
    desk.hear(&channel, edit("first", desk.now() - Span::hours(1))).unwrap();
    let edited = desk.message(id);
    assert_eq!((edited.body.as_str(), edited.extra.earlier.len()), ("second", 1), "a late edit is no news");
    assert_eq!(desk.conversation(conversation.id).snippet, "second");
    let revoked = Event::Revoked { provider_id: "m1".into(), at: desk.now() };
    desk.hear(&channel, revoked.clone()).unwrap();
    assert_eq!(desk.message(id).revoked_at, Some(desk.now()));
    assert_eq!(desk.conversation(conversation.id).snippet, "", "taken back in the list as well");
    let unknown = Event::Revoked { provider_id: "nothing".into(), at: desk.now() };
    assert!(matches!(desk.hear(&channel, unknown), Err(Error::NotFound)));
}

#[test]
fn an_echo_is_ours_and_opens_nothing() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Messenger);
    let marta = desk.viewer("Marta", Role::Agent);
    let conversation = desk.writes(&channel, "psid", "m1");
    let to = party(AddressKind::Messenger, "psid");
    let echo = Event::Echo { to: to.clone(), message: text(&channel, "psid", "e1", desk.now()) };
    desk.hear(&channel, echo.clone()).unwrap();
    desk.hear(&channel, echo).unwrap();
    let after = desk.conversation(conversation.id);
    assert_eq!((after.waiting_since, after.snippet_ours, after.assignee), (None, true, None));
    assert_eq!(desk.said(conversation.id).len(), 2);
    desk.shuts(&marta, conversation.id);
    let echo = Event::Echo { to, message: text(&channel, "psid", "e2", desk.now()) };
    desk.hear(&channel, echo).unwrap();
    assert_eq!(desk.conversation(conversation.id).status, Status::Closed);
}

#[test]
fn an_echo_of_a_message_of_which_nobody_knew_settles_it() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Messenger);
    let marta = desk.viewer("Marta", Role::Agent);
    let conversation = desk.writes(&channel, "psid", "m1");
    let ours = desk.replies(&marta, &answer(conversation.id, "text of e1")).unwrap();
    let set = |state: &'static str| {
        desk.write(move |tx| {
            let number = state.parse::<State>().unwrap().number();
            tx.execute("UPDATE message SET state_no = ?2 WHERE id = ?1", (ours, number))?;
            tx.execute("UPDATE outbox SET state = ?2 WHERE message_id = ?1", (ours, state))?;
            tx.execute("UPDATE conversation SET failed = ?1", [state == "unsure"])?;
            Ok(())
        });
    };
    let to = party(AddressKind::Messenger, "psid");
    let echo = Event::Echo { to, message: text(&channel, "psid", "e1", desk.now()) };
    set("sending");
    assert!(matches!(desk.hear(&channel, echo.clone()), Err(Error::NotFound)), "it may be just that one");
    set("unsure");
    desk.hear(&channel, echo).unwrap();
    assert_eq!(desk.message(ours).state, State::Sent);
    assert_eq!(desk.said(conversation.id).len(), 2, "and not once more");
    assert_eq!(desk.conversation(conversation.id).failed, 0);
    assert_eq!(desk.count("SELECT count(*) FROM outbox"), 0);
}
