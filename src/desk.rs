//! The running desk: everything that pages, jobs and commands share.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::actions::{self, checkup};
use crate::attendance::Attendance;
use crate::channels::{self, ACCESS_UNTIL, Account, Check, Permit, Provider, Secrets};
use crate::clock::Clock;
use crate::domain::access::Viewer;
use crate::domain::agent::Agent;
use crate::domain::channel::Channel;
use crate::domain::message::Attachment;
use crate::domain::outbox::Failure;
use crate::domain::{Id, Span, Timestamp};
use crate::i18n::Language;
use crate::locks::hold;
use crate::net::{Client, signature};
use crate::random;
use crate::store::checkpoint::Checkpointer;
use crate::store::copies::{Copies, Plan};
use crate::store::seen::Seen;
use crate::store::{self, Readers, Writer, setting, writer};
use crate::vault::{self, Vault};

/// Everything that pages, jobs and commands share.
pub struct Desk {
    pub path: PathBuf,
    pub readers: Readers,
    pub writer: Writer,
    pub clock: Clock,
    pub vault: Vault,
    pub client: Client,
    pub live: Arc<Live>,
    pub options: Options,
    pub counts: Counts,
    /// Whose browser is there.
    pub attendance: Attendance,
    /// The word that signs the addresses of files for providers, once it was needed.
    media_key: Mutex<Option<Vec<u8>>>,
    /// How copies of the file are kept whole.
    pub copies: Arc<Copies>,
}

/// What is only counted, since the start.
#[derive(Debug, Default)]
pub struct Counts {
    /// Deliveries whose signature did not fit. Nothing else is kept of them.
    pub forged: AtomicU64,
    /// The same by the channel that they named.
    forged_at: Mutex<BTreeMap<Id<Channel>, u64>>,
}

impl Counts {
    /// Counts a delivery to this channel whose signature did not fit.
    pub fn forge(&self, channel: Id<Channel>) {
        self.forged.fetch_add(1, Ordering::Relaxed);
        *hold(&self.forged_at).entry(channel).or_default() += 1;
    }

    /// How many deliveries to each channel did not fit; channels without one are absent.
    pub fn forged_by_channel(&self) -> BTreeMap<Id<Channel>, u64> {
        hold(&self.forged_at).clone()
    }
}

/// How this desk runs.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where browsers and providers reach us, without a trailing slash; empty: by the request's own host.
    pub public_url: String,
    /// The clock may be moved: in a demo, or where it was asked for.
    pub movable_clock: bool,
    /// A throw-away desk: says so on each page.
    pub demo: bool,
    /// People wait for it, so that it waits for other programs only shortly.
    pub is_served: bool,
    /// Who moves the log into the main file.
    pub checkpoints: Plan,
    /// Where the nightly copies lie; empty: in `copies` beside the file.
    pub copies: PathBuf,
}

/// The language of the desk, for what is the same for everybody.
pub fn language(connection: &store::Connection) -> store::Result<Language> {
    let code = setting::get(connection, setting::key::LANGUAGE)?;
    Ok(code.and_then(|code| Language::parse(&code)).unwrap_or(Language::En))
}

/// The desk cannot open.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Vault(#[from] vault::Error),
    #[error("cannot start: {0}")]
    System(#[from] std::io::Error),
}

