//! The fuzz targets without a fuzzer: recorded deliveries, changed at random places, and bytes that are large or
//! deep on purpose. Nothing panics; what were slower than linear would never end here.

#[path = "../fuzz/targets.rs"]
mod targets;

use std::path::Path;

use crate::front::harness::alone;
use serde_json::Value;
use transom::channels::Account;
use transom::domain::channel::Kind;

/// A connected account of this kind.
pub fn account(kind: Kind) -> Account {
    targets::account(kind).unwrap()
}

/// How often each recorded delivery is changed.
const TIMES: usize = 2000;

/// The same numbers in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most.max(1) as u64).unwrap()
    }
}

/// One to four changes: a byte, a cut, a piece twice, a piece gone, or a word that parsers stumble over.
fn mutated(body: &[u8], dice: &mut Dice) -> Vec<u8> {
    const WORDS: [&[u8]; 14] = [
        b"null",
        b"{}",
        b"[]",
        b"\"\"",
        b"-1",
        b"9223372036854775807",
        b"1e999",
        b"\\ud800",
        b"\"\\u0000\"",
        b"\xff\xfe",
        b"true",
        b"%00",
        b"&=",
        b"0.1",
    ];
    let mut bytes = body.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len() + 1);
        let to = (at + 1 + dice.below(12)).min(bytes.len());
        match dice.below(5) {
            0 if at < bytes.len() => bytes[at] = u8::try_from(dice.below(256)).unwrap(),
            1 => bytes.truncate(at),
            2 if at < to => bytes.extend_from_within(at..to),
            3 if at < to => drop(bytes.drain(at..to)),
            _ => drop(bytes.splice(at..to.max(at), WORDS[dice.below(WORDS.len())].iter().copied())),
        }
    }
    bytes
}

/// Every recorded delivery with the kind of channel that it came from.
fn recorded() -> Vec<(Kind, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/webhooks");
    let mut all = Vec::new();
    for kind in targets::kinds() {
        let Ok(files) = std::fs::read_dir(folder.join(kind.as_str())) else { continue };
        for file in files {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            let recorded: Value = serde_json::from_slice(&bytes).unwrap();
            let body = match (&recorded["xml"], &recorded["body"]) {
                (Value::String(text), _) | (_, Value::String(text)) => text.clone(),
                (_, other) => other.to_string(),
            };
            all.push((kind, body.into_bytes()));
        }
    }
    assert!(all.len() > 50, "{}", all.len());
    all.sort();
    all
}

/// Each in its own share of the machine, since there are many.
fn over_all(times: usize, target: impl Fn(&Account, &[u8]) + Sync) {
    let all = recorded();
    std::thread::scope(|threads| {
        for (number, share) in all.chunks(all.len().div_ceil(4)).enumerate() {
            let target = &target;
            threads.spawn(move || {
                for (at, (kind, body)) in share.iter().enumerate() {
                    let account = targets::account(*kind).unwrap();
                    target(&account, body);
                    let mut dice = Dice(0x9e37_79b9 + (number * 10_000 + at) as u64);
                    for _ in 0..times {
                        target(&account, &mutated(body, &mut dice));
                    }
                }
            });
        }
    });
}

#[test]
fn no_changed_delivery_breaks_its_reader() {
    over_all(TIMES, targets::parse);
}

#[test]
fn no_changed_delivery_breaks_the_check_of_its_signature() {
    over_all(TIMES / 10, |account, body| {
        for chosen in [0, 64, 255] {
            let bytes: Vec<u8> = std::iter::once(chosen).chain(body.iter().copied()).collect();
            targets::verify(account, &bytes);
        }
    });
}

