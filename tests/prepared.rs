//! Prepared texts: where they are offered, who changes them, what is filled in, and what leaves in the end.

use std::collections::BTreeMap;

use serde_json::json;
use transom::actions::reply::Reply;
use transom::actions::template::{self as action, Saved, Scope};
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::domain::conversation::Conversation;
use transom::domain::template::{Stage, Template};
use transom::domain::{Id, Refused};
use transom::store;

use crate::support::TestDesk;
use crate::support::cast::{answer, refusal};
use crate::support::desk::{Page, Person};
use crate::support::letters::{Desk as Mail, comes, mailbox};
use crate::support::story::ANA;

fn composer(page: &str) -> String {
    page.split("<section class=\"composer\"").nth(1).unwrap().split("</main>").next().unwrap().to_owned()
}

fn send(desk: &TestDesk, who: &Person, id: Id<Conversation>, fields: &[(&str, &str)]) -> Page {
    let fields: Vec<(&str, &str)> = [("kind", "reply")].into_iter().chain(fields.iter().copied()).collect();
    desk.post(who, &format!("/conversations/{id}/messages"), &fields)
}

/// A desk with an agent, a supervisor, and a customer who has just written on this kind of channel.
struct Floor {
    desk: TestDesk,
    petra: Person,
    sofia: Person,
    channel: Channel,
    ana: Id<Conversation>,
}

fn floor(kind: Kind) -> Floor {
    let desk = TestDesk::new();
    let (petra, sofia) = (desk.person("Petra Novák", Role::Agent), desk.person("Sofia", Role::Supervisor));
    let channel = desk.connects(kind, "Shop");
    let ana = desk.says(&channel, ANA, "Hello");
    Floor { desk, petra, sofia, channel, ana }
}

impl Floor {
    fn saves(&self, saved: &Saved) -> transom::actions::Result<Id<Template>> {
        let (by, saved) = (self.desk.rights(&self.sofia), saved.clone());
        self.desk.act(move |tx, now| action::save(tx, &by, &saved, now))
    }

    fn saved(&self, name: &str, body: &str) -> Id<Template> {
        self.saves(&text(name, body)).unwrap()
    }

    fn picker(&self, query: &str) -> String {
        composer(&self.desk.get(&self.petra, &format!("/conversations/{}?{query}", self.ana)).body)
    }

    fn sent(&self) -> transom::domain::message::Message {
        self.desk.said(self.ana).pop().unwrap()
    }

    fn answers(&self, template: Id<Template>, given: &[(&str, &str)]) -> transom::actions::Result<String> {
        let given: BTreeMap<String, String> =
            given.iter().map(|(gap, value)| ((*gap).to_owned(), (*value).to_owned())).collect();
        let order = Reply { template: Some((template, given)), ..answer(self.ana, "") };
        let id = self.desk.replies(&self.desk.rights(&self.petra), &order)?;
        Ok(self.desk.message(id).body)
    }
}

fn text(name: &str, body: &str) -> Saved {
    Saved { name: name.to_owned(), language: "en".to_owned(), body: body.to_owned(), ..Saved::default() }
}

