//! A mail server of one's own: Dovecot for the mailboxes and Exim for letters on their way, both with their own
//! configuration in a temporary folder, on loopback, as an ordinary user.

use std::fs;
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use transom::net::wire::fingerprint;

use crate::support::ending::until;
use crate::support::ports::free_port;
use crate::support::provider::StandIn;

const PASSWORD: &str = "geheim";
/// Installed by a package of its own.
const SUBMISSION: &str = "/usr/lib/dovecot/submission-login";
const PATIENCE: Duration = Duration::from_secs(60);

/// Who the servers run as: the user that Exim trusts with its daemon, and no other right.
#[derive(Clone, Copy)]
struct User {
    id: u32,
    group: u32,
}

/// The servers.
pub struct Servers {
    folder: TempDir,
    user: User,
    pub imap: u16,
    pub imaps: u16,
    pub smtp: u16,
    pub smtps: u16,
    /// Where Dovecot takes letters and hands them to Exim: the one of the two that signs in by XOAUTH2.
    pub submission: u16,
    /// Who says which tokens hold.
    pub issuer: StandIn,
    /// Of the certificate that both show.
    pub fingerprint: String,
    dovecot: Option<Child>,
    exim: Option<Child>,
}

impl Servers {
    /// Starts both. `None`: they are not installed here, and nobody asked for them.
    pub fn start() -> Option<Servers> {
        let programs = ["dovecot", "exim4", "swaks", "mutt"];
        let all = programs.into_iter().all(installed) && Path::new(SUBMISSION).exists();
        let Some(user) = user().filter(|_| all) else {
            let required = std::env::var_os("TRANSOM_REQUIRE_MAIL").is_some();
            assert!(
                !required,
                "dovecot-imapd, dovecot-submissiond, exim4-daemon-light, swaks and mutt are needed, and root"
            );
            eprintln!("skipped: no mail servers here");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        fs::write(folder.path().join("cert.pem"), made.cert.pem()).unwrap();
        fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        let [imap, imaps, smtp, smtps, submission] = std::array::from_fn(|_| free_port());
        let hash: [u8; 32] = Sha256::digest(made.cert.der()).into();
        let mut servers = Servers {
            folder,
            user,
            imap,
            imaps,
            smtp,
            smtps,
            submission,
            issuer: StandIn::new(),
            fingerprint: fingerprint(&hash),
            dovecot: None,
            exim: None,
        };
        servers.configure();
        servers.start_dovecot();
        servers.start_exim();
        Some(servers)
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn configure(&self) {
        let here = self.path().to_str().unwrap();
        for sub in ["run", "state", "home", "spool"] {
            fs::create_dir(self.path().join(sub)).unwrap();
        }
        let boxes = ["help", "eva", "bo"];
        let users: String =
            boxes.iter().map(|name| format!("{name}@shop.test:{{PLAIN}}{PASSWORD}\n")).collect();
        fs::write(self.path().join("users"), users).unwrap();
        let names: String = boxes.iter().map(|name| format!("{name}: {name}\n")).collect();
        fs::write(self.path().join("boxes"), names).unwrap();
        let fill = |text: &str| {
            text.replace("@HERE@", here)
                .replace("@UID@", &self.user.id.to_string())
                .replace("@GID@", &self.user.group.to_string())
                .replace("@IMAP@", &self.imap.to_string())
                .replace("@IMAPS@", &self.imaps.to_string())
                .replace("@SMTP@", &self.smtp.to_string())
                .replace("@SMTPS@", &self.smtps.to_string())
                .replace("@SUBMISSION@", &self.submission.to_string())
                .replace("@ISSUER@", &self.issuer.url)
                .replace("@PROTOCOLS@", "imap submission")
                .replace("@PASSWORD@", PASSWORD)
        };
        let dovecot = concat!(include_str!("dovecot.conf"), include_str!("submission.conf"));
        fs::write(self.path().join("dovecot.conf"), fill(dovecot)).unwrap();
        fs::write(self.path().join("oauth2.conf"), fill(include_str!("oauth2.conf"))).unwrap();
        fs::write(self.path().join("muttrc"), fill(include_str!("muttrc"))).unwrap();
        fs::write(self.path().join("exim.conf"), fill(include_str!("exim.conf"))).unwrap();
        self.own(self.path());
    }

    /// Gives what lies here to the user of the servers.
    fn own(&self, path: &Path) {
        std::os::unix::fs::chown(path, Some(self.user.id), Some(self.user.group)).unwrap();
        if path.is_dir() {
            for entry in fs::read_dir(path).unwrap() {
                self.own(&entry.unwrap().path());
            }
        }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .uid(self.user.id)
            .gid(self.user.group)
            .current_dir(self.path())
            .env("PATH", "/usr/sbin:/usr/bin:/bin");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    pub fn start_dovecot(&mut self) {
        let config = self.path().join("dovecot.conf");
        let child = self.command("dovecot").arg("-F").arg("-c").arg(config).spawn().unwrap();
        self.dovecot = Some(child);
        self.wait_for(self.imap);
    }

    pub fn start_exim(&mut self) {
        let config = self.path().join("exim.conf");
        let child = self
            .command("exim4")
            .arg("-C")
            .arg(config)
            .args(["-bdf", "-q2s"])
            .process_group(0)
            .spawn()
            .unwrap();
        self.exim = Some(child);
        self.wait_for(self.smtp);
    }

    pub fn stop_dovecot(&mut self) {
        end(&mut self.dovecot);
        let pid = self.path().join("run/master.pid");
        until("dovecot is gone", || !pid.exists() && TcpStream::connect(("127.0.0.1", self.imap)).is_err());
    }

    pub fn stop_exim(&mut self) {
        end(&mut self.exim);
        until("exim is gone", || TcpStream::connect(("127.0.0.1", self.smtp)).is_err());
    }

    /// The server and everything that it is just doing ends at once, as by a loss of power.
    pub fn crash_exim(&mut self) {
        let Some(mut child) = self.exim.take() else { return };
        let group = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL).unwrap();
        let _ = child.wait();
        until("exim is gone", || TcpStream::connect(("127.0.0.1", self.smtp)).is_err());
    }

    fn wait_for(&self, port: u16) {
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < PATIENCE, "nothing listens: {}", self.log());
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// The settings of a channel whose mailbox is the one for help, over TLS.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("address", "help@shop.test".to_owned()),
            ("password", PASSWORD.to_owned()),
            ("imap_host", "localhost".to_owned()),
            ("imap_port", self.imaps.to_string()),
            ("smtp_host", "localhost".to_owned()),
            ("smtp_port", self.smtps.to_string()),
            ("certificate", self.fingerprint.clone()),
        ]
    }

