//! Finding what was said: words, phrases, operators, in every script; what is gone or hidden is not found.

use std::collections::BTreeSet;

use proptest::prelude::*;
use transom::actions::note;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::domain::conversation::{Conversation, Status};
use transom::domain::message::Message;
use transom::domain::{Id, Span};
use transom::store;

use crate::support::TestDesk;
use crate::support::cast;
use crate::support::desk::Person;

pub(crate) struct Said {
    pub desk: TestDesk,
    pub ada: Person,
    shop: Channel,
    post: Channel,
}

pub(crate) fn said() -> Said {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    let (shop, post) = (desk.channel(Kind::Whatsapp), desk.channel(Kind::Email));
    Said { desk, ada, shop, post }
}

impl Said {
    /// Somebody writes this; gives the conversation.
    pub fn hears(&self, from: &str, body: &str) -> Id<Conversation> {
        self.hears_on(&self.shop, from, body, None)
    }

    fn hears_on(&self, channel: &Channel, from: &str, body: &str, subject: Option<&str>) -> Id<Conversation> {
        self.desk.pass(Span::seconds(60));
        let id = transom::random::key();
        let mut incoming = cast::text(channel, from, &id, self.desk.now());
        incoming.body = body.to_owned();
        incoming.subject = subject.map(str::to_owned);
        self.desk.hear(channel, transom::domain::inbound::Event::Message(incoming)).unwrap();
        self.desk.read(|c| {
            let of = "SELECT conversation_id FROM message WHERE provider_id = ?1";
            Ok(c.query_row(of, [&id], |row| row.get(0))?)
        })
    }

    pub fn asks(&self, who: &Person, query: &str) -> serde_json::Value {
        let program = self.desk.token_of(who.id);
        let q: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let told = self.desk.api_get(&program, &format!("/search?q={q}"));
        assert_eq!(told.status, 200, "{query}: {told:?}");
        told.json
    }

    /// The conversations that `query` finds, newest hit first.
    pub fn finds(&self, query: &str) -> Vec<i64> {
        found(&self.asks(&self.ada, query))
    }

    fn message_of(&self, conversation: Id<Conversation>) -> Message {
        self.desk
            .read(|c| store::message::thread(c, conversation, None, 50))
            .into_iter()
            .rfind(|m| m.provider_id.is_some())
            .unwrap()
    }
}

pub(crate) fn found(json: &serde_json::Value) -> Vec<i64> {
    json["items"].as_array().unwrap().iter().map(|hit| hit["conversation_id"].as_i64().unwrap()).collect()
}

pub(crate) const ANA: &str = "+34600000001";
pub(crate) const BEN: &str = "+34600000002";

#[test]
fn s14_words_are_found_whatever_their_case_accents_and_script() {
    let s = said();
    let ana = s.hears(ANA, "¿Cuándo llega mi envío? Pedido A-12345, Straße 7").get();
    let ben = s.hears(BEN, "返金をお願いします。ｶﾞﾑﾃｰﾌﾟ").get();
    let kim = s.hears("+34600000003", "أريد اِسترداد المبلغ؛ الطلب رقم ٤٢٧").get();
    let noa = s.hears("+34600000004", "שָׁלוֹם, איפה החבילה שלי?").get();
    let mai = s.hears("+34600000005", "ขอคืนเงินค่ะ").get();
    let joo = s.hears("+34600000006", "환불해주세요").get();
    for (query, one) in [
        ("envio", ana),
        ("ENVÍO", ana),
        ("A-12345", ana),
        ("12345", ana),
        ("strasse", ana),
        ("cuan", ana),
        ("返金", ben),
        ("お願いします", ben),
        ("願", ben),
        ("ガムテープ", ben),
        ("استرداد", kim),
        ("427", kim),
        ("שלום", noa),
        ("החבילה", noa),
        ("คืนเงิน", mai),
        ("환불", joo),
    ] {
        assert_eq!(s.finds(query), [one], "{query}");
    }
    assert_eq!(s.finds("金返"), [] as [i64; 0], "the same letters in another order");
    assert_eq!(s.finds("をししま"), [] as [i64; 0]);
    assert_eq!(s.finds("envios"), [] as [i64; 0], "more than was said");
}

