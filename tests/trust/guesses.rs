//! Somebody who guesses passwords from many addresses, and who asks which accounts there are.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use transom::web::session;

use crate::client::{Answer, Client, apart, colleague, colleagues, of_crowd};
use crate::ending::Ending;
use crate::hostile::{at, figures};
use crate::process::{PATIENCE, Served};
use crate::times;

/// How many guesses an account takes in a quarter of an hour.
const MOST: usize = 10;
const GUESSERS: usize = 32;

/// A team with `count` further people who sign in as the first, Ada, does; served.
fn team(word: &str, count: usize) -> (tempfile::TempDir, Served, String, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let password = colleague(&db, "Ada", "admin");
    let emails = colleagues(&db, word, count);
    let served = Served::with(&db, &["serve"], "Transom serves");
    (folder, served, password, emails)
}

/// Each address guesses at one account after the other; returns how many guesses were looked at, by account.
fn guess(served: &Served, emails: &[String], addresses: usize, guesses: usize) -> HashMap<String, usize> {
    let (next, looked_at) = (AtomicUsize::new(0), Mutex::new(HashMap::new()));
    let each = guesses / addresses;
    std::thread::scope(|threads| {
        for _ in 0..GUESSERS {
            threads.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= addresses {
                        return;
                    }
                    let mut client = Client::at(served, of_crowd(1, number));
                    for round in 0..each {
                        let email = &emails[(number * 7 + round) % emails.len()];
                        let told = client.sign_in(email, "a wrong password");
                        match told.status {
                            422 => *looked_at.lock().unwrap().entry(email.clone()).or_default() += 1,
                            429 => assert!(told.header("Retry-After").is_some(), "{:?}", told.head),
                            _ => panic!("{:?}", told.head),
                        }
                    }
                }
            });
        }
    });
    looked_at.into_inner().unwrap()
}