impl Desk {
    /// Opens the desk in the file at `path`, which is made when it is not there.
    pub fn open(path: &Path, clock: Clock, client: Client, options: Options) -> Result<Desk, Error> {
        store::away::was_here(path, &vault::key_path(path))?;
        let (connection, held) = store::open::open(path)?;
        let vault = Vault::open(&vault::key_path(path))?;
        if options.movable_clock
            && let Some(offset) = setting::get(&connection, setting::key::CLOCK_OFFSET)?
        {
            clock.shift(Span(offset.parse().unwrap_or(0)));
        }
        let live = Arc::new(Live::default());
        let teller = live.clone();
        let copies = Arc::new(Copies::choose(options.checkpoints, &held));
        let readers = Readers::new(path, Some(held.clone()));
        let generation = store::pairing::current(&connection).map_err(store::Error::from)?;
        let seen = Seen::new(path, || Clock::system().now());
        let put_back = !seen.knows(generation);
        let waiting = put_back && store::outbox::anything(&connection)?;
        if put_back && !waiting {
            seen.note(generation);
        }
        let checkpointer = Checkpointer::new(path, held, readers.pile(), copies.clone())?.noting(seen);
        let tell = Box::new(move |topics: &BTreeSet<String>| teller.tell(topics));
        let writer = Writer::start(connection, checkpointer, tell, writer::patience(options.is_served))?;
        if waiting {
            doubt(&writer, path, clock.now())?;
        }
        Ok(Desk {
            attendance: Attendance::beginning(clock.now()),
            path: path.to_owned(),
            readers,
            writer,
            clock,
            vault,
            client,
            live,
            options,
            counts: Counts::default(),
            media_key: Mutex::default(),
            copies,
        })
    }

    /// Where the nightly copies lie.
    pub fn copies_folder(&self) -> PathBuf {
        if self.options.copies.as_os_str().is_empty() {
            return self.path.with_file_name("copies");
        }
        self.options.copies.clone()
    }

    /// The channel with its secrets. Under a foreign key file the secrets are empty.
    pub fn account(&self, connection: &store::Connection, channel: Channel) -> store::Result<Account> {
        let secrets = self.secrets(connection, &channel)?.unwrap_or_default();
        let (public_url, language) = (self.options.public_url.clone(), language(connection)?);
        Ok(Account { channel, secrets, public_url, language })
    }

    /// The secrets of a channel; `None` when they were sealed with another key file.
    pub fn secrets(
        &self,
        connection: &store::Connection,
        channel: &Channel,
    ) -> store::Result<Option<Secrets>> {
        let Some(sealed) = store::channel::secrets(connection, channel.id)? else {
            return Ok(Some(Secrets::new()));
        };
        let plain = self.vault.unseal(&secrets_place(channel), &sealed);
        Ok(plain.and_then(|plain| serde_json::from_slice(&plain).ok()))
    }

    /// The secrets of a channel, sealed for its row.
    pub fn seal(&self, channel: &Channel, secrets: &Secrets) -> Vec<u8> {
        self.vault.seal(&secrets_place(channel), &serde_json::to_vec(secrets).unwrap_or_default())
    }
}

impl Desk {
    /// Keeps an access that a provider gave to the administrator `by`, over what is kept now: in one transaction, so
    /// that nothing else is lost.
    pub fn keep_permit(self: &Arc<Desk>, id: Id<Channel>, given: Permit, by: Viewer) -> actions::Result<()> {
        let (desk, now) = (self.clone(), self.clock.now());
        let until = now + given.lasts;
        self.writer.write(move |tx| {
            let Some(channel) = store::channel::get(tx, id)? else { return Ok(()) };
            let mut secrets = desk.secrets(tx, &channel)?.unwrap_or_default();
            secrets.extend(given.secrets.clone());
            secrets.insert(ACCESS_UNTIL.to_owned(), until.0.to_string());
            let sealed = desk.seal(&channel, &secrets);
            actions::channel::set_secrets(tx, &by, id, &sealed, now)
        })
    }

    /// What a test of this channel comes to. An access that a person gave and that has run out is renewed before it.
    pub fn test(&self, account: Account, provider: &dyn Provider) -> Vec<Check> {
        let client = self.client.for_a_page();
        if provider.consent(&account).is_none() {
            return provider.test(&account, &client);
        }
        if let Some(failure) = self.renew(account.channel.id, false) {
            return vec![Check { step: "mail_access", outcome: Err(failure.message) }];
        }
        let renewed = self.readers.read::<_, store::Error>(|c| self.account(c, account.channel.clone()));
        let secrets = renewed.map_or(account.secrets, |renewed| renewed.secrets);
        provider.test(&Account { secrets, ..account }, &client)
    }

