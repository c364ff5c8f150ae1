//! A few letters as mail programs write them: with a table, a picture in the text, pictures that lie elsewhere, and the
//! history below the answer.

use super::cast::Cast;
use crate::actions::{self, receive};
use crate::domain::channel::{Channel, Kind};
use crate::domain::contact::AddressKind;
use crate::domain::inbound::{Event, File, FileContent, Incoming, Party};
use crate::domain::mail::{Envelope, Evidence, Mailbox, has_remote_pictures};
use crate::domain::message::Extra;
use crate::domain::{Span, Timestamp};
use crate::store::Tx;

/// Where the letters of the café go.
const HOUSE: &str = "hello@lumiere.example";

struct Letter {
    name: &'static str,
    address: &'static str,
    subject: &'static str,
    html: &'static str,
    text: &'static str,
    cc: Option<&'static str>,
    automatic: Option<&'static str>,
    by: &'static str,
    found: &'static str,
    minutes: i64,
}

const LETTERS: [Letter; 4] = [
    Letter {
        name: "Ines Keller",
        address: "ines.keller@example.org",
        subject: "Breakfast for our seminar",
        html: include_str!("letters/seminar.html"),
        text: "Hello,\n\ncould you bring breakfast for our seminar on Thursday?\n\nThank you\nInes Keller",
        cc: Some("office@example.org"),
        automatic: None,
        by: "new",
        found: "",
        minutes: 190,
    },
    Letter {
        name: "Ines Keller",
        address: "ines.keller@example.org",
        subject: "Re: Breakfast for our seminar",
        html: include_str!("letters/answer.html"),
        text: "Perfect, and two of us are vegan. Here is the room.\n\n\
               On Tue, 3 Mar 2026 at 11:02, Café Lumière <hello@lumiere.example> wrote:\n\
               > We would love to. Is anybody vegan?\n",
        cc: Some("office@example.org"),
        automatic: None,
        by: "reference",
        found: "seminar-1@lumiere.example",
        minutes: 55,
    },
    Letter {
        name: "Nordlicht Coffee",
        address: "news@nordlicht.example",
        subject: "Your order 2291 has left our roastery",
        html: include_str!("letters/order.html"),
        text: "Your order 2291 has left our roastery: 6 kg Sidamo, 2 kg Decaf.",
        cc: None,
        automatic: Some("generated"),
        by: "new",
        found: "",
        minutes: 25,
    },
    Letter {
        name: "Rosa Lima",
        address: "rosa.lima@example.org",
        subject: "Lost umbrella",
        html: "<p>Good morning,</p><p>did anybody find a <span style=\"color:#b00020\"><b>red</b></span> umbrella \
               yesterday?</p><p>Rosa</p>",
        text: "Good morning,\n\ndid anybody find a red umbrella yesterday?\n\nRosa",
        cc: None,
        automatic: None,
        by: "new",
        found: "",
        minutes: 9,
    },
];

/// A picture that stands in one of them.
const PICTURE: &[u8] = include_bytes!("../../../static/simulator/picture.png");

/// Lets the letters come in on the mail channel; returns how many conversations they are.
pub fn arrive(tx: &Tx<'_>, cast: &Cast, until: Timestamp) -> actions::Result<usize> {
    let Some(channel) = cast.channels.iter().find(|channel| channel.card.speaks_as == Kind::Email) else {
        return Ok(0);
    };
    for (number, letter) in LETTERS.iter().enumerate() {
        let now = until - Span::minutes(letter.minutes);
        receive::receive(tx, channel, &Event::Message(incoming(letter, number, channel, now)), now)?;
    }
    Ok(LETTERS.len() - 1)
}

fn incoming(letter: &Letter, number: usize, channel: &Channel, now: Timestamp) -> Incoming {
    let mailbox = |name: &str, address: &str| Mailbox { name: name.to_owned(), address: address.to_owned() };
    let pictured = letter.html.contains("cid:room");
    let envelope = Envelope {
        identifier: format!("letter-{number}@example.org"),
        from: Some(mailbox(letter.name, letter.address)),
        to: vec![mailbox(&channel.name, HOUSE)],
        cc: letter.cc.map(|address| mailbox("", address)).into_iter().collect(),
        subject: letter.subject.to_owned(),
        automatic: letter.automatic.map(str::to_owned),
        evidence: Some(Evidence { by: letter.by.to_owned(), found: letter.found.to_owned() }),
        inline: pictured.then(|| ("room".to_owned(), 0)).into_iter().collect(),
        ..Envelope::default()
    };
    let file = File {
        name: "room.png".to_owned(),
        media_type: "image/png".to_owned(),
        content: FileContent::Here(PICTURE.to_vec()),
    };
    Incoming {
        from: Party {
            kind: AddressKind::Email,
            value: letter.address.to_owned(),
            name: Some(letter.name.to_owned()),
            also: Vec::new(),
        },
        provider_id: format!("letter-{number}"),
        at: now,
        body: letter.text.to_owned(),
        html: Some(letter.html.to_owned()),
        subject: Some(letter.subject.to_owned()),
        thread: String::new(),
        reply_to: None,
        extra: Extra {
            pictured: has_remote_pictures(letter.html),
            mail: Some(Box::new(envelope)),
            ..Extra::default()
        },
        files: pictured.then_some(file).into_iter().collect(),
        opener: None,
        letter: None,
    }
}
