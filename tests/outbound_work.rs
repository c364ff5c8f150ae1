//! Conversations that agents begin where queues hand work out: who may, in which state, how many, and what goes wrong.

use serde_json::json;
use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::domain::conversation::Status;
use transom::store;
use transom::web::http::{Method, Request};

use crate::deal_pages::Office;
use crate::support::desk::{Page, Person};

pub(crate) const NEW: &str = "/conversations/new";
pub(crate) const ANA: &str = "+34612345678";

/// The office with an e-mail address and a WhatsApp number in the same queue.
pub(crate) fn office() -> (Office, Channel) {
    let office = Office::new();
    let queue = office.channel.queue;
    let mail = office.desk.channel_with(Kind::Email, |channel| channel.queue = queue);
    office.desk.channel_with(Kind::Whatsapp, |channel| channel.queue = queue);
    (office, mail)
}

/// Gives the team a profile, by the administrator's pages.
pub(crate) fn profile(office: &Office, name: &str, fields: &[(&str, &str)]) {
    let desk = &office.desk;
    let mut all = vec![("name", name), ("blend", "blended"), ("chat", "5")];
    for (field, usual) in [("social", "5"), ("email", "5"), ("outbound_most", "5")] {
        if !fields.iter().any(|(given, _)| *given == field) {
            all.push((field, usual));
        }
    }
    all.extend(fields);
    let made = desk.post(&office.ada, "/settings/profiles", &all);
    assert_eq!(made.status, 303, "{}", made.body);
    let profiles = desk.read(store::profile::all);
    let id = profiles.iter().find(|profile| profile.name == name).unwrap().id.unwrap().to_string();
    assert_eq!(desk.post(&office.ada, "/settings/profiles/team", &[("profile", &id)]).status, 303);
}

pub(crate) fn available(office: &Office, who: &Person) {
    assert_eq!(office.desk.post(who, "/state", &[("state", "available")]).status, 303);
}

pub(crate) fn begins(office: &Office, who: &Person, channel: &Channel, to: &str) -> Page {
    let number = channel.id.to_string();
    let fields = [("channel", number.as_str()), ("to", to), ("subject", to), ("body", "It is ready.")];
    office.desk.post(who, NEW, &fields)
}

/// What one conversation needs, each of which must be there or none.
const TABLES: [&str; 7] = ["contact", "address", "conversation", "episode", "message", "outbox", "mail"];

pub(crate) fn nothing_is_left(office: &Office, why: &str) {
    for table in TABLES {
        assert_eq!(office.desk.count(&format!("SELECT count(*) FROM {table}")), 0, "{table}: {why}");
    }
}

#[test]
fn s25_s35_s36_s37_the_icon_opens_the_list_of_sms_and_mail_and_no_other() {
    let (office, mail) = office();
    for page in ["/inbox", "/contacts", "/offers"] {
        let page = office.desk.get(&office.marta, page).body;
        let menu = page.split("id=\"begin\"").nth(1).unwrap().split("</details>").next().unwrap();
        assert!(menu.contains("New outbound conversation"), "{menu}");
        assert!(menu.contains("New SMS") && menu.contains("New e-mail"), "{menu}");
        assert!(!menu.contains("WhatsApp"), "{menu}");
    }
    let form = office.desk.get(&office.marta, &format!("{NEW}?channel={}", mail.id)).body;
    assert!(form.contains("name=\"to\"") && form.contains("name=\"subject\""), "the channel is chosen");
}

