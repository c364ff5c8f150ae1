//! What failed or got lost: tried again for real, or settled by a person.

use crate::support::TestDesk;
use crate::support::cast::{answer, refusal};
use transom::actions::settle::{Verdict, settle};
use transom::actions::{Error, Result, close, retry};
use transom::domain::access::Viewer;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::conversation::{Conversation, Status};
use transom::domain::message::{Fault, Message, State};
use transom::domain::outbox::{Cause, Failure};
use transom::domain::{Id, Refused, Span};
use transom::store::{self, outbox};

const ANA: &str = "+34612345678";

#[test]
fn trying_again_makes_a_new_dispatch_under_a_new_key() {
    // C11
    let (desk, marta, conversation, id) = sent();
    let first = key(&desk, id);
    fails(&desk, id, &Failure::later(Cause::Transient, "503", None));
    assert_eq!(desk.conversation(conversation.id).failed, 1);
    again(&desk, &marta, id).unwrap();
    let message = desk.message(id);
    assert_eq!((message.state, message.error, message.provider_id), (State::Queued, None, None));
    assert_ne!(key(&desk, id), first);
    assert_eq!(desk.conversation(conversation.id).failed, 0);
    assert_eq!(refusal(again(&desk, &marta, id)), Refused::NotRetryable, "it is on its way already");
}

#[test]
fn what_no_repetition_mends_is_not_tried_again() {
    let (desk, marta, _, id) = sent();
    fails(&desk, id, &Failure::never(Cause::InvalidContent, "too odd"));
    assert_eq!(refusal(again(&desk, &marta, id)), Refused::NotRetryable);
}

#[test]
fn trying_again_asks_the_window_again() {
    // S18
    let (desk, marta, _, id) = sent();
    fails(&desk, id, &Failure::never(Cause::WindowClosed, "131047"));
    desk.pass(Span::hours(24));
    assert!(matches!(refusal(again(&desk, &marta, id)), Refused::WindowClosed { .. }));
    assert_eq!(desk.message(id).state, State::Failed);
    let channel = desk.read(|c| Ok(store::channel::all(c)?.remove(0)));
    desk.writes(&channel, ANA, "m2");
    again(&desk, &marta, id).unwrap();
}

#[test]
fn trying_again_in_a_closed_conversation_opens_it() {
    // S20
    let (desk, marta, conversation, id) = sent();
    fails(&desk, id, &Failure::later(Cause::Transient, "503", None));
    let by = marta.clone();
    desk.act(move |tx, now| close::close(tx, &by, conversation.id, &close::Closing::default(), now)).unwrap();
    again(&desk, &marta, id).unwrap();
    let after = desk.conversation(conversation.id);
    assert_eq!((after.status, after.episode), (Status::Open, 2));
}

#[test]
fn a_person_settles_what_is_unsure_one_way_or_the_other() {
    for (verdict, state, waiting) in [(Verdict::Sent, State::Sent, 0), (Verdict::SendAgain, State::Queued, 1)]
    {
        let (desk, marta, conversation, id) = sent();
        let first = key(&desk, id);
        let outcome = decide(&desk, &marta, id, verdict);
        assert_eq!(refusal(outcome), Refused::NotRetryable, "nothing is unsure yet");
        desk.write(move |tx| {
            tx.execute("UPDATE message SET state_no = 7 WHERE id = ?1", [id])?;
            tx.execute("UPDATE outbox SET state = 'unsure', attempt = 1 WHERE message_id = ?1", [id])?;
            tx.execute("UPDATE conversation SET failed = 1", [])?;
            Ok(())
        });
        decide(&desk, &marta, id, verdict).unwrap();
        assert_eq!(desk.message(id).state, state);
        assert_eq!(desk.count("SELECT count(*) FROM outbox"), waiting);
        assert_eq!(desk.conversation(conversation.id).failed, 0);
        if verdict == Verdict::SendAgain {
            assert_ne!(key(&desk, id), first);
        }
    }
}

#[test]
fn a_message_of_a_conversation_that_one_may_not_see_is_not_there() {
    let (desk, _, conversation, id) = sent();
    desk.write(move |tx| {
        tx.execute("INSERT INTO queue (name, created_at) VALUES ('Orders', 0)", [])?;
        tx.execute("UPDATE conversation SET queue_id = 1 WHERE id = ?1", [conversation.id])?;
        Ok(())
    });
    let stranger = desk.viewer("Stranger", Role::Agent);
    fails(&desk, id, &Failure::later(Cause::Transient, "503", None));
    assert!(matches!(again(&desk, &stranger, id), Err(Error::NotFound)));
    assert!(matches!(decide(&desk, &stranger, id, Verdict::Sent), Err(Error::NotFound)));
}

fn sent() -> (TestDesk, Viewer, Conversation, Id<Message>) {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Whatsapp);
    let marta = desk.viewer("Marta", Role::Agent);
    let conversation = desk.writes(&channel, ANA, "m1");
    let id = desk.replies(&marta, &answer(conversation.id, "Hello")).unwrap();
    (desk, marta, conversation, id)
}

fn key(desk: &TestDesk, id: Id<Message>) -> String {
    desk.read(|c| Ok(outbox::of_message(c, id)?.unwrap().key))
}

/// The dispatch ends as the outbox ends one that failed for good.
fn fails(desk: &TestDesk, id: Id<Message>, failure: &Failure) {
    desk.goes_out(id, None);
    let mut message = desk.message(id);
    message.state = State::Failed;
    message.error = Some(Fault::from(failure));
    desk.write(move |tx| {
        store::message::update(tx, &message)?;
        tx.execute("UPDATE conversation SET failed = failed + 1 WHERE id = ?1", [message.conversation])?;
        Ok(())
    });
}

fn again(desk: &TestDesk, by: &Viewer, id: Id<Message>) -> Result<()> {
    let by = by.clone();
    desk.act(move |tx, now| retry::retry(tx, &by, id, now))
}

fn decide(desk: &TestDesk, by: &Viewer, id: Id<Message>, verdict: Verdict) -> Result<()> {
    let by = by.clone();
    desk.act(move |tx, now| settle(tx, &by, id, verdict, now))
}