    /// What the servers wrote down.
    pub fn log(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.path().join(name)).unwrap_or_default();
        format!("{}\n{}\n{}", read("dovecot.log"), read("exim_mainlog"), read("exim_rejectlog"))
    }

    /// A customer's program sends a letter.
    pub fn customer_writes(&self, subject: &str, body: &str) {
        let header = format!("Subject: {subject}");
        let server = format!("127.0.0.1:{}", self.smtp);
        let output = Command::new("swaks")
            .args(["--server", &server, "--from", "eva@shop.test", "--to", "help@shop.test"])
            .args(["--header", &header, "--body", body])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }

    /// A customer's mail program sends a letter with a file, and `more` in its head.
    pub fn customer_writes_by_mutt(&self, subject: &str, body: &str, file: &Path, more: &[&str]) {
        let mut command = Command::new("mutt");
        command.env("HOME", self.path()).env("LC_ALL", "C.UTF-8").current_dir(self.path());
        command.arg("-n").arg("-F").arg(self.path().join("muttrc"));
        for line in more {
            command.args(["-e", &format!("my_hdr {line}")]);
        }
        command.args(["-s", subject, "-a"]).arg(file).args(["--", "help@shop.test"]);
        let mut mutt =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut mutt.stdin.take().unwrap(), body.as_bytes()).unwrap();
        let output = mutt.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Puts a letter into a mailbox without anybody's help.
    pub fn drop_letter(&self, name: &str, file: &str, letter: &str) {
        self.drop_letter_quietly(name, file, letter);
        self.settle();
    }

    /// What was put into mailboxes belongs to the servers.
    pub fn settle(&self) {
        self.own(&self.path().join("home"));
    }

    /// The same, for many: [`Servers::settle`] comes after the last.
    pub fn drop_letter_quietly(&self, name: &str, file: &str, letter: &str) {
        self.drop_letter_into((name, ""), file, letter);
    }

    /// The same, into a folder of the mailbox.
    pub fn drop_letter_into(&self, (name, folder): (&str, &str), file: &str, letter: &str) {
        let mut maildir = self.path().join("home").join(name).join("Maildir");
        if !folder.is_empty() {
            maildir = maildir.join(format!(".{folder}"));
        }
        for sub in ["", "cur", "new", "tmp"] {
            fs::create_dir_all(maildir.join(sub)).unwrap();
        }
        // A server sees it whole, and may read it.
        let made = maildir.join("tmp").join(file);
        fs::write(&made, letter).unwrap();
        self.own(&made);
        fs::rename(made, maildir.join("new").join(file)).unwrap();
    }

    /// The files of the letters in a mailbox, or in a folder of it.
    pub fn letters(&self, name: &str, folder: &str) -> Vec<PathBuf> {
        let mut maildir = self.path().join("home").join(name).join("Maildir");
        if !folder.is_empty() {
            maildir = maildir.join(format!(".{folder}"));
        }
        let list = |sub: &str| {
            fs::read_dir(maildir.join(sub)).into_iter().flatten().map(|entry| entry.unwrap().path())
        };
        let mut letters: Vec<PathBuf> = list("new").chain(list("cur")).collect();
        letters.sort();
        letters
    }

    /// The letters that arrived in somebody's mailbox, once there are so many.
    pub fn arrived(&self, name: &str, count: usize) -> Vec<String> {
        until(&format!("{count} letters for {name}: {}", self.log()), || {
            self.letters(name, "").len() >= count
        });
        let letters = self.letters(name, "");
        letters.iter().map(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()).collect()
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        end(&mut self.exim);
        end(&mut self.dovecot);
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}

fn end(child: &mut Option<Child>) {
    let Some(mut child) = child.take() else { return };
    if let Some(pid) = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()) {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > PATIENCE {
            let _ = child.kill();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn installed(program: &str) -> bool {
    ["/usr/sbin", "/usr/bin"].iter().any(|folder| Path::new(folder).join(program).exists())
}

fn user() -> Option<User> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let people = fs::read_to_string("/etc/passwd").ok()?;
    let line = people.lines().find(|line| line.starts_with("Debian-exim:"))?;
    let mut parts = line.split(':').skip(2);
    Some(User { id: parts.next()?.parse().ok()?, group: parts.next()?.parse().ok()? })
}
