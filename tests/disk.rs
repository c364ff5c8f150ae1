//! A disk of its own that fills up: administrators are told in time, files stop first, messages come in to the last.
//!
//! The disk is a small one in memory, in a name space of the program alone. Where the system allows no such thing this
//! prints a line and passes; `TRANSOM_REQUIRE_DISK=1` makes that an error.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use transom::net::signature::sha256_header;
use transom::net::{Body, Call, Client};

use crate::support::process::{PATIENCE, complained, follow, run, transom};

const GOOD: &str = "a quiet harbour at dawn";
/// How large the disk is, in megabytes.
const DISK: u64 = 150;

/// A desk that is served from a small disk.
struct Served {
    child: Child,
    url: String,
    /// The folder of the disk, as it is seen from outside.
    disk: PathBuf,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    /// `None` where the system lets nobody have a disk.
    fn on_a_small_disk(folder: &Path) -> Option<Served> {
        let (made, mount) = (folder.join("made"), folder.join("disk"));
        std::fs::create_dir(&mount).unwrap();
        let program = transom(&[]).get_program().to_owned();
        let script = "mount -t tmpfs -o size=\"$1\"m none \"$2\" && cp \"$3\"/* \"$2\"/ && echo mounted && \
                      exec \"$4\" serve --listen 127.0.0.1:0 --db \"$2\"/transom.db";
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", &DISK.to_string()]);
        command.arg(&mount).arg(&made).arg(program).stdin(Stdio::null()).stdout(Stdio::piped());
        let started = command.spawn().ok().and_then(|mut child| {
            let lines = follow(&mut child);
            let first = lines.recv_timeout(PATIENCE).ok().filter(|line| line == "mounted");
            if first.is_none() {
                let _ = child.wait();
                return None;
            }
            Some((child, lines))
        });
        let Some((child, lines)) = started else {
            assert!(std::env::var_os("TRANSOM_REQUIRE_DISK").is_none(), "no disk could be made");
            println!("no disk of its own could be made here; nothing was tried");
            return None;
        };
        let url = loop {
            let line = lines.recv_timeout(PATIENCE).unwrap();
            if let Some(at) = line.find("http://") {
                break line[at..].split_whitespace().next().unwrap().trim_end_matches(',').to_owned();
            }
        };
        let inside = mount.strip_prefix("/").unwrap();
        let disk = Path::new("/proc").join(child.id().to_string()).join("root").join(inside);
        Some(Served { child, url, disk })
    }

    fn call(
        &self,
        method: &'static str,
        path: &str,
        headers: &[(&str, &str)],
        body: Body<'_>,
    ) -> (u16, String, String) {
        let url = format!("{}{path}", self.url);
        let call = Call { method, url: &url, headers, body, time: PATIENCE, trusted: true, most: 1_000_000 };
        let answer = Client { allow_private: true, ..Client::default() }.call(call).unwrap();
        let cookies: Vec<&str> = answer
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
            .filter_map(|(_, line)| line.split(';').next())
            .collect();
        (answer.status, String::from_utf8_lossy(&answer.body).into_owned(), cookies.join("; "))
    }

