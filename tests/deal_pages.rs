//! Offered work as people see it: requests, states, the settings, and the supervisor's board.

use serde_json::json;

use crate::support::TestDesk;
use crate::support::desk::Person;
use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::jobs::dealer::{self, Memory};
use transom::store;

pub(crate) struct Office {
    pub desk: TestDesk,
    pub ada: Person,
    pub marta: Person,
    pub petra: Person,
    pub channel: Channel,
    memory: Memory,
}

impl Office {
    /// Two people in a queue that an administrator had offer its work, all by the pages.
    pub fn new() -> Office {
        let desk = TestDesk::new();
        let (ada, marta) = (desk.person("Ada", Role::Admin), desk.person("Marta", Role::Agent));
        let petra = desk.person("Petra", Role::Agent);
        let made = desk.post(&ada, "/settings/queues", &[("name", "Sales")]);
        let at = made.header("location").unwrap().split('?').next().unwrap().to_owned();
        let (one, two) = (marta.id.to_string(), petra.id.to_string());
        desk.post(&ada, &at, &[("name", "Sales"), ("member", &one), ("member", &two)]);
        assert!(
            !desk.get(&marta, "/inbox").body.contains("id=\"state\""),
            "a shared queue shows nothing of it"
        );
        assert_eq!(desk.post(&ada, &format!("{at}/rules"), &RULES).status, 303);
        let queue = desk.read(store::queue::all)[0].id;
        let channel = desk.channel_with(Kind::Sms, |channel| channel.queue = Some(queue));
        Office { desk, ada, marta, petra, channel, memory: Memory::default() }
    }

    pub fn deals(&mut self) {
        while dealer::round(&self.desk.desk, &mut self.memory).unwrap() {}
    }

    pub fn offer(&self, who: &Person) -> Option<String> {
        let offers = self.desk.read(|c| store::offer::waiting_for(c, who.id));
        offers.first().map(|offer| offer.id.to_string())
    }
}

pub(crate) const RULES: [(&str, &str); 7] = [
    ("mode", "offer"),
    ("spread", "least_busy"),
    ("offer_for", "30"),
    ("gone_after", "2"),
    ("purpose", "New customers"),
    ("priority", "0"),
    ("language", ""),
];

#[test]
fn s76_s79_s82_s86_s136_s191_a_request_is_missed_dealt_anew_and_accepted() {
    let mut office = Office::new();
    office.desk.writes(&office.channel, "+34612345678", "1");
    let choice = office.desk.post(&office.marta, "/state", &[("state", "available")]);
    assert_eq!(choice.status, 303);
    office.deals();
    let seen = office.desk.get(&office.marta, "/inbox").body;
    for word in ["Sales", "Phone number", "Source number", "Accept", "data-timer", "only one who is free"] {
        assert!(seen.contains(word), "the request does not show {word}");
    }
    assert!(seen.contains("Website chat: Available · Messages and SMS: Available"), "hover shows each type");
    office.desk.pass(Span::seconds(31));
    assert_eq!(office.desk.get(&office.petra, "/offers").status, 200);
    office.deals();
    let missed = office.desk.get(&office.marta, "/inbox").body;
    assert!(missed.contains("You did not answer a request"), "RONA has its word");
    office.desk.post(&office.petra, "/state", &[("state", "available")]);
    office.deals();
    let offer = office.offer(&office.petra).unwrap();
    let taken = office.desk.post(&office.petra, &format!("/offers/{offer}/accept"), &[]);
    assert_eq!((taken.status, taken.header("location")), (303, Some("/conversations/1")));
    let again = office.desk.post(&office.petra, &format!("/offers/{offer}/accept"), &[]);
    assert_eq!(again.status, 409, "what has ended is not taken twice");
    assert!(again.body.contains("Nothing is offered to you here."));
    let forced = office.desk.post(&office.marta, "/state", &[("state", "rona")]);
    assert_eq!(forced.status, 422, "S192: RONA cannot be chosen");
}

