//! What an agent finds on each kind of channel: what it can carry, how one sends, who wrote what and from where.

use transom::channels;
use transom::domain::agent::Role;
use transom::domain::channel::{Kind, Settings};
use transom::store;

use crate::support::TestDesk;
use crate::support::story::{ANA, Customer, KIM, LUCIE, OSCAR};

/// What stands on the card of a kind: files, formatting, emoji, told when delivered, told when read.
fn carries(kind: Kind) -> [bool; 5] {
    let card = channels::card(kind, &Settings::new());
    [!card.files.is_empty(), card.rich_text, card.emoji, card.delivered, card.read]
}

#[test]
fn s117_s126_s135_s140_s180_each_kind_carries_what_its_card_says() {
    let (yes, no) = (true, false);
    for (kind, wanted) in [
        (Kind::Messenger, [yes, yes, yes, yes, yes]),
        (Kind::Webchat, [yes, no, yes, no, no]),
        (Kind::Email, [yes, yes, yes, no, no]),
        (Kind::Sms, [no, no, no, yes, no]),
        (Kind::Whatsapp, [yes, yes, yes, yes, yes]),
    ] {
        assert_eq!(carries(kind), wanted, "{kind:?}");
        assert!(channels::provider(kind).is_some(), "{kind:?} can be connected");
    }
    // A channel that takes no files has no button for them, and a saved reply is there on every one.
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    desk.template(None, "hours", "We open at nine.");
    for (kind, who, files) in
        [(Kind::Sms, OSCAR, no), (Kind::Whatsapp, ANA, yes), (Kind::Webchat, visitor(), yes)]
    {
        let channel = desk.connects(kind, "Shop");
        let id = desk.says(&channel, who, "Hello");
        let page = desk.get(&petra, &format!("/conversations/{id}")).body;
        assert_eq!(page.contains("type=\"file\" name=\"file\""), files, "{kind:?}");
        assert!(page.contains("id=\"reply-form\""), "{kind:?}");
    }
}

fn visitor() -> Customer {
    Customer { kind: transom::domain::contact::AddressKind::Visitor, value: "v-1", name: "Vera" }
}

/// S91: a channel that knows no bold shows the words as they were typed. S92: one that takes no files refuses one.
#[test]
fn s91_s92_plain_channels_take_words_only() {
    for kind in [Kind::Sms, Kind::Tiktok, Kind::Line, Kind::Viber, Kind::Wechat, Kind::Instagram] {
        assert!(!carries(kind)[1], "{kind:?} formats nothing");
    }
    let card = channels::card(Kind::Sms, &Settings::new());
    assert!(card.file_rule("image/png").is_none() && card.file_rule("application/pdf").is_none());
}

#[test]
fn s93_s129_s142_s185_enter_sends_where_one_chats_and_the_button_everywhere() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    for (kind, who, enter) in [
        (Kind::Whatsapp, ANA, true),
        (Kind::Instagram, LUCIE, true),
        (Kind::Sms, OSCAR, true),
        (Kind::Webchat, visitor(), true),
        (Kind::Email, KIM, false),
    ] {
        let channel = desk.connects(kind, "Shop");
        let id = desk.says(&channel, who, "Hello");
        let page = desk.get(&petra, &format!("/conversations/{id}")).body;
        assert_eq!(page.contains("data-enter=\"sends\""), enter, "{kind:?}");
        assert!(page.contains("Send"), "{kind:?}");
    }
}

/// S119, S182: who wrote, in which queue, to which of our accounts, with time, agent and receipt. S120, S183: the
/// customer and we are told apart by side, colour and initials.
#[test]
fn s119_s120_s182_s183_the_pane_names_everybody_and_tells_the_sides_apart() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let (agent, now) = (petra.id, desk.now());
    let queue = desk.write(move |tx| {
        let queue = store::queue::insert(tx, "Sales", now)?;
        store::queue::set_members(tx, queue, &[agent])?;
        Ok(queue)
    });
    let shop = desk.channel_with(Kind::Whatsapp, |channel| {
        channel.queue = Some(queue);
        channel.name = "+1 415 555 0100".into();
    });
    let id = desk.says(&shop, ANA, "Is it ready?");
    desk.answers(&petra, id, "It is.");
    let page = desk.get(&petra, &format!("/conversations/{id}")).body;
    for words in [ANA.name, "Sales", "+1 415 555 0100", "Is it ready?", "It is.", "<time datetime=", "Petra"]
    {
        assert!(page.contains(words), "{words}");
    }
    let digits: String = page.chars().filter(char::is_ascii_digit).collect();
    assert!(digits.contains("34612345678"), "the customer's number");
    assert!(
        page.contains("class=\"message theirs last\"") && page.contains("class=\"message ours last me\""),
        "{page}"
    );
    assert!(page.contains(">AN<"), "initials");
    // X7: the letter C on WhatsApp, the initials of the customer elsewhere; ours have none.
    assert_eq!(page.matches("<span class=\"mark\">").count(), 1);
    assert!(page.contains("<div class=\"bubble\"><span class=\"mark\">C</span>"), "{page}");
    let sms = desk.channel(Kind::Sms);
    let id = desk.says(&sms, OSCAR, "Is it ready?");
    let page = desk.get(&petra, &format!("/conversations/{id}")).body;
    assert!(page.contains("<div class=\"bubble\"><span class=\"mark\">OM</span>"), "{page}");
    let sheet = std::fs::read_to_string("static/css/parts-thread.css").unwrap();
    assert!(sheet.contains(".ours > & { background: var(--accent); color: var(--on-accent);"), "solid blue");
}
