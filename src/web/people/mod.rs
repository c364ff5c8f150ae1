//! The pages of people: the first run, signing in and out, links to set a password, one's own profile.

mod code;
mod factor;
mod invitation;
mod keys;
mod login;
mod profile;
mod provider;
mod setup;

use super::context::Cx;
use super::failure::Failure;
use super::http::{Request, Response};
use super::routes::{Guard, Route};
pub use factor::AT as SECOND_FACTOR;
pub use provider::{back as provider_back, confirmed};

use super::session;
use crate::actions::sign_in::{self, Begin, Begun, Counted, Kept, Way};
use crate::domain::Id;
use crate::domain::agent::{Agent, Role};
use crate::password::{self, Asker};
use crate::random;
use crate::store::device;

const ME: Guard = Guard::Role(Role::Agent);

/// The routes of this folder.
pub const ROUTES: &[Route] = &[
    Route::page("/setup", Guard::Public, setup::show),
    Route::form("/setup", Guard::Public, setup::finish),
    Route::page("/setup/done", Guard::Role(Role::Admin), setup::done),
    Route::page("/login", Guard::Public, login::show),
    Route::form("/login", Guard::Public, login::sign_in),
    Route::page("/login/code", Guard::Public, code::show),
    Route::form("/login/code", Guard::Public, code::enter),
    Route::page("/login/provider", Guard::Public, provider::begin),
    Route::page("/login/provider/done", Guard::Public, provider::done),
    Route::form("/logout", ME, login::sign_out),
    Route::page("/invitation/{token}", Guard::Public, invitation::show),
    Route::form("/invitation/{token}", Guard::Public, invitation::accept),
    Route::page("/profile", ME, profile::moved),
    Route::page("/settings/profile", ME, profile::show),
    Route::form("/settings/profile", ME, profile::change),
    Route::page("/settings/keys", ME, keys::show),
    Route::form("/settings/keys", ME, keys::choose),
    Route::form("/settings/keys/reset", ME, keys::reset),
    Route::form("/settings/profile/signature", ME, profile::sign),
    Route::form("/settings/profile/password", ME, profile::set_password),
    Route::page(factor::AT, ME, factor::show),
    Route::form(factor::AT, ME, factor::begin),
    Route::form("/settings/profile/second-factor/confirm", ME, factor::confirm),
    Route::form("/settings/profile/second-factor/codes", ME, factor::renew),
    Route::form("/settings/profile/second-factor/off", ME, factor::off),
    Route::form("/settings/profile/sessions/told", ME, profile::told),
    Route::form("/settings/profile/sessions/end", ME, profile::end_others),
    Route::form("/settings/profile/sessions/{id}/end", ME, profile::end_one),
];

/// A session that is about to begin: what the store keeps, and what the browser gets.
struct Fresh {
    begin: Begin,
    token: String,
    device: String,
}

impl Fresh {
    /// For an agent whose password was checked against this hash.
    fn new(
        cx: &Cx<'_>,
        agent: Id<Agent>,
        checked: String,
        counted: Option<Counted>,
    ) -> Result<Fresh, Failure> {
        let mut device = random::token();
        if let Some(shown) = device_token(&cx.request) {
            let hash = session::hash(shown);
            // Only a word that we made: one that a stranger planted would be known to that stranger.
            if cx.read(|connection| device::exists(connection, &hash))? {
                shown.clone_into(&mut device);
            }
        }
        let token = random::token();
        let begin = Begin {
            agent,
            checked,
            token_hash: session::hash(&token),
            device_hash: session::hash(&device),
            counted,
            replaces: cx.who.as_ref().map(|who| (who.session, who.viewer.agent)),
            peer: cx.request.peer.to_string(),
            user_agent: cx.request.headers.get("user-agent").unwrap_or("").chars().take(300).collect(),
            way: Way::Password,
        };
        Ok(Fresh { begin, token, device })
    }

    /// The same for who was proved in this way.
    fn by(mut self, way: Way) -> Fresh {
        self.begin.way = way;
        self
    }

    /// The answer to what has begun: the session, or the page that asks for the code.
    fn go(self, cx: &mut Cx<'_>, begun: Begun, to: &str) -> Response {
        match begun {
            Begun::Session => self.lead(cx, to),
            Begun::Half => code::lead(cx, &self.token, to),
        }
    }

    /// The answer that leads on with the cookies of the new session.
    fn lead(self, cx: &mut Cx<'_>, to: &str) -> Response {
        let https = cx.request.https;
        cx.cookies.clear();
        cx.cookies.push(session::session_cookie(https, &self.token));
        cx.cookies.push(session::set_cookie(https, session::device_name(https), &self.device, device::KEPT));
        Response::redirect(to)
    }
}

/// A new token for the session of this request, in which every other one is about to end, with the line that has the
/// browser keep it.
fn renewed(cx: &Cx<'_>) -> Result<(Kept, String), Failure> {
    let (who, token) = (cx.who()?, random::token());
    let kept = Kept { session: who.session, token_hash: session::hash(&token), form_token: who.csrf.clone() };
    Ok((kept, session::session_cookie(cx.request.https, &token)))
}

/// The word by which this browser may be known.
fn device_token(request: &Request) -> Option<&str> {
    session::cookie(request, session::device_name(request.https))
}

/// Whether the password fits; `None`: too many others are being looked at, and the attempt counts for nothing.
fn fits(cx: &Cx<'_>, given: &str, kept: &str, counted: &Counted) -> Result<Option<bool>, Failure> {
    let asker = match counted {
        Counted::Device { .. } | Counted::Session { .. } | Counted::Factor { .. } => Asker::Known,
        Counted::Stranger { .. } | Counted::Provider { .. } => Asker::Stranger,
    };
    match password::verify(given, kept, asker) {
        Ok(right) => Ok(Some(right)),
        Err(password::Busy) => {
            let counted = counted.clone();
            cx.write(move |tx| sign_in::take_back(tx, &counted))?;
            Ok(None)
        }
    }
}
