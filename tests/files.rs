//! Files that customers send: fetched after their message is safe, checked, or given up with a reason.

use crate::support::TestDesk;
use crate::support::channel::{connect, thread, whatsapp};
use crate::support::provider::{Say, StandIn, nowhere};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use transom::domain::channel::{Channel, Kind};
use transom::domain::contact::AddressKind;
use transom::domain::message::{self, Attachment, AttachmentState, Extra, State};
use transom::domain::{Id, Span};
use transom::jobs::media;
use transom::net::signature::sha256;
use transom::store::{attachment, message as messages};

struct Stage {
    desk: TestDesk,
    api: StandIn,
    channel: Channel,
}

impl Stage {
    fn new() -> Stage {
        let (desk, api) = (TestDesk::new(), StandIn::new());
        let channel = whatsapp(&desk, &api.url);
        Stage { desk, api, channel }
    }

    /// A message came with a file that is still with the provider.
    fn mentioned(&self, source: Value, claimed: &'static str) -> Id<Attachment> {
        let ana = thread(&self.desk, &self.channel, AddressKind::Custom, &transom::random::key());
        let (channel, now) = (self.channel.id, self.desk.now());
        self.desk.write(move |tx| {
            let new = messages::New {
                conversation: ana.id,
                kind: message::Kind::Inbound,
                author: None,
                body: "",
                html: None,
                state: State::Received,
                channel: Some(channel),
                provider_id: None,
                key: None,
                reply_to: None,
                extra: &Extra::default(),
                at: now,
                coming: None,
            };
            let message = messages::insert(tx, &new, now)?;
            let key = transom::random::key();
            let file = attachment::New {
                message: Some(message),
                agent: None,
                name: "photo",
                media_type: claimed,
                key: &key,
                source: Some(&source),
            };
            attachment::insert(tx, &file, now)
        })
    }

    fn file(&self, id: Id<Attachment>) -> Attachment {
        self.desk.read(|connection| attachment::get(connection, id)).unwrap()
    }

    fn bytes(&self, id: Id<Attachment>) -> Vec<Vec<u8>> {
        let parts = (0..).map(|number| self.desk.read(|connection| attachment::part(connection, id, number)));
        parts.map_while(|part| part).collect()
    }

    /// The two steps of Meta: the id gives an address, the address gives the bytes.
    fn keeps(&self, text: &str) {
        let found = json!({ "url": format!("{}/bytes", self.api.url), "mime_type": "image/png", "id": "9" });
        self.api.say("/v25.0/9?", &[Say::Answer(200, found.to_string())]);
        self.api.say("/bytes", &[Say::Answer(200, text.to_owned())]);
    }
}

fn hash(bytes: &[u8]) -> String {
    STANDARD.encode(sha256(bytes))
}

#[test]
fn a_file_is_fetched_with_the_token_and_kept_in_parts() {
    let stage = Stage::new();
    let text = "tea ".repeat(100_000);
    stage.keeps(&text);
    let id = stage.mentioned(json!({ "id": "9", "sha256": hash(text.as_bytes()) }), "text/plain");
    assert_eq!(media::drain(&stage.desk.desk), 1);
    let file = stage.file(id);
    assert_eq!((file.state, file.size), (AttachmentState::Stored, 400_000));
    let parts = stage.bytes(id);
    assert_eq!(
        parts.iter().map(Vec::len).collect::<Vec<_>>(),
        [attachment::PART, 400_000 - attachment::PART]
    );
    assert_eq!(parts.concat(), text.as_bytes());
    let seen = stage.api.seen();
    assert_eq!(seen[0].target, "/v25.0/9?phone_number_id=1122334455667");
    assert!(seen.iter().all(|seen| seen.header("authorization") == "Bearer the-token"));
    assert_eq!(media::drain(&stage.desk.desk), 0);
}

