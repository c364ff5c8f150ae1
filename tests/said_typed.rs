//! Finding what was said in the words that people type: pictures, quotes of every country, spaces where none belong, and too
//! much of it all.

use crate::said::{ANA, BEN, found, said, whole};

#[test]
fn s196_emoji_are_words() {
    let s = said();
    let ana = s.hears(ANA, "Great👍🏽 thanks ❤️").get();
    let ben = s.hears(BEN, "家族👨‍👩‍👧です 🇪🇸").get();
    for (query, one) in [
        ("👍", ana),
        ("👍🏿", ana),
        ("great", ana),
        ("❤", ana),
        ("❤️ -👧", ana),
        ("👩", ben),
        ("🇪🇸", ben),
        ("族", ben),
    ] {
        assert_eq!(s.finds(query), [one], "{query}");
    }
    assert_eq!(s.finds("👎"), [] as [i64; 0]);
    assert_eq!(s.finds("🇫🇷"), [] as [i64; 0]);
    assert!(s.desk.get(&s.ada, "/search?q=%F0%9F%91%8D").body.contains("<mark>👍</mark>"));
    whole(&s.desk);
}

#[test]
fn s196_quotes_of_every_country_and_a_space_behind_the_colon_are_understood() {
    let s = said();
    let ana = s.hears(ANA, "Thank you for the refund").get();
    s.hears(BEN, "You can thank the refund man");
    for query in [
        "“thank you”",
        "«thank you»",
        "„thank you“",
        "「thank you」",
        "refund -“refund man”",
        "from: +34600000001 refund",
        "refund from: \"+34600000001\"",
        "status: open from:  +34600000001",
        "refund channel:\u{201c}Our WhatsApp\u{201d} from: +34600000001",
    ] {
        assert_eq!(s.finds(query), [ana], "{query}");
    }
    assert_eq!(s.finds("is: the refund").len(), 0, "no status is called so: these are words");
    let told = s.asks(&s.ada, "refund status: snoozed");
    assert_eq!(told["elsewhere"][0]["hits"], 2);
    let page = s.desk.get(&s.ada, "/search?q=%22the+refund%22+status:+snoozed").body;
    assert!(page.contains("href=\"/search?q=%22the+refund%22+status%3Aopen\""), "{page}");
}

#[test]
fn s196_what_is_too_much_for_a_search_is_told() {
    let s = said();
    let ana = s.hears(ANA, "one two three").get();
    let query = format!("{}banana", "one two ".repeat(12));
    let told = s.asks(&s.ada, &query);
    assert_eq!((found(&told), &told["left_out"]), (vec![ana], &"banana".into()));
    let long = format!("\"one two\" {} zebra", "o".repeat(500));
    assert!(s.asks(&s.ada, &long)["left_out"].as_str().unwrap().ends_with("zebra"));
    let page = s.desk.get(&s.ada, &format!("/search?q={}", query.replace(' ', "+"))).body;
    assert!(page.contains("Not searched: “banana”."), "{page}");
    assert_eq!(s.asks(&s.ada, "one two")["left_out"], "");
}
