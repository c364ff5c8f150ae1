//! The virtual assistant as people meet it: its settings, the conversation, the list, the chat of a website, the API.

use serde_json::json;

use crate::support::TestDesk;
use crate::support::desk::Person;
use crate::support::story::{Customer, KIM, OSCAR};
use crate::support::visitor::{self, Visitor};
use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::domain::event::kind;
use transom::jobs::ticker::{self, Rounds};
use transom::store;

/// What an administrator types.
const TYPED: [(&str, &str); 24] = [
    ("works", "on"),
    ("label", "Bot of Lola"),
    ("greeting", "Hello!"),
    ("unknown", "Sorry?"),
    ("most_unknown", "2"),
    ("person_words", "person, human being"),
    ("handing", "One of us comes."),
    ("closed", "We are away."),
    ("name_question", ""),
    ("email_question", ""),
    ("monday", "9-18"),
    ("tuesday", "9-18"),
    ("wednesday", ""),
    ("thursday", ""),
    ("friday", "22-6"),
    ("saturday", ""),
    ("sunday", ""),
    ("silence", "20"),
    ("most_an_hour", "9"),
    ("words_0", "price, cost"),
    ("text_0", "It costs 10."),
    ("words_2", "horario"),
    ("text_2", "De 9 a 6."),
    ("try", ""),
];

fn changed<'a>(of: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = TYPED.iter().filter(|(name, _)| !of.iter().any(|(other, _)| other == name));
    kept.copied().chain(of.iter().copied().filter(|(_, value)| *value != "-")).collect()
}

/// An assistant that an administrator set up by the page.
fn set_up(desk: &TestDesk, ada: &Person, channel: &Channel) {
    let saved = desk.post(ada, &format!("/settings/channels/{}/assistant", channel.id), &TYPED);
    assert_eq!(saved.status, 303, "{}", saved.body);
}

#[test]
fn s89_an_administrator_sets_it_up_and_tries_it_before_anybody_meets_it() {
    let desk = TestDesk::new();
    let (ada, boss) = (desk.person("Ada", Role::Admin), desk.person("Boss", Role::Supervisor));
    let channel = desk.channel(Kind::Sms);
    let at = format!("/settings/channels/{}/assistant", channel.id);
    let fresh = desk.get(&ada, &at).body;
    assert!(
        fresh.contains("value=\"Virtual assistant\"") && !fresh.contains("value=\"on\" checked"),
        "off, with texts"
    );
    assert_eq!(desk.get(&boss, &at).status, 403);
    let tried = desk.post(&ada, &at, &changed(&[("try", "What does it COST"), ("look", "1")]));
    assert!(tried.status == 200 && tried.body.contains("<blockquote dir=\"auto\">It costs 10.</blockquote>"));
    let tried = desk.post(&ada, &at, &changed(&[("try", "a human being, please"), ("look", "1")]));
    assert!(tried.body.contains("One of us comes.") && tried.body.contains("Then it would hand over."));
    assert_eq!(desk.read(|c| store::greeting::of(c, channel.id)), None, "trying saves nothing");
    set_up(&desk, &ada, &channel);
    let (works, greeter) = desk.read(|c| store::greeting::of(c, channel.id)).unwrap();
    assert!(works && !greeter.closes);
    assert_eq!(
        (greeter.answers.len(), greeter.answers[1].words[0].as_str()),
        (2, "horario"),
        "the gap closes"
    );
    let page = desk.get(&ada, &at).body;
    for shown in ["Bot of Lola", "price, cost", "De 9 a 6.", "22:00-06:00", "value=\"20\"", "words_4"] {
        assert!(page.contains(shown), "{shown}");
    }
    let home = desk.get(&ada, &format!("/settings/channels/{}", channel.id)).body;
    assert!(home.contains("The virtual assistant “Bot of Lola” answers first here"), "{home}");
}