/// What a file is, its bytes say; a claim of the sender makes nothing of it (A3).
#[test]
fn the_type_is_found_in_the_bytes() {
    let stage = Stage::new();
    stage.keeps("<html><script>alert(1)</script>");
    let id = stage.mentioned(json!({ "id": "9" }), "image/png");
    media::drain(&stage.desk.desk);
    assert_eq!(stage.file(id).media_type, "application/octet-stream");
    let custom = connect(&stage.desk, Kind::Custom, &[("secret", "s"), ("outbound_url", &stage.api.url)]);
    let stage = Stage { channel: custom, ..stage };
    stage.api.say("/pdf", &[Say::Answer(200, "%PDF-1.7 and so on".into())]);
    let id = stage.mentioned(json!({ "url": format!("{}/pdf", stage.api.url) }), "image/png");
    media::drain(&stage.desk.desk);
    assert_eq!(stage.file(id).media_type, "application/pdf");
}

#[test]
fn a_damaged_file_is_fetched_again_and_never_kept() {
    let stage = Stage::new();
    stage.keeps("what arrived");
    let id = stage.mentioned(json!({ "id": "9", "sha256": hash(b"what was sent") }), "text/plain");
    assert_eq!(media::drain(&stage.desk.desk), 1);
    assert_eq!((stage.file(id).state, stage.bytes(id).len()), (AttachmentState::Pending, 0));
    stage.keeps("what was sent");
    stage.desk.pass(Span::minutes(1));
    assert_eq!(media::drain(&stage.desk.desk), 1);
    assert_eq!(stage.file(id).state, AttachmentState::Stored);
    assert_eq!(stage.bytes(id).concat(), b"what was sent");
}

#[test]
fn a_file_that_is_gone_is_given_up_with_the_reason() {
    let stage = Stage::new();
    let gone = json!({ "error": { "code": 100, "error_subcode": 33, "message": "Object does not exist" } });
    stage.api.say("/v25.0/9?", &[Say::Answer(400, gone.to_string())]);
    let id = stage.mentioned(json!({ "id": "9" }), "image/png");
    media::drain(&stage.desk.desk);
    assert_eq!(stage.file(id).state, AttachmentState::Failed);
    let told = stage.desk.read(|connection| transom::store::event::after(connection, 0, 100));
    let data = &told.iter().find(|event| event.kind == "message.changed").unwrap().data;
    assert!(data["problem"].as_str().unwrap().contains("Object does not exist"), "{data}");
}

#[test]
fn a_dead_host_is_tried_for_hours_and_then_given_up() {
    let desk = TestDesk::new();
    let channel = whatsapp(&desk, &nowhere());
    let stage = Stage { desk, api: StandIn::new(), channel };
    let id = stage.mentioned(json!({ "id": "9" }), "image/png");
    let begin = stage.desk.now();
    let mut tries = 0;
    while stage.file(id).state == AttachmentState::Pending {
        tries += media::drain(&stage.desk.desk);
        stage.desk.pass(Span::minutes(10));
        assert!(tries < 50);
    }
    assert!(tries > 5);
    assert!(stage.desk.now().since(begin) > Span::hours(6));
}

/// The token is shown to Meta and to nobody else, whatever the API answers.
#[test]
fn a_foreign_address_is_not_followed() {
    let stage = Stage::new();
    let elsewhere = StandIn::new();
    let hosts = [
        elsewhere.url.clone(),
        "https://fbsbx.com.evil.example".into(),
        "https://x@lookaside.fbsbx.com@evil.example".into(),
    ];
    for host in hosts {
        let found = json!({ "url": format!("{host}/bytes"), "id": "9" });
        stage.api.say("/v25.0/9?", &[Say::Answer(200, found.to_string())]);
        let id = stage.mentioned(json!({ "id": "9" }), "image/png");
        media::drain(&stage.desk.desk);
        assert_eq!(stage.file(id).state, AttachmentState::Failed, "{host}");
    }
    assert_eq!(elsewhere.seen().len(), 0);
}
