//! The command line: commands beside a running desk, exit codes, and sentences instead of traces.

use std::process::Output;

use crate::support::process::{Served, complained, run};

/// What a command printed, as text.
fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A desk's file in a folder of its own.
fn file() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db").to_str().unwrap().to_owned();
    (folder, db)
}

#[test]
fn a_wrong_call_is_one_sentence_and_exit_code_2() {
    for words in [
        &["serve", "--nope"][..],
        &["serve", "--workers", "0"],
        &["export", "out.csv", "--format", "csv", "--credentials"],
        &["dance"],
        &["user"],
        &["user", "add"],
        &["channel", "add", "pigeon"],
    ] {
        let output = run(words);
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert_eq!(complained(&output).lines().count(), 1, "{words:?}: {}", complained(&output));
        assert!(said(&output).is_empty(), "{words:?}");
    }
}

#[test]
fn a_failure_is_one_sentence_and_exit_code_1() {
    let (_folder, db) = file();
    for words in
        [&["check", "--db", &db][..], &["user", "list", "--db", &db], &["backup", "b.db", "--db", &db]]
    {
        let output = run(words);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert_eq!(complained(&output).lines().count(), 1, "{words:?}: {}", complained(&output));
        assert!(complained(&output).contains(&db), "the sentence names the file: {}", complained(&output));
    }
}

#[test]
fn every_command_explains_itself() {
    let all = said(&run(&["--help"]));
    for command in transom::cli::COMMANDS {
        assert!(all.contains(command.name), "{} is listed", command.name);
        let words: Vec<&str> = command.name.split(' ').chain(["--help"]).collect();
        let output = run(&words);
        assert!(output.status.success(), "{words:?}");
        for option in command.options {
            assert!(
                said(&output).contains(&format!("--{}", option.name)),
                "{words:?} explains --{}",
                option.name
            );
        }
    }
}

#[test]
fn options_may_stand_in_the_environment_and_the_command_line_wins() {
    let (_folder, db) = file();
    let list = |words: &[&str]| {
        let mut command = crate::support::process::transom(words);
        command.env("TRANSOM_DB", &db).env("TRANSOM_JSON", "yes").output().unwrap()
    };
    let added = list(&["user", "add", "--email", "Ana@Example.org", "--name", "Ana", "--role", "admin"]);
    assert!(added.status.success(), "{}", complained(&added));
    let user: serde_json::Value = serde_json::from_slice(&added.stdout).unwrap();
    assert_eq!((user["email"].as_str(), user["role"].as_str()), (Some("ana@example.org"), Some("admin")));
    assert!(
        user["password"].as_str().is_some_and(|word| word.len() >= 16),
        "a password is made and shown once"
    );
    let elsewhere = list(&["user", "list", "--db", "/nowhere/transom.db"]);
    assert_eq!(elsewhere.status.code(), Some(1));
}

#[test]
fn people_are_added_listed_and_let_out_beside_a_running_desk() {
    let desk = Served::new();
    let db = desk.db.to_str().unwrap();
    let add =
        |email: &str| run(&["user", "add", "--email", email, "--name", "Ana", "--role", "admin", "--db", db]);
    assert!(add("ana@example.org").status.success());
    assert!(add("eva@example.org").status.success());
    let twice = add("ana@example.org");
    assert_eq!(twice.status.code(), Some(1), "an address is taken once");
    assert!(run(&["user", "disable", "eva@example.org", "--db", db]).status.success());
    let last = run(&["user", "disable", "ana@example.org", "--db", db]);
    assert_eq!(last.status.code(), Some(1), "the last administrator stays");
    let list = said(&run(&["user", "list", "--db", db]));
    assert!(list.contains("ana@example.org") && list.contains("disabled"), "{list}");
}

#[test]
fn a_channel_prints_its_webhook_url_and_keeps_its_secrets() {
    let (folder, db) = file();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "very-secret\n").unwrap();
    let set = format!("secret=@{}", secret.display());
    let output = run(&[
        "channel",
        "add",
        "custom",
        "--name",
        "Kiosk",
        "--set",
        &set,
        "--set",
        "window_hours=48",
        "--public-url",
        "https://desk.example.org/",
        "--db",
        &db,
        "--json",
    ]);
    assert!(output.status.success(), "{}", complained(&output));
    let channel: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(channel["webhook_url"], format!("https://desk.example.org/hooks/{}", channel["id"]));
    assert_eq!(channel["settings"]["window_hours"], "48");
    assert!(channel["secrets"].as_array().unwrap().contains(&"secret".into()));
    let everything = std::fs::read(&db).unwrap();
    let there = everything.windows(11).any(|window| window == b"very-secret");
    assert!(!there, "no secret stands in the file as it is");
}

