//! Signing in by a provider of identities: how it is set up, and a look whether the provider is there.

use crate::actions::identity;
use crate::domain::agent::Role;
use crate::domain::identity::{Provider, Trouble};
use crate::domain::refused::Problem;
use crate::net::openid;
use crate::store::setting;
use crate::templates;
use crate::templates::settings::provider::{Look, Page};
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;
use crate::web::people;

const FIELDS: [&str; 7] = ["issuer", "client", "domains", "role", "words", "code", "only"];

/// The page.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let kept = cx.read(setting::provider)?;
    page(cx, &kept.as_ref().map(typed).unwrap_or_default(), None)
}

fn typed(provider: &Provider) -> Typed {
    Typed::default()
        .with("issuer", &provider.issuer)
        .with("client", &provider.client)
        .with("domains", provider.domains.join(" "))
        .with("role", provider.role.map_or("", Role::as_str))
        .with("words", &provider.words)
        .with("code", if provider.code { "on" } else { "" })
        .with("only", if provider.only { "on" } else { "" })
}

fn page(cx: &Cx<'_>, typed: &Typed, look: Option<Look>) -> Result<Response, Failure> {
    let kept = cx.read(setting::provider)?;
    let back = people::provider_back(&cx.app.desk.options.public_url);
    let page = Page {
        typed,
        back: back.as_deref(),
        on: kept.is_some(),
        secret: kept.is_some_and(|provider| !provider.secret.is_empty()),
        look,
    };
    let frame = forms::frame(cx, cx.texts.provider_title())?;
    Ok(cx.page(&frame, &templates::settings::provider::page(&frame, &page)))
}

/// Keeps what was typed.
pub fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    match forms::outcome(changed(cx))? {
        Ok(()) => Ok(Response::redirect("/settings/provider?done=saved")),
        Err(refused) => {
            let typed = forms::typed(cx, &FIELDS).refused(refused.clone());
            Ok(forms::back(page(cx, &typed, None)?, &refused))
        }
    }
}

fn changed(cx: &Cx<'_>) -> Result<(), Failure> {
    let role = match cx.form.trimmed("role") {
        "" => None,
        word => Some(word.parse::<Role>().map_err(|()| forms::wrong("role", Problem::Unknown))?),
    };
    let split = |c: char| c.is_whitespace() || c == ',' || c == ';';
    let provider = Provider {
        issuer: cx.form.trimmed("issuer").to_owned(),
        client: cx.form.trimmed("client").to_owned(),
        secret: String::new(),
        domains: cx.form.trimmed("domains").split(split).map(str::to_owned).collect(),
        role,
        words: cx.form.trimmed("words").to_owned(),
        code: cx.form.get("code").is_some(),
        only: cx.form.get("only").is_some(),
    };
    let provider = provider.normal()?;
    let desk = &cx.app.desk;
    if !provider.issuer.starts_with("https://") && !desk.client.allow_private {
        return Err(forms::wrong("issuer", Problem::NotAUrl).into());
    }
    let kept = cx.read(setting::provider)?;
    let given = cx.form.trimmed("secret");
    // An empty field keeps the secret, but only for the provider that it was given for.
    let secret = match kept.filter(|kept| given.is_empty() && kept.issuer == provider.issuer) {
        Some(kept) => kept.secret,
        None => desk.vault.seal_provider(&provider.issuer, given),
    };
    let wanted = Provider { secret, ..provider };
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| identity::configure(tx, &by, Some(&wanted), now))
}

/// Nobody signs in by a provider any more. Who is signed in stays so.
pub fn remove(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| identity::configure(tx, &by, None, now))?;
    Ok(Response::redirect("/settings/provider?done=saved"))
}

/// Asks the provider for what it publishes, as a sign-in would, and says what came back.
pub fn test(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let Some(kept) = cx.read(setting::provider)? else { return Ok(Response::redirect("/settings/provider")) };
    let unseal =
        !kept.secret.is_empty() && cx.app.desk.vault.provider_secret(&kept.issuer, &kept.secret).is_empty();
    let look = match openid::read(&cx.app.desk.client, &kept.issuer, cx.now) {
        Ok(_) if unseal => Look::Closed,
        Ok(known) => Look::Good { keys: known.keys.len(), at: known.published.authorization_endpoint },
        Err(trouble) => Look::Bad(trouble),
    };
    let status = if matches!(look, Look::Good { .. }) { 200 } else { 422 };
    let busy = matches!(look, Look::Bad(Trouble::Busy));
    let answer = page(cx, &typed(&kept), Some(look))?;
    Ok(Response { status: if busy { 503 } else { status }, ..answer })
}
