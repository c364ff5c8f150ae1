//! The page on which an agent begins a conversation.

use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::template::{self, Template};
use transom::domain::{Id, channel::Channel};
use transom::store;

use crate::support::TestDesk;

const NEW: &str = "/conversations/new";

#[test]
fn s36_s43_s44_only_channels_on_which_one_may_write_first_are_offered() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let none = desk.get(&petra, NEW).body;
    assert!(none.contains("No connected channel lets you write first."), "{none}");
    for kind in [Kind::Sms, Kind::Email, Kind::Webchat, Kind::Instagram] {
        desk.connects(kind, kind.label());
    }
    let page = desk.get(&petra, NEW).body;
    assert!(page.contains("New SMS") && page.contains("New e-mail"), "{page}");
    assert!(!page.contains("Instagram") && !page.contains("New website chat"), "{page}");
    let bar = desk.get(&petra, "/inbox").body;
    assert!(
        bar.contains("title=\"New outbound conversation\"") && bar.contains("/conversations/new?channel=1"),
        "S35"
    );
}

#[test]
fn s40_s47_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let (sms, mail) = (desk.connects(Kind::Sms, "Text line"), desk.connects(Kind::Email, "Post"));
    let (sms, mail) = (sms.id.to_string(), mail.id.to_string());
    for (channel, to, words) in
        [(&sms, "612 345 678", "lacks its country code"), (&mail, "ana@", "ana@example.org")]
    {
        let page = desk.post(&petra, NEW, &[("channel", channel), ("to", to), ("body", "Good day <Ana>")]);
        assert_eq!(page.status, 422);
        let error = page.body.split("id=\"f-to-error\">").nth(1).unwrap().split("</p>").next().unwrap();
        assert!(error.contains(words), "{error}");
        assert!(page.body.contains("Good day &lt;Ana&gt;") && page.body.contains(to));
    }
    let page = desk.post(&petra, NEW, &[("channel", &sms), ("to", "+34612345678"), ("body", " ")]);
    assert!(page.body.contains("id=\"f-body-error\""), "{}", page.body);
    for table in ["contact", "conversation", "message", "outbox"] {
        assert_eq!(desk.count(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
}

#[test]
fn s45_s46_the_conversation_opens_and_a_second_one_leads_to_it() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let sms = desk.connects(Kind::Sms, "Text line").id.to_string();
    let fields = [("channel", sms.as_str()), ("to", "+34 612 345 678"), ("body", "Hello"), ("key", "once")];
    let sent = desk.post(&petra, NEW, &fields);
    assert_eq!(sent.status, 303);
    let place = sent.header("location").unwrap().to_owned();
    assert_eq!(
        desk.post(&petra, NEW, &fields).header("location"),
        Some(place.as_str()),
        "sent twice, begun once"
    );
    let again = desk.post(&petra, NEW, &[fields[0], fields[1], ("body", "Once more"), ("key", "other")]);
    assert_eq!(again.status, 409);
    assert!(again.body.contains(&format!("href=\"{place}?view=all\"")), "{}", again.body);
    assert!(again.body.contains("Once more"));
}

#[test]
fn s50_a_template_is_chosen_filled_seen_and_sent() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let whatsapp = desk.connects(Kind::Whatsapp, "Shop");
    let template = hello(&desk, &whatsapp).to_string();
    let channel = whatsapp.id.to_string();
    let list = desk.get(&petra, "/conversations/new?kind=whatsapp").body;
    assert!(list.contains("order_ready") && !list.contains("name=\"body\""), "{list}");
    let base = [("channel", channel.as_str()), ("to", "+34612345678")];
    let chosen = desk.post(&petra, NEW, &[base[0], base[1], ("choose", &template)]);
    assert_eq!(chosen.status, 200);
    assert!(chosen.body.contains("+34612345678") && chosen.body.contains("name=\"p.order\""));
    let empty = desk.post(&petra, NEW, &[base[0], base[1], ("template", &template), ("p.order", " ")]);
    assert_eq!(empty.status, 422);
    assert!(empty.body.contains("id=\"gap-order-error\""), "{}", empty.body);
    let sent = desk.post(&petra, NEW, &[base[0], base[1], ("template", &template), ("p.order", "A7")]);
    assert_eq!(sent.status, 303);
    let thread = desk.get(&petra, sent.header("location").unwrap()).body;
    assert!(thread.contains("Order A7 is ready."), "{thread}");
}

fn hello(desk: &TestDesk, channel: &Channel) -> Id<Template> {
    let template = Template {
        id: Id::new(0),
        channel: Some(channel.id),
        name: "order_ready".into(),
        language: "en".into(),
        category: String::new(),
        body: "Order {{order}} is ready.".into(),
        components: serde_json::Value::Null,
        status: template::Status::Approved,
        reason: None,
        locked: false,
        synced_at: None,
        ..Template::default()
    };
    let now = desk.now();
    desk.write(move |tx| store::template::insert(tx, &template, now))
}