#[test]
fn what_makes_no_sense_comes_back_with_what_was_typed() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    let channel = desk.channel(Kind::Sms);
    let at = format!("/settings/channels/{}/assistant", channel.id);
    let long = "x".repeat(2001);
    for wrong in [
        ("label", ""),
        ("greeting", ""),
        ("greeting", long.as_str()),
        ("monday", "nine to five"),
        ("silence", "0"),
        ("silence", "two"),
        ("most_unknown", "0"),
        ("most_an_hour", "61"),
        ("text_0", ""),
        ("words_0", ""),
    ] {
        let back = desk.post(&ada, &at, &changed(&[wrong]));
        assert_eq!(back.status, 422, "{wrong:?}");
        assert!(back.body.contains("role=\"alert\"") || back.body.contains("class=\"error\""), "{wrong:?}");
        assert!(
            back.body.contains("De 9 a 6.") && back.body.contains("Bot of Lola") != (wrong.0 == "label"),
            "{wrong:?}"
        );
    }
    assert_eq!(desk.read(|c| store::greeting::of(c, channel.id)), None);
    let mail = desk.channel(Kind::Email);
    let page = desk.get(&ada, &format!("/settings/channels/{}/assistant", mail.id)).body;
    assert!(page.contains("Mail has no assistant") && !page.contains("name=\"greeting\""), "says why");
    let back = desk.post(&ada, &format!("/settings/channels/{}/assistant", mail.id), &TYPED);
    assert_eq!(back.status, 422);
}

#[test]
fn s88_s89_s229_the_thread_shows_the_assistants_part_above_the_hand_over_and_the_peoples_below() {
    let desk = TestDesk::new();
    let (ada, marta) = (desk.person("Ada", Role::Admin), desk.person("Marta", Role::Agent));
    let channel = desk.channel(Kind::Sms);
    set_up(&desk, &ada, &channel);
    let id = desk.says(&channel, OSCAR, "hi");
    let at = format!("/conversations/{id}");
    let list = desk.get(&marta, "/inbox?view=unassigned").body;
    assert!(
        list.contains("Bot of Lola: Hello!") && list.contains("<span class=\"chip\">Bot of Lola</span>"),
        "{list}"
    );
    let page = desk.get(&marta, &at).body;
    assert!(
        page.contains("Bot of Lola is talking with the customer.")
            && page.contains(&format!("{at}/assistant"))
    );
    desk.says(&channel, OSCAR, "what does it cost");
    desk.says(&channel, OSCAR, "a human being!");
    let page = desk.get(&marta, &at).body;
    assert!(!page.contains("is talking with the customer"), "it has stopped");
    desk.answers(&marta, id, "Here is Marta.");
    let page = desk.get(&marta, &at).body;
    let place = |what: &str| page.find(what).unwrap_or_else(|| panic!("{what}: {page}"));
    let thread = place("id=\"messages\"");
    let bot = thread + page[thread..].find("It costs 10.").unwrap();
    let handed = place("Bot of Lola handed over to the team: the customer asked for a person");
    let person = handed + page[handed..].find("Here is Marta.").unwrap();
    assert!(bot < handed && handed < person, "{bot} {handed} {person}");
    assert!(page[..handed].ends_with("<span>") && page[..handed].rfind("event divides").unwrap() > bot);
    assert!(page[bot..handed].contains("Bot of Lola · Automatic"), "{}", &page[bot..handed]);
    assert!(!desk.get(&marta, "/inbox?view=all").body.contains("<span class=\"chip\">Bot of Lola</span>"));
}

#[test]
fn s229_one_button_has_it_hand_over_now_in_both_languages() {
    let desk = TestDesk::new();
    let (ada, marta) = (desk.person("Ada", Role::Admin), desk.person("Marta", Role::Agent));
    desk.post(&marta, "/settings/profile", &[("name", "Marta"), ("language", "es"), ("theme", "system")]);
    let channel = desk.channel(Kind::Sms);
    set_up(&desk, &ada, &channel);
    let id = desk.says(&channel, OSCAR, "hi");
    let at = format!("/conversations/{id}");
    let page = desk.get(&marta, &at).body;
    assert!(
        page.contains("Bot of Lola está hablando con el cliente.") && page.contains("Pasarla ya al equipo"),
        "{page}"
    );
    assert_eq!(desk.post(&marta, &format!("{at}/assistant"), &[]).status, 303);
    let page = desk.get(&marta, &at).body;
    assert!(page.contains("Usted relevó a Bot of Lola") || page.contains("relevó a Bot of Lola"), "{page}");
    let settings = format!("/settings/channels/{}/assistant", channel.id);
    desk.post(&ada, "/settings/profile", &[("name", "Ada"), ("language", "es"), ("theme", "system")]);
    assert!(desk.get(&ada, &settings).body.contains("Asistente virtual de"));
}

