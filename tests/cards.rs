//! What a card tells before one accepts, channel by channel, and what one meets behind it.

use serde_json::json;

use crate::deal_pages::{Office, RULES};
use crate::support::cast::text;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::domain::contact::AddressKind;
use transom::domain::conversation::Conversation;
use transom::domain::inbound::Event;
use transom::domain::{Id, Span};
use transom::store;

impl Office {
    /// An entry point of the offering queue.
    fn entry(&self, kind: Kind) -> Channel {
        let queue = self.channel.queue;
        self.desk.channel_with(kind, |channel| {
            channel.queue = queue;
            channel.name = format!("Entry {}", kind.as_str());
        })
    }

    /// Somebody writes; `name` is what the channel tells of them.
    fn comes(&self, channel: &Channel, value: &str, name: &str) -> Id<Conversation> {
        let id = format!("{} {value}", channel.id);
        let mut incoming = text(channel, value, &id, self.desk.now());
        incoming.from.name = (!name.is_empty()).then(|| name.to_owned());
        if channel.kind == Kind::Webchat {
            incoming.from.also = vec![(AddressKind::Email, "kim@example.org".to_owned())];
        }
        self.desk.hear(channel, Event::Message(incoming)).unwrap();
        self.desk.read(|c| Ok(store::message::by_provider(c, channel.id, &id)?.unwrap())).conversation
    }

    fn marta_is(&self, state: &str, media: &str) {
        let fields = [("state", state), ("media", media)];
        assert_eq!(self.desk.post(&self.marta, "/state", &fields).status, 303);
    }

    fn held_out(&self) -> usize {
        self.desk.read(|c| store::offer::waiting_for(c, self.marta.id)).len()
    }

    /// The card on the page of the requests that carries this word.
    fn card(&self, word: &str) -> String {
        let page = self.desk.get(&self.marta, "/offers").body;
        let found = page.split("<li class=\"card offer\"").find(|card| card.contains(word));
        found.unwrap_or_else(|| unreachable!("no card says {word}: {page}")).to_owned()
    }
}

#[test]
fn s77_s78_s79_s127_s136_s141_s150_s181_each_channel_has_its_fields_on_the_card() {
    let mut office = Office::new();
    office.marta_is("available", "");
    let cases: [(Kind, &str, &str, &[&str]); 6] = [
        (Kind::Messenger, "24681357", "Mia Rossi", &["App user ID", "24681357", "Source page"]),
        (Kind::Messenger, "97531864", "", &["<b dir=\"auto\">97531864", "App user ID", "Source page"]),
        (Kind::Sms, "+34612345601", "", &["Phone number", "+34 612 34 56 01", "Source number"]),
        (
            Kind::Whatsapp,
            "+34612345602",
            "Kai Brandt",
            &["Phone number", "+34 612 34 56 02", "Source number"],
        ),
        (Kind::Webchat, "visitor-1", "Kim Lee", &["E-mail address", "kim@example.org"]),
        (Kind::Email, "nora@example.org", "Nora Lind", &["E-mail address", "nora@example.org"]),
    ];
    for (kind, value, name, words) in cases {
        let channel = office.entry(kind);
        office.comes(&channel, value, name);
        office.deals();
        let card = office.card(if name.is_empty() { &words[1][words[1].len() - 8..] } else { name });
        let all = ["Queue</dt>", "Sales</dd>", "data-timer=", ">Accept<", &channel.name];
        for word in words.iter().chain(&all) {
            assert!(card.contains(word), "{kind:?} lacks {word}: {card}");
        }
    }
}

#[test]
fn the_number_that_the_customer_wrote_to_stands_on_the_card() {
    let mut office = Office::new();
    let mut channel = office.entry(Kind::Sms);
    channel.settings.insert("number".to_owned(), "+34911234567".to_owned());
    office.desk.set_channel(&channel);
    office.marta_is("available", "");
    office.comes(&channel, "+34612345601", "");
    office.deals();
    assert!(office.card("Source number").contains("Entry sms · +34 911 23 45 67"), "S136");
}

