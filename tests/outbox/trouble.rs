//! Refusals, lost answers, dead hosts, crashes: what is tried again, what is not, what a person decides.

use super::*;

#[test]
fn an_expired_token_stops_the_channel_within_one_try_and_loses_nothing() {
    let stage = Stage::new();
    stage.provider.say("/messages", &[refusal(401, 190, "Error validating access token")]);
    let (first, second) = (stage.reply("one"), stage.reply("two"));
    assert_eq!(stage.send(), 1);
    let channel = channel_of(&stage.desk, stage.channel.id);
    assert_eq!(channel.state, ChannelState::Broken);
    assert!(channel.problem.unwrap().starts_with("(#190) Error validating access token"));
    assert_eq!((stage.state(first), stage.state(second)), (State::Queued, State::Queued));
    stage.desk.pass(Span::hours(1));
    assert_eq!(job::drain(&stage.desk.desk), 0);
    let attempt = stage.desk.read(|connection| outbox::of_message(connection, first)).unwrap().attempt;
    assert_eq!(attempt, 0, "the message is not to blame");
    // Reconnected, both leave in their order.
    stage.provider.say("/messages", &[taken("wamid.1"), taken("wamid.2")]);
    stage.desk.write(move |tx| {
        let channel = transom::store::channel::get(tx, channel.id)?.unwrap();
        transom::store::channel::update(
            tx,
            &Channel { state: ChannelState::Enabled, problem: None, ..channel },
        )
    });
    assert_eq!(job::drain(&stage.desk.desk), 2);
    let bodies: Vec<String> = stage.sends()[1..]
        .iter()
        .map(|seen| seen.json()["text"]["body"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(bodies, ["one", "two"]);
}

/// The request was read and never answered, or its answer broke off: nobody knows, and a person decides.
#[test]
fn a_lost_answer_is_unsure_and_is_not_repeated() {
    for lost in [Say::HangUp, Say::Cut(json!({ "messages": [{ "id": "wamid.1" }] }).to_string())] {
        let stage = Stage::new();
        stage.provider.say("/messages", &[lost]);
        let id = stage.reply("did it arrive?");
        assert_eq!(stage.send(), 1);
        assert_eq!(stage.state(id), State::Unsure);
        assert_eq!(dispatch_state(&stage, id), Some(DispatchState::Unsure));
        assert_eq!(stage.failed(), 1);
        stage.desk.pass(Span::hours(2));
        assert_eq!(job::drain(&stage.desk.desk), 0);
        assert_eq!(stage.sends().len(), 1);
    }
}

#[test]
fn too_many_requests_wait_as_long_as_the_provider_says() {
    let stage = Stage::new();
    let busy = json!({ "error": { "code": 130429, "message": "Rate limit hit" } }).to_string();
    stage.provider.say("/messages", &[Say::With(429, "Retry-After: 120", busy), taken("wamid.1")]);
    let id = stage.reply("hello");
    assert_eq!(stage.send(), 1);
    assert_eq!(stage.state(id), State::Queued);
    stage.desk.pass(Span::seconds(119));
    assert_eq!(job::drain(&stage.desk.desk), 0);
    stage.desk.pass(Span::seconds(1));
    assert_eq!(job::drain(&stage.desk.desk), 1);
    assert_eq!(stage.state(id), State::Sent);
    let keys: Vec<_> =
        stage.sends().iter().map(|seen| seen.json()["biz_opaque_callback_data"].clone()).collect();
    assert_eq!(keys[0], keys[1], "the key stays the same over the attempts");
}

/// One person gets messages too fast: 4⁰, 4¹, 4² seconds, never less than our own steps.
#[test]
fn the_pair_rate_grows() {
    let stage = Stage::new();
    stage.provider.say("/messages", &[refusal(400, 131056, "Pair rate limit hit")]);
    let id = stage.reply("hello");
    assert_eq!(stage.send(), 1);
    for (attempt, least) in [(1, 4), (2, 4), (3, 16), (4, 64), (5, 256)] {
        let waiting = stage.desk.read(|connection| outbox::of_message(connection, id)).unwrap();
        assert_eq!(waiting.attempt, attempt);
        assert!(waiting.due_at.since(stage.desk.now()) >= Span::seconds(least), "{attempt}");
        stage.desk.pass(waiting.due_at.since(stage.desk.now()));
        assert_eq!(job::drain(&stage.desk.desk), 1);
    }
}

#[test]
fn a_refused_connection_is_tried_again_until_a_day_is_over() {
    let stage = Stage::new();
    let channel = whatsapp(&stage.desk, &nowhere());
    let ben = thread(&stage.desk, &channel, AddressKind::Whatsapp, "+34698765432");
    wrote(&stage.desk, &channel, &ben, stage.desk.now() + Span::hours(3));
    let id = reply_to(&stage.desk, &stage.marta, &ben, "anybody there?").unwrap();
    assert_eq!(stage.send(), 1);
    assert_eq!(stage.state(id), State::Queued);
    let mut attempts = 1;
    for hour in 0..25 {
        assert_eq!(stage.state(id) == State::Queued, hour < 24, "{hour}");
        stage.desk.pass(Span::hours(1));
        attempts += job::drain(&stage.desk.desk);
    }
    let message = message_of(&stage.desk, id);
    let fault = message.error.unwrap();
    assert_eq!((message.state, fault.code.as_str(), fault.again), (State::Failed, "transient", true));
    assert!(attempts > 10, "{attempts}");
    assert_eq!(conversation_of(&stage.desk, ben.id).failed, 1);
}

/// T37: an hour without a network. One message of the account knocks for all, soon and never later for how long it has
/// lasted, and within a minute of the network's return everything leaves.
#[test]
fn one_message_knocks_while_nobody_is_there_and_all_leave_within_a_minute_of_the_return() {
    let stage = Stage::new();
    let mut channel = whatsapp(&stage.desk, &nowhere());
    let people = ["+34698000001", "+34698000002", "+34698000003"];
    let threads = people.map(|person| thread(&stage.desk, &channel, AddressKind::Whatsapp, person));
    threads.iter().for_each(|there| wrote(&stage.desk, &channel, there, stage.desk.now()));
    let answer = |there: &Conversation| reply_to(&stage.desk, &stage.marta, there, "still here?").unwrap();
    let ids: Vec<_> = threads.iter().chain(&threads).map(answer).collect();
    stage.desk.pass(Span::seconds(6));
    let mut knocks = 0;
    for _ in 0..3600 / 5 {
        let made = job::drain(&stage.desk.desk);
        assert!(made <= 1, "{made} knocked at once");
        knocks += made;
        stage.desk.pass(Span::seconds(5));
    }
    assert_eq!(knocks, 3600 / 25);
    assert!(ids.iter().all(|id| stage.state(*id) == State::Queued));
    let record = "SELECT count(*) FROM send_attempt";
    let kept: i64 = stage.desk.read(|c| Ok(c.query_row(record, [], |row| row.get(0))?));
    assert!(kept <= 3, "an attempt is kept once a message, not {kept} times");
    channel.settings.insert("api_base".to_owned(), stage.provider.url.clone());
    stage.desk.set_channel(&channel);
    let mut sent = 0;
    for _ in 0..60 / 5 {
        sent += job::drain(&stage.desk.desk);
        stage.desk.pass(Span::seconds(5));
    }
    assert_eq!(sent, ids.len());
    assert!(ids.iter().all(|id| stage.state(*id) == State::Sent));
    assert_eq!(stage.sends().len(), ids.len());
}

/// Chatwoot's retry turned the mark green and sent nothing. Ours sends, under a new key.
#[test]
fn a_retry_really_sends_under_a_new_key() {
    let stage = Stage::new();
    stage.provider.say("/messages", &[refusal(400, 131047, "Re-engagement message"), taken("wamid.2")]);
    let id = stage.reply("hello");
    assert_eq!(stage.send(), 1);
    assert_eq!(stage.state(id), State::Failed);
    stage.desk.pass(Span::minutes(1));
    wrote(&stage.desk, &stage.channel, &stage.ana, stage.desk.now());
    let (by, now) = (viewer(&stage.marta), stage.desk.now());
    stage.desk.desk.writer.write(move |tx| retry::retry(tx, &by, id, now)).unwrap();
    assert_eq!(stage.send(), 1);
    assert_eq!((stage.state(id), stage.failed()), (State::Sent, 0));
    let sent = stage.sends();
    assert_eq!(sent.len(), 2);
    assert_ne!(sent[0].json()["biz_opaque_callback_data"], sent[1].json()["biz_opaque_callback_data"]);
    let attempts: i64 = stage.desk.read(|connection| {
        Ok(connection
            .query_row("SELECT count(*) FROM send_attempt WHERE message_id = ?1", [id], |row| row.get(0))?)
    });
    assert_eq!(attempts, 2);
}

/// The program ends between "sending" and the answer.
#[test]
fn what_was_on_its_way_at_a_crash_is_unsure_or_repeated_by_key() {
    let stage = Stage::new();
    let custom = connect(
        &stage.desk,
        Kind::Custom,
        &[("secret", "s"), ("outbound_url", &format!("{}/out", stage.provider.url))],
    );
    let eva = thread(&stage.desk, &custom, AddressKind::Custom, "eva");
    let safe = reply_to(&stage.desk, &stage.marta, &eva, "by key").unwrap();
    let lost = stage.reply("no key");
    stage.desk.pass(Span::seconds(6));
    for channel in [stage.channel.id, custom.id] {
        let now = stage.desk.now();
        let claimed = stage.desk.desk.writer.write(move |tx| dispatch::claim(tx, channel, now)).unwrap();
        assert!(claimed.is_some());
    }
    assert_eq!((stage.state(safe), stage.state(lost)), (State::Sending, State::Sending));
    job::recover(&stage.desk.desk);
    assert_eq!((stage.state(safe), stage.state(lost)), (State::Queued, State::Unsure));
    stage.desk.pass(Span::seconds(10));
    assert_eq!(job::drain(&stage.desk.desk), 1);
    assert_eq!(stage.state(safe), State::Sent);
    assert_eq!(stage.sends().len(), 0);
    assert_eq!(stage.failed(), 1);
}

/// A copied file without its key file has no secrets: the channel stops and says which is missing.
#[test]
fn without_its_secrets_a_channel_sends_nothing() {
    let stage = Stage::new();
    stage.desk.write({
        let id = stage.channel.id;
        move |tx| transom::store::channel::set_secrets(tx, id, None)
    });
    stage.reply("hello");
    assert_eq!(stage.send(), 1);
    let channel = channel_of(&stage.desk, stage.channel.id);
    assert_eq!(
        (channel.state, channel.problem.as_deref()),
        (ChannelState::Broken, Some("access_token is not set"))
    );
    assert_eq!(stage.provider.seen().len(), 0);
}
