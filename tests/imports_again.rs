//! Another import from the same place: it brings what could not be had before, and takes off what they took off.

use serde_json::{Value, json};

use crate::imports_elsewhere::{chatwoot, desk, number, read, told};
use crate::support::elsewhere::{Chatwoot, PICTURE, day};
use crate::support::provider::Say;

#[test]
fn a_file_that_could_not_be_had_is_asked_for_again_by_the_next_import() {
    let folder = tempfile::tempdir().unwrap();
    let (db, there) = (desk(folder.path()), Chatwoot::new());
    there.server.say("/blobs/redirect/", &[Say::Answer(404, String::new())]);
    let first = told(&chatwoot(&there, &db));
    assert_eq!((&first["files"]["left_out"], &first["complete"]), (&json!(1), &json!(false)), "{first}");
    assert_eq!(number(&db, "SELECT count(*) FROM attachment WHERE state = 'failed'"), 1);
    let stood = whole_but_files(&db);
    // Nothing has moved there; but now the file is to be had.
    there.files();
    let second = told(&chatwoot(&there, &db));
    assert_eq!((&second["files"]["new"], &second["complete"]), (&json!(1), &json!(true)), "{second}");
    assert_eq!(
        number(&db, "SELECT size FROM attachment WHERE state = 'stored'"),
        i64::try_from(PICTURE.len()).unwrap()
    );
    assert_eq!(whole_but_files(&db), stood);
    let asked = there.server.seen_at("/conversations/7/messages").len();
    told(&chatwoot(&there, &db));
    assert_eq!(there.server.seen_at("/conversations/7/messages").len(), asked, "now it is whole");
}

/// How conversations stand, and what is in them.
fn whole_but_files(db: &str) -> Value {
    read(
        db,
        "SELECT json_group_array(json_array(v.status, v.updated_at, v.episode, v.unread,
             (SELECT count(*) FROM message m WHERE m.conversation_id = v.id))) FROM conversation v",
    )
}

#[test]
fn labels_that_were_taken_off_there_are_taken_off_here_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let (db, there) = (desk(folder.path()), Chatwoot::new());
    told(&chatwoot(&there, &db));
    let tags = |id: i64| {
        let sql = format!(
            "SELECT json_group_array(t.name) FROM (SELECT t.name FROM conversation_tag w JOIN tag t ON t.id = w.tag_id
             WHERE w.conversation_id = {id} ORDER BY t.name) t"
        );
        read(&db, &sql)
    };
    let first = number(&db, "SELECT min(id) FROM conversation WHERE subject = 'The parcel'");
    assert_eq!(tags(first), json!(["Billing", "VIP"]));
    // Somebody here put one on, and took another off that is still there.
    let here = rusqlite::Connection::open(&db).unwrap();
    here.execute_batch(&format!(
        "INSERT INTO tag (name, key, colour, created_at) VALUES ('Ours', 'ours', 'grey', 1);
         INSERT INTO conversation_tag (conversation_id, tag_id, status, last_message_at)
         SELECT id, (SELECT id FROM tag WHERE key = 'ours'), status, last_message_at FROM conversation
         WHERE id = {first}"
    ))
    .unwrap();
    drop(here);
    there.labels(&["VIP", "New"]);
    there.chats(day(5), &[]);
    told(&chatwoot(&there, &db));
    assert_eq!(tags(first), json!(["New", "Ours", "VIP"]));
    there.labels(&["VIP", "Ours"]);
    there.chats(day(6), &[]);
    told(&chatwoot(&there, &db));
    assert_eq!(tags(first), json!(["Ours", "VIP"]));
    there.labels(&[]);
    there.chats(day(7), &[]);
    told(&chatwoot(&there, &db));
    assert_eq!(tags(first), json!(["Ours"]), "what was put on here stays");
}