#[test]
fn a_token_is_printed_once_and_only_its_hash_is_kept() {
    let (_folder, db) = file();
    run(&["user", "add", "--email", "ana@example.org", "--name", "Ana", "--db", &db]);
    let output = run(&["token", "create", "--email", "ana@example.org", "--name", "Till", "--db", &db]);
    let token = said(&output).trim().to_owned();
    assert!(token.len() >= 43, "256 bits: {token}");
    let everything = std::fs::read(&db).unwrap();
    assert!(!everything.windows(token.len()).any(|window| window == token.as_bytes()));
}

#[test]
fn a_running_desk_is_checked_and_copied_whole() {
    let desk = Served::new();
    let db = desk.db.to_str().unwrap();
    run(&["user", "add", "--email", "ana@example.org", "--name", "Ana", "--db", db]);
    let copy = desk.db.with_file_name("copy.db");
    let to = copy.to_str().unwrap();
    let output = run(&["backup", to, "--db", db]);
    assert!(output.status.success(), "{}", complained(&output));
    assert!(run(&["check", to]).status.success());
    assert!(run(&["check", "--db", db]).status.success());
    assert!(said(&run(&["user", "list", "--db", to])).contains("ana@example.org"));
    assert_eq!(run(&["backup", to, "--db", db]).status.code(), Some(1), "a backup never overwrites");
}

#[test]
fn a_wrong_count_is_found_by_check() {
    let (_folder, db) = file();
    run(&["user", "add", "--email", "ana@example.org", "--name", "Ana", "--db", &db]);
    let wrong = "INSERT INTO folder_count VALUES (0, 0, 3, 0, 0)";
    rusqlite::Connection::open(&db).unwrap().execute_batch(wrong).unwrap();
    let output = run(&["check", &db]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("kept counts: wrong"), "{}", said(&output));
    assert!(said(&output).contains("structure: good"), "{}", said(&output));
}

