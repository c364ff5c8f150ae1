//! Somebody on a website: the channel, and a browser without and with our script.

use transom::domain::channel::{Channel, Kind, Settings};
use transom::store::channel;
use transom::web::http::{Method, Request};

use super::TestDesk;
use super::desk::Page;

/// Adds a channel of this kind with these settings.
pub fn connect(desk: &TestDesk, kind: Kind, settings: &[(&str, &str)]) -> Channel {
    let settings: Settings = settings.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let new = transom::channels::draft(kind, "Shop".into(), transom::random::key(), settings, desk.now());
    let id = desk.write({
        let new = new.clone();
        move |tx| channel::insert(tx, &new)
    });
    Channel { id, ..new }
}

/// A visitor's browser.
pub struct Visitor {
    pub key: String,
    /// What our script keeps; sent as a header.
    pub token: String,
    pub peer: &'static str,
}

impl Visitor {
    /// A browser at the chat of this channel, with a token of its own.
    pub fn new(channel: &Channel) -> Visitor {
        Visitor { key: channel.key.clone(), token: transom::random::token(), peer: "127.0.0.1" }
    }

    /// What the script is answered when it sends this message under this word.
    pub fn say(&self, desk: &TestDesk, word: &str, text: &str) -> Page {
        self.post(desk, "messages", &[("word", word), ("text", text)])
    }

    /// What the script is answered when it posts these fields.
    pub fn post(&self, desk: &TestDesk, what: &str, fields: &[(&str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = Request::new(Method::Post, &format!("/chat/{}/{what}", self.key))
            .with_header("x-visitor", &self.token)
            .with_header("accept", "application/json")
            .with_header("sec-fetch-site", "same-origin")
            .with_body("application/x-www-form-urlencoded", body);
        request.peer = self.peer.parse().unwrap();
        desk.ask(request)
    }

    /// What the script gets when it asks for changes after `since`.
    pub fn changes(&self, desk: &TestDesk, since: i64) -> Page {
        let target = format!("/chat/{}/changes?since={since}", self.key);
        desk.ask(Request::new(Method::Get, &target).with_header("x-visitor", &self.token))
    }
}

/// Reads in what waits, as the job does.
pub fn read_in(desk: &TestDesk) {
    transom::jobs::inbound::drain(&desk.desk).unwrap();
}
