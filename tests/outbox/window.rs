//! The window, asked again at the moment of sending (S220), and corrected by the provider.

use super::*;

/// S220: after twenty-four hours only templates; nothing else reaches the provider, whoever sends it.
#[test]
fn outside_the_window_no_request_leaves() {
    let stage = Stage::new();
    stage.desk.pass(Span::hours(24));
    let refused = stage.try_reply("too late").unwrap_err();
    assert!(matches!(refused, actions::Error::Refused(Refused::WindowClosed { .. })), "{refused:?}");
    assert_eq!(job::drain(&stage.desk.desk), 0);
    assert_eq!(stage.provider.seen().len(), 0);
}

/// It was open when the agent pressed Send, and closed when its turn came.
#[test]
fn a_window_that_closes_in_the_queue_stops_the_message_before_any_request() {
    let stage = Stage::new();
    stage.desk.pass(Span(Span::hours(24).0 - 2000));
    let id = stage.reply("just in time?");
    assert_eq!(stage.send(), 0);
    let message = message_of(&stage.desk, id);
    assert_eq!((message.state, message.error.unwrap().code.as_str()), (State::Failed, "window_closed"));
    assert_eq!(stage.provider.seen().len(), 0);
    assert_eq!(stage.failed(), 1);
    assert_eq!(dispatch_state(&stage, id), None);
}

/// Our knowledge is advice and the provider's answer is the truth.
#[test]
fn the_providers_own_closed_corrects_the_window() {
    let stage = Stage::new();
    stage.provider.say("/messages", &[refusal(400, 131047, "Re-engagement message")]);
    assert_eq!(window_of(&stage.desk, &stage.channel, &stage.ana).as_str(), "open");
    let id = stage.reply("open, we thought");
    assert_eq!(stage.send(), 1);
    let fault = message_of(&stage.desk, id).error.unwrap();
    assert_eq!(fault.code, "window_closed");
    assert_eq!(fault.message, "(#131047) Re-engagement message: Details of 131047");
    assert_eq!(window_of(&stage.desk, &stage.channel, &stage.ana).as_str(), "template_only");
    assert_eq!(conversation_of(&stage.desk, stage.ana.id).window_closes_at, None);
    assert!(stage.try_reply("again").is_err());
    assert_eq!(stage.sends().len(), 1);
}

#[test]
fn an_approved_template_leaves_outside_the_window() {
    let stage = Stage::new();
    stage.desk.pass(Span::days(3));
    let template = template(&stage);
    let parameters = [("header", "Order 7"), ("1", "Ana"), ("2", "tomorrow\n9:00"), ("button.1", "a7")];
    let parameters: BTreeMap<String, String> =
        parameters.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let order = reply::Reply {
        conversation: stage.ana.id,
        body: String::new(),
        template: Some((template, parameters)),
        attachments: Vec::new(),
        reply_to: None,
        seen: None,
        key: None,
    };
    let (by, now) = (viewer(&stage.marta), stage.desk.now());
    let id = stage.desk.desk.writer.write(move |tx| reply::reply(tx, &by, &order, now)).unwrap();
    assert_eq!(stage.send(), 1);
    assert_eq!(stage.state(id), State::Sent);
    let body = stage.sends()[0].json();
    assert_eq!(body["type"], "template");
    let expected = json!({ "name": "appointment", "language": { "policy": "deterministic", "code": "es" }, "components": [
        { "type": "header", "parameters": [{ "type": "text", "text": "Order 7" }] },
        { "type": "body", "parameters": [{ "type": "text", "text": "Ana" }, { "type": "text", "text": "tomorrow 9:00" }] },
        { "type": "button", "sub_type": "url", "index": "1", "parameters": [{ "type": "text", "text": "a7" }] },
    ] });
    assert_eq!(body["template"], expected);
}

/// Fetches the templates as the settings page does, and keeps the first.
fn template(stage: &Stage) -> Id<Template> {
    let list = include_str!("../data/whatsapp-templates.json");
    stage.provider.say("/message_templates", &[Say::Answer(200, list.to_owned())]);
    let account = crate::support::channel::account(&stage.desk, &stage.channel);
    let provider = transom::channels::provider(Kind::Whatsapp).unwrap();
    let found = provider.templates(&account, &stage.desk.desk.client).unwrap().unwrap().remove(0);
    stage.desk.write(move |tx| {
        tx.execute(
            "INSERT INTO template (channel_id, name, language, body, components, status, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)",
            (
                found.channel,
                found.name,
                found.language,
                found.body,
                found.components.to_string(),
                found.status.as_str(),
            ),
        )?;
        Ok(Id::new(tx.last_insert_rowid()))
    })
}

/// A counted window (WeChat: five) lets its last message leave, and gets a refused one back.
#[test]
fn a_counted_window_counts_what_leaves() {
    let stage = Stage::new();
    let channel = connect(&stage.desk, Kind::Simulator, &[("speaks_as", "wechat")]);
    let li = thread(&stage.desk, &channel, AddressKind::Wechat, "openid");
    wrote(&stage.desk, &channel, &li, stage.desk.now());
    for n in 0..5 {
        reply_to(&stage.desk, &stage.marta, &li, &format!("{n}")).unwrap();
    }
    assert!(reply_to(&stage.desk, &stage.marta, &li, "a sixth").is_err());
    assert_eq!(stage.send(), 5);
    let sent: i64 = stage.desk.read(|connection| {
        Ok(connection.query_row("SELECT count(*) FROM message WHERE state = 'sent'", [], |row| row.get(0))?)
    });
    assert_eq!(sent, 5);
    let failing = channel_with(&stage, &channel, "fail");
    wrote(&stage.desk, &failing, &li, stage.desk.now());
    reply_to(&stage.desk, &stage.marta, &li, "refused").unwrap();
    assert_eq!(stage.send(), 1);
    let left: i64 = stage.desk.read(|connection| {
        Ok(connection.query_row(
            "SELECT sends_left FROM window_grant WHERE address_id = ?1",
            [li.address],
            |row| row.get(0),
        )?)
    });
    assert_eq!(left, 5, "what never left is given back");
}

fn channel_with(stage: &Stage, channel: &Channel, trouble: &str) -> Channel {
    let mut channel = channel.clone();
    channel.settings.insert("trouble".into(), trouble.into());
    let kept = channel.clone();
    stage.desk.write(move |tx| transom::store::channel::update(tx, &kept));
    channel
}

/// The provider's time of the customer's message counts, not the time of receipt.
#[test]
fn the_window_runs_from_the_providers_time() {
    let stage = Stage::new();
    let ben = thread(&stage.desk, &stage.channel, AddressKind::Whatsapp, "+34600000001");
    let long_ago: Timestamp = stage.desk.now() - Span::hours(30);
    wrote(&stage.desk, &stage.channel, &ben, long_ago);
    assert!(reply_to(&stage.desk, &stage.marta, &ben, "late delivery").is_err());
}
