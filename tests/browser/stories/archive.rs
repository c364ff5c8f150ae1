//! An archive, opened from the disk: the search finds what was said, in every notation, without a server.

use crate::axe;
use crate::driver::{Browser, ENGLISH};
use crate::process::{complained, run};

#[test]
fn an_archive_is_searched_from_the_disk() {
    let Some(browser) = Browser::start(ENGLISH) else { return };
    let folder = tempfile::tempdir().unwrap();
    let (db, to) = (folder.path().join("transom.db"), folder.path().join("archive"));
    let db = db.to_str().unwrap();
    let made = run(&["generate", "--conversations", "150", "--messages", "400", "--seed", "3", "--db", db]);
    assert!(made.status.success(), "{}", complained(&made));
    let change = "UPDATE message SET body = 'Zebrañas <b>象牙お願い</b> STRAẞE 456-789' WHERE id = (SELECT min(id) FROM message WHERE kind = 'inbound');
        UPDATE contact SET name = 'Ólafur Þórsson' WHERE id = 1;
        INSERT INTO address (contact_id, kind, value, created_at) VALUES (1, 'phone', '+34612345126', 1),
            (1, 'email', 'olafur.b@fjord.example', 1)";
    rusqlite::Connection::open(db).unwrap().execute_batch(change).unwrap();
    let made = run(&["export", to.to_str().unwrap(), "--format", "html", "--db", db]);
    assert!(made.status.success(), "{}", complained(&made));
    let overview = format!("file://{}/index.html", to.canonicalize().unwrap().display());
    for words in [
        "zebran",
        "象牙",
        "牙お願",
        "strasse ZEBRAÑAS",
        "olafur thorsson",
        "い",
        "願",
        "612345126",
        "5126",
        "+34 612 345 126",
        "0612345126",
        "olafur.b@fjord.example",
        "zebranas -qqzzqq",
        "456-789",
        "zebranas 456-789",
    ] {
        browser.open(&overview);
        browser.find("#q").fill(words);
        browser.wait(words, || (!browser.all("#found li a").is_empty()).then_some(()));
    }
    browser.open(&overview);
    browser.find("#q").fill("zebran");
    browser.wait("the words of a hit are marked", || {
        let marks = browser.all("#found li mark");
        marks.iter().any(|mark| mark.text() == "Zebrañ").then_some(())
    });
    browser.open(&overview);
    browser.find("#q").fill("zebranas -象牙");
    browser.wait_for_text("No conversation has all of these words.");
    browser.find("#q").fill("-zebranas");
    browser.wait_for_text("Add a word that must be said");
    browser.find("#q").fill("olafur thorsson");
    browser.wait("Ólafur", || (!browser.all("#found li a").is_empty()).then_some(()));
    browser.find("#found li a").click();
    browser.wait_for_text("Ólafur Þórsson");
    let conversation = browser.url();
    // What nobody said has no file, and the browser says so.
    let mut complaints = browser.complaints();
    complaints.retain(|said| !said.contains("ERR_FILE_NOT_FOUND"));
    assert_eq!(complaints, Vec::<String>::new());
    browser.open(&format!("{overview}?q=qqzzqq"));
    browser.wait_for_text("No conversation has all of these words.");
    // Last, because axe asks for the sheet once more, which the page's own rules do not let it.
    for page in [overview, conversation] {
        browser.open(&page);
        assert_eq!(axe::inspect(&browser, "archive"), Vec::<String>::new());
    }
}