#[test]
fn s89_visitors_of_a_website_read_the_assistants_name() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    let channel = visitor::connect(&desk, Kind::Webchat, &[]);
    set_up(&desk, &ada, &channel);
    let guest = Visitor::new(&channel);
    assert_eq!(guest.say(&desk, "word-0001", "horario?").status / 100, 2);
    visitor::read_in(&desk);
    let bot = desk.count("SELECT id FROM message WHERE kind = 'outbound'");
    desk.goes_out(transom::domain::Id::new(bot), None);
    let seen = guest.changes(&desk, 0).body;
    assert!(seen.contains("<span class=\"who\">Bot of Lola</span>"), "{seen}");
    assert!(seen.contains("Hello!") && seen.contains("De 9 a 6."), "{seen}");
    // The word by which the inbox calls somebody who said no name is no name, so one is asked for.
    let asks = changed(&[("name_question", "Who are you?")]);
    desk.post(&ada, &format!("/settings/channels/{}/assistant", channel.id), &asks);
    guest.say(&desk, "word-0002", "a person");
    visitor::read_in(&desk);
    guest.say(&desk, "word-0003", "Nora Lind");
    visitor::read_in(&desk);
    let name: String = desk.read(|c| Ok(c.query_row("SELECT name FROM contact", [], |row| row.get(0))?));
    assert_eq!(name, "Nora Lind");
    guest.say(&desk, "word-0004", "hello?");
    visitor::read_in(&desk);
    let name: String = desk.read(|c| Ok(c.query_row("SELECT name FROM contact", [], |row| row.get(0))?));
    assert_eq!(name, "Nora Lind", "and stays");
}

#[test]
fn programs_see_the_assistant_and_have_it_hand_over() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    let channel = desk.channel(Kind::Sms);
    set_up(&desk, &ada, &channel);
    let id = desk.says(&channel, OSCAR, "hi");
    let program = desk.token_of(ada.id);
    let told = desk.api_get(&program, &format!("/conversations/{id}")).json;
    assert_eq!(told["assistant"], json!("Bot of Lola"));
    assert_eq!(
        (&told["last_message"]["automatic"], &told["last_message"]["writer"]),
        (&json!(true), &json!("Bot of Lola"))
    );
    assert_eq!(told["last_message"]["author"], json!(null));
    let told = desk.api_post(&program, &format!("/conversations/{id}/handover"), json!({}));
    assert_eq!((told.status, &told.json["assistant"]), (200, &json!(null)));
    let again = desk.api_post(&program, &format!("/conversations/{id}/handover"), json!({}));
    assert_eq!(again.status, 200);
    let log = desk.api_get(&program, "/events?after=0&limit=200").json;
    let handed: Vec<_> =
        log["items"].as_array().unwrap().iter().filter(|e| e["kind"] == kind::CONVERSATION_HANDED).collect();
    assert_eq!(handed.len(), 1);
    assert_eq!(
        (&handed[0]["data"]["from"], &handed[0]["data"]["handed"]),
        (&json!("Bot of Lola"), &json!("hand"))
    );
    // A program of the team's own that answers by a token is the agent's whose token it is, and ends the assistant.
    let other = desk.says(&channel, Customer { value: "+4915123450000", ..OSCAR }, "hi");
    desk.api_post(&program, &format!("/conversations/{other}/messages"), json!({ "body": "Our own bot" }));
    let told = desk.api_get(&program, &format!("/conversations/{other}")).json;
    assert_eq!((&told["assistant"], &told["assignee"]["name"]), (&json!(null), &json!("Ada")));
    let mail = desk.channel(Kind::Email);
    let letter = desk.says(&mail, KIM, "hi");
    assert_eq!(desk.api_get(&program, &format!("/conversations/{letter}")).json["assistant"], json!(null));
}

