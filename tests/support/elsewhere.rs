//! Stand-ins for other team inboxes: they answer in the shapes that Chatwoot's JSON builders and Libredesk's models give,
//! page by page.

use std::cell::RefCell;

use serde_json::{Value, json};

use super::provider::{Say, StandIn};

/// What the file of the story holds.
pub const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0 and so on";

fn ok(body: &Value) -> Say {
    Say::Answer(200, body.to_string())
}

/// Seconds of a day in March 2024.
pub const fn day(number: i64) -> i64 {
    1_709_251_200 + number * 86_400
}

/// A Chatwoot with three inboxes, three people (one of whom left no address and so stands in no list), and three
/// conversations on two pages.
pub struct Chatwoot {
    pub server: StandIn,
    labels: RefCell<Vec<String>>,
}

fn contact(id: i64, name: &str, email: Option<&str>, phone: Option<&str>, places: &Value) -> Value {
    json!({
        "id": id, "name": name, "email": email, "phone_number": phone, "identifier": null, "thumbnail": "",
        "custom_attributes": { "plan": "Gold", "vip": true }, "additional_attributes": { "city": "Lima" },
        "created_at": day(0), "last_activity_at": day(3), "contact_inboxes": places,
    })
}

fn place(inbox: i64, source: &str) -> Value {
    json!({ "source_id": source, "inbox": { "id": inbox, "name": "x", "channel_type": "x" } })
}

fn message(id: i64, kind: i64, content: &str, at: i64) -> Value {
    json!({
        "id": id, "content": content, "inbox_id": 1, "conversation_id": 7, "message_type": kind,
        "content_type": "text", "status": "sent", "content_attributes": {}, "created_at": at, "private": false,
        "source_id": null,
    })
}

fn with(mut of: Value, more: &Value) -> Value {
    let fields = more.as_object().unwrap().clone();
    of.as_object_mut().unwrap().extend(fields);
    of
}

fn conversation(id: i64, (inbox, person): (i64, i64), status: &str, moved: i64, labels: &[String]) -> Value {
    json!({
        "id": id, "account_id": 3, "inbox_id": inbox, "status": status, "labels": labels,
        "additional_attributes": { "mail_subject": "The parcel" }, "custom_attributes": {}, "priority": "high",
        "snoozed_until": null, "unread_count": 1, "created_at": day(1), "timestamp": moved,
        "last_activity_at": moved,
        "meta": {
            "sender": { "id": person, "name": "x" }, "channel": "Channel::Whatsapp",
            "assignee": { "id": 50, "name": "Olga" }, "team": { "id": 2, "name": "Sales" },
        },
    })
}

impl Chatwoot {
    pub fn new() -> Chatwoot {
        let server = StandIn::new();
        let agents = json!([{ "id": 50, "name": "Olga", "email": "Olga@example.com", "role": "agent" },
            { "id": 51, "name": "Gone Gil", "email": "gil@example.com", "role": "agent" }]);
        server.say("/agents", &[ok(&agents)]);
        let inboxes = json!({ "payload": [
            { "id": 1, "name": "Shop", "channel_type": "Channel::Whatsapp", "phone_number": "+34600999888" },
            { "id": 2, "name": "Post", "channel_type": "Channel::Email", "email": "Shop@example.org" },
            { "id": 4, "name": "Bot", "channel_type": "Channel::Telegram" },
        ] });
        server.say("/inboxes", &[ok(&inboxes)]);
        let fields = json!([
            { "id": 1, "attribute_key": "plan", "attribute_display_name": "Tariff", "attribute_display_type": "text",
              "attribute_model": "contact_attribute" },
            { "id": 2, "attribute_key": "vip", "attribute_display_name": "Important",
              "attribute_display_type": "checkbox", "attribute_model": "contact_attribute" },
            { "id": 3, "attribute_key": "order", "attribute_display_name": "Order", "attribute_display_type": "text",
              "attribute_model": "conversation_attribute" },
        ]);
        server.say("/custom_attribute_definitions", &[ok(&fields)]);
        let labels = RefCell::new(vec!["Billing".to_owned(), "VIP".to_owned()]);
        let told = Chatwoot { server, labels };
        told.people();
        told.letters();
        told.chats(day(4), &[]);
        told
    }