#[test]
fn s26_without_the_right_the_icon_is_absent_and_the_page_the_form_and_the_api_refuse() {
    let (office, mail) = office();
    available(&office, &office.marta);
    assert!(office.desk.get(&office.marta, "/inbox").body.contains("New outbound conversation"));
    profile(&office, "Answers only", &[]);
    assert!(!office.desk.get(&office.marta, "/inbox").body.contains("New outbound conversation"));
    let page = office.desk.get(&office.marta, NEW);
    assert_eq!(page.status, 403);
    assert!(page.body.contains("does not let you begin conversations"), "{}", page.body);
    let refused = begins(&office, &office.marta, &mail, "ana@example.org");
    assert_eq!(refused.status, 403);
    let program = office.desk.token_of(office.marta.id);
    let asked =
        json!({ "channel_id": mail.id.get(), "to": "ana@example.org", "body": "Hello", "subject": "A" });
    let told = office.desk.api_post(&program, "/conversations", asked);
    assert_eq!(
        (told.status, &told.json["error"]["code"]),
        (403, &json!("outbound_not_allowed")),
        "{}",
        told.json
    );
    nothing_is_left(&office, "refused");
}

#[test]
fn s27_s28_s29_s30_what_the_profile_leaves_out_is_not_listed_and_who_helps_is_said() {
    let (office, mail) = office();
    available(&office, &office.marta);
    let missing = "Ask your administrator to check “contacts sent automatically”";
    assert!(!office.desk.get(&office.marta, NEW).body.contains("New WhatsApp"));
    profile(&office, "Mail only", &[("outbound_email", "on")]);
    let list = office.desk.get(&office.marta, NEW).body;
    assert!(list.contains("New e-mail") && !list.contains("New SMS"), "S27: {list}");
    assert!(list.contains(missing), "S30: {list}");
    let number = office.channel.id.to_string();
    let looked = [("channel", number.as_str()), ("to", ANA), ("body", "It is ready."), ("choose", "")];
    let looked = office.desk.post(&office.marta, NEW, &looked).body;
    assert!(
        looked.contains("It is ready.") && looked.contains("outbound_not_in_profile"),
        "kept on every way"
    );
    let refused = begins(&office, &office.marta, &office.channel, ANA);
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("SMS is not among the outbound channels of your multimedia profile"));
    assert!(refused.body.contains("outbound_not_in_profile"), "the reason code");
    assert!(refused.body.contains("It is ready."), "nothing typed is lost");
    let by_hand = [("outbound_sms", "on"), ("outbound_email", "on"), ("social", "0")];
    profile(&office, "SMS by hand", &by_hand);
    let list = office.desk.get(&office.marta, NEW).body;
    assert!(
        list.contains("New e-mail") && !list.contains("New SMS") && list.contains(missing),
        "S29: {list}"
    );
    let refused = begins(&office, &office.marta, &office.channel, ANA);
    assert!(refused.body.contains("SMS is assigned to you by hand"), "{}", refused.body);
    assert!(refused.body.contains("contacts sent automatically"), "S28");
    nothing_is_left(&office, "refused");
    assert_eq!(begins(&office, &office.marta, &mail, "ana@example.org").status, 303);
    // What the administrator ticked stands on the page of the profile, by the words of the field.
    let page = office.desk.get(&office.ada, "/settings/profiles/2").body;
    assert!(page.contains("Contacts sent automatically") && page.contains("manual assignment"), "{page}");
    assert_eq!(page.matches("value=\"on\" checked").count(), 2, "{page}");
}