#[test]
fn s73_s156_a_profile_and_a_state_decide_for_each_type_what_is_offered() {
    let mut office = Office::new();
    let profile =
        [("name", "Mail only"), ("blend", "blended"), ("chat", "0"), ("social", "0"), ("email", "2")];
    assert_eq!(office.desk.post(&office.ada, "/settings/profiles", &profile).status, 303);
    let give = format!("/settings/profiles/people/{}", office.marta.id);
    assert_eq!(office.desk.post(&office.ada, &give, &[("profile", "1")]).status, 303);
    office.marta_is("available", "");
    office.marta_is("idle", "email");
    let (social, mail) = (office.entry(Kind::Messenger), office.entry(Kind::Email));
    office.comes(&social, "24681357", "Mia Rossi");
    let letter = office.comes(&mail, "nora@example.org", "Nora Lind");
    office.deals();
    assert_eq!(office.held_out(), 0, "S73: the profile has no social messages; S156: idle for mail");
    office.marta_is("available", "email");
    office.deals();
    let offers = office.desk.read(|c| store::offer::waiting_for(c, office.marta.id));
    assert_eq!(offers.iter().map(|offer| offer.conversation).collect::<Vec<_>>(), [letter]);
}

#[test]
fn s118_in_rona_nothing_of_any_channel_is_offered_until_it_is_left_by_hand() {
    let mut office = Office::new();
    office.marta_is("available", "");
    let social = office.entry(Kind::Messenger);
    office.comes(&social, "24681357", "Mia Rossi");
    office.deals();
    office.desk.pass(Span::seconds(31));
    office.desk.get(&office.marta, "/offers");
    office.deals();
    for (kind, value) in [
        (Kind::Sms, "+34612345601"),
        (Kind::Whatsapp, "+34612345602"),
        (Kind::Webchat, "visitor-1"),
        (Kind::Email, "nora@example.org"),
    ] {
        let channel = office.entry(kind);
        office.comes(&channel, value, "");
        office.deals();
        assert_eq!(office.held_out(), 0, "{kind:?} is offered in RONA");
    }
    office.desk.pass(Span::minutes(10));
    office.desk.get(&office.marta, "/offers");
    office.deals();
    assert_eq!(office.held_out(), 0, "time alone ends it not (S84)");
    office.marta_is("available", "");
    office.deals();
    assert_eq!(office.held_out(), 5);
}

#[test]
fn s74_s75_s86_s87_s119_s128_s137_s179_s182_what_is_accepted_opens_with_everything_and_lies_in_the_list() {
    let mut office = Office::new();
    office.marta_is("available", "");
    for (kind, value, shown) in [
        (Kind::Messenger, "24681357", "Entry messenger"),
        (Kind::Sms, "+34612345601", "+34 612 34 56 01"),
        (Kind::Whatsapp, "+34612345602", "+34 612 34 56 02"),
    ] {
        let channel = office.entry(kind);
        let id = office.comes(&channel, value, "Mia Rossi");
        office.deals();
        let before = office.desk.get(&office.marta, "/inbox?view=mine").body;
        assert!(!before.contains(&format!("/conversations/{id}")), "not in the list before it is accepted");
        let offer = office.offer(&office.marta).unwrap();
        let taken = office.desk.post(&office.marta, &format!("/offers/{offer}/accept"), &[]);
        assert_eq!(taken.header("location"), Some(format!("/conversations/{id}").as_str()), "S86, S128");
        let page = office.desk.get(&office.marta, &format!("/conversations/{id}?view=mine")).body;
        let (list, thread) = page.split_once("<main").unwrap();
        assert!(list.contains("Mia Rossi") && list.contains(&format!("#{}\"", kind.as_str())), "S137");
        for word in
            ["Mia Rossi", "Sales", "text of", "<time", "name=\"body\"", "id=\"person\"", &channel.name, shown]
        {
            assert!(thread.contains(word), "{kind:?} lacks {word}");
        }
        let answer = [("kind", "reply"), ("body", "I look at once.")];
        office.desk.post(&office.marta, &format!("/conversations/{id}/messages"), &answer);
        let page = office.desk.get(&office.marta, &format!("/conversations/{id}")).body;
        assert!(page.contains("I look at once."), "S119: what was said by whom and when");
    }
}

#[test]
fn s98_s100_s104_transfer_conference_and_end_are_at_hand_and_people_are_not_told_but_asked() {
    let mut office = Office::new();
    office.marta_is("available", "");
    office.desk.writes(&office.channel, "+34612345678", "1");
    office.deals();
    let offer = office.offer(&office.marta).unwrap();
    office.desk.post(&office.marta, &format!("/offers/{offer}/accept"), &[]);
    let page = office.desk.get(&office.marta, "/conversations/1").body;
    for way in
        ["/conversations/1/hand\"", "/conversations/1/hand?for=conference\"", "/conversations/1/close\""]
    {
        assert!(page.contains(way), "S98 lacks {way}");
    }
    let petra = office.petra.id.to_string();
    assert!(!page.contains(&format!("name=\"to\" value=\"{petra}\"")), "nobody is told");
    let told = office.desk.post(&office.marta, "/conversations/1/assign", &[("to", &petra)]);
    assert_eq!(told.status, 403, "nor by hand");
    let given = office.desk.post(&office.ada, "/conversations/1/assign", &[("to", &petra)]);
    assert_eq!(given.status, 303, "a supervisor does");
}

