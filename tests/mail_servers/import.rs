//! A full mailbox is taken in by a served desk: everything once, and how fast, and in how much memory. The long form
//! (`TRANSOM_LONG=1`) takes ten thousand letters; `TRANSOM_PROGRAM` names another build of the program to be asked.

use std::fmt::Write as _;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Post, until_within};
use crate::support::process::Served;
use std::time::Duration;

/// Bytes that do not compress, always the same ones.
fn noise(seed: usize, length: usize) -> Vec<u8> {
    let mut state = seed as u64 * 2 + 1;
    let step = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(step).collect()
}

fn lines(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    text.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect::<Vec<_>>().join("\n")
}

const WORDS: [&str; 16] = [
    "kettle",
    "Montag",
    "the order",
    "mañana",
    "gracias",
    "Rechnung",
    "number",
    "teapot",
    "please",
    "wann",
    "delivery",
    "broken",
    "Größe",
    "envío",
    "again",
    "thanks",
];

fn words(seed: usize, count: usize) -> String {
    let mut text = String::new();
    for (at, byte) in noise(seed, count).into_iter().enumerate() {
        let end = if at % 12 == 11 { "\n" } else { " " };
        write!(text, "{}{end}", WORDS[usize::from(byte) % WORDS.len()]).unwrap();
    }
    text
}

/// As mailboxes hold them: of ten letters six are plain, three have HTML as well, and one brings a file. Every fourth
/// answers the one before it.
fn letter(n: usize) -> String {
    let writer = n / 4 % 2000;
    let thread = if n.is_multiple_of(4) {
        format!("Subject: Order {n}\n")
    } else {
        let first = n - n % 4;
        format!("Subject: Re: Order {first}\nIn-Reply-To: <{}@import>\nReferences: <{first}@import>\n", n - 1)
    };
    let head = format!(
        "From: Customer {writer} <c{writer}@example.org>\nTo: help@shop.test\n{thread}Message-ID: <{n}@import>\n\
         Date: Tue, 3 Mar 2026 09:{:02}:{:02} +0000\nReceived: from a.example.org by b.example.org; 3 Mar 2026\n\
         MIME-Version: 1.0\n",
        n / 60 % 60,
        n % 60
    );
    let text = format!("Letter number {n}.\n{}", words(n, 300));
    let plain = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n";
    match n % 10 {
        0..6 => format!("{head}{plain}{text}"),
        6..9 => {
            let cells: String = (0..120)
                .map(|row| format!("<tr><td style=\"padding:4px\">{}</td></tr>\n", words(n + row, 20)))
                .collect();
            format!(
                "{head}Content-Type: multipart/alternative; boundary=b\n\n--b\n{plain}{text}\n--b\n\
                 Content-Type: text/html; charset=utf-8\n\n<p>Letter number {n}.</p><table>{cells}</table>\n--b--\n"
            )
        }
        _ => format!(
            "{head}Content-Type: multipart/mixed; boundary=b\n\n--b\n{plain}{text}\n--b\n\
             Content-Type: application/pdf; name=\"{n}.pdf\"\nContent-Transfer-Encoding: base64\n\n{}\n--b--\n",
            lines(&noise(n, 60_000))
        ),
    }
}

fn peak(process: u32) -> String {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
}

/// What the process has cost so far, in seconds of a core: on a busy machine the honest figure.
fn cost(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = status.rsplit(')').next().unwrap().split_whitespace().collect();
    // proc_pid_stat(5): utime and stime, counted from the state, in hundredths.
    fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap() / 100.0).sum()
}

#[test]
fn a_full_mailbox_is_taken_in_once_by_a_served_desk() {
    let Some(post) = Post::open(&[("history_days", "3000")]) else { return };
    let Post { servers, desk, .. } = post;
    let many = if std::env::var_os("TRANSOM_LONG").is_some() { 10_000 } else { 200 };
    let mut bytes = 0;
    for n in 0..many {
        let letter = letter(n);
        bytes += letter.len();
        servers.drop_letter_quietly("help", &format!("{}.M{n}P1.eva", 1_780_000_000 + n), &letter);
    }
    servers.settle();
    let (path, folder) = (desk.desk.path.clone(), desk.folder);
    drop((desk.app, desk.desk));
    // Opened for each look: a connection that stays would keep the desk from tidying its log.
    let count = |query: &str| {
        let connection = transom::store::readers::open(&path).unwrap();
        connection.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap() as usize
    };
    let began = Instant::now();
    let served = Served::with(&path, &["serve"], "");
    until_within(Duration::from_secs(600), "all are here", || count("SELECT count(*) FROM mail") >= many);
    let took = began.elapsed();
    let rate = many as f64 / took.as_secs_f64();
    let (megabytes, memory, cost) = (bytes as f64 / 1e6, peak(served.id()), cost(served.id()));
    assert!(served.stop());
    assert_eq!(count("SELECT count(*) FROM message WHERE kind = 'inbound'"), many);
    assert_eq!(count("SELECT count(DISTINCT body) FROM message WHERE kind = 'inbound'"), many);
    assert_eq!(count("SELECT count(*) FROM conversation"), many.div_ceil(4));
    assert_eq!(count("SELECT count(*) FROM attachment"), many / 10);
    // Each letter lies in the file once, compressed, beside its message.
    assert_eq!(count("SELECT count(DISTINCT message_id) FROM mail_part"), many);
    assert_eq!(count("SELECT count(*) FROM inbound WHERE state <> 'done' OR length(body) > 0"), 0);
    let file = std::fs::metadata(&path).unwrap().len() as f64 / 1e6;
    eprintln!(
        "{many} letters, {megabytes:.0} MB, in {took:.1?} ({rate:.0} a second) and {cost:.1} s of a core; peak {memory}; \
         file {file:.0} MB"
    );
    drop(folder);
}
