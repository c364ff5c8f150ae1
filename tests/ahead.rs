//! What is asked before a large body is taken: by the head alone, and without any trace.

use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, ChannelState, Kind};
use transom::store::channel;
use transom::web::http::{Method, Request, Response};
use transom::web::server::Welcome;

use crate::support::TestDesk;
use crate::support::visitor;

const MEGABYTE: u64 = 1024 * 1024;

fn post(target: &str) -> Request {
    Request::new(Method::Post, target)
}

fn admitted(desk: &TestDesk, request: Request) -> Result<Welcome, u16> {
    desk.app.admit(request).map_err(|Response { status, .. }| status)
}

fn switched(desk: &TestDesk, channel: &Channel, state: ChannelState) {
    let channel = Channel { state, ..channel.clone() };
    desk.write(move |tx| channel::update(tx, &channel));
}

#[test]
fn only_a_channel_that_takes_deliveries_gets_a_large_one_and_only_as_large_as_its_kind_sends() {
    let desk = TestDesk::new();
    let custom = visitor::connect(&desk, Kind::Custom, &[]);
    let target = format!("/hooks/{}", custom.id);
    let largest = transom::channels::provider(Kind::Custom).unwrap().largest();
    assert_eq!(admitted(&desk, post(&target)), Ok(Welcome { most: largest, known: true }));
    assert_eq!(admitted(&desk, post("/hooks/4711")), Err(404), "nobody's channel");
    assert_eq!(admitted(&desk, post("/hooks/one")), Err(404));
    switched(&desk, &custom, ChannelState::Disabled);
    assert_eq!(admitted(&desk, post(&target)), Err(404), "a channel that is switched off");
    switched(&desk, &custom, ChannelState::Broken);
    assert!(admitted(&desk, post(&target)).is_ok(), "only its sending is refused");
}

#[test]
fn a_file_of_a_program_needs_its_token_first() {
    let desk = TestDesk::new();
    let program = desk.program("Ana", Role::Agent);
    let with = |word: &str| post("/api/v1/attachments").with_header("authorization", word);
    assert_eq!(admitted(&desk, post("/api/v1/attachments")), Err(401));
    assert_eq!(admitted(&desk, with("Bearer nonsense")), Err(401));
    let good = format!("Bearer {}", program.token);
    assert_eq!(admitted(&desk, with(&good)), Ok(Welcome { most: 100 * MEGABYTE, known: true }));
    assert_eq!(
        desk.count("SELECT count(*) FROM api_token WHERE used_at IS NOT NULL"),
        0,
        "that is noted later"
    );
    assert_eq!(admitted(&desk, post("/api/v1/nothing").with_header("authorization", &good)), Err(404));
    let supervisors = post("/api/v1/wrapup-reasons").with_header("authorization", &good);
    assert!(admitted(&desk, supervisors).is_err(), "more than an agent may");
}

#[test]
fn a_form_with_files_needs_its_session_first_and_a_page_of_ours() {
    let desk = TestDesk::new();
    let ana = desk.person("Ana", Role::Agent);
    let form = || post("/conversations/1/messages").with_header("cookie", &format!("transom={}", ana.token));
    assert_eq!(admitted(&desk, post("/conversations/1/messages")), Err(401));
    assert!(admitted(&desk, form()).is_ok_and(|welcome| welcome.known));
    assert_eq!(admitted(&desk, form().with_header("sec-fetch-site", "cross-site")), Err(403));
    let sheet = post("/contacts/import").with_header("cookie", &format!("transom={}", ana.token));
    assert_eq!(admitted(&desk, sheet), Err(403), "that is a supervisor's");
    desk.pass(Span::hours(2));
    let before = desk.count("SELECT max(rotated_at) FROM session");
    assert!(admitted(&desk, form()).is_ok());
    assert_eq!(
        desk.count("SELECT max(rotated_at) FROM session"),
        before,
        "the token turns with the whole request"
    );
}

#[test]
fn a_visitors_file_needs_a_chat_that_takes_files() {
    let desk = TestDesk::new();
    let chat = visitor::connect(&desk, Kind::Webchat, &[]);
    let target = format!("/chat/{}/messages", chat.key);
    let welcome = admitted(&desk, post(&target)).unwrap();
    assert!(welcome.most > 10 * MEGABYTE && !welcome.known, "{welcome:?}");
    assert_eq!(admitted(&desk, post("/chat/nobodys/messages")), Err(404));
    switched(&desk, &chat, ChannelState::Disabled);
    assert!(admitted(&desk, post(&target)).unwrap().most < MEGABYTE);
}