#[test]
fn s209_a_text_has_category_stage_and_place_and_global_ones_are_the_administrators() {
    let floor = floor(Kind::Whatsapp);
    let Floor { desk, sofia, .. } = &floor;
    let admin = desk.person("Ada", Role::Admin);
    let channel = floor.channel.id.to_string();
    let fields = [
        ("name", "Hours"),
        ("language", "pt-br"),
        ("category", "Opening"),
        ("body", "We open at 9."),
        ("channel", channel.as_str()),
        ("kind", "whatsapp"),
        ("stage", "end"),
    ];
    assert_eq!(desk.post(sofia, "/settings/templates/new", &fields).status, 303);
    let kept = desk.read(store::template::own).remove(0);
    assert_eq!(
        (kept.category.as_str(), kept.stage, kept.language.as_str()),
        ("Opening", Stage::End, "pt_BR")
    );
    assert_eq!((kept.channel, kept.kind), (Some(floor.channel.id), Some(Kind::Whatsapp)));
    let list = desk.get(sofia, "/settings/templates").body;
    assert!(
        list.contains(&format!("No. {}", kept.id)) && list.contains("Opening") && list.contains("End"),
        "{list}"
    );
    assert!(!desk.get(sofia, "/settings/templates?find=parking").body.contains(">Hours</a>"));
    assert!(
        desk.get(sofia, "/settings/templates?find=open+9&stage=end&category=Opening").body.contains("Hours")
    );
    let wrong = [("name", "Nowhere"), ("body", "x"), ("channel", channel.as_str()), ("kind", "sms")];
    let refused = desk.post(sofia, "/settings/templates/new", &wrong);
    assert!(refused.status == 422 && refused.body.contains("id=\"f-kind-error\""), "{}", refused.body);
    let global = [("name", "Legal notice"), ("language", "en"), ("body", "Our terms."), ("guarded", "on")];
    assert_eq!(
        desk.post(sofia, "/settings/templates/new", &global).status,
        403,
        "only an administrator makes one"
    );
    assert_eq!(desk.post(&admin, "/settings/templates/new", &global).status, 303);
    let global = desk.read(store::template::own).into_iter().find(|one| one.guarded).unwrap();
    let at = format!("/settings/templates/{}", global.id);
    let page = desk.get(sofia, &at).body;
    assert!(
        page.contains("<fieldset class=\"stack\" disabled") && page.contains("only administrators change it"),
        "{page}"
    );
    let change = [("name", "Legal notice"), ("language", "en"), ("body", "Other terms.")];
    assert_eq!(desk.post(sofia, &at, &change).status, 403);
    assert_eq!(desk.post(sofia, &format!("{at}/delete"), &[]).status, 403);
    assert_eq!(desk.post(&admin, &at, &change).status, 303);
    assert_eq!(desk.read(|c| store::template::get(c, global.id)).unwrap().body, "Other terms.");
}

#[test]
fn s209_other_words_are_a_new_version_and_the_message_names_the_one_it_was_made_from() {
    let floor = floor(Kind::Whatsapp);
    let Floor { desk, sofia, petra, ana, .. } = &floor;
    let id = floor.saved("Hours", "We open at 9.");
    let number = id.to_string();
    assert_eq!(send(desk, petra, *ana, &[("template", &number), ("version", "1")]).status, 303);
    let at = format!("/settings/templates/{id}");
    let fields = [("name", "Hours"), ("language", "en"), ("body", "We open at 8.")];
    assert_eq!(desk.post(sofia, &at, &fields).status, 303);
    assert_eq!(desk.post(sofia, &at, &fields).status, 303, "nothing new is no version");
    let versions = desk.read(|c| store::template::versions(c, id));
    let told: Vec<(u32, &str)> = versions.iter().map(|one| (one.number, one.body.as_str())).collect();
    assert_eq!(told, [(2, "We open at 8."), (1, "We open at 9.")]);
    assert_eq!(versions[0].agent, Some(sofia.id));
    let prepared = floor.sent().extra.prepared.unwrap();
    assert_eq!((prepared.id, prepared.version, prepared.name.as_str()), (id, 1, "Hours"));
    let thread = desk.get(petra, &format!("/conversations/{ana}")).body;
    assert!(thread.contains("template Hours, version 1"), "{thread}");
    let old = send(desk, petra, *ana, &[("template", &number), ("version", "1")]);
    assert_eq!(old.status, 409, "what was looked at is not what would be sent");
    assert!(composer(&old.body).contains("was changed after you opened it"), "{}", composer(&old.body));
    assert_eq!(desk.said(*ana).len(), 2);
    let page = desk.get(sofia, &at).body;
    assert!(page.contains("?from=1") && page.contains("Sofia"), "{page}");
    assert!(desk.get(sofia, &format!("{at}?from=1")).body.contains(">We open at 9.</textarea>"));
    assert_eq!(send(desk, petra, *ana, &[("template", &number), ("version", "2")]).status, 303);
    assert_eq!(floor.sent().extra.prepared.unwrap().version, 2);
}