/// Signs in and out until `stop`; how long each sign-in took, and how often the desk was too busy.
fn come_and_go(mut client: Client, email: &str, password: &str, stop: &AtomicBool) -> (Vec<Duration>, usize) {
    let (mut took, mut busy) = (Vec::new(), 0);
    while !stop.load(Ordering::Relaxed) || took.is_empty() {
        let begun = Instant::now();
        let told = client.sign_in(email, password);
        if told.status == 429 {
            busy += 1;
            assert!(busy < 10_000, "never let in");
        } else {
            assert_eq!(told.status, 303, "{:?}", told.head);
            took.push(begun.elapsed());
            assert_eq!(client.post("/logout", &[]).status, 303);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    took.sort();
    (took, busy)
}

/// T18: of all guesses ten an account are looked at. Meanwhile the owner of an account that is guessed at comes in on a
/// known browser whenever she wants, and somebody else on a new one.
#[test]
fn a_flood_of_guesses_is_held_at_ten_an_account_and_owners_come_in_meanwhile() {
    let (addresses, guesses) = (times(10, 1_000), times(300, 100_000));
    let (_folder, served, password, people) = team("guessed", times(3, 200));
    // Ada's own account, others, and as many that do not exist; nobody guesses at the last.
    let newcomer = people.last().unwrap().clone();
    let mut emails: Vec<String> = people[..people.len() - 1].to_vec();
    emails.extend((0..people.len()).map(|number| format!("nobody{number}@example.org")));
    emails.push("ada@example.org".to_owned());
    let mut owner = Client::near(&served);
    assert_eq!(owner.sign_in("ada@example.org", &password).status, 303);
    assert_eq!(owner.post("/logout", &[]).status, 303);
    let before = figures(&served).megabytes;
    let stop = AtomicBool::new(false);
    let begun = Instant::now();
    let (looked_at, (owns, turned_away), (comes, busy)) = std::thread::scope(|threads| {
        let ending = Ending(&stop);
        let owner = threads.spawn(|| come_and_go(owner, "ada@example.org", &password, &stop));
        let other = threads.spawn(|| {
            // A new browser each time would be counted as a stranger for each: it stays a stranger until it is in.
            come_and_go(Client::at(&served, of_crowd(2, 0)), &newcomer, &password, &stop)
        });
        let looked_at = guess(&served, &emails, addresses, guesses);
        drop(ending);
        (looked_at, owner.join().unwrap(), other.join().unwrap())
    });
    let lasted = begun.elapsed();
    let reached: usize = looked_at.values().sum();
    println!(
        "guesses: {guesses} from {addresses} addresses at {} accounts in {} s, {reached} looked at, {} of one account at \
         most; the owner on a known browser in {} times, p50 {} ms, p99 {} ms, turned away {turned_away}; somebody on a new \
         one in after {busy} refusals, then {} times, p99 {} ms; memory {} MB (before {before})",
        emails.len(),
        lasted.as_secs(),
        looked_at.values().max().unwrap(),
        owns.len(),
        at(&owns, 50),
        at(&owns, 99),
        comes.len(),
        at(&comes, 99),
        peak(&served)
    );
    let over: Vec<_> = looked_at.iter().filter(|(_, count)| **count > MOST).collect();
    assert!(over.is_empty() && reached > 0, "{over:?}");
    assert_eq!(turned_away, 0, "whoever is known comes in at once");
    assert!(peak(&served) < before + 100, "two passwords at a time, of 19 MB each");
    held(&served, &emails, &password);
    assert!(served.stop(), "it stops well");
}

/// The most memory that it ever had, in MB.
fn peak(served: &Served) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", served.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1024
}

/// An account at which enough was guessed is not looked at from a new browser, whether it is there or not.
fn held(served: &Served, emails: &[String], password: &str) {
    for (number, word) in ["guessed0", "nobody0"].into_iter().enumerate() {
        let email = format!("{word}@example.org");
        assert!(emails.contains(&email));
        let mut status = 0;
        for guess in 0..=2 * MOST {
            let from = of_crowd(3, number * 100 + guess);
            status = Client::at(served, from).sign_in(&email, "a wrong password").status;
        }
        assert_eq!(status, 429, "{email}");
        assert_eq!(Client::at(served, of_crowd(4, number)).sign_in(&email, password).status, 429, "{email}");
    }
}

/// What an answer says, without the moment and the account that was asked for.
fn words(answer: &Answer, email: &str) -> (u16, Vec<String>, String) {
    let moment = |line: &String| line.starts_with("Date: ");
    let head = answer.head.iter().filter(|line| !moment(line)).cloned().collect();
    (answer.status, head, answer.body.replace(email, "…"))
}

/// T18: the sign-in answers the same for who is there and who is not, byte for byte; the medians are printed.
#[test]
fn a_sign_in_does_not_tell_which_accounts_there_are() {
    let accounts = times(2, 100);
    let (_folder, served, _, known) = team("some", accounts);
    let (mut there, mut absent) = (Vec::new(), Vec::new());
    for (number, email) in known.iter().enumerate() {
        // Of the same length, so that even the lengths of the answers must agree.
        let nobody = email.replace("some", "none");
        for guess in 0..MOST + 2 {
            let from = of_crowd(5, (number * (MOST + 2) + guess) * 2);
            let mut both = [(email, &mut there), (&nobody, &mut absent)];
            if guess % 2 == 1 {
                both.reverse();
            }
            let told = both.map(|(email, took)| {
                let mut client = Client::at(&served, from);
                client.get("/login");
                let begun = Instant::now();
                let told = client.sign_in(email, "a wrong password");
                if guess < MOST {
                    took.push(begun.elapsed());
                }
                words(&told, email)
            });
            // Beyond ten guesses the answer names a minute, which may have changed between the two.
            assert_eq!(told[0].0, if guess < MOST { 422 } else { 429 }, "{email}");
            assert!(told[0] == told[1] || guess >= MOST && told[0].0 == told[1].0, "{told:?}");
        }
    }
    apart("sign-in of an account that is there and of one that is not", &mut there, &mut absent);
    assert!(served.stop());
}

/// T18: a link to set a password that was never made, one that is over and one of somebody who was let out are answered
/// the same. There is no form that sends such links: a colleague makes them.
#[test]
fn a_link_to_set_a_password_does_not_tell_whose_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    colleague(&db, "Ada", "admin");
    colleagues(&db, "over", 2);
    let links = ["never-made-0000", "is-over-now-000", "of-who-left-000"];
    {
        let connection = rusqlite::Connection::open(&db).unwrap();
        let add = "INSERT INTO invitation (agent_id, token_hash, expires_at) SELECT id, ?2, ?3 FROM agent WHERE name = ?1";
        let hash = |link: &str| session::hash(link).to_vec();
        assert_eq!(connection.execute(add, ("over0", hash(links[1]), 1)).unwrap(), 1);
        assert_eq!(connection.execute(add, ("over1", hash(links[2]), i64::MAX)).unwrap(), 1);
        let leave = "UPDATE agent SET disabled_at = 1 WHERE name = 'over1'";
        assert_eq!(connection.execute(leave, []).unwrap(), 1);
    }
    let served = Served::with(&db, &["serve"], "Transom serves");
    let mut client = Client::near(&served);
    let mut took = [(); 3].map(|()| Vec::new());
    for round in 0..times(20, 2_000) {
        let mut told = Vec::new();
        for step in 0..links.len() {
            let which = (step + round) % links.len();
            let begun = Instant::now();
            let page = client.get(&format!("/invitation/{}", links[which]));
            took[which].push(begun.elapsed());
            told.push(words(&page, links[which]));
        }
        assert_eq!(told[0].0, 404);
        assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
    }
    let [mut never, mut over, mut left] = took;
    apart("a link that was never made and one that is over", &mut never, &mut over);
    apart("a link that was never made and one of who was let out", &mut never, &mut left);
    let begun = Instant::now();
    let fields = [("password", "a new password of mine"), ("again", "a new password of mine")];
    let told: Vec<_> = links
        .iter()
        .enumerate()
        .map(|(number, link)| {
            let mut client = Client::at(&served, of_crowd(6, number));
            words(&client.post(&format!("/invitation/{link}"), &fields), link)
        })
        .collect();
    assert!(told[0].0 == 404 && told.iter().all(|one| *one == told[0]), "{told:?}");
    assert!(begun.elapsed() < 10 * PATIENCE && served.stop());
}