/// WeChat's answers in its secure mode: sealed and opened again, and what is sealed changed on its way.
#[test]
fn no_changed_delivery_breaks_an_answer_to_it_and_no_changed_seal_opens() {
    let (mut dice, mut sealed) = (Dice(1861), 0);
    for (kind, body) in recorded().into_iter().filter(|(kind, _)| *kind == Kind::Wechat) {
        let account = account(kind);
        for _ in 0..TIMES / 4 {
            targets::speak(&account, &mutated(&body, &mut dice));
        }
        let Some(answer) = targets::speak(&account, &body) else { continue };
        sealed += 1;
        for _ in 0..TIMES / 4 {
            targets::parse(&account, &mutated(&answer, &mut dice));
        }
    }
    assert!(sealed > 5, "{sealed}");
}

/// How much more memory this process had at its peak while it did this, in megabytes.
fn costs(act: impl FnOnce()) -> u64 {
    let field = |name: &str| -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    };
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = field("VmRSS:");
    act();
    field("VmHWM:").saturating_sub(before) / 1024
}

/// Four megabytes is what the front lets in. Deep, wide and endless bodies end in time that grows with them, and none takes
/// more than the 64 MB of T27; that is measured in a process of its own.
#[test]
fn large_and_deep_bodies_are_read_or_refused() {
    if !alone() {
        return;
    }
    const MOST: usize = 4 * 1024 * 1024;
    let wide = format!("[{}0]", "0,".repeat(MOST / 2));
    let keys: String = (0..200_000).map(|n| format!("\"k{n}\":{n},")).collect();
    let keys = format!("{{{keys}\"object\":\"page\"}}");
    let text = format!("{{\"events\":\"{}\"}}", "\\u0041".repeat(MOST / 8));
    let deep = "[".repeat(MOST) + &"]".repeat(8);
    let nested = "{\"entry\":[".repeat(MOST / 10);
    let form = "MediaUrl0=x&".repeat(MOST / 12);
    for account in targets::kinds().filter_map(targets::account) {
        for body in [&wide, &keys, &text, &deep, &nested, &form] {
            let cost = costs(|| {
                targets::parse(&account, body.as_bytes());
                targets::verify(&account, body.as_bytes());
            });
            let begin = &body[..20];
            assert!(cost < 64, "{:?}: {begin} took {cost} MB", account.channel.kind);
        }
    }
}

/// The odd letters, changed at random places.
#[test]
fn no_changed_letter_breaks_its_reader() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mail");
    let letters = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut letters: Vec<_> =
        letters.filter(|path| path.extension().is_some_and(|ending| ending == "eml")).collect();
    letters.sort();
    assert!(letters.len() >= 60);
    let mut dice = Dice(4242);
    for path in letters {
        let body = std::fs::read(path).unwrap();
        targets::letter(&body);
        for _ in 0..TIMES / 20 {
            targets::letter(&mutated(&body, &mut dice));
        }
    }
}