    /// The labels of every conversation, from the next [`Chatwoot::chats`] on.
    pub fn labels(&self, names: &[&str]) {
        self.labels.replace(names.iter().map(ToString::to_string).collect());
    }

    /// Where the file lies.
    pub fn files(&self) {
        let file = "/rails/active_storage/disk/photo".to_owned();
        self.server
            .say("/blobs/redirect/", &[Say::With(302, "Location: /rails/active_storage/disk/photo", file)]);
        self.server.say("/disk/photo", &[Say::Bytes(PICTURE.to_vec())]);
    }

    fn people(&self) {
        let ana = contact(
            11,
            "Ana García",
            Some("ana@example.com"),
            Some("+34600111222"),
            &json!([place(1, "34600111222"), place(2, "ana@example.com")]),
        );
        let ben = contact(12, "Ben", Some("ben@example.com"), None, &json!([place(2, "ben@example.com")]));
        let nameless = contact(13, "Quiet Water", None, None, &json!([place(4, "987654")]));
        let page = |rows: Value| json!({ "meta": { "count": 2, "current_page": 1 }, "payload": rows });
        self.server.say("/contacts/13", &[ok(&json!({ "payload": nameless }))]);
        self.server.say("sort=name&page=1", &[ok(&page(json!([ana])))]);
        self.server.say("sort=name&page=2", &[ok(&page(json!([ben])))]);
        self.server.say("sort=name&page=3", &[ok(&page(json!([])))]);
    }

    /// The mails of conversation 8, one of them with its head.
    fn letters(&self) {
        let first = with(
            message(200, 0, "It is broken", day(1) + 5),
            &json!({
                "source_id": "m1@x.example", "content_type": "incoming_email",
                "content_attributes": { "email": {
                    "message_id": "m1@x.example", "from": ["ben@example.com"], "to": ["shop@example.org"],
                    "cc": null, "subject": "The parcel", "text_content": { "full": "It is broken.\n\n-- \nBen" },
                    "html_content": { "full": "<p>It is <b>broken</b>.</p>" },
                } },
            }),
        );
        let answer = with(
            message(201, 1, "We send another", day(2)),
            &json!({ "sender": { "id": 99, "name": "Pia of old", "type": "user" }, "source_id": "m2@shop.example" }),
        );
        let page = |rows: Value| ok(&json!({ "meta": {}, "payload": rows }));
        self.server.say("/conversations/8/messages?after=0", &[page(json!([first, answer]))]);
        self.server.say("/conversations/8/messages?after=201", &[page(json!([]))]);
    }