#[test]
fn s210_a_locked_text_is_read_only_in_the_composer_and_refused_when_it_was_changed() {
    let floor = floor(Kind::Whatsapp);
    let Floor { desk, petra, ana, .. } = &floor;
    let id = floor.saves(&Saved { locked: true, ..text("Terms", "No refunds for {{order}}.") }).unwrap();
    let number = id.to_string();
    let page = floor.picker("");
    assert!(page.contains(&format!("saved={id}")) && !page.contains("data-insert"), "{page}");
    let form = floor.picker(&format!("saved={id}"));
    assert!(
        !form.contains("textarea name=\"body\" rows=\"2\" aria-label=\"Write to")
            && !form.contains("value=\"insert\""),
        "{form}"
    );
    assert!(form.contains("This text is locked") && form.contains("Send") && form.contains("Cancel"));
    let changed =
        send(desk, petra, *ana, &[("template", &number), ("p.order", "A7"), ("body", "Refunds for all.")]);
    assert_eq!(changed.status, 422);
    assert!(composer(&changed.body).contains("may not be changed"), "{}", composer(&changed.body));
    let insert = [("template", number.as_str()), ("p.order", "A7"), ("act", "insert")];
    assert_eq!(desk.post(petra, &format!("/conversations/{ana}/preview"), &insert).status, 422);
    assert_eq!(desk.said(*ana).len(), 1);
    assert_eq!(send(desk, petra, *ana, &[("template", &number), ("p.order", "A7")]).status, 303);
    assert_eq!(floor.sent().body, "No refunds for A7.");
}

#[test]
fn s211_gaps_are_required_the_first_empty_one_has_the_caret_and_the_text_can_be_changed_first() {
    let floor = floor(Kind::Whatsapp);
    let Floor { desk, petra, ana, .. } = &floor;
    let id = floor.saved("Ready", "Order {{order}} is at {{place}}.");
    let preview = |more: &[(&str, &str)]| {
        let number = id.to_string();
        let fields: Vec<(&str, &str)> = [("template", number.as_str()), ("p.order", "A7")]
            .into_iter()
            .chain(more.iter().copied())
            .collect();
        desk.post(petra, &format!("/conversations/{ana}/preview"), &fields)
    };
    let form = composer(&preview(&[]).body);
    assert_eq!(form.matches(" required").count(), 2, "{form}");
    let focused = form.split("autofocus").next().unwrap().rsplit("<input").next().unwrap();
    assert!(focused.contains("p.place") && form.matches("autofocus").count() == 1, "{focused}");
    assert!(
        form.contains("aria-describedby=\"template-rules\"") && form.contains("when every gap is filled")
    );
    assert!(form.contains("Order A7 is at [place]."));
    let empty = preview(&[("act", "insert")]);
    assert_eq!(empty.status, 422);
    assert!(composer(&empty.body).contains("The gap “place” is empty."));
    desk.post(petra, &format!("/conversations/{ana}/draft"), &[("kind", "reply"), ("body", "Good news!")]);
    assert_eq!(preview(&[("act", "insert"), ("p.place", "the door")]).status, 303);
    let page = floor.picker("");
    assert!(page.contains(">Good news!\nOrder A7 is at the door.</textarea>"), "{page}");
}

#[test]
fn s212_the_desk_fills_what_it_knows_and_sends_exactly_what_it_showed() {
    let floor = floor(Kind::Whatsapp);
    let body = "{{contact.name}} / {{contact.first_name}} / {{agent.name}} / {{channel.name}} / {{conversation.number}} \
        / {{date.today}} / {{contact.address}} / {{order}}";
    let id = floor.saved("All", body);
    let number = id.to_string();
    let form = floor.picker(&format!("template={id}"));
    assert_eq!(form.matches("data-gap=").count(), 1, "only the order is asked for: {form}");
    let shown = format!(
        "Ana García Núñez / Ana / Petra Novák / Shop / {} / 3 March 2026 / +34612345678 / [order]",
        floor.ana
    );
    assert!(form.contains(&shown), "{form}");
    // What somebody puts in by hand where the desk knows it is not taken.
    let fields = [("template", number.as_str()), ("p.order", "A7"), ("p.contact.name", "Somebody else")];
    assert_eq!(send(&floor.desk, &floor.petra, floor.ana, &fields).status, 303);
    assert_eq!(floor.sent().body, shown.replace("[order]", "A7"));
}

