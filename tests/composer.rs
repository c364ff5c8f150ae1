//! The composer: what each state of the window says, and what happens to what was written.

use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::conversation::{Conversation, Status};
use transom::domain::{Id, Span, draft};
use transom::store;

use crate::support::TestDesk;
use crate::support::desk::{Page, Person};
use crate::support::story::{ANA, KIM, LUCIE, OSCAR};

fn composer(page: &str) -> String {
    page.split("<section class=\"composer\"").nth(1).unwrap().split("</main>").next().unwrap().to_owned()
}

fn send(desk: &TestDesk, who: &Person, id: Id<Conversation>, fields: &[(&str, &str)]) -> Page {
    let fields: Vec<(&str, &str)> = [("kind", "reply")].into_iter().chain(fields.iter().copied()).collect();
    desk.post(who, &format!("/conversations/{id}/messages"), &fields)
}

#[test]
fn s18_a_window_channel_goes_from_open_to_closing_soon_to_templates_only() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let id = desk.says(&chat, ANA, "Hello");
    let page = || composer(&desk.get(&petra, &format!("/conversations/{id}")).body);
    desk.pass(Span::minutes(150));
    assert!(page().contains("21 h left to reply"), "rounded down");
    assert!(page().contains("placeholder=\"Write to Ana García Núñez…\""));
    assert!(!page().contains("closes this conversation"));
    desk.pass(Span::minutes(19 * 60 + 50));
    assert!(page().contains("1 h 40 min left to reply"), "{}", page());
    let line = "WhatsApp closes this conversation at 12:00. After that you can only send a template.";
    assert!(page().contains(line), "{}", page());
    desk.pass(Span::minutes(100));
    let closed = page();
    assert!(
        closed.contains("Template only")
            && !closed.contains("<textarea name=\"body\" rows=\"2\" aria-label=\"Write")
    );
    assert!(closed.contains("The 24-hour reply window is closed"));
    let why = "Ana García Núñez last wrote on Tue 3 March at 12:00. WhatsApp now only lets you send an approved \
        template. When Ana García Núñez answers, you can write freely again.";
    assert!(closed.contains(why), "{closed}");
    assert!(
        closed.contains("This channel has no approved template yet.")
            && closed.contains("Ask an admin to add one.")
    );
    desk.template(Some(&chat), "ready", "Hello {{name}}");
    assert!(page().contains("Choose a template"));
}

#[test]
fn s19_a_channel_that_allows_nothing_says_when_why_and_what_now_until_the_customer_writes() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let page = desk.connects(Kind::Instagram, "Page");
    let id = desk.says(&page, LUCIE, "Hello");
    let at = || composer(&desk.get(&petra, &format!("/conversations/{id}")).body);
    desk.pass(Span::days(8));
    assert!(at().contains("You can’t reply on Instagram any more") && at().contains("Can’t reply"));
    assert!(at().contains(
        "Lucie Dvořáková last wrote on 3 March. If Lucie Dvořáková writes again, you can answer here."
    ));
    assert!(at().contains("Write a note"));
    desk.says(&page, LUCIE, "Still there?");
    assert!(at().contains("Write to Lucie Dvořáková…"));
}

#[test]
fn s16_channels_without_a_window_are_always_open() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    for (kind, who) in [(Kind::Email, KIM), (Kind::Sms, OSCAR)] {
        let channel = desk.connects(kind, "Any time");
        let id = desk.says(&channel, who, "Hello");
        desk.pass(Span::days(13));
        let page = composer(&desk.get(&petra, &format!("/conversations/{id}")).body);
        assert!(page.contains("name=\"body\"") && !page.contains("left to reply"), "{kind:?}");
    }
}

#[test]
fn s121_s122_s184_one_character_too_many_is_told_and_the_text_kept() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    for (kind, who, most) in [(Kind::Sms, OSCAR, 1000), (Kind::Whatsapp, ANA, 4096)] {
        let channel = desk.connects(kind, "Limited");
        assert_eq!(channel.card.text.most, most, "{kind:?}");
        let id = desk.says(&channel, who, "Hello");
        let page = composer(&desk.get(&petra, &format!("/conversations/{id}")).body);
        assert!(page.contains(&format!("data-most=\"{most}\"")), "the script disables Send by this");
        let long = "x".repeat(most as usize + 3);
        let refused = send(&desk, &petra, id, &[("body", &long)]);
        assert_eq!(refused.status, 422, "{kind:?}");
        let page = composer(&refused.body);
        assert!(
            page.contains("The text is 3 characters too long. Delete 3 characters to send it."),
            "{page}"
        );
        assert!(page.contains(&long) && page.contains("aria-invalid=\"true\""));
        let fits = send(&desk, &petra, id, &[("body", &long[3..])]);
        assert_eq!(fits.status, 303, "{kind:?} {}", fits.body);
    }
}