#[test]
fn s193_more_than_five_requests_lie_together_and_are_accepted_at_once() {
    let mut office = Office::new();
    let rich = [("name", "Many"), ("blend", "blended"), ("chat", "0"), ("social", "9"), ("email", "0")];
    assert_eq!(office.desk.post(&office.ada, "/settings/profiles", &rich).status, 303);
    assert_eq!(office.desk.post(&office.ada, "/settings/profiles/team", &[("profile", "1")]).status, 303);
    for number in 0..7 {
        office.desk.writes(&office.channel, &format!("+3461234560{number}"), &number.to_string());
    }
    office.desk.post(&office.marta, "/state", &[("state", "available"), ("media", "social")]);
    office.deals();
    let page = office.desk.get(&office.marta, "/contacts").body;
    assert!(page.contains("1–5 of 7") && page.contains("Accept 7 requests"));
    assert_eq!(page.matches("id=\"offer-").count(), 5);
    let out = office.desk.post(&office.marta, "/logout", &[]);
    assert_eq!(out.status, 409);
    assert!(out.body.contains("cannot sign out"));
    let ids: Vec<String> = office
        .desk
        .read(|c| store::offer::waiting_for(c, office.marta.id))
        .iter()
        .map(|offer| offer.id.to_string())
        .collect();
    let fields: Vec<(&str, &str)> = ids.iter().map(|id| ("offer", id.as_str())).collect();
    assert_eq!(office.desk.post(&office.marta, "/offers/accept", &fields).status, 303);
    assert_eq!(office.desk.read(|c| store::offer::held_by(c, office.marta.id)).len(), 7);
}

#[test]
fn s192_reasons_are_the_administrators_and_supervisors_see_and_set_states_on_the_board() {
    let mut office = Office::new();
    assert_eq!(office.desk.post(&office.ada, "/settings/idle-reasons", &[("name", "Lunch")]).status, 303);
    assert_eq!(office.desk.post(&office.marta, "/state", &[("state", "idle:1")]).status, 303);
    assert!(office.desk.get(&office.marta, "/inbox").body.contains("Idle: Lunch"));
    let board = office.desk.get(&office.ada, "/board").body;
    assert!(board.contains("Sales") && board.contains("New customers") && board.contains("Idle: Lunch"));
    assert_eq!(office.desk.get(&office.marta, "/board").status, 403);
    let set = format!("/board/people/{}/state", office.marta.id);
    assert_eq!(office.desk.post(&office.ada, &set, &[("state", "available")]).status, 303);
    office.desk.writes(&office.channel, "+34612345678", "1");
    office.deals();
    let offer = office.offer(&office.marta).unwrap();
    office.desk.post(&office.petra, "/state", &[("state", "available")]);
    assert_eq!(office.desk.post(&office.ada, &format!("/board/offers/{offer}/redeal"), &[]).status, 303);
    office.deals();
    assert!(office.offer(&office.petra).is_some(), "who was passed over comes last");
}

#[test]
fn rules_of_a_queue_that_make_no_sense_come_back_with_what_was_typed() {
    let office = Office::new();
    let mut wrong = RULES;
    wrong[2] = ("offer_for", "2");
    let back = office.desk.post(&office.ada, "/settings/queues/1/rules", &wrong);
    assert_eq!(back.status, 422);
    assert!(back.body.contains("New customers") && back.body.contains("value=\"2\""));
    assert_eq!(office.desk.post(&office.marta, "/settings/queues/1/rules", &RULES).status, 403);
}

