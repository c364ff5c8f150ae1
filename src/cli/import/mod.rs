//! `transom import`: what other files hold, into a desk.

pub mod elsewhere;
pub mod jsonl;
mod letters;
mod people;

use std::path::{Path, PathBuf};

use super::arguments::{Arguments, Opt};
use super::{Command, DB, Error, JSON, desk, print, print_json};
use crate::domain::Id;
use crate::domain::roster::Counts;
use crate::store::durable;

pub const COMMAND: Command = Command {
    name: "import",
    operands: "SOURCE [PATH]",
    summary: "Take an export of a desk, or what another program kept, into a desk",
    about: "Sources:\n  \
            jsonl  the folder PATH that `transom export` wrote. A new desk is made of it, at a place where there is\n  \
            \x20      none yet; it holds the same as the old one, with the same numbers, and its hash is compared in the\n  \
            \x20      end. Its channels rest until somebody gives them their secrets and enables them, because the old\n  \
            \x20      desk may still be at work.\n  \
            mbox   letters into the e-mail channel --channel: PATH is an mbox file, a letter, or a folder with any of\n\
            \x20      these. They go where they would have gone on their day, answers with what they answer; what was\n\
            \x20      sent from the channel's own address stands there as ours. Conversations that they open are closed\n\
            \x20      in the end, unless --open is given. What is here already is not taken twice.\n  \
            contacts  people from the CSV file PATH. Columns are known by their names (name, first name, last name,\n\
            \x20      e-mail, phone, language, about, the names of the team's own fields, and like words of other\n\
            \x20      programs), or by --map COLUMN=FIELD. Who is here already, by an address, gets what is missing.\n\
            \x20      --dry-run only says what would happen; rows that cannot be taken stand in --errors FILE with\n\
            \x20      the reason.\n  \
            chatwoot  everything of the account --account of the Chatwoot at --url, over its API with the access token\n\
            \x20      --token of an administrator.\n  \
            libredesk  everything of the Libredesk at --url, over its API with --key and --secret of an agent who may\n\
            \x20      read all conversations, contacts, agents and inboxes.\n  \
            chatwoot-dump  the same from the file PATH that `pg_dump` wrote of its database, packed by gzip or not; - is\n\
            \x20      what is piped in. --url says where it was, so that its API finds everything known afterwards;\n\
            \x20      --account may be left out where there is only one; its files lie in --files FOLDER.\n  \
            libredesk-dump  the same for Libredesk; --url may be left out.\n\
            All of these bring contacts with their fields, inboxes as channels that rest, conversations with their state, and\n\
            every message, note and file at its own time. Nobody is told of it: it is old. What is here already is not\n\
            taken twice, so a broken import is begun again with the same command, and the last one before the change\n\
            brings only what is new. Words such as tokens are better given as TRANSOM_TOKEN, TRANSOM_KEY and\n\
            TRANSOM_SECRET than on the command line, where others of this machine see them.",
    options: &[
        DB,
        Opt::new("channel", "ID", "the e-mail channel that letters belong to"),
        Opt::switch("open", "leave conversations open that letters open"),
        Opt::new("map", "COLUMN=FIELD", "what a column of contacts holds; an empty field: it is left out")
            .many(),
        Opt::new("url", "URL", "where the other program is"),
        Opt::new("token", "WORD", "what lets us into Chatwoot"),
        Opt::new("account", "NUMBER", "the account in Chatwoot (default: 1)"),
        Opt::new("key", "WORD", "the API key of Libredesk"),
        Opt::new("secret", "WORD", "the secret that belongs to the key"),
        Opt::switch("dry-run", "only say what would happen"),
        Opt::new("files", "FOLDER", "where the files lie that belong to a dump"),
        Opt::new("errors", "FILE", "where rows go that cannot be taken (default: PATH with .errors.csv)"),
        JSON,
    ],
    run,
};

fn run(mut arguments: Arguments) -> Result<(), Error> {
    let source = arguments.require_operand("SOURCE")?;
    match source.as_str() {
        "chatwoot" | "libredesk" => {
            arguments.finish()?;
            return elsewhere(&arguments, &source);
        }
        _ => {}
    }
    let path = PathBuf::from(arguments.require_operand("PATH")?);
    arguments.finish()?;
    match source.as_str() {
        "jsonl" => whole(&arguments, &path),
        "chatwoot-dump" | "libredesk-dump" => dumped(&arguments, &source, &path),
        "mbox" | "eml" => letters(&arguments, &path),
        "contacts" | "csv" => contacts(&arguments, &path),
        other => Err(Error::Usage(format!(
            "{other} is no source; there are: jsonl, mbox, contacts, chatwoot, libredesk, chatwoot-dump, libredesk-dump"
        ))),
    }
}

fn whole(arguments: &Arguments, path: &Path) -> Result<(), Error> {
    let to = desk::path(arguments);
    let taken = jsonl::take(path, &to)?;
    let json =
        serde_json::json!({ "file": to, "rows": taken.rows, "files": taken.files, "hash": taken.hash });
    if arguments.has("json") {
        return print_json(&json);
    }
    print(&format!("Made {} of {} rows and {} files.\n", to.display(), taken.rows, taken.files))?;
    print(&format!("Hash: {}, the same as that of the export.\n", taken.hash))?;
    print("Next: 'transom user passwd' for somebody who may sign in, then the secrets of the channels.\n")
}