#[test]
fn s31_s32_s33_x10_available_and_rona_begin_whatever_goes_on_and_idle_is_refused_by_its_name() {
    let (mut office, mail) = office();
    let refused = begins(&office, &office.marta, &mail, "ana@example.org");
    assert_eq!(refused.status, 409);
    assert!(
        refused.body.contains("You are Idle.") && refused.body.contains("outbound_idle"),
        "{}",
        refused.body
    );
    office.desk.post(&office.ada, "/settings/idle-reasons", &[("name", "Lunch")]);
    office.desk.post(&office.marta, "/state", &[("state", "idle:1")]);
    let refused = begins(&office, &office.marta, &mail, "ana@example.org");
    assert!(refused.body.contains("You are Idle: Lunch."), "{}", refused.body);
    assert!(refused.body.contains("ana@example.org") && refused.body.contains("It is ready."));
    let list = office.desk.get(&office.marta, NEW).body;
    assert!(list.contains("You are Idle: Lunch."), "the list says so before anything is typed");
    nothing_is_left(&office, "idle");
    // Available for other types only is not enough for this one.
    office.desk.post(&office.marta, "/state", &[("state", "available"), ("media", "social")]);
    assert_eq!(begins(&office, &office.marta, &mail, "ana@example.org").status, 409);
    // Idle with no tasks on the other types, and then with work going on and on the telephone.
    assert_eq!(begins(&office, &office.marta, &office.channel, ANA).status, 303, "S31");
    office.desk.post(&office.marta, "/state", &[("state", "available")]);
    office.desk.post(&office.marta, "/state", &[("state", "idle"), ("media", "telephony")]);
    office.desk.writes(&office.channel, "+34612345679", "1");
    office.desk.get(&office.marta, "/offers");
    office.deals();
    let offer = office.offer(&office.marta).unwrap();
    office.desk.post(&office.marta, &format!("/offers/{offer}/accept"), &[]);
    assert_eq!(begins(&office, &office.marta, &mail, "bo@example.org").status, 303, "S33");
    // Nobody answers the next one, and RONA begins all the same.
    office.desk.writes(&office.channel, "+34612345680", "2");
    office.deals();
    office.desk.pass(Span::seconds(31));
    office.desk.get(&office.marta, "/offers");
    office.deals();
    assert!(office.desk.get(&office.marta, "/inbox").body.contains("You did not answer a request"));
    assert_eq!(begins(&office, &office.marta, &mail, "cy@example.org").status, 303, "S32");
}

#[test]
fn s32_whoever_is_idle_becomes_available_and_sends_in_one_step_or_stays_as_they_were() {
    let (office, mail) = office();
    let number = mail.id.to_string();
    let fields = |to| {
        [("channel", number.as_str()), ("to", to), ("subject", "A"), ("body", "Hello"), ("available", "yes")]
    };
    let states = "SELECT count(*) FROM availability WHERE state = 'available'";
    assert_eq!(office.desk.post(&office.marta, NEW, &fields("ana@")).status, 422);
    assert_eq!(office.desk.count(states), 0, "refused for another reason: nothing has changed");
    assert_eq!(office.desk.post(&office.marta, NEW, &fields("ana@example.org")).status, 303);
    assert_eq!(office.desk.count(states), 1, "for this type of work only");
}

#[test]
fn s34_whoever_is_signed_out_begins_nothing() {
    let (office, mail) = office();
    let page = office.desk.ask(Request::new(Method::Get, NEW));
    assert!(page.header("location").unwrap().starts_with("/login"), "{:?}", page.header("location"));
    let body = format!("channel={}&to=ana@example.org&subject=A&body=Hello", mail.id);
    let posted = office.desk.ask(
        Request::new(Method::Post, NEW).with_body("application/x-www-form-urlencoded", body.into_bytes()),
    );
    assert!([401, 403].contains(&posted.status), "{}", posted.status);
    nothing_is_left(&office, "signed out");
}

#[test]
fn s39_the_most_of_the_profile_is_refused_with_its_reason_code_until_one_is_done() {
    let (office, mail) = office();
    available(&office, &office.marta);
    profile(&office, "Two", &[("outbound_email", "on"), ("outbound_sms", "on"), ("outbound_most", "2")]);
    let first = begins(&office, &office.marta, &mail, "ana@example.org");
    assert_eq!(first.status, 303);
    assert_eq!(begins(&office, &office.marta, &office.channel, ANA).status, 303);
    let refused = begins(&office, &office.marta, &mail, "bo@example.org");
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("You have 2 conversations that you began, the most"), "{}", refused.body);
    assert!(refused.body.contains("Reason code:") && refused.body.contains("outbound_most"));
    assert!(refused.body.contains("bo@example.org"), "nothing typed is lost");
    available(&office, &office.petra);
    assert_eq!(begins(&office, &office.petra, &mail, "bo@example.org").status, 303, "others have their own");
    let place = first.header("location").unwrap().to_owned();
    office.desk.post(&office.marta, &format!("{place}/close"), &[]);
    assert_eq!(begins(&office, &office.marta, &mail, "cy@example.org").status, 303);
}