#[test]
fn s88_s89_s229_a_program_of_the_teams_own_is_the_same_kind_of_assistant() {
    let desk = TestDesk::new();
    let (ada, marta) = (desk.person("Ada", Role::Admin), desk.person("Marta", Role::Agent));
    let channel = desk.channel(Kind::Sms);
    let id = desk.says(&channel, OSCAR, "hi");
    let program = desk.token_of(ada.id);
    let at = format!("/conversations/{id}/assistant");
    let says = |body: &str, key: &str, minutes: i64| {
        let asked = json!({ "label": "Robo", "body": body, "key": key, "minutes": minutes });
        desk.api_post(&program, &at, asked)
    };
    let told = says("I am a robot.", "k1", 20);
    assert_eq!(told.status, 201, "{told:?}");
    assert_eq!((&told.json["writer"], &told.json["automatic"]), (&json!("Robo"), &json!(true)));
    assert_eq!(told.json["author"]["name"], json!("Ada"), "whose token it was stays known");
    assert_eq!(says("I am a robot.", "k1", 20).id(), told.id(), "once for each key");
    let one = desk.conversation(id);
    assert_eq!((one.assignee, one.unread, one.snippet.as_str()), (None, 1, "Robo: I am a robot."));
    let page = desk.get(&marta, &format!("/conversations/{id}")).body;
    assert!(
        page.contains("Robo · Automatic") && page.contains("Robo is talking with the customer."),
        "{page}"
    );
    // Each word of the customer gives it its time again; then people see to it.
    desk.pass(Span::minutes(19));
    desk.says(&channel, OSCAR, "and now?");
    desk.pass(Span::minutes(19));
    ticker::tick(&desk.desk, &mut Rounds::default()).unwrap();
    assert_eq!(desk.api_get(&program, &format!("/conversations/{id}")).json["assistant"], json!("Robo"));
    desk.pass(Span::minutes(2));
    ticker::tick(&desk.desk, &mut Rounds::default()).unwrap();
    let page = desk.get(&marta, &format!("/conversations/{id}")).body;
    assert!(page.contains("Robo handed over to the team: the customer was silent"), "{page}");
    // What somebody has is that person's, and letters have no assistant.
    desk.answers(&marta, id, "Here is Marta.");
    let told = says("Me again", "k2", 20);
    assert_eq!((told.status, told.code()), (409, "assigned_to"), "{told:?}");
    let letter = desk.says(&desk.channel(Kind::Email), KIM, "hi");
    let mail = desk.api_post(
        &program,
        &format!("/conversations/{letter}/assistant"),
        json!({ "label": "Robo", "body": "x" }),
    );
    assert_eq!(mail.code(), "no_assistant");
    for (label, minutes) in [("", 20), ("Robo", 0), ("Robo", i64::MAX)] {
        let other = desk.says(&channel, Customer { value: "+4915123450000", ..OSCAR }, "hi");
        let asked = json!({ "label": label, "body": "x", "minutes": minutes });
        assert_eq!(desk.api_post(&program, &format!("/conversations/{other}/assistant"), asked).status, 422);
    }
    // On an entry point with an assistant the program speaks in its place.
    set_up(&desk, &ada, &channel);
    let third = desk.says(&channel, Customer { value: "+4915123460000", ..OSCAR }, "hi");
    let asked = json!({ "label": "Robo", "body": "I take this." });
    assert_eq!(desk.api_post(&program, &format!("/conversations/{third}/assistant"), asked).status, 201);
    let before = desk.said(third).len();
    desk.says(&channel, Customer { value: "+4915123460000", ..OSCAR }, "what does it cost");
    assert_eq!(desk.said(third).len(), before + 1, "the assistant is silent");
}