#[test]
fn s196_phrases_stand_together_and_a_minus_leaves_out() {
    let s = said();
    let ana = s.hears(ANA, "Thank you for the quick delivery").get();
    let ben = s.hears(BEN, "You can thank the delivery man").get();
    assert_eq!(s.finds("thank delivery"), [ben, ana], "newest first");
    assert_eq!(s.finds("\"thank you\""), [ana]);
    assert_eq!(s.finds("\"thank yo\""), [] as [i64; 0], "a phrase is of whole words");
    assert_eq!(s.finds("delivery -quick"), [ben]);
    assert_eq!(s.finds("delivery -\"thank you\""), [ben]);
    assert_eq!(s.finds("-\"thank you\" -man"), [] as [i64; 0]);
    assert_eq!(s.finds("deliv"), [ben, ana], "as one types");
    assert_eq!(s.finds("deliv thank"), [] as [i64; 0], "only the last word may be unfinished");
    assert_eq!(s.finds("deliv* thank"), [ben, ana], "unless a star says so");
}

#[test]
fn every_operator_finds_what_it_says() {
    let s = said();
    let ana = s.hears(ANA, "refund please");
    let ben = s.hears_on(&s.post, "ben@example.org", "the letter about a refund", Some("Invoice 77"));
    s.desk.write(move |tx| {
        let mut one = store::conversation::get(tx, ben)?.unwrap();
        one.status = Status::Closed;
        store::conversation::update(tx, &one)
    });
    let viewer = s.desk.rights(&s.ada);
    let now = s.desk.now();
    s.desk.write(move |tx| {
        note::note(tx, &viewer, ana, "check the warehouse", None, now).map_err(|_| store::Error::Broken)?;
        let mut contact =
            store::contact::get(tx, store::conversation::get(tx, ana)?.unwrap().contact)?.unwrap();
        contact.name = "Ana Martínez".into();
        store::contact::update(tx, &contact)
    });
    let (ana, ben) = (ana.get(), ben.get());
    for (query, wanted) in [
        ("refund", vec![ben, ana]),
        ("refund status:open", vec![ana]),
        ("refund -status:open", vec![ben]),
        ("refund is:closed", vec![ben]),
        ("refund channel:email", vec![ben]),
        ("refund -channel:email", vec![ana]),
        ("refund channel:\"Our WhatsApp\"", vec![ana]),
        ("from:ana refund", vec![ana]),
        ("from:martinez", vec![ana]),
        ("from:+34600000001", vec![ana]),
        ("-from:ana refund", vec![ben]),
        ("from:me warehouse", vec![ana]),
        ("from:me", vec![ana]),
        ("to:ana", vec![]),
        ("invoice", vec![ben]),
        ("invoice 77", vec![ben]),
        ("warehouse", vec![ana]),
        ("refund assignee:nobody", vec![ben, ana]),
        ("refund assignee:me", vec![]),
        ("refund is:unread", vec![ben, ana]),
        ("is:unread status:open", vec![ana]),
        ("refund has:attachment", vec![]),
        ("refund after:today", vec![ben, ana]),
        ("refund after:2026-03-03", vec![ben, ana]),
        ("refund before:2026-03-03", vec![]),
        ("refund before:2026-04", vec![ben, ana]),
        ("refund before:2027", vec![ben, ana]),
        ("refund after:2026-04", vec![]),
        ("refund -before:2026-03-03", vec![ben, ana]),
        ("refund window:<25h", vec![ana]),
        ("refund window:<1h", vec![]),
        ("queue:none refund", vec![ben, ana]),
    ] {
        assert_eq!(s.finds(query), wanted, "{query}");
    }
    let elsewhere = &s.asks(&s.ada, "refund status:snoozed")["elsewhere"];
    for (place, status) in ["open", "closed"].into_iter().enumerate() {
        assert_eq!(elsewhere[place], serde_json::json!({"status": status, "hits": 1, "more": false}));
    }
}