    /// Asks a provider how long it lets us in, and keeps what it gives anew shortly before that ends; `must`: at once,
    /// because the present access was refused. `Some`: why it could not be renewed.
    pub fn renew(&self, id: Id<Channel>, must: bool) -> Option<Failure> {
        let found = self.readers.read::<_, store::Error>(|c| {
            let Some(channel) = store::channel::get(c, id)? else { return Ok(None) };
            let Some(sealed) = store::channel::secrets(c, id)? else { return Ok(None) };
            // Under a foreign key file there is nothing to ask with.
            let readable = self.secrets(c, &channel)?.is_some();
            let account = self.account(c, channel)?;
            Ok(channels::provider(account.channel.kind).filter(|_| readable).map(|p| (account, p, sealed)))
        });
        let now = self.clock.now();
        let asked = found.ok().flatten();
        let (is_given, answer) = asked.as_ref().map_or((false, None), |(account, provider, _)| {
            let mut account = account.clone();
            if must {
                account.secrets.remove(ACCESS_UNTIL);
            }
            (provider.consent(&account).is_some(), provider.access(&account, &self.client, now))
        });
        let failure = answer.as_ref().and_then(|answer| answer.as_ref().err().cloned());
        let kept: actions::Result<()> = match (asked, answer) {
            (Some((account, _, asked_with)), Some(Ok(told))) => {
                let mut secrets = account.secrets.clone();
                secrets.extend(told.secrets.clone());
                let renewed = (!told.secrets.is_empty()).then(|| self.seal(&account.channel, &secrets));
                let told = checkup::Access { asked_with, renewed, until: told.until, again: told.again };
                self.writer.write(move |tx| checkup::access(tx, id, &told, now))
            }
            _ => {
                let failure = failure.clone();
                self.writer.write(move |tx| checkup::access_failed(tx, id, failure.as_ref(), is_given, now))
            }
        };
        if let Err(fault) = kept {
            log::error!("the access of channel {id} could not be kept: {fault:?}");
        }
        failure
    }

    /// The secret of somebody's authenticator app, sealed for that person.
    pub fn seal_factor(&self, who: Id<Agent>, secret: &[u8]) -> Vec<u8> {
        self.vault.seal(&format!("second_factor:{who}"), secret)
    }

    /// The secret of somebody's authenticator app; `None` under a foreign key file.
    pub fn factor_secret(&self, who: Id<Agent>, sealed: &[u8]) -> Option<Vec<u8>> {
        self.vault.unseal(&format!("second_factor:{who}"), sealed)
    }

    /// The secret that deliveries to this webhook are signed with, sealed for its row.
    pub fn seal_webhook(&self, url: &str, secret: &str) -> Vec<u8> {
        self.vault.seal(&webhook_place(url), secret.as_bytes())
    }

    /// The secret of a webhook; `None` under a foreign key file.
    pub fn webhook_secret(&self, url: &str, sealed: &[u8]) -> Option<String> {
        let plain = self.vault.unseal(&webhook_place(url), sealed)?;
        String::from_utf8(plain).ok()
    }
}

/// For how long a provider may fetch a file.
const FETCHABLE: Span = Span::hours(1);

const MEDIA_PLACE: &str = "setting:media_key";

impl Desk {
    /// The public address of a file that is being sent; empty when nobody told where we are reached. It ends
    /// like a file name, because some providers judge a file by that.
    pub fn media_url(&self, file: &Attachment, now: Timestamp) -> actions::Result<String> {
        let base = &self.options.public_url;
        if base.is_empty() {
            return Ok(String::new());
        }
        let until = now + FETCHABLE;
        let seal = self.media_seal(&file.key, until)?;
        let ending = file.name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let plain = (1..=5).contains(&ending.len()) && ending.chars().all(|c| c.is_ascii_alphanumeric());
        let ending = if plain {
            ending.to_ascii_lowercase()
        } else {
            file.media_type.rsplit('/').next().unwrap_or("bin").to_owned()
        };
        Ok(format!("{base}/media/{}/{}/{seal}/file.{ending}", file.key, until.0))
    }