#[test]
fn a_supervisor_moves_what_somebody_has_or_nobody_and_brings_nobody_into_it() {
    let mut office = Office::new();
    let petra = format!("agent:{}", office.petra.id);
    office.desk.writes(&office.channel, "+34612345678", "1");
    office.marta_is("available", "");
    office.deals();
    let board = office.desk.get(&office.ada, "/board").body;
    assert!(board.contains("/conversations/1/hand\"") && board.contains("Ask somebody else"));
    assert!(board.contains("data-live=\"board\"") && board.contains("option value=\"idle\""));
    let page = office.desk.get(&office.ada, "/conversations/1/hand").body;
    assert!(page.contains("You move it without asking"));
    assert!(!page.contains("disabled"), "also to somebody who is idle");
    let moved = office.desk.post(&office.ada, "/conversations/1/hand", &[("to", &petra), ("note", "Yours")]);
    assert_eq!(moved.status, 303);
    assert_eq!(office.desk.conversation(Id::new(1)).assignee, Some(office.petra.id));
    office.deals();
    assert_eq!(office.held_out(), 0, "what was held out is taken back");
    let why = office.desk.get(&office.ada, "/conversations/1/hand?for=conference").body;
    assert!(why.contains("Petra"), "who has it brings somebody in: {why}");
    let asked = [("for", "conference"), ("to", &format!("agent:{}", office.marta.id))];
    assert_eq!(office.desk.post(&office.ada, "/conversations/1/hand", &asked).status, 409);
}

#[test]
fn what_a_supervisor_had_asked_of_somebody_else_is_no_decline() {
    let mut office = Office::new();
    office.marta_is("available", "");
    office.desk.writes(&office.channel, "+34612345678", "1");
    office.deals();
    let offer = office.offer(&office.marta).unwrap();
    office.desk.post(&office.ada, &format!("/board/offers/{offer}/redeal"), &[]);
    let told = office.desk.read(|c| store::offer::get(c, offer.parse().unwrap())).unwrap();
    assert_eq!(told.state.as_str(), "recalled");
    assert_eq!(office.desk.count("SELECT count(*) FROM log WHERE kind = 'offer.recalled'"), 1);
    assert_eq!(office.desk.count("SELECT count(*) FROM log WHERE kind = 'offer.declined'"), 0);
    assert!(office.desk.get(&office.marta, "/inbox").body.contains(">Available<"), "nor is it missed");
}

#[test]
fn the_board_and_the_requests_change_by_the_feed_and_the_board_for_supervisors_alone() {
    let mut office = Office::new();
    let boss = office.desk.person("Boss", Role::Supervisor);
    office.marta_is("available", "");
    office.desk.writes(&office.channel, "+34612345678", "1");
    office.deals();
    let board = office.desk.get(&boss, "/changes?since=0&live=board").body;
    assert!(board.contains("data-target=\"live\"") && board.contains("Longest") && board.contains("→ Marta"));
    let mine = office.desk.get(&office.marta, "/changes?since=0&live=board").body;
    assert!(!mine.contains("Longest") && !mine.contains("data-live=\"board\""));
    let requests = office.desk.get(&office.marta, "/changes?since=0&live=offers").body;
    assert!(requests.contains("data-live=\"offers\"") && requests.contains("Source number"));
    for page in ["/board", "/offers"] {
        assert_eq!(office.desk.get(&boss, page).header("refresh"), None);
    }
}

#[test]
fn the_queues_language_decides_for_whom_none_is_known_and_the_card_says_so() {
    let mut office = Office::new();
    let mut rules = RULES;
    rules[6] = ("language", "es");
    assert_eq!(office.desk.post(&office.ada, "/settings/queues/1/rules", &rules).status, 303);
    let (marta, petra) = (office.marta.id, office.petra.id);
    office.desk.write(move |tx| {
        for (id, code) in [(marta, "en"), (petra, "es")] {
            let mut agent = store::agent::get(tx, id)?.unwrap();
            agent.language = Some(code.to_owned());
            store::agent::update(tx, &agent)?;
        }
        Ok(())
    });
    office.marta_is("available", "");
    office.desk.post(&office.petra, "/state", &[("state", "available")]);
    office.desk.writes(&office.channel, "+34612345678", "1");
    office.deals();
    assert_eq!(office.held_out(), 0);
    let offers = office.desk.read(|c| store::offer::waiting_for(c, petra));
    assert_eq!(offers[0].why, "speaks");
    assert!(office.desk.get(&office.petra, "/offers").body.contains("habla el idioma del cliente"));
}

