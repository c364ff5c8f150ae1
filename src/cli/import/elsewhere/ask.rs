//! Asks another program, patiently: what it says about being asked too often is obeyed, and what breaks is tried again.

use std::io::Write;
use std::time::Duration;

use serde_json::Value;

use super::files::{self, Files};
use crate::actions::fetched::Sink;
use crate::cli::Error;
use crate::net::{Answer, Body, Call, CallError, Client, DownloadError};

/// The largest answer that is read, in bytes.
const LARGEST: u64 = 64 << 20;
/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long one file may take.
const FILE_PATIENCE: Duration = Duration::from_secs(600);
/// After how many tries without an answer it is given up; the pauses between them grow fourfold.
const TRIES: u32 = 5;
/// How often in a row it may say that it is asked too often.
const SLOWER: u32 = 60;
/// The longest pause that it may ask for.
const LONGEST: Duration = Duration::from_secs(3600);
/// How often a file may say that it lies elsewhere.
const HOPS: usize = 5;

/// The way to one instance.
#[derive(Clone)]
pub struct Ask {
    client: Client,
    /// Without a slash at its end.
    base: String,
    /// What lets us in.
    headers: Vec<(&'static str, String)>,
}

/// What a question comes to when no repetition helps.
pub enum No {
    /// There is no such thing, or it may not be seen.
    Gone(String),
    /// This one thing cannot be read, for the reason that is told first; others may well be.
    Broken(String, Error),
    /// Nothing can be read, or nothing can be kept.
    Other(Error),
}

impl From<Error> for No {
    fn from(fault: Error) -> No {
        No::Other(fault)
    }
}

impl From<No> for Error {
    fn from(no: No) -> Error {
        match no {
            No::Gone(why) => Error::Failed(why),
            No::Broken(_, fault) | No::Other(fault) => fault,
        }
    }
}

impl Ask {
    /// The instance at `url`, as somebody typed it.
    pub fn new(client: Client, url: &str, headers: Vec<(&'static str, String)>) -> Result<Ask, Error> {
        Ok(Ask { client, base: base(url)?, headers })
    }

    /// The address of the instance.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Asks for what lies at `path`.
    pub fn get(&self, path: &str) -> Result<Value, No> {
        let url = format!("{}{path}", self.base);
        let answer = self.patiently(|| self.once(&url))?;
        if answer.is_success() {
            let wrong = |fault| Error::Failed(format!("{url}: this is no answer of such an API: {fault}"));
            let why = "what is told of it is no answer of such an API";
            let told = serde_json::from_slice(&answer.body);
            return told.map_err(|fault| No::Broken(why.to_owned(), wrong(fault)));
        }
        Err(match answer.status {
            401 => No::Other(Error::Failed(format!(
                "{}: it does not let us in; look whether the token is right and belongs to an administrator. What was taken stays, and the same command goes on from there",
                self.base
            ))),
            403 | 404 | 410 => No::Gone(format!("{url}: answer {}", answer.status)),
            status => {
                let fault = Error::Failed(format!(
                    "{url}: answer {status}. What was taken stays, and the same command goes on from there"
                ));
                // It is asked too often whatever the question is; other answers may concern this one only.
                if status == 429 { No::Other(fault) } else { No::Broken(broken(status), fault) }
            }
        })
    }

    fn once(&self, url: &str) -> Result<Answer, CallError> {
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.client.call(Call {
            method: "GET",
            url,
            headers: &headers,
            body: Body::None,
            time: PATIENCE,
            trusted: true,
            most: LARGEST,
        })
    }

    /// Asks until there is an answer that another try would not change.
    fn patiently(&self, ask: impl Fn() -> Result<Answer, CallError>) -> Result<Answer, No> {
        let (mut tries, mut slower) = (0, 0);
        loop {
            let pause = match ask() {
                Ok(answer) if answer.status == 429 && slower < SLOWER => {
                    slower += 1;
                    asked(&answer)
                }
                Ok(answer) if answer.status < 500 || tries + 1 >= TRIES => return Ok(answer),
                Err(fault) if tries + 1 >= TRIES || matches!(fault, CallError::Forbidden(_)) => {
                    let why = fault.message();
                    let told = Error::Failed(format!(
                        "{}: {why}. What was taken stays, and the same command goes on from there",
                        self.base
                    ));
                    // Where it was reached, it may be this one question that it has no answer to.
                    return Err(match fault {
                        CallError::Unsure(_) => {
                            No::Broken("no answer comes when it is asked for".to_owned(), told)
                        }
                        CallError::NotSent(_) | CallError::Forbidden(_) => No::Other(told),
                    });
                }
                Ok(_) | Err(_) => {
                    tries += 1;
                    Duration::from_millis(50) * 4_u32.pow(tries)
                }
            };
            std::thread::sleep(pause);
        }
    }

    /// One try at one address, with the patience for one that is asked too often.
    fn hop(&self, url: &str, sink: &mut dyn Write) -> Result<Answer, DownloadError> {
        let own = self.is_own(url);
        let headers: Vec<(&str, &str)> = if own {
            self.headers.iter().map(|(name, value)| (*name, value.as_str())).collect()
        } else {
            Vec::new()
        };
        let mut tries = 0;
        loop {
            let call = Call {
                method: "GET",
                url,
                headers: &headers,
                body: Body::None,
                time: FILE_PATIENCE,
                trusted: own,
                most: files::LARGEST,
            };
            let pause = match self.client.download(call, sink) {
                Ok(answer) if answer.status == 429 && tries < SLOWER => asked(&answer),
                Ok(answer) if answer.status >= 500 && tries + 1 < TRIES => {
                    Duration::from_millis(50) * 4_u32.pow(tries + 1)
                }
                // Nothing of it has come, so it can be asked for again.
                Err(DownloadError::Call(CallError::NotSent(_))) if tries + 1 < TRIES => {
                    Duration::from_millis(50) * 4_u32.pow(tries + 1)
                }
                other => return other,
            };
            tries += 1;
            std::thread::sleep(pause);
        }
    }

    fn absolute(&self, url: &str) -> String {
        if url.starts_with('/') { format!("{}{url}", host(&self.base)) } else { url.to_owned() }
    }

    /// Whether it lies at the instance that an administrator named.
    fn is_own(&self, url: &str) -> bool {
        host(url).eq_ignore_ascii_case(host(&self.base))
    }
}

impl Files for Ask {
    /// A file may lie anywhere: what lets us in is shown to the instance alone, and other hosts only if they are public.
    fn file(&self, url: &str, sink: &mut Sink<'_>) -> Result<Result<(), String>, Error> {
        let mut url = self.absolute(url);
        for _ in 0..HOPS {
            files::begin(sink)?;
            match self.hop(&url, sink) {
                Ok(answer) if answer.is_success() => return sink.end().map(Ok).map_err(Error::failed),
                Ok(answer) if (300..400).contains(&answer.status) => {
                    let Some(next) = answer.header("location") else { break };
                    url =
                        if next.starts_with('/') { format!("{}{next}", host(&url)) } else { next.to_owned() };
                }
                Ok(answer) => return Ok(Err(format!("the file cannot be had: answer {}", answer.status))),
                Err(DownloadError::TooLarge) => {
                    return Ok(Err(files::too_large()));
                }
                Err(DownloadError::Sink(fault)) => return Err(Error::failed(fault)),
                Err(DownloadError::Call(fault)) => {
                    return Ok(Err(format!("the file cannot be had: {}", fault.message())));
                }
            }
        }
        Ok(Err("the file cannot be had: it is said to lie somewhere else again and again".to_owned()))
    }
}

/// The address of an instance, without a slash at its end.
pub fn base(url: &str) -> Result<String, Error> {
    let base = url.trim().trim_end_matches('/');
    if !base.starts_with("https://") && !base.starts_with("http://") {
        return Err(Error::Usage(format!("--url {url}: an address begins with https://")));
    }
    Ok(base.to_owned())
}

/// What is said of one thing that is answered so.
fn broken(status: u16) -> String {
    format!("it cannot be read there at the moment: answer {status}")
}

/// Scheme, host and port of an address.
fn host(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(start..).and_then(|rest| rest.find(['/', '?', '#'])).map_or(url.len(), |at| start + at);
    url.get(..end).unwrap_or_default()
}

/// How long it asks us to wait: seconds (RFC 9110, 10.2.3); a minute where it does not say.
fn asked(answer: &Answer) -> Duration {
    let seconds = answer.header("retry-after").and_then(|text| text.trim().parse().ok()).unwrap_or(60);
    Duration::from_secs(seconds).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(url: &str) -> Ask {
        Ask::new(Client::default(), url, vec![("api_access_token", "word".to_owned())]).unwrap()
    }

    #[test]
    fn only_the_instance_itself_is_shown_what_lets_us_in() {
        let ask = ask("https://desk.example.org/ ");
        assert_eq!(ask.base(), "https://desk.example.org");
        assert!(ask.is_own("https://desk.example.org/rails/blob?x=/"));
        for other in [
            "https://desk.example.org.evil.example/x",
            "https://desk.example.org@evil.example/x",
            "http://desk.example.org/x",
            "https://desk.example.org:8443/x",
            "https://files.example.org/x",
        ] {
            assert!(!ask.is_own(other), "{other}");
        }
        assert_eq!(ask.absolute("/uploads/1"), "https://desk.example.org/uploads/1");
    }

    #[test]
    fn the_pause_that_is_asked_for_is_kept_within_reason() {
        let said = |text: &str| Answer {
            status: 429,
            headers: vec![("retry-after".to_owned(), text.to_owned())],
            body: Vec::new(),
        };
        assert_eq!(asked(&said("7")), Duration::from_secs(7));
        assert_eq!(asked(&said("soon")), Duration::from_secs(60));
        assert_eq!(asked(&said("999999999")), LONGEST);
    }
}