    /// Whether an address with this seal was made here for this file and this end.
    pub fn is_media_seal(&self, key: &str, until: Timestamp, seal: &str) -> actions::Result<bool> {
        Ok(signature::equal(self.media_seal(key, until)?.as_bytes(), seal.as_bytes()))
    }

    fn media_seal(&self, key: &str, until: Timestamp) -> actions::Result<String> {
        let text = format!("{key}:{}", until.0);
        Ok(signature::hex(&signature::hmac_sha256(&self.media_key()?, text.as_bytes())))
    }

    /// The word from the file; made when there is none, or when it was sealed with another key file.
    fn media_key(&self) -> actions::Result<Vec<u8>> {
        let mut known = hold(&self.media_key);
        if let Some(key) = known.as_ref() {
            return Ok(key.clone());
        }
        let kept = self.readers.read::<_, store::Error>(|c| setting::get(c, setting::key::MEDIA_KEY))?;
        let opened = kept.and_then(|kept| self.vault.unseal(MEDIA_PLACE, &STANDARD.decode(kept).ok()?));
        let key = match opened {
            Some(key) => key,
            None => {
                let key = random::bytes::<32>().to_vec();
                let sealed = STANDARD.encode(self.vault.seal(MEDIA_PLACE, &key));
                self.writer.write(move |tx| actions::media_key::keep(tx, &sealed))?;
                key
            }
        };
        *known = Some(key.clone());
        Ok(key)
    }
}

/// Leaves what waited to be sent in a copy that was put back to people: it may have left since the copy was made.
fn doubt(writer: &Writer, path: &Path, now: Timestamp) -> Result<(), Error> {
    let doubted = writer.write(move |tx| actions::dispatch::doubt(tx, now));
    let count = doubted.map_err(|fault| match fault {
        actions::Error::Store(fault) => fault,
        actions::Error::NotFound | actions::Error::Refused(_) => store::Error::Broken,
    })?;
    log::warn!(
        "{} is a copy that was put back, or was never here before: {count} messages that waited to be sent \
         are unsure until somebody decides about each",
        path.display()
    );
    Ok(())
}

fn webhook_place(url: &str) -> String {
    // The address and not the id, because it is known before the row is made; it never changes.
    format!("webhook:{url}")
}

fn secrets_place(channel: &Channel) -> String {
    // The key and not the id, because it is known before the row is made.
    format!("channel:{}", channel.key)
}

/// Passes a topic on to where browsers wait.
pub type Teller = Box<dyn Fn(&str) + Send + Sync>;

/// Tells those who wait that something changed, after it was committed.
#[derive(Default)]
pub struct Live {
    told: Mutex<BTreeMap<String, u64>>,
    news: Condvar,
    pages: OnceLock<Teller>,
}

impl Live {
    /// Where browsers wait: called for each topic that changed.
    pub fn connect(&self, pages: Teller) {
        let _ = self.pages.set(pages);
    }

    /// Wakes everybody who waits on one of these topics.
    pub fn tell(&self, topics: &BTreeSet<String>) {
        let mut told = hold(&self.told);
        for topic in topics {
            *told.entry(topic.clone()).or_default() += 1;
        }
        drop(told);
        self.news.notify_all();
        if let Some(pages) = self.pages.get() {
            topics.iter().for_each(|topic| pages(topic));
        }
    }

    /// How often this topic was told; to be given to [`Live::wait`].
    pub fn count(&self, topic: &str) -> u64 {
        hold(&self.told).get(topic).copied().unwrap_or(0)
    }

    /// Waits until `topic` was told more often than `seen`, or `longest` is over.
    pub fn wait(&self, topic: &str, seen: u64, longest: Duration) {
        let told = hold(&self.told);
        let _ =
            self.news.wait_timeout_while(told, longest, |told| told.get(topic).copied().unwrap_or(0) <= seen);
    }
}