#[test]
fn s212_what_the_desk_does_not_know_is_flagged_and_filled_by_hand_and_never_sent_raw() {
    let floor = floor(Kind::Whatsapp);
    let unknown = refusal(floor.saves(&text("Typo", "Hello {{contact.nmae}}")));
    assert_eq!(unknown, Refused::UnknownGap { parameter: "contact.nmae".to_owned() });
    let page = floor.desk.post(
        &floor.sofia,
        "/settings/templates/new",
        &[("name", "Typo"), ("language", "en"), ("body", "Hello {{contact.nmae}}")],
    );
    assert!(page.status == 422 && page.body.contains("knows nothing called “contact.nmae”"), "{}", page.body);
    // Nobody has put the conversation into a queue.
    let id = floor.saved("Queue", "You are in {{queue.name}}.");
    let form = floor.picker(&format!("template={id}"));
    assert!(form.contains("p.queue.name") && form.contains("knows nothing to put here"), "{form}");
    let refused = refusal(floor.answers(id, &[]));
    assert_eq!(refused, Refused::TemplateGap { parameter: "queue.name".to_owned() });
    assert_eq!(floor.answers(id, &[("queue.name", "the shop")]).unwrap(), "You are in the shop.");
    // One that was known when it was written, and is not any more.
    let old = floor.desk.template(None, "Old", "Dear {{field.Tariff}}");
    assert_eq!(
        refusal(floor.answers(old, &[])),
        Refused::TemplateGap { parameter: "field.Tariff".to_owned() }
    );
    let rotten = floor.desk.template(None, "Rotten", "Dear {{contact.shoe}}");
    assert!(floor.picker(&format!("template={rotten}")).contains("knows nothing of this name any more"));
    assert_eq!(
        refusal(floor.answers(rotten, &[])),
        Refused::TemplateGap { parameter: "contact.shoe".to_owned() }
    );
    assert_eq!(floor.desk.said(floor.ana).len(), 2);
}

#[test]
fn s212_a_gap_in_what_was_typed_is_warned_of_once() {
    let floor = floor(Kind::Whatsapp);
    let Floor { desk, petra, ana, .. } = &floor;
    let raw = send(desk, petra, *ana, &[("body", "Hello {{customer}}!")]);
    assert_eq!(raw.status, 422);
    let page = composer(&raw.body);
    assert!(
        page.contains("a gap that nobody filled: “customer”") && page.contains("value=\"gaps\""),
        "{page}"
    );
    assert!(page.contains("Hello {{customer}}!"), "nothing typed is lost");
    assert_eq!(send(desk, petra, *ana, &[("body", "Hello {{customer}}!"), ("knows", "gaps")]).status, 303);
    assert_eq!(floor.sent().body, "Hello {{customer}}!");
}

#[test]
fn s212_header_and_buttons_of_a_providers_template_are_gaps_too() {
    let floor = floor(Kind::Whatsapp);
    let body = "{{header}}\n\nHello {{1}}.\n\n[Follow] https://shop.example/{{button.0}}";
    let id = floor.desk.template(Some(&floor.channel), "shipped", body);
    let form = floor.picker(&format!("template={id}"));
    for gap in ["p.header", "p.1", "p.button.0"] {
        assert!(form.contains(&format!("name=\"{gap}\"")), "{gap}: {form}");
    }
    let all = [("header", "https://shop.example/a.png"), ("1", "Ana"), ("button.0", "A7")];
    for missing in 0..all.len() {
        let given: Vec<_> =
            all.iter().enumerate().filter(|(place, _)| *place != missing).map(|(_, one)| *one).collect();
        let refused = refusal(floor.answers(id, &given));
        assert_eq!(refused, Refused::TemplateGap { parameter: all[missing].0.to_owned() });
    }
    assert_eq!(floor.desk.said(floor.ana).len(), 1);
    floor.answers(id, &all).unwrap();
    assert_eq!(floor.sent().extra.template.unwrap().parameters.len(), 3);
}