#[test]
fn s1_s2_s20_s21_writing_into_a_closed_conversation_needs_no_reopening_and_makes_it_mine() {
    let desk = TestDesk::new();
    let (petra, marc) = (desk.person("Petra", Role::Agent), desk.person("Marc", Role::Agent));
    let mail = desk.connects(Kind::Email, "Post");
    let id = desk.says(&mail, KIM, "Hello");
    desk.post(&marc, &format!("/conversations/{id}/close"), &[("note", "")]);
    let page = composer(&desk.get(&petra, &format!("/conversations/{id}")).body);
    assert!(page.contains("name=\"body\""), "the field is there although it is closed");
    let seen = page.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(send(&desk, &petra, id, &[("body", "One more thing"), ("seen", seen)]).status, 303);
    let after = desk.read(|c| Ok(store::conversation::get(c, id)?.unwrap()));
    assert_eq!((after.status, after.assignee), (Status::Open, Some(petra.id)));
    let page = desk.get(&petra, &format!("/conversations/{id}")).body;
    assert!(page.contains("You reopened the conversation"), "{page}");
}

#[test]
fn somebody_answered_first_and_the_text_waits_until_it_still_fits() {
    let desk = TestDesk::new();
    let (petra, marc) = (desk.person("Petra", Role::Agent), desk.person("Marc", Role::Agent));
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let id = desk.says(&chat, ANA, "Hello");
    let page = desk.get(&marc, &format!("/conversations/{id}")).body;
    let seen = page.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    desk.answers(&petra, id, "I am on it");
    let refused = send(&desk, &marc, id, &[("body", "My answer"), ("seen", &seen), ("key", "k1")]);
    assert_eq!(refused.status, 409);
    let told = composer(&refused.body);
    assert!(
        told.contains("Petra replied while you were writing. Read it, then send if it still fits."),
        "{told}"
    );
    assert!(told.contains("Send anyway") && told.contains(">My answer</textarea>"));
    let kept = desk.read(|c| {
        let place = store::draft::Place { agent: marc.id, conversation: id, kind: draft::Kind::Reply };
        store::draft::get(c, place)
    });
    assert_eq!(kept, "My answer", "also on the server");
    let again = [("body", "My answer"), ("seen", &seen), ("key", "k1"), ("anyway", "1")];
    assert_eq!(send(&desk, &marc, id, &again).status, 303);
    assert_eq!(send(&desk, &marc, id, &again).status, 303, "a double click");
    let page = desk.get(&marc, &format!("/conversations/{id}")).body;
    assert_eq!(page.matches("<p class=\"text\" dir=\"auto\">My answer</p>").count(), 1);
    desk.says(&chat, ANA, "Thank you");
    let refused = send(&desk, &petra, id, &[("body", "Bye"), ("seen", &seen)]);
    assert!(
        refused.body.contains("Ana García Núñez wrote while you were writing."),
        "{}",
        composer(&refused.body)
    );
}

#[test]
fn it_closed_while_somebody_wrote_and_nothing_is_lost() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let id = desk.says(&chat, ANA, "Hello");
    desk.template(Some(&chat), "ready", "Hello {{name}}");
    desk.pass(Span::hours(24));
    let refused = send(&desk, &petra, id, &[("body", "Just too late")]);
    assert_eq!(refused.status, 409);
    let page = composer(&refused.body);
    assert!(page.contains("The reply window closed before this was sent. Your text is below."), "{page}");
    assert!(page.contains("Just too late") && page.contains("Choose a template"));
}