fn elsewhere(arguments: &Arguments, source: &str) -> Result<(), Error> {
    let (url, desk) = (arguments.require("url")?, desk::existing(arguments)?);
    let client = desk.client.clone();
    let report = if source == "chatwoot" {
        let account = arguments.parsed("account", "the number of an account")?.unwrap_or(1);
        let token = arguments.require("token")?;
        elsewhere::take(&desk, &mut elsewhere::chatwoot::Chatwoot::new(client, &url, &token, account)?)?
    } else {
        let (key, secret) = (arguments.require("key")?, arguments.require("secret")?);
        elsewhere::take(&desk, &mut elsewhere::libredesk::Libredesk::new(client, &url, &key, &secret)?)?
    };
    tell(arguments, &report)
}

fn dumped(arguments: &Arguments, source: &str, path: &Path) -> Result<(), Error> {
    let url = arguments.get("url")?;
    let account = arguments.parsed("account", "the number of an account")?;
    let files = elsewhere::Folder(arguments.path("files"));
    let to = desk::path(arguments);
    desk::exists(&to)?;
    let beside = durable::folder_of(&to);
    let places = (path, beside);
    let mut source: Box<dyn elsewhere::Source> = if source == "chatwoot-dump" {
        let base = elsewhere::base(&arguments.require("url")?)?;
        Box::new(elsewhere::chatwoot::dump::Dumped::read(places, base, account, files)?)
    } else {
        Box::new(elsewhere::libredesk::dump::Dumped::read(places, url.as_deref(), files)?)
    };
    tell(arguments, &elsewhere::take(&desk::existing(arguments)?, &mut *source)?)
}

fn tell(arguments: &Arguments, report: &elsewhere::Report) -> Result<(), Error> {
    if arguments.has("json") {
        return print_json(&report.json());
    }
    print(&report.text())?;
    print(if report.is_complete() {
        "Everything is here.\nNext: give the channels their secrets and enable them, when the other program rests.\n"
    } else {
        "The same command tries again what is missing.\n"
    })
}

fn letters(arguments: &Arguments, path: &Path) -> Result<(), Error> {
    let channel = arguments.parsed("channel", "the number of a channel")?;
    let channel = channel.ok_or_else(|| Error::Usage("--channel is missing".to_owned()))?;
    let desk = desk::existing(arguments)?;
    let report = letters::take(&desk, Id::new(channel), path, arguments.has("open"))?;
    if arguments.has("json") {
        let left = report.left.iter().map(|(name, why)| serde_json::json!({ "letter": name, "why": why }));
        let left: Vec<_> = left.collect();
        return print_json(
            &serde_json::json!({ "taken": report.taken, "known": report.known, "left_out": left }),
        );
    }
    for (name, why) in &report.left {
        print(&format!("Left out: {name}: {why}\n"))?;
    }
    let (taken, known, left) = (report.taken, report.known, report.left.len());
    print(&format!("{taken} letters taken, {known} were here already, {left} left out.\n"))
}

/// Where rows go that cannot be taken: beside the file, and beside what an earlier run wrote there, in which somebody may be
/// mending rows.
fn free(path: &Path) -> PathBuf {
    let names =
        std::iter::once("errors.csv".to_owned()).chain((2..).map(|number| format!("errors-{number}.csv")));
    let mut places = names.map(|name| path.with_added_extension(name));
    places.find(|place| !place.exists()).unwrap_or_else(|| path.with_added_extension("errors.csv"))
}

fn contacts(arguments: &Arguments, path: &Path) -> Result<(), Error> {
    let errors = match arguments.path("errors") {
        Some(chosen) if chosen.exists() => {
            let why = "is there already and is not written over; give --errors another name";
            return Err(Error::Usage(format!("{} {why}", chosen.display())));
        }
        Some(chosen) => chosen,
        None => free(path),
    };
    let map = arguments.all("map")?;
    let desk = desk::existing(arguments)?;
    let dry = arguments.has("dry-run");
    let report = people::take(&desk, path, &people::Wish { map, dry, errors: errors.clone() })?;
    let counts = report.counts;
    if arguments.has("json") {
        return print_json(&serde_json::json!({
            "made": counts.made, "changed": counts.changed, "same": counts.same, "wrong": counts.wrong,
            "columns": report.columns, "dry_run": dry, "errors": (counts.wrong > 0).then_some(errors),
        }));
    }
    for (column, field) in &report.columns {
        let field = field.map_or_else(|| "is left out".to_owned(), |field| field.to_string());
        print(&format!("Column {column:?}: {field}\n"))?;
    }
    let would = if dry { "Nothing was changed. It would be: " } else { "" };
    let Counts { made, changed, same, wrong } = counts;
    print(&format!("{would}{made} new, {changed} completed, {same} as they were, {wrong} wrong.\n"))?;
    if wrong == 0 {
        return Ok(());
    }
    print(&format!("The rows that could not be taken, with the reasons: {}\n", errors.display()))
}