#[test]
fn s212_the_gaps_that_a_provider_named_can_be_the_desks_to_fill() {
    let floor = floor(Kind::Whatsapp);
    let Floor { desk, sofia, .. } = &floor;
    let id = desk.template(Some(&floor.channel), "shipped", "Hello {{1}}, order {{2}} is on its way.");
    let at = format!("/settings/templates/{id}");
    assert!(desk.get(sofia, &at).body.contains("name=\"fill.1\""));
    let bad = desk.post(sofia, &at, &[("stage", "start"), ("fill.1", "contact.shoe")]);
    assert_eq!(bad.status, 422);
    let fields =
        [("stage", "start"), ("fill.1", "contact.first_name"), ("fill.2", ""), ("fill.9", "agent.name")];
    assert_eq!(desk.post(sofia, &at, &fields).status, 303);
    let kept = desk.read(|c| store::template::get(c, id)).unwrap();
    assert_eq!(kept.fills, BTreeMap::from([("1".to_owned(), "contact.first_name".to_owned())]));
    assert_eq!((kept.stage, kept.body.as_str()), (Stage::Start, "Hello {{1}}, order {{2}} is on its way."));
    assert!(!floor.picker(&format!("template={id}")).contains("name=\"p.1\""));
    assert_eq!(floor.answers(id, &[("2", "A7")]).unwrap(), "Hello Ana, order A7 is on its way.");
    // What the provider says of it later leaves that as it is, and is a version of its own.
    let (channel, fresh) =
        (floor.channel.id, Template { body: "Hi {{1}}, {{2}}!".to_owned(), ..kept.clone() });
    desk.act(move |tx, now| action::take_synced(tx, channel, &[fresh], now)).unwrap();
    let after = desk.read(|c| store::template::get(c, id)).unwrap();
    assert_eq!((&after.fills, after.stage, after.version), (&kept.fills, Stage::Start, 2));
    assert_eq!(desk.read(|c| store::template::versions(c, id))[0].agent, None);
}

#[test]
fn s213_the_picker_searches_filters_previews_and_offers_what_fits_here_only() {
    let floor = floor(Kind::Whatsapp);
    let Floor { desk, petra, channel, .. } = &floor;
    let (sms, admin) = (desk.connects(Kind::Sms, "Text line"), desk.person("Ada", Role::Admin));
    desk.post(&admin, "/settings/queues", &[("name", "Orders")]);
    let queue = desk.read(store::queue::all)[0].id;
    let of = |name: &str, scope: Scope| Saved { scope, ..text(name, "Text of it") };
    let there = floor.saves(&of("Only texts", Scope { kind: Some(Kind::Sms), ..Scope::default() })).unwrap();
    floor.saves(&of("Other line", Scope { channel: Some(sms.id), ..Scope::default() })).unwrap();
    let queued = floor.saves(&of("In a queue", Scope { queue: Some(queue), ..Scope::default() })).unwrap();
    floor.saves(&of("Here", Scope { channel: Some(channel.id), ..Scope::default() })).unwrap();
    let opening = Saved {
        category: "Opening".into(),
        stage: Stage::Start,
        ..text("Hours", "We open at nine, {{who}}.")
    };
    floor.saves(&opening).unwrap();
    floor.saves(&Saved { language: "es".into(), ..text("Horario", "Abrimos a las nueve.") }).unwrap();
    desk.template(Some(channel), "shipped", "Order {{order}} is on its way.");
    let all = floor.picker("template=list");
    for name in ["Here", "Hours", "Horario", "shipped", "<h3>Opening</h3>", "We open at nine, [who]."] {
        assert!(all.contains(name), "{name}: {all}");
    }
    for name in ["Only texts", "Other line", "In a queue"] {
        assert!(!all.contains(name), "{name}");
    }
    let names = ["Here", "Hours", "Horario", "shipped"];
    let cases: [(&str, &[&str]); 6] = [
        ("find=NINE+open", &["Hours"]),
        ("category=Opening", &["Hours"]),
        ("language=es", &["Horario"]),
        ("stage=start", &["Hours"]),
        ("from=provider", &["shipped"]),
        ("find=nothing+such", &[]),
    ];
    for (query, expected) in cases {
        let page = floor.picker(&format!("template=list&{query}"));
        let found: Vec<&str> =
            names.into_iter().filter(|name| page.contains(&format!("<b>{name}</b>"))).collect();
        assert_eq!(found, expected, "{query}");
        assert!(page.contains("role=\"search\"") && page.contains("name=\"template\" value=\"list\""));
    }
    // What is not offered is refused as well.
    for id in [there, queued] {
        assert!(matches!(refusal(floor.answers(id, &[])), Refused::TemplateUnusable { .. }));
    }
    let ana = floor.ana;
    desk.write(move |tx| {
        let mut conversation = store::conversation::get(tx, ana)?.unwrap();
        conversation.queue = Some(queue);
        conversation.assignee = None;
        store::conversation::update(tx, &conversation)
    });
    let member = desk.person("Marc", Role::Supervisor);
    let page = desk.get(&member, &format!("/conversations/{ana}?template=list")).body;
    assert!(page.contains("In a queue") && !desk.get(petra, "/inbox").body.contains("In a queue"), "{page}");
}

