//! Card and account numbers in what is sent: what counts as one, and what the team's setting does with it.

use proptest::prelude::*;
use transom::actions::outgoing::Knows;
use transom::actions::reply::{Beside, answer as answers};
use transom::domain::agent::Role;
use transom::domain::channel::Kind as Channels;
use transom::domain::sensitive::{Kind, find};
use transom::domain::window::Sender;
use transom::domain::{Refused, rich};
use transom::store;

use crate::support::TestDesk;
use crate::support::cast::{answer, refusal};
use crate::support::story::{ANA, KIM};

#[test]
fn s95_cards_are_found_however_they_are_written() {
    for (text, shown) in [
        ("4111111111111111", "•••• 1111"),
        ("my card: 4111 1111 1111 1111.", "•••• 1111"),
        ("4111-1111-1111-1111, valid till 12/27", "•••• 1111"),
        ("4111\u{a0}1111\u{a0}1111\u{a0}1111", "•••• 1111"),
        ("MasterCard 5555555555554444", "•••• 4444"),
        ("2223003122003222", "•••• 3222"),
        ("Amex 3782 822463 10005", "•••• 0005"),
        ("6011111111111117", "•••• 1117"),
        ("3530111333300000", "•••• 0000"),
        ("30569309025904", "•••• 5904"),
        ("(4222222222222)", "•••• 2222"),
    ] {
        let found = find(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!((found[0].kind, found[0].shown.as_str()), (Kind::Card, shown), "{text}");
    }
    assert_eq!(find("4111111111111111 or 4111 1111 1111 1111").len(), 1, "each once");
}

#[test]
fn s95_account_numbers_are_found_by_their_country_and_their_check() {
    for text in [
        "DE89 3704 0044 0532 0130 00",
        "DE89370400440532013000",
        "iban: es91 2100 0418 4502 0005 1332.",
        "GB82 WEST 1234 5698 7654 32",
        "FR1420041010050500013M02606",
        "NO93 8601 1117 947",
        "MT84MALT011000012345MTLCAST001S",
    ] {
        let found = find(text);
        assert_eq!(found.iter().map(|one| one.kind).collect::<Vec<_>>(), [Kind::Account], "{text}");
    }
}

#[test]
fn s95_order_numbers_phones_dates_and_amounts_pass() {
    for text in [
        "Order 4111111111111112",
        "#4111111111111111",
        "Order 1234567890123456",
        "9999 9999 9999 9999",
        "0000000000000000",
        "+4915123456789012",
        "Tracking 1Z999AA10123456784",
        "3 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "2026-03-03 12:00:00.000",
        "41111111111111111111111111111111",
        "a4111111111111111",
        "4111111111111111b",
        "DE89 3704 0044 0532 0130 01",
        "DE8937040044053201300",
        "XX89370400440532013000",
        "https://example.org/o/4111111111111111x",
        "Call 030 1234567 or 0800 4111 222",
        "",
    ] {
        assert_eq!(find(text), [], "{text}");
    }
}

#[test]
fn s95_s154_a_person_is_warned_once_and_a_blocking_team_sends_none() {
    let desk = TestDesk::new();
    let petra = desk.viewer("Petra", Role::Agent);
    for (kind, who) in [(Channels::Whatsapp, ANA), (Channels::Email, KIM)] {
        let channel = desk.connects(kind, "Entry");
        let id = desk.says(&channel, who, "Hello");
        let order = answer(id, "Pay to DE89 3704 0044 0532 0130 00");
        let refused = refusal(desk.replies(&petra, &order));
        assert!(
            matches!(&refused, Refused::Sensitive { found, may: true } if found.len() == 1),
            "{refused:?}"
        );
        let said = desk.said(id).len();
        let knowing = Beside { knows: Knows { sensitive: true, ..Knows::default() }, ..Beside::default() };
        let send = |beside: Beside, order: transom::actions::reply::Reply| {
            let by = petra.clone();
            desk.act(move |tx, now| answers(tx, &by, &order, &beside, now))
        };
        send(knowing.clone(), order.clone()).unwrap();
        assert_eq!(desk.said(id).len(), said + 1);
        // A program reads no warning.
        let program = transom::domain::access::Viewer { sender: Sender::Automatic, ..petra.clone() };
        desk.replies(&program, &order).unwrap();
        desk.write(|tx| store::setting::set(tx, store::setting::key::SENSITIVE, Some("block")));
        let refused = refusal(send(knowing.clone(), order.clone()));
        assert!(matches!(refused, Refused::Sensitive { may: false, .. }), "{kind:?} {refused:?}");
        assert!(matches!(refusal(desk.replies(&program, &order)), Refused::Sensitive { .. }));
        desk.write(|tx| store::setting::set(tx, store::setting::key::SENSITIVE, Some("off")));
        desk.replies(&petra, &order).unwrap();
        desk.write(|tx| store::setting::set(tx, store::setting::key::SENSITIVE, None));
    }
}

#[test]
fn s171_marks_become_form_and_nothing_typed_becomes_a_tag() {
    for (text, html, plain) in [
        ("Hello **you** and *me*", "<p>Hello <strong>you</strong> and <em>me</em></p>\n", "Hello you and me"),
        ("one\ntwo", "<p>one<br>\ntwo</p>\n", "one\ntwo"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n", "- a\n- b"),
        ("3. a\n4. b", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n", "3. a\n4. b"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>\n", "> said"),
        (
            "[us](https://example.org)",
            "<p><a href=\"https://example.org\">us</a></p>\n",
            "us (https://example.org)",
        ),
        ("[us](javascript:alert(1))", "<p>us</p>\n", "us (javascript:alert(1))"),
        (
            "See https://example.org/?a=1&b=2.",
            "<p>See <a href=\"https://example.org/?a=1&amp;b=2\">https://example.org/?a=1&amp;b=2</a>.</p>\n",
            "See https://example.org/?a=1&b=2.",
        ),
        ("Best\n---", "<p>Best<br>\n---</p>\n", "Best\n---"),
        ("1 < 2 & 3", "<p>1 &lt; 2 &amp; 3</p>\n", "1 < 2 & 3"),
    ] {
        assert_eq!(rich::html(text), html, "{text}");
        assert_eq!(rich::plain(text), plain, "{text}");
    }
    let bad =
        rich::html("<script>alert(1)</script>\n\n<img src=x onerror=y> ![x](https://e.example/p.png) \"><b>");
    assert!(!bad.contains("<script") && !bad.contains("<img") && !bad.contains("<b>"), "{bad}");
    assert!(
        rich::has_picture("![x](https://e.example/p.png)") && !rich::has_picture("[x](https://e.example)!")
    );
}

proptest! {
    #[test]
    fn s171_escaped_text_stands_word_for_word(text in "[a-zA-Z0-9*_>#<&\\[\\]()!~`+=.\\-\\\\ ]{0,60}") {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let told = rich::plain(&rich::escaped(&words)).split_whitespace().collect::<Vec<_>>().join(" ");
        prop_assert_eq!(told, words);
    }

    #[test]
    fn s171_any_text_becomes_harmless_html(text in any::<String>()) {
        let html = rich::html(&text);
        for tag in html.split('<').skip(1) {
            let name = tag.split(['>', ' ']).next().unwrap_or("");
            let known = ["p", "/p", "br", "strong", "/strong", "em", "/em", "ul", "/ul", "ol", "/ol", "li", "/li", "a", "/a",
                "blockquote", "/blockquote", "pre", "/pre", "s", "/s", "hr"];
            prop_assert!(known.contains(&name), "{name} in {html}");
        }
        rich::plain(&text);
    }
}