#[test]
fn no_search_is_a_command_and_no_form_or_cookie_breaks_its_reader() {
    let searches: [&[u8]; 6] = [
        b"ana garcia",
        b"NEAR(a b, 3) OR \"x\" AND c:d*",
        b"+34 612 345 678",
        "ḿÀ漢字 \u{202e} \u{0} '; DROP TABLE contact; --".as_bytes(),
        b"\"\"\"\" ^a -b {c d} : x",
        b"ana@example.org",
    ];
    let forms: [&[u8]; 3] = [
        b"multipart/form-data; boundary=b\n--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"c\"\r\n\r\nx\r\n--b--",
        b"a=1&b=%C3%A9&c=%zz",
        b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--b--",
    ];
    let cookies: [&[u8]; 2] = [b"transom=abc; __Host-transom=def; other=\"x\"", b"=;;transom==;transom=\xff"];
    let run = |bodies: &[&[u8]], target: fn(&[u8]), times: usize| {
        let mut dice = Dice(77);
        for body in bodies {
            for _ in 0..times {
                target(&mutated(body, &mut dice));
            }
        }
    };
    // Found by the fuzzer: not wanted is what begins with a letter that nobody ever wrote.
    targets::search("-ぺ!-".as_bytes());
    run(&searches, targets::search, TIMES / 10);
    run(&forms, targets::form, TIMES);
    run(&cookies, targets::cookie, TIMES);
    let heads: [&[u8]; 3] = [
        b"POST /hooks/1?a=b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET http://a/b HTTP/1.1\r\nHost: b\r\nExpect: 100-continue\r\nConnection: close, x\r\nX:\t \xff\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ];
    let texts: [&[u8]; 3] =
        [b"Hello {{contact.name}}, {{ 1 }} {{1}}", b"{{{{a}}}}{{}}{{ }}", "{{é}} {{a{{b}}".as_bytes()];
    let tokens: [&[u8]; 2] = [
        b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0NzExIiwiYXVkIjoiMTEyMjMzNDQ1NTY2NyIsImV4cCI6MTc3MjU0MDAwMH0.AAAA",
        b"eyJhbGciOiJub25lIn0.e30.",
    ];
    run(&heads, targets::head, TIMES);
    run(&texts, targets::template, TIMES);
    run(&tokens, targets::token, TIMES);
}

/// Bodies by length and in chunks, small and too large, and one request behind the other.
#[test]
fn no_changed_talk_is_read_differently_when_it_comes_in_pieces() {
    let large = format!(
        "POST /c HTTP/1.1\r\nHost: a\r\nContent-Length: 3000\r\n\r\n{}GET /d HTTP/1.1\r\nHost: a\r\n\r\n",
        "x".repeat(3000)
    );
    let talks: [&[u8]; 4] = [
        b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;n=v\r\nhello\r\n0\r\n\r\nPOST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
        b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nhello\r\n",
        large.as_bytes(),
    ];
    let mut dice = Dice(9112);
    for talk in talks {
        targets::talk(talk);
        for _ in 0..TIMES / 4 {
            targets::talk(&mutated(talk, &mut dice));
        }
    }
}

#[test]
fn no_changed_mail_leaves_anything_that_runs_or_fetches() {
    let mails: [&[u8]; 5] = [
        b"<div style='color:red'>a<table><tr><td><a href='https://e.example'>b</a><img src='cid:1' alt=c></table></div>",
        b"<p>Yes</p><div class=gmail_quote>On 3 Mar wrote:<blockquote type=cite>x</blockquote></div>",
        b"<svg><style><img src=x onerror=x()></style></svg><math><mtext><script>x()</script></mtext></math>",
        b"<!--[if mso]><b style=\"position:fixed;background:url(//e.example)\"><![endif]--><img src=http://e.example/a>",
        b"Yes.\n\nOn 3 Mar 2026, Kim <kim@example.com> wrote:\n> Open?\n-- \nKim\n",
    ];
    let mut dice = Dice(4711);
    for mail in mails {
        targets::mail(mail);
        for _ in 0..TIMES {
            targets::mail(&mutated(mail, &mut dice));
        }
    }
}

/// What a fuzzer feeds.
type Target = fn(&[u8]);

/// What is kept in `fuzz/seeds` for the fuzzers, and what they once found: each as it is, and changed at random places.
#[test]
fn the_kept_corpus_breaks_no_target() {
    let all: [(&str, Target); 9] = [
        ("cookie", targets::cookie),
        ("form", targets::form),
        ("head", targets::head),
        ("letter", targets::letter),
        ("mail", targets::mail),
        ("search", targets::search),
        ("talk", targets::talk),
        ("template", targets::template),
        ("token", targets::token),
    ];
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let folders = std::fs::read_dir(&kept).unwrap().map(|entry| entry.unwrap().file_name());
    let mut folders: Vec<String> = folders.map(|name| name.to_string_lossy().into_owned()).collect();
    folders.sort();
    assert_eq!(folders, all.map(|(name, _)| name), "each folder has its target");
    let mut dice = Dice(1969);
    for (name, target) in all {
        let mut files: Vec<_> =
            std::fs::read_dir(kept.join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(files.len() >= 3, "{name}");
        for file in files {
            let bytes = std::fs::read(file).unwrap();
            target(&bytes);
            for _ in 0..TIMES / 20 {
                target(&mutated(&bytes, &mut dice));
            }
        }
    }
}