    /// The cookies of somebody who signed in.
    fn sign_in(&self, email: &str) -> String {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("email", email), ("password", GOOD)])
            .finish();
        let body = Body::Bytes { content_type: "application/x-www-form-urlencoded", bytes: form.as_bytes() };
        let (status, _, cookies) = self.call("POST", "/login", &[("sec-fetch-site", "same-origin")], body);
        assert_eq!(status, 303);
        cookies
    }

    fn page(&self, cookies: &str) -> String {
        let (status, body, _) = self.call("GET", "/contacts", &[("cookie", cookies)], Body::None);
        assert_eq!(status, 200, "{body}");
        body
    }

    fn upload(&self, token: &str) -> u16 {
        let body = Body::Bytes { content_type: "image/png", bytes: b"\x89PNG\r\n\x1a\n and so on" };
        let bearer = format!("Bearer {token}");
        self.call("POST", "/api/v1/attachments?name=a.png", &[("authorization", &bearer)], body).0
    }

    fn deliver(&self, hook: &str, name: &str) -> u16 {
        let body = format!(
            "{{\"type\":\"text\",\"id\":\"{name}\",\"from\":{{\"value\":\"ana\"}},\"body\":\"Hello\"}}"
        );
        let signed = sha256_header("trust", body.as_bytes());
        let headers = [("x-transom-signature", signed.as_str())];
        self.call(
            "POST",
            hook,
            &headers,
            Body::Bytes { content_type: "application/json", bytes: body.as_bytes() },
        )
        .0
    }

    /// Fills the disk until only `free` bytes are left, and takes back what was filled before.
    fn leave(&self, free: u64) {
        let path = self.disk.join("filler");
        let _ = std::fs::remove_file(&path);
        let there = rustix::fs::statvfs(&self.disk).unwrap();
        let mut filler = File::create(&path).unwrap();
        let mut left = (there.f_bavail * there.f_frsize).saturating_sub(free);
        let block = vec![7; 1 << 20];
        while left > 0 {
            let some = left.min(block.len() as u64);
            filler.write_all(&block[..usize::try_from(some).unwrap()]).unwrap();
            left -= some;
        }
    }
}

/// A desk with an administrator, an agent, a channel and a token; the path of the channel's webhook and the token.
fn make(folder: &Path) -> (String, String) {
    let made = folder.join("made");
    std::fs::create_dir(&made).unwrap();
    let db = made.join("transom.db");
    let db = db.to_str().unwrap();
    for (email, role) in [("ada@example.org", "admin"), ("ben@example.org", "agent")] {
        let words = [
            "user",
            "add",
            "--email",
            email,
            "--name",
            "Ada",
            "--role",
            role,
            "--password-stdin",
            "--db",
            db,
        ];
        let mut child = transom(&words).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(GOOD.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }
    let said = |words: &[&str]| -> String {
        let output = run(words);
        assert!(output.status.success(), "{}", complained(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let channel =
        said(&["channel", "add", "custom", "--name", "Load", "--set", "secret=trust", "--json", "--db", db]);
    let channel: serde_json::Value = serde_json::from_str(&channel).unwrap();
    let token = said(&["token", "create", "--email", "ada@example.org", "--name", "a test", "--db", db]);
    let token = token.split_whitespace().find(|word| word.len() == 43).unwrap_or_else(|| panic!("{token}"));
    (format!("/hooks/{}", channel["id"]), token.to_owned())
}

#[test]
fn administrators_are_told_before_a_disk_is_full_and_files_stop_before_messages_do() {
    let folder = tempfile::tempdir().unwrap();
    let (hook, token) = make(folder.path());
    let Some(served) = Served::on_a_small_disk(folder.path()) else { return };
    let (ada, ben) = (served.sign_in("ada@example.org"), served.sign_in("ben@example.org"));
    let (low, tight) = ("The disk is nearly full", "Files are refused until there is room");
    assert!(!served.page(&ada).contains(low), "there is room");
    assert_eq!(served.upload(&token), 201);

    // Less than a tenth.
    served.leave(DISK * 1024 * 1024 / 13);
    let page = served.page(&ada);
    assert!(page.contains(low) && page.contains("href=\"/settings/status\""), "{page}");
    assert!(!served.page(&ben).contains(low), "who can do nothing about it is not troubled");
    assert_eq!((served.upload(&token), served.deliver(&hook, "m1")), (201, 200), "all goes on");

    // Less than a fiftieth.
    served.leave(DISK * 1024 * 1024 / 60);
    assert!(served.page(&ada).contains(tight));
    assert_eq!((served.upload(&token), served.deliver(&hook, "m2")), (507, 200), "messages still come in");

    served.leave(DISK * 1024 * 1024 / 2);
    let page = served.page(&ada);
    assert!(!page.contains(low) && !page.contains(tight), "{page}");
    assert_eq!((served.upload(&token), served.deliver(&hook, "m3")), (201, 200));
}
