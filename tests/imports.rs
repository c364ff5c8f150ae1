//! Imports: letters of a mailbox go where they would have gone on their day, contacts of a sheet become people here.

use std::path::Path;

use crate::support::process::{complained, run};

fn told(words: &[&str]) -> serde_json::Value {
    let output = run(words);
    assert!(output.status.success(), "{words:?}: {}", complained(&output));
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

/// A desk with an e-mail channel; its file and the number of the channel.
fn desk(folder: &Path) -> (String, String) {
    let db = folder.join("transom.db").to_str().unwrap().to_owned();
    let words = [
        "channel",
        "add",
        "email",
        "--name",
        "Post",
        "--set",
        "address=shop@example.org",
        "--json",
        "--db",
        &db,
    ];
    let made = told(&words);
    (db, made["id"].to_string().trim_matches('"').to_owned())
}

fn number(db: &str, sql: &str) -> i64 {
    rusqlite::Connection::open(db).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

fn text(db: &str, sql: &str) -> String {
    rusqlite::Connection::open(db).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

fn letter(id: &str, from: &str, to: &str, answers: &str, day: u32) -> String {
    let answers = if answers.is_empty() { String::new() } else { format!("In-Reply-To: <{answers}>\r\n") };
    format!(
        "From: {from}\r\nTo: {to}\r\nSubject: The parcel\r\nDate: {day} Mar 2021 10:00:00 +0000\r\nMessage-ID: <{id}>\r\n{answers}\r\n\
         From here it looks broken. {id}\r\n"
    )
}

#[test]
fn letters_of_a_mailbox_stand_in_their_threads_at_their_time_and_only_once() {
    let folder = tempfile::tempdir().unwrap();
    let (db, channel) = desk(folder.path());
    let mailbox = folder.path().join("mailbox");
    std::fs::create_dir_all(mailbox.join("Sent")).unwrap();
    let mut mbox = Vec::new();
    for one in [
        letter("a1@x.example", "Ana <ana@example.com>", "shop@example.org", "", 1),
        letter("a3@x.example", "Ana <ana@example.com>", "shop@example.org", "a2@x.example", 3),
        letter("b1@x.example", "Ben <ben@example.com>", "shop@example.org", "", 4),
    ] {
        transom::cli::mbox::write(&mut mbox, "x@example.org", "Mon Mar  1 10:00:00 2021", one.as_bytes())
            .unwrap();
    }
    std::fs::write(mailbox.join("inbox.mbox"), mbox).unwrap();
    let sent = letter("a2@x.example", "Shop <shop@example.org>", "Ana <ana@example.com>", "a1@x.example", 2);
    std::fs::write(mailbox.join("Sent/1.eml"), sent).unwrap();
    std::fs::write(mailbox.join("Sent/cover.jpg"), b"\xff\xd8\xff\xe0 no letter").unwrap();
    let words = ["import", "mbox", mailbox.to_str().unwrap(), "--channel", &channel, "--json", "--db", &db];
    let first = told(&words);
    assert_eq!((first["taken"].as_u64(), first["known"].as_u64()), (Some(4), Some(0)), "{first}");
    assert_eq!(first["left_out"].as_array().unwrap().len(), 1, "{first}");
    let of_ana = "(SELECT conversation_id FROM message WHERE provider_id = 'a1@x.example')";
    assert_eq!(number(&db, "SELECT count(*) FROM conversation"), 2);
    assert_eq!(
        number(
            &db,
            &format!("SELECT count(*) FROM message WHERE kind <> 'event' AND conversation_id = {of_ana}")
        ),
        3
    );
    assert_eq!(text(&db, "SELECT kind FROM message WHERE provider_id = 'a2@x.example'"), "outbound");
    let order = format!(
        "SELECT group_concat(provider_id, ' ') FROM (SELECT provider_id FROM message
         WHERE kind <> 'event' AND conversation_id = {of_ana} ORDER BY id)"
    );
    assert_eq!(text(&db, &order), "a1@x.example a2@x.example a3@x.example", "in the order of their dates");
    assert_eq!(number(&db, "SELECT count(*) FROM contact WHERE name = 'Shop'"), 0, "we are nobody's contact");
    assert_eq!(number(&db, "SELECT count(*) FROM conversation WHERE status <> 'closed' OR unread > 0"), 0);
    assert_eq!(number(&db, "SELECT count(*) FROM outbox"), 0, "nothing is sent");
    let year = "SELECT strftime('%Y', max(last_message_at) / 1000, 'unixepoch') FROM conversation";
    assert_eq!(text(&db, year), "2021");
    let again = told(&words);
    assert_eq!((again["taken"].as_u64(), again["known"].as_u64()), (Some(0), Some(4)), "{again}");
    assert_eq!(number(&db, "SELECT count(*) FROM conversation WHERE status <> 'closed'"), 0);
    // What came by itself since waits for an answer, and is in the mailbox all the same.
    let live = letter("c1@x.example", "Cai <cai@example.com>", "shop@example.org", "", 5);
    std::fs::write(mailbox.join("live.eml"), live).unwrap();
    told(&[words.as_slice(), &["--open"]].concat());
    let waits = "SELECT count(*) FROM conversation WHERE status = 'open' AND unread > 0";
    assert_eq!(number(&db, waits), 1);
    rusqlite::Connection::open(&db)
        .unwrap()
        .execute("UPDATE message SET told = json_remove(told, '$.imported') WHERE told ->> '$.imported'", [])
        .unwrap();
    told(&words);
    assert_eq!(number(&db, waits), 1);
    let check = run(&["check", &db]);
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
}

/// What the desk covers or no longer shows leaves it neither as a letter nor in an archive.
#[test]
fn what_is_covered_or_taken_back_is_exported_as_the_desk_shows_it() {
    let folder = tempfile::tempdir().unwrap();
    let (db, channel) = desk(folder.path());
    let mailbox = folder.path().join("mailbox");
    std::fs::create_dir_all(&mailbox).unwrap();
    for (day, id) in [(1, "covered@x.example"), (2, "back@x.example"), (3, "plain@x.example")] {
        let one = letter(id, "Ana <ana@example.com>", "shop@example.org", "", day);
        std::fs::write(mailbox.join(format!("{day}.eml")), one.replace("From here", "Canarinho from here"))
            .unwrap();
    }
    told(&["import", "mbox", mailbox.to_str().unwrap(), "--channel", &channel, "--json", "--db", &db]);
    rusqlite::Connection::open(&db)
        .unwrap()
        .execute_batch(
            "UPDATE message SET body = '*** from here', extra = json_set(ifnull(extra, '{}'), '$.covered', json('true'))
             WHERE provider_id = 'covered@x.example';
             UPDATE message SET revoked_at = 5 WHERE provider_id = 'back@x.example'",
        )
        .unwrap();
    for format in ["mbox", "html"] {
        let to = folder.path().join(format);
        let done = run(&["export", to.to_str().unwrap(), "--format", format, "--db", &db]);
        assert!(done.status.success(), "{}", complained(&done));
        let mut said = 0;
        let mut places = vec![to];
        while let Some(place) = places.pop() {
            if place.is_dir() {
                places.extend(std::fs::read_dir(&place).unwrap().map(|one| one.unwrap().path()));
            } else if place.extension().is_none_or(|kind| kind != "js") {
                said += String::from_utf8_lossy(&std::fs::read(&place).unwrap()).matches("Canarinho").count();
            }
        }
        // The one that may be seen: in the mailbox once; in the archive on its page, in the list, and as it came.
        assert!(said > 0 && said <= if format == "mbox" { 1 } else { 3 }, "{format}: {said}");
    }
}

/// Calendars and cards lie beside mailboxes, and some programs write a mark or an empty line first.
#[test]
fn only_letters_are_taken_for_letters() {
    let folder = tempfile::tempdir().unwrap();
    let (db, channel) = desk(folder.path());
    let mailbox = folder.path().join("mailbox");
    std::fs::create_dir_all(&mailbox).unwrap();
    for (name, text) in [
        ("contacts.vcf", "BEGIN:VCARD\nVERSION:3.0\nFN:Ana\nEND:VCARD\n"),
        ("cal.ics", "BEGIN:VCALENDAR\nDTSTART:20210301\nEND:VCALENDAR\n"),
        ("labels.json", "{\"a\": 1}\n"),
        ("conf.yml", "title: x\nsubject: y\n"),
        ("c.txt", "C:\\Users\\x\n"),
    ] {
        std::fs::write(mailbox.join(name), text).unwrap();
    }
    let mut mbox = b"\xef\xbb\xbf\r\n".to_vec();
    for id in ["a1@x.example", "b1@x.example"] {
        let one = letter(id, "Ana <ana@example.com>", "shop@example.org", "", 1);
        transom::cli::mbox::write(&mut mbox, "x@example.org", "Mon Mar  1 10:00:00 2021", one.as_bytes())
            .unwrap();
    }
    std::fs::write(mailbox.join("in.mbox"), mbox).unwrap();
    let marked = letter("c1@x.example", "Ben <ben@example.com>", "shop@example.org", "", 2);
    std::fs::write(mailbox.join("z.eml"), format!("\u{feff}{marked}")).unwrap();
    let words = ["import", "mbox", mailbox.to_str().unwrap(), "--channel", &channel, "--json", "--db", &db];
    let told = told(&words);
    assert_eq!((told["taken"].as_u64(), told["left_out"].as_array().unwrap().len()), (Some(3), 5), "{told}");
}

#[test]
fn letters_that_are_exported_and_taken_in_elsewhere_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    std::fs::create_dir_all(&one).unwrap();
    std::fs::create_dir_all(&other).unwrap();
    let ((db, channel), (copy, copied)) = (desk(&one), desk(&other));
    let mail = folder.path().join("mail");
    std::fs::create_dir_all(&mail).unwrap();
    for number in 0..12_u32 {
        let (id, before) =
            (format!("m{number}@x.example"), format!("m{}@x.example", number.saturating_sub(3)));
        let mut text = letter(
            &id,
            &format!("P{0} <p{0}@example.com>", number % 3),
            "shop@example.org",
            &before,
            number + 1,
        );
        text.push_str(
            ["\r\nFrom the end\r\n", "\r\n>From ñ\r\n\r\n", "no end"][usize::try_from(number % 3).unwrap()],
        );
        std::fs::write(mail.join(format!("{number:02}.eml")), text).unwrap();
    }
    told(&["import", "mbox", mail.to_str().unwrap(), "--channel", &channel, "--json", "--db", &db]);
    let mbox = folder.path().join("all.mbox");
    assert!(run(&["export", mbox.to_str().unwrap(), "--format", "mbox", "--db", &db]).status.success());
    told(&["import", "mbox", mbox.to_str().unwrap(), "--channel", &copied, "--json", "--db", &copy]);
    let said = |db: &str| {
        text(
            db,
            "SELECT json_group_array(json_array(m.provider_id, m.kind, trim(m.body, char(13, 10)), m.at, c.name, v.subject, v.status))
             FROM (SELECT * FROM message WHERE kind <> 'event' ORDER BY provider_id) m
             JOIN conversation v ON v.id = m.conversation_id JOIN contact c ON c.id = v.contact_id",
        )
    };
    assert!(said(&db).contains("m11@x.example"));
    assert_eq!(said(&copy), said(&db));
}

const SHEET: &str = "Full name;E-mail;Teléfono;Notas;Colour\r\n\
    Ana García;ana@example.com;'+34600111222;\"likes; tea\";red\r\n\
    ;ben@example.com, ben@example.org;;;\r\n\
    Nobody;not an address;;;blue\r\n\
    Ana again;ANA@example.com;;;\r\n\
    Both;ana@example.com, ben@example.org;;;\r\n";

#[test]
fn contacts_of_a_sheet_are_tried_first_then_taken_and_what_is_wrong_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let (db, _) = desk(folder.path());
    let (sheet, errors) = (folder.path().join("people.csv"), folder.path().join("people.csv.errors.csv"));
    std::fs::write(&sheet, [b"\xef\xbb\xbf", SHEET.as_bytes()].concat()).unwrap();
    let words = ["import", "contacts", sheet.to_str().unwrap(), "--json", "--db", &db];
    let dry = told(&[words.as_slice(), &["--dry-run"]].concat());
    assert_eq!((dry["made"].as_u64(), dry["wrong"].as_u64()), (Some(2), Some(2)), "{dry}");
    assert_eq!(number(&db, "SELECT count(*) FROM contact"), 0, "a dry run changes nothing");
    let done = told(&words);
    assert_eq!(
        (done["made"].as_u64(), done["same"].as_u64(), done["wrong"].as_u64()),
        (Some(2), Some(1), Some(2))
    );
    assert_eq!(
        text(&db, "SELECT name || '/' || about FROM contact WHERE name <> ''"),
        "Ana García/likes; tea"
    );
    assert_eq!(number(&db, "SELECT count(*) FROM address WHERE value = '+34600111222'"), 1);
    let first = errors;
    let wrong = std::fs::read_to_string(&first).unwrap();
    let mut lines = wrong.lines();
    assert_eq!(lines.next().unwrap(), "\u{feff}Full name,E-mail,Teléfono,Notas,Colour,error");
    assert!(lines.next().unwrap().starts_with("Nobody,not an address,"), "{wrong}");
    assert!(lines.next().unwrap().contains("several contacts"), "{wrong}");
    let again = told(&words);
    assert_eq!(
        (again["made"].as_u64(), again["changed"].as_u64()),
        (Some(0), Some(0)),
        "taken twice is taken once"
    );
    let named = [words.as_slice(), &["--map", "Colour=about", "--map", "Notas="]].concat();
    assert_eq!(told(&named)["made"].as_u64(), Some(0));
    // What stands there already may be what somebody mends rows in, or the sheet itself.
    assert_eq!(std::fs::read_to_string(&first).unwrap(), wrong);
    for there in [&first, &sheet] {
        let over = [words.as_slice(), &["--errors", there.to_str().unwrap()]].concat();
        assert!(complained(&run(&over)).contains("is there already"));
    }
    assert!(std::fs::read(&sheet).unwrap().ends_with(SHEET.as_bytes()), "the sheet is as it was");
    let doubled = [words.as_slice(), &["--map", "Colour=about"]].concat();
    assert!(complained(&run(&doubled)).contains("hold the same"), "nothing of the sheet is lost in silence");
    let unknown = [words.as_slice(), &["--map", "Size=about"]].concat();
    assert!(complained(&run(&unknown)).contains("has no column"), "the refusal names the columns");
}

/// The program has the words of the page for a workbook, and takes nothing from it.
#[test]
fn a_workbook_is_no_sheet_for_the_program_either() {
    let folder = tempfile::tempdir().unwrap();
    let (db, _) = desk(folder.path());
    for (begins, wanted) in [(&b"PK\x03\x04"[..], "(.xlsx)"), (b"\xd0\xcf\x11\xe0", "(.xls)")] {
        let sheet = folder.path().join("people.csv");
        std::fs::write(&sheet, [begins, b"\x14\0\x06\0\r\rname\rAna\r\n"].concat()).unwrap();
        let output = run(&["import", "contacts", sheet.to_str().unwrap(), "--db", &db]);
        assert_eq!(output.status.code(), Some(1), "{}", complained(&output));
        assert!(complained(&output).contains(wanted), "{}", complained(&output));
    }
}