#[test]
fn s126_s50_templates_are_attached_locked_filled_by_people_and_by_the_desk_on_every_kind() {
    for kind in [Kind::Messenger, Kind::Instagram, Kind::Sms, Kind::Webchat, Kind::Email] {
        let floor = floor(kind);
        let locked =
            Saved { locked: true, ..text("Order", "{{contact.first_name}}, order {{order}} is ready.") };
        let id = floor.saves(&locked).unwrap();
        let list = floor.picker("template=list");
        assert!(list.contains("<b>Order</b>") && list.contains("locked"), "{kind:?} {list}");
        let form = floor.picker(&format!("template={id}"));
        assert!(form.contains("Ana, order [order] is ready."), "{kind:?} {form}");
        let field = |name: &str| {
            let value = form.split(&format!("name=\"{name}\" value=\"")).nth(1)?.split('"').next()?;
            Some(value.to_owned())
        };
        let (number, seen) = (id.to_string(), field("seen").unwrap());
        let fields = [("template", number.as_str()), ("version", "1"), ("seen", &seen), ("p.order", "A7")];
        let sent = send(&floor.desk, &floor.petra, floor.ana, &fields);
        assert_eq!(sent.status, 303, "{kind:?} {}", sent.body);
        assert!(floor.sent().body.starts_with("Ana, order A7 is ready."), "{kind:?}");
        assert_eq!(floor.sent().extra.prepared.unwrap().version, 1, "{kind:?}");
    }
}