#[test]
fn s43_without_an_entry_point_the_page_says_that_nothing_can_be_begun() {
    let office = Office::new();
    office.desk.write(|tx| {
        tx.execute("UPDATE channel SET state = 'disabled'", [])?;
        Ok(())
    });
    let page = office.desk.get(&office.marta, NEW).body;
    assert!(page.contains("No entry point is set up, so no outbound conversation can be begun."), "{page}");
    let refused = begins(&office, &office.marta, &office.channel, ANA);
    assert_eq!(refused.status, 409);
    nothing_is_left(&office, "no entry point");
}

#[test]
fn s26_a_team_that_shares_its_queues_is_asked_for_no_profile_and_no_state() {
    let office = Office::new();
    let shared = office.desk.channel(Kind::Sms);
    profile(&office, "Answers only", &[]);
    let page = office.desk.get(&office.petra, "/inbox").body;
    assert!(page.contains(&format!("{NEW}?channel={}", shared.id)), "the shared line is there for everybody");
    let begun = begins(&office, &office.petra, &shared, ANA);
    assert_eq!(begun.status, 303, "{}", begun.body);
    let id = begun.header("location").unwrap().rsplit('/').next().unwrap().parse().unwrap();
    let begun = office.desk.conversation(id);
    assert_eq!((begun.status, begun.assignee), (Status::Open, Some(office.petra.id)));
    assert_eq!(office.desk.rights(&office.petra).role, Role::Agent);
}

#[test]
fn s38_s46_the_same_person_and_entry_point_lead_to_what_is_there_and_another_entry_point_does_not() {
    let (office, _) = office();
    available(&office, &office.marta);
    let queue = office.channel.queue;
    let other = office.desk.channel_with(Kind::Sms, |channel| channel.queue = queue);
    let first = begins(&office, &office.marta, &office.channel, ANA);
    let place = first.header("location").unwrap().to_owned();
    let again = begins(&office, &office.marta, &office.channel, "0034 612 345 678");
    assert_eq!(again.status, 409);
    let beside = again.body.split("id=\"f-to-error\">").nth(1).unwrap().split("</p>").next().unwrap();
    assert!(beside.contains("An active conversation with this number"), "{beside}");
    assert!(again.body.contains(&format!("href=\"{place}?view=all\"")), "with the link to it");
    assert_eq!(begins(&office, &office.marta, &other, ANA).status, 303, "S38: the pair counts");
    assert_eq!(office.desk.count("SELECT count(*) FROM conversation"), 2);
}

#[test]
fn s32_s39_the_api_refuses_what_the_page_refuses_and_programs_have_no_state() {
    let (office, mail) = office();
    let program = office.desk.token_of(office.marta.id);
    let begins = |to: &str, by: &str| {
        let asked =
            json!({ "channel_id": mail.id.get(), "to": to, "subject": to, "body": "Hello", "by": by });
        office.desk.api_post(&program, "/conversations", asked)
    };
    let idle = begins("ana@example.org", "person");
    assert_eq!((idle.status, &idle.json["error"]["code"]), (409, &json!("outbound_idle")), "{}", idle.json);
    assert!(idle.json["error"]["message"].as_str().unwrap().contains("You are Idle."), "{}", idle.json);
    assert_eq!(begins("ana@example.org", "program").status, 201, "a program is at no desk");
    available(&office, &office.marta);
    profile(&office, "One", &[("outbound_email", "on"), ("outbound_most", "1")]);
    let most = begins("bo@example.org", "person");
    assert_eq!((most.status, &most.json["error"]["code"]), (409, &json!("outbound_most")), "{}", most.json);
}
