//! WhatsApp from end to end: signed deliveries in, answers out, receipts in any order.

use crate::support::TestDesk;
use crate::support::channel::{conversation_of, message_of, viewer, whatsapp, window_of};
use crate::support::desk::Person;
use crate::support::provider::{Say, StandIn};
use serde_json::{Value, json};
use transom::actions::reply::{self, Reply};
use transom::domain::agent::Role;
use transom::domain::channel::Channel;
use transom::domain::conversation::Conversation;
use transom::domain::message::{Message, State};
use transom::domain::{Id, Span};
use transom::jobs::{inbound, outbox};
use transom::net::signature::sha256_header;
use transom::store;
use transom::web::http::{Method, Request};

struct Stage {
    desk: TestDesk,
    api: StandIn,
    channel: Channel,
    marta: Person,
}

impl Stage {
    /// A number, somebody who answers, and Ana's first message, delivered as Meta does.
    fn new() -> (Stage, Conversation) {
        let (desk, api) = (TestDesk::new(), StandIn::new());
        let channel = whatsapp(&desk, &api.url);
        let marta = desk.person("Marta", Role::Admin);
        api.say("/messages", &[Say::Answer(200, "{\"messages\":[{\"id\":\"wamid.OUT1\"}]}".into())]);
        let stage = Stage { desk, api, channel, marta };
        let text =
            json!({ "from": "34612345678", "id": "wamid.IN1", "type": "text", "text": { "body": "Hola" } });
        stage.delivered("messages", text);
        let ana = stage.desk.read(|c| {
            Ok(c.query_row("SELECT id FROM conversation", [], |row| row.get::<_, Id<Conversation>>(0))?)
        });
        let ana = conversation_of(&stage.desk, ana);
        (stage, ana)
    }

    /// Posts a delivery with its signature, and lets it be read.
    fn delivered(&self, what: &str, mut item: Value) {
        if item["timestamp"].is_null() {
            item["timestamp"] = self.desk.now().seconds().to_string().into();
        }
        let mut value = json!({ "messaging_product": "whatsapp",
            "metadata": { "phone_number_id": "1122334455667" },
            "contacts": [{ "profile": { "name": "Ana" }, "wa_id": "34612345678" }] });
        value[what] = json!([item]);
        let body = json!({ "object": "whatsapp_business_account",
            "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": value }] }] });
        assert_eq!(self.post(&body, "the-app-secret"), 200);
        inbound::drain(&self.desk.desk).unwrap();
    }

    fn post(&self, body: &Value, secret: &str) -> u16 {
        let bytes = body.to_string();
        let request = Request::new(Method::Post, &format!("/hooks/{}", self.channel.id))
            .with_header("x-hub-signature-256", &sha256_header(secret, bytes.as_bytes()))
            .with_body("application/json", bytes);
        self.desk.ask(request).status
    }

    fn status(&self, status: &str, more: Value) {
        let mut item = json!({ "id": "wamid.OUT1", "status": status, "recipient_id": "34612345678" });
        for (name, value) in more.as_object().unwrap() {
            item[name] = value.clone();
        }
        self.delivered("statuses", item);
    }

    fn reply(&self, ana: &Conversation) -> Id<Message> {
        let order = Reply {
            conversation: ana.id,
            body: "Hello".to_owned(),
            template: None,
            attachments: Vec::new(),
            reply_to: None,
            seen: None,
            key: None,
        };
        let (by, now) = (viewer(&self.marta), self.desk.now());
        let id = self.desk.desk.writer.write(move |tx| reply::reply(tx, &by, &order, now)).unwrap();
        self.desk.pass(Span::seconds(6));
        outbox::drain(&self.desk.desk);
        id
    }

    fn state(&self, id: Id<Message>) -> State {
        message_of(&self.desk, id).state
    }
}

/// S179: the customer begins, by writing to the number.
#[test]
fn ana_writes_and_gets_her_answer() {
    let (stage, ana) = Stage::new();
    assert_eq!((ana.snippet.as_str(), ana.unread), ("Hola", 1));
    assert_eq!(window_of(&stage.desk, &stage.channel, &ana).as_str(), "open");
    let id = stage.reply(&ana);
    assert_eq!(stage.state(id), State::Sent);
    assert_eq!(stage.api.seen_at("/messages")[0].json()["to"], "+34612345678");
}

#[test]
fn a_forged_delivery_is_not_taken() {
    let (stage, _) = Stage::new();
    assert_eq!(stage.post(&json!({ "entry": [] }), "guessed"), 401);
}