    /// The list of conversations, and what was said in 7 and 9; conversation 7 moved at `moved` and ends with `more`.
    pub fn chats(&self, moved: i64, more: &[(i64, &str, i64)]) {
        let list = |rows: Value| ok(&json!({ "data": { "meta": { "all_count": 3 }, "payload": rows } }));
        let labels = self.labels.borrow();
        let (seven, eight) = (
            conversation(7, (1, 11), "open", moved, &labels),
            conversation(8, (2, 12), "resolved", day(2), &labels),
        );
        let nine = with(
            conversation(9, (4, 13), "snoozed", day(3), &labels),
            &json!({ "snoozed_until": "2099-01-02T03:04:05Z" }),
        );
        self.server.say("created_at_asc&page=1", &[list(json!([seven, eight]))]);
        self.server.say("created_at_asc&page=2", &[list(json!([nine]))]);
        self.server.say("created_at_asc&page=3", &[list(json!([]))]);
        let picture = json!([{ "id": 900, "message_id": 101, "file_type": "image", "extension": null,
            "data_url": format!("{}/rails/active_storage/blobs/redirect/x/a%20photo.png", self.server.url),
            "file_size": PICTURE.len() }]);
        let chat = json!([
            with(message(100, 0, "Hello, where is it?", day(1) + 1), &json!({ "source_id": "wamid.1" })),
            with(message(101, 0, "", day(1) + 2), &json!({ "source_id": "wamid.2", "attachments": picture })),
            message(102, 2, "Assigned to Olga by Gil", day(1) + 3),
        ]);
        let rest = json!([
            with(
                message(103, 1, "Is Olga there?", day(2)),
                &json!({
                "private": true, "sender": { "id": 51, "name": "Gone Gil", "type": "user" } })
            ),
            with(
                message(104, 1, "On its way", day(2) + 1),
                &json!({
                "status": "delivered", "sender": { "id": 50, "name": "Olga", "type": "user" },
                "content_attributes": { "in_reply_to": 100 } })
            ),
            with(
                message(105, 1, "Not sent", day(2) + 2),
                &json!({
                "status": "failed", "sender": { "id": 50, "name": "Olga", "type": "user" } })
            ),
            with(message(106, 3, "We are back tomorrow", day(2) + 3), &json!({})),
            message(107, 0, "Thank you", day(4)),
        ]);
        let page = |rows: Value| ok(&json!({ "meta": {}, "payload": rows }));
        let later: Vec<Value> = more.iter().map(|(id, words, at)| message(*id, 0, words, *at)).collect();
        let last = more.last().map_or(107, |(id, _, _)| *id);
        self.server.say("/conversations/7/messages?after=0", &[page(chat)]);
        self.server.say("/conversations/7/messages?after=102", &[page(rest)]);
        self.server.say(&format!("/conversations/7/messages?after={last}"), &[page(json!([]))]);
        if !more.is_empty() {
            self.server.say("/conversations/7/messages?after=107", &[page(Value::Array(later))]);
        }
        self.server
            .say("/conversations/9/messages?after=0", &[page(json!([message(300, 0, "¿Hola?", day(3))]))]);
        self.server.say("/conversations/9/messages?after=300", &[page(json!([]))]);
        self.files();
    }
}

/// A Libredesk with a mailbox and a chat, two people and two conversations.
pub struct Libredesk {
    pub server: StandIn,
}

fn envelope(data: &Value) -> Say {
    ok(&json!({ "status": "success", "data": data }))
}

fn results(rows: &Value, total: u64, pages: u64) -> Say {
    envelope(&json!({ "results": rows, "total": total, "per_page": 200, "total_pages": pages, "page": 1 }))
}

fn moment(day: u32) -> String {
    format!("2024-03-{day:02}T10:00:00.123456Z")
}

impl Libredesk {
    pub fn new() -> Libredesk {
        let server = StandIn::new();
        let olga = json!({ "id": 5, "first_name": "Olga", "last_name": "", "email": "olga@example.com" });
        server.say("/api/v1/agents", &[envelope(&json!([olga]))]);
        server.say("/api/v1/teams/compact", &[envelope(&json!([{ "id": 2, "name": "Sales" }]))]);
        let inboxes = json!([
            { "id": 1, "name": "Post", "channel": "email", "from": "Shop <shop@example.org>", "enabled": true },
            { "id": 2, "name": "Site", "channel": "livechat", "from": "", "enabled": true },
        ]);
        server.say("/api/v1/inboxes", &[envelope(&inboxes)]);
        let field = json!({ "key": "plan", "name": "Tariff", "applies_to": "contact", "data_type": "text" });
        server.say("/api/v1/custom-attributes", &[envelope(&json!([field]))]);
        server.say("/contacts?page=1", &[results(&json!([{ "id": 11, "updated_at": moment(3) }]), 2, 2)]);
        server.say("/contacts?page=2", &[results(&json!([{ "id": 12, "updated_at": moment(3) }]), 2, 2)]);
        let ana = json!({ "id": 11, "first_name": "Ana", "last_name": "García", "email": "ana@example.com",
            "phone_number": "600111222", "phone_number_country_code": "34", "enabled": true,
            "custom_attributes": { "plan": "Gold" }, "created_at": moment(1) });
        let visitor = json!({ "id": 12, "first_name": "Visitor", "last_name": "", "email": null, "enabled": true,
            "custom_attributes": {}, "created_at": moment(1) });
        server.say("/contacts/11", &[envelope(&ana)]);
        server.say("/contacts/12", &[envelope(&visitor)]);
        let told = Libredesk { server };
        told.conversations();
        told
    }

