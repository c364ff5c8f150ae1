//! What agents do with a conversation they have accepted, on each kind of channel: hand over, confer, write, end.

use transom::domain::Span;
use transom::domain::channel::Kind;
use transom::domain::conversation::Status;
use transom::store;

use crate::deal_pages::Office;
use crate::support::desk::Person;

const THREAD: &str = "/conversations/1";
const HAND: &str = "/conversations/1/hand";

/// Marta has accepted what came on a channel of this kind; Petra and Ada, the administrator, are there and available.
fn accepted(kind: Kind, from: &str) -> Office {
    let mut office = Office::new();
    let queue = office.channel.queue;
    let channel = office.desk.channel_with(kind, |channel| channel.queue = queue);
    office.desk.writes(&channel, from, "1");
    office.desk.post(&office.marta, "/state", &[("state", "available")]);
    office.deals();
    takes(&office, &office.marta);
    for who in [&office.petra, &office.ada] {
        office.desk.get(who, "/offers");
        office.desk.post(who, "/state", &[("state", "available")]);
    }
    office
}

fn takes(office: &Office, who: &Person) {
    let offer = office.offer(who).unwrap();
    assert_eq!(office.desk.post(who, &format!("/offers/{offer}/accept"), &[]).status, 303);
    assert_eq!(office.desk.conversation(transom::domain::Id::new(1)).assignee, Some(who.id));
}

fn asks(office: &Office, by: &Person, to: &str) {
    let asked = office.desk.post(by, HAND, &[("to", to), ("note", "She waits")]);
    assert_eq!(asked.header("location"), Some(THREAD), "{}", asked.body);
}

#[test]
fn s123_s130_s138_s143_messenger_sms_and_web_chat_are_handed_to_an_agent_a_supervisor_or_a_queue() {
    let kinds = [(Kind::Messenger, "7700001"), (Kind::Sms, "+34612345678"), (Kind::Webchat, "visitor-1")];
    for (kind, from) in kinds {
        let mut office = accepted(kind, from);
        let (petra, ada) = (format!("agent:{}", office.petra.id), format!("agent:{}", office.ada.id));
        let people = office.desk.get(&office.marta, HAND).body;
        for there in [&*petra, &*ada, "Supervisor", "Find a name", "Refresh the list", "Available"] {
            assert!(people.contains(there), "{kind:?}: {there}");
        }
        let found = office.desk.get(&office.marta, &format!("{HAND}?q=petra")).body;
        assert!(found.contains(&petra) && !found.contains(&ada), "{kind:?}: the search filters");
        let queues = office.desk.get(&office.marta, &format!("{HAND}?list=queues")).body;
        assert!(queues.contains("Sales") && queues.contains("queue:1"), "{kind:?}");
        // Not accepted: dropped, and back where it was.
        asks(&office, &office.marta, &petra);
        office.desk.pass(Span::seconds(31));
        for who in [&office.marta, &office.petra, &office.ada] {
            office.desk.get(who, "/inbox");
        }
        office.deals();
        let back = office.desk.get(&office.marta, "/inbox").body;
        assert!(back.contains("did not answer the request to take it over"), "{kind:?}");
        // A supervisor, then an agent of a queue.
        asks(&office, &office.marta, &ada);
        takes(&office, &office.ada);
        let queue = office.channel.queue.unwrap();
        office.desk.post(&office.petra, "/state", &[("state", "available")]);
        office.desk.post(&office.marta, "/state", &[("state", "idle")]);
        asks(&office, &office.ada, &format!("queue:{queue}"));
        office.deals();
        takes(&office, &office.petra);
    }
}

#[test]
fn s138_s121_s113_an_sms_holds_1000_characters_confers_and_ends_when_the_customer_agrees() {
    let office = accepted(Kind::Sms, "+34612345678");
    let write = |body: &str| {
        let page = office.desk.get(&office.marta, THREAD).body;
        let seen = page.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let to = format!("{THREAD}/messages");
        office.desk.post(&office.marta, &to, &[("kind", "reply"), ("body", body), ("seen", &seen)]).status
    };
    assert_eq!((write(&"x".repeat(1001)), write(&"x".repeat(1000))), (422, 303));
    assert!(office.desk.get(&office.marta, THREAD).body.contains("<kbd>Enter</kbd>"), "Enter sends");
    let petra = format!("agent:{}", office.petra.id);
    office.desk.post(&office.marta, HAND, &[("for", "conference"), ("to", &petra)]);
    assert!(office.desk.get(&office.marta, THREAD).body.contains("Petra is asked to join"));
    let offer = office.offer(&office.petra).unwrap();
    office.desk.post(&office.petra, &format!("/offers/{offer}/accept"), &[]);
    assert!(office.desk.get(&office.marta, THREAD).body.contains("Conference with Petra"));
    office.desk.post(&office.marta, &format!("{THREAD}/conference/end"), &[]);
    office.desk.write(|tx| {
        let queue = store::queue::all(tx)?.remove(0);
        let mut rules = queue.rules.clone();
        rules.wrap_up.consent = true;
        store::queue::set_rules(tx, queue.id, queue.mode, &rules)
    });
    let close = format!("{THREAD}/close");
    assert_eq!(office.desk.post(&office.marta, &close, &[]).status, 422, "S113: nobody has agreed");
    assert_eq!(office.desk.post(&office.marta, &close, &[("consent", "on")]).status, 303);
    assert_eq!(office.desk.conversation(transom::domain::Id::new(1)).status, Status::Closed);
}