#[test]
fn s199_a_wrong_operator_says_what_is_possible() {
    let s = said();
    s.hears(ANA, "refund");
    let page = |q: &str| {
        s.desk
            .get(
                &s.ada,
                &format!("/search?q={}", form_urlencoded::byte_serialize(q.as_bytes()).collect::<String>()),
            )
            .body
    };
    assert!(page("status:done").contains("open, snoozed, closed"));
    assert!(page("channel:fax").contains("whatsapp"));
    assert!(page("assignee:zoe").contains("Ada"));
    assert!(page("before:soon").contains("yesterday"));
    let odd = page("colour:red refund");
    assert!(odd.contains("colour: is searched as an ordinary word") && odd.contains("has: "), "{odd}");
}

#[test]
fn what_is_edited_revoked_or_erased_is_no_longer_found_and_leaves_the_index() {
    let s = said();
    let ana = s.hears(ANA, "the xylophone is broken");
    let message = s.message_of(ana);
    let write = |change: fn(&mut Message)| {
        let mut message = message.clone();
        change(&mut message);
        s.desk.write(move |tx| store::message::update(tx, &message));
    };
    assert_eq!(s.finds("xylophone"), [ana.get()]);
    write(|m| m.body = "the zither is broken".into());
    assert_eq!(s.finds("xylophone"), [] as [i64; 0]);
    assert_eq!(s.finds("zither"), [ana.get()]);
    write(|m| m.revoked_at = Some(m.at));
    assert_eq!(s.finds("zither"), [] as [i64; 0]);
    let ben = s.hears(BEN, "an oboe for my daughter");
    let contact = s.desk.conversation(ben).contact;
    s.desk.write(move |tx| store::erase::contact(tx, contact));
    assert_eq!(s.finds("oboe"), [] as [i64; 0]);
    let left: i64 =
        s.desk.count("SELECT count(*) FROM term WHERE word IN ('oboe', 'daughter', 'xylophone', 'zither')");
    assert_eq!(left, 0, "words that nobody says any more are forgotten");
    let bytes = std::fs::read(s.desk.folder.path().join("transom.db-wal")).unwrap();
    assert!(!bytes.is_empty());
    whole(&s.desk);
}

pub(crate) fn whole(desk: &TestDesk) {
    let wrong = desk.read(|c| {
        let mut all = store::check::run(c, store::check::Step::Structure)?;
        all.extend(store::check::run(c, store::check::Step::Search)?);
        Ok(all)
    });
    assert_eq!(wrong, Vec::<String>::new());
}

/// What was taken back is found by the names of its files no more than by its text.
#[test]
fn what_is_taken_back_is_not_found_by_its_files() {
    let s = said();
    let ana = s.hears(ANA, "my payslip");
    let message = s.message_of(ana);
    let (id, now) = (message.id, s.desk.now());
    s.desk.write(move |tx| {
        let new = store::attachment::New {
            message: Some(id),
            agent: None,
            name: "xylocarp.pdf",
            media_type: "application/pdf",
            key: "k",
            source: None,
        };
        store::attachment::insert(tx, &new, now)
    });
    assert_eq!(s.finds("xylocarp"), [ana.get()]);
    s.desk.write(move |tx| {
        store::message::update(tx, &Message { revoked_at: Some(message.at), ..message.clone() })
    });
    for query in ["xylocarp", "payslip", "has:attachment"] {
        assert_eq!(s.finds(query), [] as [i64; 0], "{query}");
    }
    assert!(!s.desk.get(&s.ada, "/search?q=status:open").body.contains("xylocarp"));
    whole(&s.desk);
}

#[test]
fn files_and_subjects_are_found_with_their_message() {
    let s = said();
    let ana = s.hears_on(&s.post, "ana@example.org", "see the file", Some("Übergabeprotokoll März"));
    let message = s.message_of(ana).id;
    let now = s.desk.now();
    let file = s.desk.write(move |tx| {
        let new = store::attachment::New {
            message: Some(message),
            agent: None,
            name: "Rechnung_2026.pdf",
            media_type: "application/pdf",
            key: "k",
            source: None,
        };
        store::attachment::insert(tx, &new, now)
    });
    for query in [
        "rechnung",
        "2026.pdf",
        "ubergabeprotokoll",
        "\"protokoll\" OR",
        "has:attachment file",
        "has:attachment",
    ] {
        let wanted = if query.starts_with('"') { vec![] } else { vec![ana.get()] };
        assert_eq!(s.finds(query), wanted, "{query}");
    }
    s.desk.write(move |tx| store::attachment::give(tx, file, None));
    assert_eq!(s.finds("rechnung"), [] as [i64; 0]);
    s.desk.write(move |tx| {
        let mut one = store::conversation::get(tx, ana)?.unwrap();
        one.subject = "Sommerfest".into();
        store::conversation::update(tx, &one)
    });
    assert_eq!(s.finds("ubergabeprotokoll"), [] as [i64; 0]);
    assert_eq!(s.finds("sommerfest"), [ana.get()]);
    whole(&s.desk);
}