#[test]
fn s85_s192_programs_choose_a_state_and_answer_what_is_held_out() {
    let mut office = Office::new();
    let program = office.desk.token_of(office.marta.id);
    let (me, her) =
        (format!("/users/{}/state", office.marta.id), format!("/users/{}/state", office.petra.id));
    let told = office.desk.api_post(&program, &me, json!({ "state": "available" }));
    assert_eq!((told.status, &told.json["items"][1]["state"]), (200, &json!("available")));
    assert_eq!(office.desk.api_post(&program, &me, json!({ "state": "rona" })).status, 422);
    assert_eq!(office.desk.api_post(&program, &her, json!({ "state": "available" })).status, 403);
    office.desk.writes(&office.channel, "+34612345678", "1");
    office.desk.get(&office.marta, "/offers");
    office.deals();
    let offers = office.desk.api_get(&program, "/offers");
    let id = offers.json["items"][0]["id"].as_i64().unwrap();
    let taken = office.desk.api_post(&program, &format!("/offers/{id}/accept"), json!({}));
    assert_eq!((taken.status, &taken.json["state"]), (200, &json!("accepted")));
    let late = office.desk.api_post(&program, &format!("/offers/{id}/decline"), json!({}));
    assert_eq!(late.status, 409, "what has ended cannot be declined");
}

#[test]
fn s65_s67_s69_s101_s103_s227_the_lists_of_a_transfer_show_who_is_free_and_what_came_back_is_seen_to() {
    let mut office = Office::new();
    office.desk.writes(&office.channel, "+34612345678", "1");
    office.desk.post(&office.marta, "/state", &[("state", "available")]);
    office.deals();
    let offer = office.offer(&office.marta).unwrap();
    office.desk.post(&office.marta, &format!("/offers/{offer}/accept"), &[]);
    let menu = office.desk.get(&office.marta, "/conversations/1").body;
    assert!(menu.contains("/conversations/1/hand") && menu.contains("Bring a colleague in"));
    let hand = "/conversations/1/hand";
    let idle = office.desk.get(&office.marta, hand).body;
    assert!(idle.contains("value=\"agent:3\" disabled"), "Petra is idle");
    assert!(idle.contains("Supervisor"), "the administrator has a badge (S99)");
    office.desk.get(&office.petra, "/offers");
    office.desk.post(&office.petra, "/state", &[("state", "available")]);
    let free = office.desk.get(&office.marta, hand).body;
    assert!(free.contains("value=\"agent:3\" required"), "the list is asked for anew");
    assert!(!office.desk.get(&office.marta, "/conversations/1/hand?q=nobody").body.contains("agent:3"));
    let queues = office.desk.get(&office.marta, "/conversations/1/hand?list=queues").body;
    assert!(queues.contains("Sales") && queues.contains("1 person free") || queues.contains("2 people free"));
    // Refused with what was typed.
    let wrong = office.desk.post(&office.marta, hand, &[("to", "agent:2"), ("note", "She waits")]);
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("She waits"), "nothing typed is lost");
    let asked = office.desk.post(&office.marta, hand, &[("to", "agent:3"), ("note", "She waits")]);
    assert_eq!(asked.header("location"), Some("/conversations/1"));
    let head = office.desk.get(&office.marta, "/conversations/1").body;
    assert!(head.contains("Petra is asked to take it over"));
    let card = office.desk.get(&office.petra, "/inbox").body;
    assert!(card.contains("She waits") && card.contains("Marta"), "the colleague sees who asks and why");
    office.desk.pass(Span::seconds(31));
    office.desk.get(&office.marta, "/inbox");
    office.deals();
    let back = office.desk.get(&office.marta, "/inbox").body;
    assert!(back.contains("did not answer the request to take it over") && back.contains("I keep it"));
    let request = office.desk.read(|c| store::offer::asked_by(c, office.marta.id, 5)).remove(0).id;
    let foreign = office.desk.post(&office.petra, &format!("/requests/{request}/keep"), &[]);
    assert_eq!(foreign.status, 404);
    office.desk.post(&office.marta, &format!("/requests/{request}/keep"), &[]);
    assert!(!office.desk.get(&office.marta, "/inbox").body.contains("I keep it"));
}