#[test]
fn s209_a_sheet_is_tried_then_taken_and_the_wrong_rows_come_back_as_a_file() {
    let floor = floor(Kind::Whatsapp);
    let Floor { desk, sofia, .. } = &floor;
    const AT: &str = "/settings/templates/import";
    floor.saved("Hours", "We open at 9.");
    floor.saved("Same", "As it is.");
    let sheet = "Name;Language;Category;Type;Channel;Locked;Text;Colour\r\n\
        Hours;en;Opening;start;;yes;\"We open at 8;\nwe close at 6.\";red\r\n\
        Same;en;;;;;As it is.;\r\n\
        New;es;;seguimiento;Shop;;Hola {{contact.first_name}}.;\r\n\
        New;es;;;shop;;Otra vez.;\r\n\
        Nowhere;en;;;Elsewhere;;x;\r\n\
        Typo;en;;;;;Dear {{contact.nmae}};\r\n\
        =1+1;en;;;;maybe;x;\r\n\
        Empty;en;;;;;;\r\n";
    let tried = desk.post(sofia, AT, &[("sheet", sheet)]);
    assert_eq!(tried.status, 200, "{}", tried.body);
    assert!(
        tried.body.contains("Nothing has been changed yet") && tried.body.contains("Colour"),
        "{}",
        tried.body
    );
    let counts: Vec<&str> =
        tried.body.split("<dd>").skip(1).map(|rest| rest.split("</dd>").next().unwrap()).collect();
    assert_eq!(counts[..4], ["1", "1", "1", "5"]);
    assert!(tried.body.contains("channel: “Elsewhere” is not known."), "{}", tried.body);
    assert_eq!(desk.read(store::template::own).len(), 2);
    assert_eq!(desk.read(store::template::own)[0].body, "We open at 9.");
    let taken = desk.post(sofia, AT, &[("sheet", sheet), ("take", "1")]);
    assert!(taken.body.contains("Imported.") && !taken.body.contains("name=\"take\""), "{}", taken.body);
    let kept = desk.read(store::template::own);
    assert_eq!(kept.len(), 3);
    let hours = kept.iter().find(|one| one.name == "Hours").unwrap();
    assert_eq!((hours.body.as_str(), hours.version), ("We open at 8;\nwe close at 6.", 2));
    assert!(hours.locked && hours.stage == Stage::Start && hours.category == "Opening");
    let new = kept.iter().find(|one| one.name == "New").unwrap();
    assert_eq!((new.channel, new.stage), (Some(floor.channel.id), Stage::FollowUp));
    let errors = desk.post(sofia, &format!("{AT}/errors"), &[("sheet", sheet)]);
    assert_eq!(errors.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(errors.body.lines().count(), 6, "{}", errors.body);
    assert!(errors.body.contains("\"'=1+1\""), "no spreadsheet runs it: {}", errors.body);
    // What is wrong with the file as a whole stands beside it.
    for (sheet, words) in [("Colour\nred\n", "needs the columns name and body"), ("", "")] {
        let refused = desk.post(sofia, AT, &[("sheet", sheet)]);
        assert!(
            refused.status == 422 && refused.body.contains(words) && refused.body.contains("role=\"alert\"")
        );
    }
}

#[test]
fn s209_the_sample_and_what_is_written_out_can_be_taken_in() {
    let floor = floor(Kind::Whatsapp);
    let Floor { desk, sofia, .. } = &floor;
    for language in ["en", "es"] {
        desk.post(
            sofia,
            "/settings/profile",
            &[("name", "Sofia"), ("language", language), ("theme", "system")],
        );
        let sample = desk.get(sofia, "/settings/templates/import/sample").body;
        let taken = desk.post(sofia, "/settings/templates/import", &[("sheet", &sample), ("take", "1")]);
        assert!(
            taken.body.contains("<dd>3</dd><dd>0</dd>") || taken.body.contains("<dd>3</dd>"),
            "{}",
            taken.body
        );
    }
    assert_eq!(desk.read(store::template::own).len(), 6);
    let whole = desk.get(sofia, "/settings/templates/import/export").body;
    let again = desk.post(sofia, "/settings/templates/import", &[("sheet", &whole), ("take", "1")]);
    assert!(again.body.contains("<dd>6</dd>"), "all of them are the same: {}", again.body);
    assert!(desk.read(store::template::own).iter().all(|one| one.version == 1));
}

#[test]
fn s209_s210_s212_programs_see_and_change_texts_by_the_same_rules() {
    let floor = floor(Kind::Whatsapp);
    let Floor { desk, petra, sofia, ana, .. } = &floor;
    let (boss, agent) = (desk.token_of(sofia.id), desk.token_of(petra.id));
    const AT: &str = "/templates";
    let new = json!({
        "name": "Ready", "language": "en", "category": "Orders", "stage": "follow_up", "channel_kind": "whatsapp",
        "body": "{{contact.first_name}}, order {{order}} is ready.", "locked": true,
    });
    let made = desk.api_post(&boss, AT, new);
    assert_eq!(made.status, 201, "{}", made.json);
    assert_eq!(made.json["parameters"], json!(["order"]), "what the desk fills is nobody's to give");
    assert_eq!((&made.json["stage"], &made.json["version"]), (&json!("follow_up"), &json!(1)));
    let at = format!("{AT}/{}", made.id());
    assert_eq!(desk.api_patch(&boss, &at, json!({ "guarded": true })).status, 403);
    let bad = desk.api_patch(&boss, &at, json!({ "body": "Hello {{agent.shoe}}" }));
    assert_eq!((bad.status, bad.code()), (422, "unknown_gap"));
    let changed =
        desk.api_patch(&boss, &at, json!({ "body": "{{contact.first_name}}: {{order}} is ready!" }));
    assert_eq!(changed.json["version"], json!(2), "{}", changed.json);
    let versions = desk.api_get(&agent, &format!("{at}/versions")).json;
    assert_eq!(versions["items"].as_array().unwrap().len(), 2, "{versions}");
    assert_eq!(versions["items"][0]["user_id"], json!(sofia.id.get()));
    let there = format!("/conversations/{ana}/messages");
    let chosen = json!({ "name": "Ready", "language": "en", "parameters": { "order": "A7" } });
    let edited = desk.api_post(&agent, &there, json!({ "body": "Other words", "template": chosen }));
    assert_eq!((edited.status, edited.code()), (422, "template_locked"));
    let sent = desk.api_post(&agent, &there, json!({ "body": "", "template": chosen }));
    assert_eq!(sent.json["body"], json!("Ana: A7 is ready!"), "{}", sent.json);
    let provided = desk.template(Some(&floor.channel), "shipped", "Hello {{1}}, order {{2}}.");
    let at = format!("{AT}/{provided}");
    assert_eq!(desk.api_patch(&boss, &at, json!({ "body": "Mine" })).code(), "invalid_field");
    let settled = json!({ "stage": "start", "fills": { "1": "contact.name" } });
    assert_eq!(desk.api_patch(&boss, &at, settled).json["parameters"], json!(["2"]));
    assert_eq!(sent.json["prepared"], json!({ "id": made.id(), "name": "Ready", "version": 2 }));
}

#[test]
fn s210_s211_a_mail_takes_a_text_into_its_form_only_when_nothing_is_to_be_filled() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let channel = mailbox(&desk);
    let id = comes(&desk, &channel, "one@example.com", "It does not glow.");
    let gaps = desk.template(None, "Gaps", "Order {{order}} is ready, {{agent.name}}.");
    let at = Mail { desk: &desk, who: &petra, id };
    let to = at.post("letter", &[("act", &format!("saved:{gaps}")), ("body", "Half a thought")]);
    let place = to.header("location").unwrap();
    assert!(place.contains(&format!("template={gaps}")), "{place}");
    let form = composer(&desk.get(&petra, place.split('#').next().unwrap()).body);
    assert!(form.contains("name=\"p.order\"") && form.contains("ready, Petra."), "{form}");
    let number = gaps.to_string();
    let fields = [("template", number.as_str()), ("p.order", "A7"), ("act", "insert")];
    assert_eq!(desk.post(&petra, &format!("/conversations/{id}/preview"), &fields).status, 303);
    let page = composer(&at.page());
    assert!(page.contains("Half a thought\nOrder A7 is ready, Petra."), "{page}");
    let list = at.post("letter", &[("act", "list")]);
    assert!(list.header("location").unwrap().contains("template=list"));
}

