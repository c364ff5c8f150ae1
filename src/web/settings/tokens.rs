//! API tokens.

use crate::actions::token::{self, New};
use crate::domain::refused::Problem;
use crate::domain::secret;
use crate::random;
use crate::store;
use crate::templates;
use crate::templates::settings::tokens::Row;
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

/// Every token.
pub fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let me = cx.viewer()?.agent.to_string();
    page(cx, &Typed::default().with("agent", me))
}

fn page(cx: &Cx<'_>, typed: &Typed) -> Result<Response, Failure> {
    let (tokens, people) = cx.read(|connection| {
        Ok::<_, store::Error>((store::token::all(connection)?, store::agent::all(connection)?))
    })?;
    let name = |id| people.iter().find(|who| who.id == id).map(|who| who.name.clone()).unwrap_or_default();
    let rows: Vec<Row> = tokens
        .into_iter()
        .map(|token| Row {
            id: token.id.to_string(),
            agent: name(token.agent),
            name: token.name,
            created_at: token.created_at,
            used_at: token.used_at,
        })
        .collect();
    let choices: Vec<_> = people
        .iter()
        .filter(|who| who.disabled_at.is_none())
        .map(|who| (who.id.to_string(), who.name.clone()))
        .collect();
    let frame = forms::frame(cx, cx.texts.frame_tokens())?;
    Ok(cx.page(&frame, &templates::settings::tokens::list(&frame, &rows, &choices, typed)))
}

/// Makes a token and shows it, this once.
pub fn create(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let word = random::token();
    match forms::outcome(created(cx, &word))? {
        Ok(()) => {
            let frame = cx.frame(cx.texts.tokens_fresh())?;
            Ok(cx.page(&frame, &templates::settings::tokens::fresh(&frame, &word)))
        }
        Err(refused) => {
            let typed = forms::typed(cx, &["name", "agent"]).refused(refused.clone());
            Ok(forms::back(page(cx, &typed)?, &refused))
        }
    }
}

fn created(cx: &Cx<'_>, word: &str) -> Result<(), Failure> {
    let agent = cx.form.trimmed("agent").parse();
    let agent = agent.map_err(|_| forms::wrong("agent", Problem::Unknown))?;
    let new = New { agent, name: cx.form.trimmed("name").to_owned(), token_hash: secret::hash(word) };
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| token::create(tx, &by, &new, now))?;
    Ok(())
}

/// Makes a token useless.
pub fn revoke(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| token::revoke(tx, &by, id, now))?;
    Ok(Response::redirect("/settings/tokens?done=done"))
}