#[test]
fn s211_a_template_is_sent_only_with_every_gap_filled_and_shown_before() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let id = desk.says(&chat, ANA, "Hello");
    desk.pass(Span::days(2));
    let template = desk.template(Some(&chat), "ready", "Hello {{name}}, order {{order}} is ready.");
    let list = composer(&desk.get(&petra, &format!("/conversations/{id}?template=list")).body);
    assert!(list.contains(&format!("template={template}")) && list.contains("ready"));
    let form = composer(&desk.get(&petra, &format!("/conversations/{id}?template={template}")).body);
    assert!(form.contains("name=\"p.order\"") && form.contains("required"));
    assert!(form.contains("Hello Ana García Núñez, order [order] is ready."), "{form}");
    let (number, name) = (template.to_string(), ("p.name", "Ana"));
    let shown = desk.post(
        &petra,
        &format!("/conversations/{id}/preview"),
        &[("template", &number), name, ("p.order", "4711")],
    );
    assert!(composer(&shown.body).contains("Hello Ana, order 4711 is ready."));
    let refused = send(&desk, &petra, id, &[("template", &number), name, ("p.order", " ")]);
    assert_eq!(refused.status, 422);
    assert!(composer(&refused.body).contains("The gap “order” is empty."), "{}", composer(&refused.body));
    assert!(composer(&refused.body).contains("value=\"Ana\""), "what was filled in stays");
    assert_eq!(send(&desk, &petra, id, &[("template", &number), name, ("p.order", "4711")]).status, 303);
    assert!(
        desk.get(&petra, &format!("/conversations/{id}")).body.contains("Hello Ana, order 4711 is ready.")
    );
}

#[test]
fn c24_drafts_are_kept_for_each_person_conversation_and_kind() {
    let desk = TestDesk::new();
    let (petra, marc) = (desk.person("Petra", Role::Agent), desk.person("Marc", Role::Agent));
    let (chat, mail) = (desk.connects(Kind::Whatsapp, "Shop"), desk.connects(Kind::Email, "Post"));
    let (one, other) = (desk.says(&chat, ANA, "Hello"), desk.says(&mail, KIM, "Hello"));
    for (kind, body) in [("reply", "Half an answer"), ("note", "Half a note")] {
        let saved =
            desk.post(&petra, &format!("/conversations/{one}/draft"), &[("kind", kind), ("body", body)]);
        assert_eq!(saved.status, 204);
    }
    let page = desk.get(&petra, &format!("/conversations/{one}")).body;
    assert!(page.contains(">Half an answer</textarea>") && page.contains(">Half a note</textarea>"));
    assert!(!desk.get(&marc, &format!("/conversations/{one}")).body.contains("Half"));
    assert!(!desk.get(&petra, &format!("/conversations/{other}")).body.contains("Half"));
    send(&desk, &petra, one, &[("body", "A whole answer")]);
    let page = desk.get(&petra, &format!("/conversations/{one}")).body;
    assert!(!page.contains("Half an answer") && page.contains("Half a note"));
}

#[test]
fn a_draft_that_arrives_after_its_form_was_sent_is_none() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let id = desk.says(&chat, ANA, "Hello");
    let typed = [("kind", "reply"), ("key", "form-1"), ("body", "We open at nine.")];
    desk.post(&petra, &format!("/conversations/{id}/draft"), &typed);
    assert_eq!(send(&desk, &petra, id, &[("key", "form-1"), ("body", "We open at nine.")]).status, 303);
    desk.post(&petra, &format!("/conversations/{id}/draft"), &typed);
    let page = desk.get(&petra, &format!("/conversations/{id}")).body;
    assert!(!page.contains(">We open at nine.</textarea>"), "{}", composer(&page));
    let next = [("kind", "reply"), ("key", "form-2"), ("body", "And close at six.")];
    desk.post(&petra, &format!("/conversations/{id}/draft"), &next);
    assert!(desk.get(&petra, &format!("/conversations/{id}")).body.contains(">And close at six.</textarea>"));
}

#[test]
fn saved_replies_work_as_links_and_a_broken_channel_says_that_it_waits() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Admin);
    let chat = desk.connects(Kind::Whatsapp, "Shop");
    let id = desk.says(&chat, ANA, "Hello");
    let saved = desk.template(None, "Hours", "We open at nine, {{name}}.");
    let page = desk.get(&petra, &format!("/conversations/{id}?saved={saved}")).body;
    assert!(page.contains(">We open at nine, Ana García Núñez.</textarea>"), "{}", composer(&page));
    let channel = chat.id;
    desk.write(move |tx| {
        let mut row = store::channel::get(tx, channel)?.unwrap();
        row.state = transom::domain::channel::ChannelState::Broken;
        store::channel::update(tx, &row)
    });
    let page = composer(&desk.get(&petra, &format!("/conversations/{id}")).body);
    let line = "Shop is disconnected. What you send waits here and goes out when an admin reconnects it.";
    assert!(page.contains(line) && page.contains("Reconnect") && page.contains("name=\"body\""), "{page}");
}