#[test]
fn one_file_is_served_once_and_a_taken_port_is_named() {
    let desk = Served::new();
    let db = desk.db.to_str().unwrap();
    let second = run(&["serve", "--db", db, "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(complained(&second).contains("already served"), "{}", complained(&second));
    let (_folder, other) = file();
    let address = desk.url.trim_start_matches("http://");
    let taken = run(&["serve", "--db", &other, "--listen", address]);
    assert_eq!(taken.status.code(), Some(1));
    assert!(complained(&taken).contains(address), "{}", complained(&taken));
    assert!(desk.stop(), "SIGTERM ends it well");
}

#[test]
fn health_is_one_word_and_figures_need_an_administrators_token() {
    let desk = Served::new();
    let db = desk.db.to_str().unwrap();
    let health =
        ureq::get(format!("{}/healthz", desk.url)).call().unwrap().body_mut().read_to_string().unwrap();
    assert_eq!(health, "ok\n");
    let refused = ureq::get(format!("{}/metrics", desk.url)).call();
    assert!(matches!(refused, Err(ureq::Error::StatusCode(401))), "{refused:?}");
    let token = |email: &str, role: &str| {
        run(&["user", "add", "--email", email, "--name", "Ana", "--role", role, "--db", db]);
        said(&run(&["token", "create", "--email", email, "--name", "Graphs", "--db", db])).trim().to_owned()
    };
    let ask = |token: &str| {
        let request = ureq::get(format!("{}/metrics", desk.url));
        request.header("Authorization", format!("Bearer {token}")).call()
    };
    let figures = ask(&token("ana@example.org", "admin")).unwrap().body_mut().read_to_string().unwrap();
    assert!(figures.contains("transom_outbox_waiting 0"), "{figures}");
    let agent = ask(&token("eva@example.org", "agent"));
    assert!(matches!(agent, Err(ureq::Error::StatusCode(403))), "{agent:?}");
}

#[test]
fn a_set_up_link_is_printed_until_somebody_is_there() {
    let (_folder, db) = file();
    let path = std::path::Path::new(&db);
    let first = Served::with(path, &["serve"], "Set it up here").setup.clone().unwrap();
    let again = Served::with(path, &["serve"], "Set it up here").setup.clone().unwrap();
    let code = |link: &str| link.split_once("/setup?code=").unwrap().1.to_owned();
    assert_ne!(code(&first), code(&again), "a link works once, and a new start makes a new one");
    assert!(code(&again).len() >= 43, "256 bits: {again}");
    run(&["user", "add", "--email", "ana@example.org", "--name", "Ana", "--role", "admin", "--db", &db]);
    let served = Served::with(path, &["serve"], "Transom serves");
    assert!(!served.said.iter().any(|line| line.contains("/setup")), "{:?}", served.said);
}

/// Everything that was said, in order, with who said it.
fn bodies(db: &str) -> Vec<(String, String)> {
    let connection = rusqlite::Connection::open(db).unwrap();
    let sql = "SELECT kind, body FROM message WHERE kind <> 'event' ORDER BY id";
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// The bytes of all files.
fn files(db: &std::path::Path) -> i64 {
    let connection = rusqlite::Connection::open(db).unwrap();
    connection.query_row("SELECT sum(length(bytes)) FROM attachment_part", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_generated_desk_is_whole_has_what_was_asked_for_and_is_the_same_for_the_same_seed() {
    let (folder, _) = file();
    let make = |name: &str, seed: &str| {
        let db = folder.path().join(name).to_str().unwrap().to_owned();
        let words = ["generate", "--conversations", "300", "--messages", "2500", "--seed", seed, "--db", &db];
        let output = run(&words);
        assert!(output.status.success(), "{}", complained(&output));
        assert!(run(&["check", &db]).status.success(), "counts, references and search agree");
        bodies(&db)
    };
    let first = make("one.db", "1");
    assert_eq!(first.len(), 2500);
    assert!(first == make("again.db", "1"), "the same seed tells the same story");
    assert!(first != make("other.db", "2"), "another seed tells another one");
    let path = folder.path().join("one.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    let statistics = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'sqlite_stat%'";
    let statistics: i64 = connection.query_row(statistics, [], |row| row.get(0)).unwrap();
    assert_eq!(statistics, 0, "the plans are those of any other desk");
    drop(connection);
    let small: i64 = files(&path);
    let db = folder.path().join("photos.db").to_str().unwrap().to_owned();
    let wrong = run(&["generate", "--files", "much", "--db", &db]);
    assert_eq!(wrong.status.code(), Some(2), "{}", complained(&wrong));
    let words = ["--conversations", "30", "--messages", "200", "--files", "20MB", "--db", &db];
    assert!(run(&[&["generate"], &words[..]].concat()).status.success());
    assert!(run(&["check", &db]).status.success());
    let large = files(std::path::Path::new(&db));
    assert!((15_000_000..25_000_000).contains(&large) && small < 3_000_000, "{small} {large}");
    let twice = run(&["generate", "--db", path.to_str().unwrap()]);
    assert_eq!(twice.status.code(), Some(1), "generate never overwrites");
}

#[test]
fn a_demo_opens_with_something_in_every_folder_and_nothing_waiting_to_be_sent() {
    let (_folder, db) = file();
    let desk = Served::with(std::path::Path::new(&db), &["demo"], "Play the customers");
    let connection = rusqlite::Connection::open(&db).unwrap();
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    for status in ["open", "snoozed", "closed"] {
        assert!(
            count(&format!("SELECT count(*) FROM conversation WHERE status = '{status}'")) > 5,
            "{status}"
        );
    }
    assert!(count("SELECT count(*) FROM conversation WHERE failed > 0") > 0, "a failed send to look at");
    assert!(count("SELECT count(*) FROM conversation WHERE unread > 0") > 5, "unread ones");
    assert!(count("SELECT count(DISTINCT language) FROM contact") >= 6, "people of several languages");
    assert_eq!(count("SELECT count(*) FROM outbox"), 0);
    assert!(run(&["check", &db]).status.success());
    assert!(desk.stop());
}

/// What the settings page arranges when a channel is connected, the command arranges too, and says how it went.
#[test]
fn a_channel_that_is_added_is_arranged_at_its_provider() {
    use crate::support::provider::{Say, StandIn};
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let api = StandIn::new();
    let account = serde_json::json!({ "status": 0, "status_message": "ok", "name": "Lumière" }).to_string();
    api.say("/pa/get_account_info", &[Say::Answer(200, account)]);
    let refused = serde_json::json!({ "status": 1, "status_message": "failed: webhook" }).to_string();
    api.say("/pa/set_webhook", &[Say::Answer(200, refused)]);
    let base = format!("api_base={}", api.url);
    let words =
        ["channel", "add", "viber", "--db", db.to_str().unwrap(), "--set", "auth_token=t", "--set", &base];
    let quiet = run(&words);
    assert!(quiet.status.success() && api.seen().is_empty(), "without a public address nothing is told");
    let told = run(&[&words[..], &["--public-url", "https://desk.example"]].concat());
    let said = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.status.success(), "it is connected all the same: {said}");
    assert!(
        said.contains("good  token: Lumière") && said.contains("wrong webhook: failed: webhook"),
        "{said}"
    );
    assert_eq!(api.seen_at("/pa/set_webhook")[0].json()["url"], "https://desk.example/hooks/2");
}