#[test]
fn s107_s108_s110_s112_a_conference_is_asked_for_joined_left_and_ended_on_the_pages() {
    let mut office = Office::new();
    office.desk.writes(&office.channel, "+34612345678", "1");
    office.desk.post(&office.marta, "/state", &[("state", "available")]);
    office.deals();
    let offer = office.offer(&office.marta).unwrap();
    office.desk.post(&office.marta, &format!("/offers/{offer}/accept"), &[]);
    office.desk.get(&office.petra, "/offers");
    office.desk.post(&office.petra, "/state", &[("state", "available")]);
    let hand = "/conversations/1/hand";
    office.desk.post(&office.marta, hand, &[("for", "conference"), ("to", "agent:3")]);
    assert!(office.desk.get(&office.marta, "/conversations/1").body.contains("Petra is asked to join"));
    let offer = office.offer(&office.petra).unwrap();
    office.desk.post(&office.petra, &format!("/offers/{offer}/accept"), &[]);
    let head = office.desk.get(&office.marta, "/conversations/1").body;
    assert!(head.contains("Conference with Petra") && head.contains("End the conference"));
    let guest = office.desk.get(&office.petra, "/conversations/1").body;
    assert!(guest.contains("Leave the conference") && !guest.contains("End the conference"), "S111");
    assert!(office.desk.get(&office.petra, "/offers").body.contains("You write along"));
    let refused = office.desk.post(&office.petra, "/conversations/1/conference/end", &[]);
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("Only Marta, who asked for it, can end this conference."));
    office.desk.post(&office.marta, "/conversations/1/conference/end", &[]);
    assert!(!office.desk.get(&office.marta, "/conversations/1").body.contains("Conference with"));
}

/// A request of each kind of channel names what that kind has, waits for nobody who missed one, and opens in the field
/// for the answer and in one's own list.
#[test]
fn s118_s127_s128_s137_s181_a_request_of_each_kind_says_from_where_and_opens_ready_to_answer() {
    for (kind, from, facts) in [
        (Kind::Messenger, "7700001", ["Sales", "Source page", "Our Messenger"]),
        (Kind::Sms, "+34612345678", ["Phone number", "Source number", "Our SMS"]),
        (Kind::Whatsapp, "+34612345678", ["Phone number", "Source number", "Our WhatsApp"]),
    ] {
        let mut office = Office::new();
        let queue = office.desk.read(store::queue::all)[0].id;
        let channel = office.desk.channel_with(kind, |channel| channel.queue = Some(queue));
        office.desk.writes(&channel, from, "1");
        office.desk.post(&office.marta, "/state", &[("state", "available")]);
        office.deals();
        let seen = office.desk.get(&office.marta, "/inbox").body;
        for word in facts.into_iter().chain(["Accept", "data-timer"]) {
            assert!(seen.contains(word), "{kind:?}: the request does not show {word}");
        }
        office.desk.pass(Span::seconds(31));
        office.deals();
        office.desk.get(&office.marta, "/inbox");
        office.deals();
        assert_eq!(office.offer(&office.marta), None, "{kind:?}: nothing while in RONA");
        office.desk.post(&office.marta, "/state", &[("state", "available")]);
        office.deals();
        let offer = office.offer(&office.marta).unwrap();
        let taken = office.desk.post(&office.marta, &format!("/offers/{offer}/accept"), &[]);
        let page = office.desk.get(&office.marta, taken.header("location").unwrap()).body;
        assert!(page.contains("id=\"reply-form\""), "{kind:?}: {page}");
        let mine = office.desk.get(&office.marta, "/inbox?view=mine").body;
        assert!(mine.contains("href=\"/conversations/1\""), "{kind:?}: {mine}");
    }
}

/// Choosing a state leads back to where one was, and never to an address that only takes forms.
#[test]
fn s190_who_chooses_a_state_stays_on_the_page() {
    let office = Office::new();
    let chosen = |from: &str| {
        let page = office.desk.post_on(&office.marta, from, "/state", &[("state", "available")]);
        page.header("location").unwrap().to_owned()
    };
    assert_eq!(chosen("/conversations/1?view=mine"), "/conversations/1?view=mine");
    assert_eq!(chosen("/contacts"), "/contacts");
    // A refused reply leaves its page under the address of the form.
    assert_eq!(chosen("/conversations/1/messages"), "/offers?done=saved");
    assert_eq!(chosen("/nowhere"), "/offers?done=saved");
    assert_eq!(chosen("//elsewhere.example/x"), "/offers?done=saved");
}