#[test]
fn the_page_of_a_queue_names_the_entry_points_that_fill_it() {
    let office = Office::new();
    office.entry(Kind::Messenger);
    let page = office.desk.get(&office.ada, "/settings/queues/1").body;
    assert!(page.contains("Filled by") && page.contains("Entry messenger") && page.contains("Our SMS"));
    office.desk.post(&office.ada, "/settings/queues", &[("name", "Empty")]);
    assert!(office.desk.get(&office.ada, "/settings/queues/2").body.contains("No entry point brings"));
}

#[test]
fn programs_ask_colleagues_call_it_off_keep_what_came_back_and_confer() {
    let mut office = Office::new();
    let (marta, petra) = (office.desk.token_of(office.marta.id), office.desk.token_of(office.petra.id));
    office.marta_is("available", "");
    let id = office.desk.writes(&office.channel, "+34612345678", "1").id;
    let at = |word: &str| format!("/conversations/{id}/{word}");
    let her = office.petra.id.get();
    let transfer = json!({ "kind": "transfer", "agent_id": her, "note": "She waits." });
    office.deals();
    let early = office.desk.api_post(&marta, &at("requests"), transfer.clone());
    assert_eq!((early.status, early.code()), (409, "not_accepted"), "S228");
    assert_eq!(office.desk.api_post(&petra, &at("accept"), json!({})).status, 409, "not offered to her");
    assert_eq!(office.desk.api_post(&marta, &at("accept"), json!({})).status, 200);
    let idle = office.desk.api_post(&marta, &at("requests"), transfer.clone());
    assert_eq!((idle.status, idle.code()), (409, "not_free"), "{idle:?}");
    office.desk.get(&office.petra, "/offers");
    office.desk.post(&office.petra, "/state", &[("state", "available")]);
    let asked = office.desk.api_post(&marta, &at("requests"), transfer.clone());
    assert_eq!((asked.status, &asked.json["kind"]), (201, &json!("transfer")));
    let twice = office.desk.api_post(&marta, &at("requests"), transfer.clone());
    assert_eq!((twice.status, twice.code()), (409, "already_asked"));
    let off = format!("/requests/{}/call-off", asked.id());
    assert_eq!(office.desk.api_post(&petra, &off, json!({})).status, 404, "it is not hers to call off");
    assert_eq!(office.desk.api_post(&marta, &off, json!({})).json["state"], json!("withdrawn"));
    let again = office.desk.api_post(&marta, &at("requests"), transfer).id();
    assert_eq!(office.desk.api_post(&petra, &at("decline"), json!({})).status, 200);
    let mine = office.desk.api_get(&marta, "/requests");
    assert_eq!(
        (&mine.json["items"][0]["id"], &mine.json["items"][0]["state"]),
        (&json!(again), &json!("declined"))
    );
    assert_eq!(office.desk.api_post(&marta, &format!("/requests/{again}/keep"), json!({})).status, 200);
    assert_eq!(office.desk.api_get(&marta, "/requests").json["items"], json!([]));
    let along = json!({ "kind": "conference", "agent_id": her });
    assert_eq!(office.desk.api_post(&marta, &at("requests"), along.clone()).status, 201);
    assert_eq!(office.desk.api_post(&petra, &at("accept"), json!({})).status, 200);
    let ended = office.desk.api_post(&petra, &at("conference/end"), json!({}));
    assert_eq!((ended.status, ended.code()), (409, "not_initiator"), "S111");
    assert_eq!(office.desk.api_post(&petra, &at("conference/leave"), json!({})).status, 200);
    assert_eq!(office.desk.api_post(&marta, &at("conference/end"), json!({})).status, 404, "nobody is left");
    let both = json!({ "kind": "transfer", "agent_id": her, "queue_id": 1 });
    assert_eq!(office.desk.api_post(&marta, &at("requests"), both).status, 400);
    assert_eq!(
        office.desk.api_post(&marta, &at("requests"), json!({ "kind": "queue", "agent_id": her })).status,
        400
    );
}