/// Receipts come in any order and twice; states move forward only.
#[test]
fn receipts_out_of_order_end_where_they_should() {
    let orders = [
        ["sent", "delivered", "read"],
        ["read", "delivered", "sent"],
        ["delivered", "read", "sent"],
        ["read", "read", "delivered"],
    ];
    for order in orders {
        let (stage, ana) = Stage::new();
        let id = stage.reply(&ana);
        for status in order {
            stage.status(status, json!({}));
        }
        assert_eq!(stage.state(id), State::Read, "{order:?}");
    }
}

/// The answer was lost, and then the receipt names our key: sent after all, and nobody has to decide.
#[test]
fn a_receipt_settles_what_was_unsure() {
    let (stage, ana) = Stage::new();
    stage.api.say("/messages", &[Say::HangUp]);
    let id = stage.reply(&ana);
    assert_eq!((stage.state(id), conversation_of(&stage.desk, ana.id).failed), (State::Unsure, 1));
    let key = stage.api.seen_at("/messages")[0].json()["biz_opaque_callback_data"].clone();
    stage.status("delivered", json!({ "biz_opaque_callback_data": key }));
    let message = message_of(&stage.desk, id);
    assert_eq!((message.state, message.provider_id.as_deref()), (State::Delivered, Some("wamid.OUT1")));
    assert_eq!(conversation_of(&stage.desk, ana.id).failed, 0);
    assert!(stage.desk.read(|c| store::outbox::of_message(c, id)).is_none());
}

/// The receipt overtakes the answer: it is here while the message still counts as on its way.
#[test]
fn a_receipt_may_come_before_the_answer() {
    let (stage, ana) = Stage::new();
    let order = Reply {
        conversation: ana.id,
        body: "quick".to_owned(),
        template: None,
        attachments: Vec::new(),
        reply_to: None,
        seen: None,
        key: None,
    };
    let (by, now, channel) = (viewer(&stage.marta), stage.desk.now(), stage.channel.id);
    let id = stage.desk.desk.writer.write(move |tx| reply::reply(tx, &by, &order, now)).unwrap();
    stage.desk.pass(Span::seconds(6));
    let now = stage.desk.now();
    let claim = move |tx: &store::Tx<'_>| transom::actions::dispatch::claim(tx, channel, now);
    let claimed = stage.desk.desk.writer.write(claim).unwrap().unwrap();
    stage.status("read", json!({ "biz_opaque_callback_data": claimed.dispatch.key }));
    assert_eq!(stage.state(id), State::Read);
    for outcome in [
        transom::domain::outbox::Outcome::Failed(transom::domain::outbox::Failure::unsure("lost")),
        transom::domain::outbox::Outcome::Sent { provider_id: Some("wamid.OUT1".into()) },
    ] {
        let dispatch = claimed.dispatch.clone();
        let attempt = transom::actions::dispatch::Attempt { dispatch, outcome, dice: 0 };
        stage
            .desk
            .desk
            .writer
            .write(move |tx| transom::actions::dispatch::record(tx, &attempt, now))
            .unwrap();
        assert_eq!(stage.state(id), State::Read);
        assert!(stage.desk.read(|c| store::outbox::of_message(c, id)).is_none());
    }
    assert_eq!(conversation_of(&stage.desk, ana.id).failed, 0);
}

/// Meta takes the message and says only later that the window is closed.
#[test]
fn a_late_closed_corrects_the_window_too() {
    let (stage, ana) = Stage::new();
    let id = stage.reply(&ana);
    let errors = json!([{ "code": 131047, "title": "Re-engagement message" }]);
    stage.status("failed", json!({ "errors": errors }));
    let message = message_of(&stage.desk, id);
    assert_eq!((message.state, message.error.unwrap().code.as_str()), (State::Failed, "window_closed"));
    assert_eq!(window_of(&stage.desk, &stage.channel, &ana).as_str(), "template_only");
    assert_eq!(conversation_of(&stage.desk, ana.id).failed, 1);
}

/// Ana hides her number: the same person, known by the id that came with it before.
#[test]
fn a_hidden_number_is_the_same_person() {
    let (stage, ana) = Stage::new();
    let both = json!({ "from": "34612345678", "from_user_id": "ES.77", "id": "wamid.IN2", "type": "text", "text": { "body": "both" } });
    stage.delivered("messages", both);
    let hidden =
        json!({ "from_user_id": "ES.77", "id": "wamid.IN3", "type": "text", "text": { "body": "hidden" } });
    stage.delivered("messages", hidden);
    let people: i64 =
        stage.desk.read(|c| Ok(c.query_row("SELECT count(*) FROM contact", [], |row| row.get(0))?));
    assert_eq!(people, 1);
    let contact: Id<transom::domain::contact::Contact> = stage.desk.read(|c| {
        Ok(c.query_row("SELECT contact_id FROM conversation ORDER BY id DESC", [], |row| row.get(0))?)
    });
    assert_eq!(contact, ana.contact);
}