#[test]
fn s212_a_text_that_is_to_leave_later_has_no_gaps_either() {
    let floor = floor(Kind::Telegram);
    let Floor { desk, petra, ana, .. } = &floor;
    let later = [("body", "Hello {{customer}}!"), ("later", "tomorrow")];
    let refused = send(desk, petra, *ana, &later);
    assert!(refused.status == 422 && composer(&refused.body).contains("“customer”"), "{}", refused.body);
    assert_eq!(desk.count("SELECT count(*) FROM later"), 0);
    assert_eq!(send(desk, petra, *ana, &[later[0], later[1], ("knows", "gaps")]).status, 303);
    assert_eq!(desk.count("SELECT count(*) FROM later"), 1);
}

#[test]
fn s50_s212_what_begins_a_conversation_is_filled_as_it_was_shown() {
    let floor = floor(Kind::Sms);
    let Floor { desk, petra, .. } = &floor;
    let whatsapp = desk.connects(Kind::Whatsapp, "Line");
    let body = "{{agent.first_name}} of {{channel.name}} writes to {{contact.address}} about {{order}}.";
    let id = desk.template(Some(&whatsapp), "about", body);
    let (number, channel) = (id.to_string(), whatsapp.id.to_string());
    let base = [("channel", channel.as_str()), ("to", "+34 699 111 222")];
    let shown = desk.post(petra, "/conversations/new", &[base[0], base[1], ("choose", &number)]).body;
    let words = "Petra of Line writes to +34699111222 about [order].";
    assert!(shown.contains(words) && shown.matches("data-gap=").count() == 1, "{shown}");
    let fields = [base[0], base[1], ("template", &number), ("version", "1"), ("p.order", "A7")];
    let sent = desk.post(petra, "/conversations/new", &fields);
    assert_eq!(sent.status, 303, "{}", sent.body);
    let thread = desk.get(petra, sent.header("location").unwrap()).body;
    assert!(thread.contains(&words.replace("[order]", "A7")), "{thread}");
}

#[test]
fn s213_what_cannot_be_sent_now_is_listed_with_the_reason() {
    let floor = floor(Kind::Whatsapp);
    let saved = floor.saved("Hours", "We open at nine, {{who}}.");
    floor.desk.template(Some(&floor.channel), "shipped", "Order {{order}} is on its way.");
    floor.desk.pass(transom::domain::Span::days(2));
    let list = floor.picker("template=list");
    let disabled = list.split("<button type=\"button\" disabled").nth(1).unwrap();
    assert!(disabled.starts_with("><b>Hours</b>") && !disabled.contains("<b>Hours</b> <a"), "{list}");
    assert!(list.contains("wait until the customer writes again") && list.contains("<b>shipped</b>"));
    let form = floor.picker(&format!("template={saved}"));
    assert!(form.contains("disabled data-off") && !form.contains("value=\"insert\""), "{form}");
}
