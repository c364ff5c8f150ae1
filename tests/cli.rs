//! The command line: commands beside a running desk, exit codes, and sentences instead of traces.

use crate::support::process::{Served, complained, run, said};

/// A desk's file in a folder of its own.
fn file() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db").to_str().unwrap().to_owned();
    (folder, db)
}

#[test]
fn a_wrong_call_is_one_sentence_and_exit_code_2() {
    for words in
        [&["serve", "--nope"][..], &["dance"], &["user"], &["user", "add"], &["channel", "add", "pigeon"]]
    {
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
    let wrong = "INSERT INTO folder_count VALUES (0, 0, 'open', 3, 1)";
    rusqlite::Connection::open(&db).unwrap().execute_batch(wrong).unwrap();
    let output = run(&["check", &db]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("folder counts: wrong"), "{}", said(&output));
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
    assert_eq!(desk.get("/healthz"), "ok\n");
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