#[test]
fn a2_what_one_may_not_see_is_not_found_and_not_counted() {
    let s = said();
    let eva = s.desk.person("Eva", Role::Agent);
    let ana = s.hears(ANA, "the secret diagnosis");
    s.desk.write(move |tx| {
        let queue = store::queue::insert(tx, "Medical", transom::domain::Timestamp(1))?;
        let mut one = store::conversation::get(tx, ana)?.unwrap();
        one.queue = Some(queue);
        store::conversation::update(tx, &one)
    });
    for query in ["diagnosis", "from:+34600000001", "is:unread", "diagnosis status:closed", "-banana"] {
        let told = s.asks(&eva, query);
        assert_eq!((found(&told), &told["elsewhere"]), (vec![], &serde_json::json!([])), "{query}");
    }
    assert_eq!(found(&s.asks(&s.ada, "diagnosis")), [ana.get()]);
    let page = s.desk.get(&eva, "/search?q=queue:medical").body;
    assert!(page.contains("means nothing to queue:") && !page.contains("Medical,"), "{page}");
}

#[test]
fn words_are_marked_and_escaped() {
    let s = said();
    s.hears(ANA, "<script>alert(1)</script> my <b>Gift</b> & voucher");
    let page = s.desk.get(&s.ada, "/search?q=gift").body;
    assert!(page.contains("<mark>Gift</mark>"), "{page}");
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script>alert"), "{page}");
    assert!(!s.desk.get(&s.ada, "/search?q=%3Cscript%3Ealert").body.contains("<script>alert"));
}