    fn conversations(&self) {
        let listed =
            json!([{ "uuid": "u-1", "updated_at": moment(4) }, { "uuid": "u-2", "updated_at": moment(5) }]);
        let file = json!([{ "name": "a.png", "size": PICTURE.len(), "content_type": "image/png", "uuid": "f-1",
            "disposition": "attachment", "url": "/uploads/f-1?sig=x" }]);
        let say = |id: &str, kind: &str, day: u32, more: &Value| {
            let whole = json!({ "uuid": id, "type": kind, "status": "sent", "content_type": "text",
                "content": id, "text_content": format!("words of {id}"), "private": false, "attachments": [],
                "meta": {}, "created_at": moment(day), "author": { "id": 11, "first_name": "Ana", "type": "contact" } });
            with(whole, more)
        };
        let newest = json!([
            say("m-4", "activity", 4, &json!({ "text_content": "Olga resolved it" })),
            say(
                "m-3",
                "outgoing",
                3,
                &json!({ "author": {
                "id": 5, "first_name": "Olga", "last_name": "", "email": "olga@example.com", "type": "agent" } })
            ),
        ]);
        let oldest = json!([
            say(
                "m-2",
                "outgoing",
                2,
                &json!({ "private": true, "author": {
                "id": 6, "first_name": "Pia", "last_name": "of old", "email": "pia@example.com", "type": "agent" } })
            ),
            say(
                "m-1",
                "incoming",
                1,
                &json!({ "content_type": "html", "content": "<p>Hello</p>", "attachments": file,
                "meta": { "from": ["ana@example.com"], "to": ["shop@example.org"], "subject": "The parcel" } })
            ),
        ]);
        self.server.say("/conversations/u-1/messages?page=1", &[results(&newest, 4, 2)]);
        self.server.say("/conversations/u-1/messages?page=2", &[results(&oldest, 4, 2)]);
        let chat = json!([say("m-9", "incoming", 5, &json!({}))]);
        self.server.say("/conversations/u-2/messages?page=1", &[results(&chat, 1, 1)]);
        self.server.say("/conversations/all", &[results(&listed, 2, 1)]);
        self.server.say("/uploads/f-1", &[Say::Bytes(PICTURE.to_vec())]);
        self.threads();
    }

    /// Both conversations, each by itself. Said again after what is asked beneath them, since the first line that fits
    /// is the answer.
    pub fn threads(&self) {
        let mail = json!({ "uuid": "u-1", "created_at": moment(1), "updated_at": moment(4), "contact_id": 11,
            "inbox_id": 1, "priority": "High", "status": "Resolved", "status_category": "resolved",
            "assigned_user_id": 5, "assigned_team_id": 2, "snoozed_until": null, "subject": "The parcel",
            "tags": ["Billing"] });
        let site = json!({ "uuid": "u-2", "created_at": moment(5), "updated_at": moment(5), "contact_id": 12,
            "inbox_id": 2, "priority": null, "status": "Open", "status_category": "open", "assigned_user_id": null,
            "assigned_team_id": null, "snoozed_until": null, "subject": null, "tags": [] });
        self.server.say("/conversations/u-1", &[envelope(&mail)]);
        self.server.say("/conversations/u-2", &[envelope(&site)]);
    }
}
