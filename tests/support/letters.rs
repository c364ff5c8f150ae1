//! The form of a letter, read and filled in as a browser without scripts does.

use transom::domain::Id;
use transom::domain::channel::{Channel, Kind};
use transom::domain::conversation::Conversation;
use transom::domain::inbound::{Event, File, FileContent};
use transom::domain::mail::{Envelope, Mailbox};
use transom::domain::message::{Extra, Message};
use transom::store;

use super::TestDesk;
use super::cast::text;
use super::desk::{Page, Person};
use super::story::KIM;

pub fn at(address: &str) -> Mailbox {
    Mailbox { name: String::new(), address: address.to_owned() }
}

/// An e-mail entry point with an address of its own.
pub fn mailbox(desk: &TestDesk) -> Channel {
    desk.channel_with(Kind::Email, |channel| {
        channel.name = "Help desk".into();
        channel.settings.insert("sender_name".into(), "Help desk".into());
        channel.settings.insert("address".into(), "help@shop.example".into());
    })
}

/// Kim's mail to us and to Bo, with a copy to Cora, and a picture.
pub fn comes(desk: &TestDesk, channel: &Channel, identifier: &str, body: &str) -> Id<Conversation> {
    let head = Envelope {
        identifier: identifier.to_owned(),
        from: Some(Mailbox { name: KIM.name.into(), address: KIM.value.into() }),
        to: vec![at("help@shop.example"), at("bo@example.com")],
        cc: vec![at("cora@example.com"), at("help+c.x@shop.example")],
        subject: "The lamp".into(),
        references: vec!["before@example.com".into()],
        ..Envelope::default()
    };
    let mut incoming = text(channel, KIM.value, identifier, desk.now());
    incoming.from.name = Some(KIM.name.into());
    incoming.body = body.to_owned();
    incoming.subject = Some("The lamp".into());
    incoming.extra = Extra { mail: Some(Box::new(head)), ..Extra::default() };
    let content = FileContent::Here(b"plain words".to_vec());
    incoming.files = vec![File { name: "lamp.txt".into(), media_type: "text/plain".into(), content }];
    desk.hear(channel, Event::Message(incoming)).unwrap();
    let found = desk.read(|c| Ok(store::message::by_provider(c, channel.id, identifier)?.unwrap()));
    found.conversation
}

pub fn composer(page: &str) -> String {
    page.split("<section class=\"composer\"").nth(1).unwrap().split("</main>").next().unwrap().to_owned()
}

/// What stands in the form of the page as it is sent when nothing is changed.
pub fn fields(page: &str) -> Vec<(String, String)> {
    let form = page.split("id=\"reply-form\"").nth(1).unwrap().split("</form>").next().unwrap();
    let value = |tag: &str, name: &str| {
        let from = tag.split(&format!("{name}=\"")).nth(1)?;
        Some(unescaped(from.split('"').next()?))
    };
    let mut found = Vec::new();
    for tag in form.split("<input ").skip(1).map(|rest| rest.split('>').next().unwrap()) {
        let boxed = tag.contains("type=\"checkbox\"") && !tag.contains(" checked");
        if let Some(name) =
            value(tag, "name").filter(|name| !boxed && name != "csrf" && !tag.contains("type=\"file\""))
        {
            found.push((name, value(tag, "value").unwrap_or_default()));
        }
    }
    if let Some(area) = form.split("<textarea ").nth(1) {
        let body = area.split_once('>').unwrap().1.split("</textarea>").next().unwrap();
        found.push(("body".into(), unescaped(body.strip_prefix('\n').unwrap_or(body))));
    }
    found
}

pub fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

pub struct Desk<'a> {
    pub desk: &'a TestDesk,
    pub who: &'a Person,
    pub id: Id<Conversation>,
}

impl Desk<'_> {
    pub fn page(&self) -> String {
        self.desk.get(self.who, &format!("/conversations/{}", self.id)).body
    }

    /// Sends the form as it stands with these fields instead of its own.
    pub fn post(&self, verb: &str, changed: &[(&str, &str)]) -> Page {
        let mut sent = fields(&self.page());
        sent.retain(|(name, _)| !changed.iter().any(|(other, _)| other == name));
        let sent: Vec<(&str, &str)> =
            sent.iter().map(|(n, v)| (n.as_str(), v.as_str())).chain(changed.iter().copied()).collect();
        self.desk.post(self.who, &format!("/conversations/{}/{verb}", self.id), &sent)
    }

    /// Presses a button of the form, with this text in it.
    pub fn act(&self, act: &str, changed: &[(&str, &str)]) -> String {
        let all: Vec<(&str, &str)> = changed.iter().copied().chain([("act", act)]).collect();
        let page = self.post("letter", &all);
        assert_eq!(page.status, 303, "{}", page.body);
        let to = page.header("location").unwrap().split('#').next().unwrap().to_owned();
        self.desk.get(self.who, &to).body
    }

    pub fn last(&self) -> Message {
        self.desk.said(self.id).pop().unwrap()
    }
}

pub fn addresses(list: &[Mailbox]) -> Vec<&str> {
    list.iter().map(|one| one.address.as_str()).collect()
}