#[test]
fn pages_go_on_by_key_and_neither_skip_nor_double_while_rows_arrive() {
    let s = said();
    let mut wanted = BTreeSet::new();
    for n in 0..45 {
        wanted.insert(s.hears(&format!("+346111{n:05}"), "about the tombola").get());
    }
    let program = s.desk.token_of(s.ada.id);
    for sort in ["newest", "best"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let told =
                s.desk.api_get(&program, &format!("/search?q=tombola&limit=10&sort={sort}&cursor={cursor}"));
            seen.extend(found(&told.json));
            s.hears(&format!("+346222{:05}", seen.len()), "another tombola");
            match told.json["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        let old: Vec<i64> = seen.iter().copied().filter(|id| wanted.contains(id)).collect();
        assert_eq!(old.len(), 45, "{sort}: none is doubled");
        assert_eq!(old.into_iter().collect::<BTreeSet<_>>(), wanted, "{sort}: none is skipped");
    }
}

#[test]
fn the_best_hit_says_it_as_it_was_typed() {
    let s = said();
    let ana = s.hears(ANA, "the blue lamp arrived").get();
    let ben = s.hears(BEN, "a lamp that is not blue, and the sky is blue").get();
    assert_eq!(s.finds("blue lamp"), [ben, ana]);
    let program = s.desk.token_of(s.ada.id);
    let told = s.desk.api_get(&program, "/search?q=blue+lamp&sort=best");
    assert_eq!(found(&told.json), [ana, ben]);
}

#[test]
fn check_notices_an_index_that_lacks_messages_and_rebuilding_mends_it() {
    let s = said();
    let ana = s.hears(ANA, "a curious samovar").get();
    s.desk.write(|tx| {
        Ok(tx.execute_batch(
            "INSERT INTO message_words (message_words) VALUES ('delete-all'); DELETE FROM term",
        )?)
    });
    assert_eq!(s.finds("samovar"), [] as [i64; 0]);
    let wrong = s.desk.read(|c| store::check::run(c, store::check::Step::Search));
    assert!(wrong.iter().any(|line| line.contains("--repair")), "{wrong:?}");
    s.desk.write(|tx| store::words::rebuild(tx, &mut |_| {}));
    assert_eq!(s.finds("samovar"), [ana]);
    whole(&s.desk);
}

#[test]
fn a_work_that_fails_leaves_the_index_as_it_was() {
    let s = said();
    let ana = s.hears(ANA, "a curious samovar");
    let message = s.message_of(ana);
    let other = message.clone();
    let failed: store::Result<()> = s.desk.desk.writer.write(move |tx| {
        let mut message = other;
        message.body = "a teapot".into();
        store::message::update(tx, &message)?;
        Err(store::Error::Broken)
    });
    assert!(failed.is_err());
    s.desk.write(move |tx| {
        let part: store::Result<()> = tx.part(|tx| {
            let mut message = message.clone();
            message.body = "a kettle".into();
            store::message::update(tx, &message)?;
            Err(store::Error::Broken)
        });
        assert!(part.is_err());
        Ok(())
    });
    assert_eq!(s.finds("samovar"), [ana.get()]);
    assert_eq!(s.finds("kettle"), [] as [i64; 0]);
    assert_eq!(s.finds("teapot"), [] as [i64; 0]);
    whole(&s.desk);
}

#[test]
fn the_list_offers_to_search_in_messages() {
    let s = said();
    s.hears(ANA, "the samovar");
    let page = s.desk.get(&s.ada, "/inbox?view=all&q=samovar").body;
    assert!(page.contains("href=\"/search?q=samovar\""), "{page}");
    let page = s.desk.get(&s.ada, "/search?q=samovar").body;
    assert!(page.contains("<mark>samovar</mark>"));
}

/// Letters of many scripts, signs, and spaces.
fn texts() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "[a-zA-ZáéñüßøŁ]{1,9}",
        "[0-9]{1,6}",
        "[ぁ-ん一-龥]{1,6}",
        "[ก-ฮ]{1,5}",
        "[가-힣]{1,4}",
        "[א-ת]{1,6}",
        // Without the stroke that only lengthens letters, which no search keeps.
        "[ء-غف-ي]{1,6}",
    ];
    proptest::collection::vec(word, 1..8).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_said_is_found_by_each_of_its_words_and_as_a_phrase(bodies in proptest::collection::vec(texts(), 1..6)) {
        let s = said();
        for (n, body) in bodies.iter().enumerate() {
            let id = s.hears(&format!("+3460000{n:04}"), body).get();
            for word in body.split(' ') {
                prop_assert!(s.finds(word).contains(&id), "{word:?} in {body:?}");
                let upper = word.to_uppercase();
                prop_assert!(s.finds(&format!("{upper} ")).contains(&id), "{upper:?} in {body:?}");
                let without = s.finds(&format!("\"{body}\" -{word}"));
                prop_assert!(!without.contains(&id), "{body:?} without {word:?}");
            }
            prop_assert!(s.finds(&format!("\"{body}\"")).contains(&id), "{body:?}");
        }
        whole(&s.desk);
    }

    #[test]
    fn whatever_is_typed_is_answered(typed in "\\PC{0,60}") {
        let s = said();
        s.hears(ANA, "hello there");
        let q: String = form_urlencoded::byte_serialize(typed.as_bytes()).collect();
        prop_assert_eq!(s.desk.get(&s.ada, &format!("/search?q={q}")).status, 200);
        prop_assert_eq!(s.desk.get(&s.ada, &format!("/search?q={q}&sort=best")).status, 200);
    }
}

proptest! {
    #[test]
    fn plain_texts_are_compared_as_all_others_are(
        text in "[abA1 .-]{0,40}", phrase in "[abA1]{1,3}( [ab1]{1,2}){0,2}", open: bool
    ) {
        use transom::domain::words::{holds, line, says};
        prop_assert_eq!(says(&text, &line(&phrase), open), holds(&line(&text), &line(&phrase), open), "{:?}", text);
    }
}
