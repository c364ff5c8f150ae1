//! A program that is told things: answers as it was told to, and remembers what it heard.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// One request that came.
#[derive(Clone, Debug)]
pub struct Heard {
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Heard {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Listens on the loopback. Answers with the statuses in their order, then with 200.
pub struct Listener {
    pub url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Listener {
    pub fn answering(statuses: &[u16]) -> Listener {
        Listener::saying(&statuses.iter().map(|status| (*status, "")).collect::<Vec<_>>())
    }

    /// The same with what stands in each answer.
    pub fn saying(answers: &[(u16, &str)]) -> Listener {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", socket.local_addr().unwrap());
        let heard: Arc<Mutex<Vec<Heard>>> = Arc::default();
        let said = answers.iter().map(|(status, body)| (*status, (*body).to_owned()));
        let (kept, mut answers) = (heard.clone(), said.collect::<std::collections::VecDeque<_>>());
        std::thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                let (status, body) = answers.pop_front().unwrap_or((200, String::new()));
                kept.lock().unwrap().push(answer(&stream, status, &body));
            }
        });
        Listener { url, heard }
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

fn answer(mut stream: &TcpStream, status: u16, said: &str) -> Heard {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    let mut headers = Vec::new();
    reader.read_line(&mut line).unwrap();
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let mut heard = Heard { headers, body: Vec::new() };
    let length: usize = heard.header("content-length").parse().unwrap_or(0);
    heard.body.resize(length, 0);
    reader.read_exact(&mut heard.body).unwrap();
    let said = if said.is_empty() { "ok" } else { said };
    let length = said.len();
    write!(stream, "HTTP/1.1 {status} x\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{said}")
        .unwrap();
    heard
}
