//! A real Chromium without a window, spoken to over its DevTools protocol
//! (<https://chromedevtools.github.io/devtools-protocol/>): what a page looks like, and what the browser complains of.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::process::Process;
use crate::wait::wait_for;
use crate::workdir::Workdir;

/// A browser on a busy machine.
const SOON: Duration = Duration::from_secs(60);

/// How a page is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// The width of the window in CSS pixels.
    pub width: u32,
    /// Whether the user prefers dark colors.
    pub dark: bool,
}

/// A browser with one page.
#[derive(Debug)]
pub struct Browser {
    socket: Socket,
    /// The page's session, once there is one.
    session: Option<String>,
    calls: u64,
    complaints: Vec<String>,
    // After the socket, before the directory with its files.
    _process: Process,
    _profile: Workdir,
}

impl Browser {
    /// Whether there is a Chromium here.
    pub fn is_installed() -> bool {
        Command::new("chromium").arg("--version").output().is_ok_and(|output| output.status.success())
    }

    /// Starts it.
    ///
    /// # Panics
    /// When it doesn't start.
    pub fn start() -> Browser {
        let profile = Workdir::new("chromium");
        let mut command = Command::new("chromium");
        // Tests run as root, for whom the sandbox does not work.
        command.args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage"]);
        command.args(["--disable-background-networking", "--hide-scrollbars", "--remote-debugging-port=0"]);
        command.arg(format!("--user-data-dir={}", profile.path().display())).arg("about:blank");
        command.env("HOME", profile.path());
        let process = Process::spawn(&command, &profile.join("log")).expect("chromium starts");
        // The port, then the path of the browser's own websocket.
        let (address, path) = wait_for("the port of chromium", SOON, || {
            let text = fs::read_to_string(profile.join("DevToolsActivePort")).map_err(|error| error.to_string())?;
            let (port, path) = text.split_once('\n').ok_or_else(|| process.log_tail())?;
            let port = port.parse::<u16>().map_err(|error| error.to_string())?;
            Ok::<_, String>((SocketAddr::from((Ipv4Addr::LOCALHOST, port)), path.trim().to_owned()))
        });
        let socket = Socket::connect(address, &path).expect("chromium takes a websocket");
        let (session, complaints) = (None, Vec::new());
        let mut browser = Browser { socket, session, calls: 0, complaints, _process: process, _profile: profile };
        let page = wait_for("a page of chromium", SOON, || {
            let targets = browser.call("Target.getTargets", &json!({}));
            let mut targets = targets["targetInfos"].as_array().into_iter().flatten();
            targets.find(|target| target["type"] == "page").map(|page| page["targetId"].clone())
        });
        let attached = browser.call("Target.attachToTarget", &json!({"targetId": page, "flatten": true}));
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page.enable", "Log.enable", "Runtime.enable"] {
            browser.call(domain, &json!({}));
        }
        browser
    }

    /// Loads a page and waits until it is complete.
    ///
    /// # Panics
    /// When it can't be loaded.
    #[track_caller]
    pub fn open(&mut self, url: &str, view: View) {
        let View { width, dark } = view;
        let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600});
        self.call("Emulation.setDeviceMetricsOverride", &metrics);
        let scheme = if dark { "dark" } else { "light" };
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.call("Emulation.setEmulatedMedia", &features);
        let navigated = self.call("Page.navigate", &json!({"url": url}));
        assert!(navigated.get("errorText").is_none(), "{url}: {navigated}");
        wait_for(&format!("{url} loaded"), SOON, || (self.evaluate("document.readyState") == "complete").then_some(()));
    }

    /// The value of an expression in the page.
    #[track_caller]
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let result = self.call("Runtime.evaluate", &json!({"expression": expression, "returnByValue": true}));
        result["result"]["value"].clone()
    }

    /// What the browser has complained of: errors, warnings and violations of the page's policy.
    pub fn complaints(&self) -> &[String] {
        &self.complaints
    }

    /// Writes a picture of the whole page.
    ///
    /// # Panics
    /// When it can't be written.
    #[track_caller]
    pub fn picture(&mut self, file: &std::path::Path) {
        let shot = self.call("Page.captureScreenshot", &json!({"captureBeyondViewport": true}));
        fs::write(file, base64(shot["data"].as_str().unwrap_or_default())).expect("the directory is writable");
    }

    /// Calls a method and returns its result; events that come meanwhile are looked through.
    #[track_caller]
    fn call(&mut self, method: &str, params: &Value) -> Value {
        self.calls += 1;
        let id = self.calls;
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.socket.send(&message.to_string()).expect("chromium takes a message");
        loop {
            let text = self.socket.receive().unwrap_or_else(|error| panic!("{method}: {error}"));
            let message: Value = serde_json::from_slice(&text).expect("JSON");
            if message["id"] == id {
                assert!(message.get("error").is_none(), "{method}: {message}");
                return message["result"].clone();
            }
            self.note(&message);
        }
    }

    fn note(&mut self, event: &Value) {
        let level = event["params"]["entry"]["level"].as_str().unwrap_or_default();
        match event["method"].as_str().unwrap_or_default() {
            "Log.entryAdded" if level == "error" || level == "warning" => {
                self.complaints.push(event["params"]["entry"].to_string());
            }
            "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" => self.complaints.push(event["params"].to_string()),
            _ => {}
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It ends its own processes; what remains is killed with the process.
        self.calls += 1;
        let close = json!({"id": self.calls, "method": "Browser.close"}).to_string();
        if self.socket.send(&close).is_ok() {
            while self.socket.receive().is_ok() {}
        }
    }
}

/// The client's side of a websocket (RFC 6455), as far as this needs it.
#[derive(Debug)]
struct Socket(TcpStream);

impl Socket {
    fn connect(address: SocketAddr, path: &str) -> io::Result<Socket> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(SOON))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: aGVhbHRoZCBoZWFsdGhkIQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )?;
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        match head.starts_with(b"HTTP/1.1 101") {
            true => Ok(Socket(stream)),
            false => Err(io::Error::other(String::from_utf8_lossy(&head).into_owned())),
        }
    }

    fn send(&mut self, text: &str) -> io::Result<()> {
        let length = u64::try_from(text.len()).map_err(io::Error::other)?;
        // A whole text, masked with a key of zeros.
        let mut frame = vec![0x81, 0x80 | 127];
        frame.extend(length.to_be_bytes());
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        self.0.write_all(&frame)
    }

    fn receive(&mut self) -> io::Result<Vec<u8>> {
        let mut message = Vec::new();
        loop {
            let mut head = [0; 2];
            self.0.read_exact(&mut head)?;
            let mut length = u64::from(head[1] & 0x7f);
            if length >= 126 {
                let size = if length == 126 { 2 } else { 8 };
                let mut bytes = [0; 8];
                self.0.read_exact(&mut bytes[8 - size..])?;
                length = u64::from_be_bytes(bytes);
            }
            let begin = message.len();
            message.resize(begin + usize::try_from(length).map_err(io::Error::other)?, 0);
            self.0.read_exact(&mut message[begin..])?;
            match (head[0] & 0x0f, head[0] & 0x80) {
                (8, _) => return Err(io::ErrorKind::ConnectionAborted.into()),
                (0..=2, 0) => {}
                (0..=2, _) => return Ok(message),
                _ => message.truncate(begin),
            }
        }
    }
}

/// Decodes Base64.
fn base64(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let value = |byte: u8| LETTERS.iter().position(|letter| *letter == byte).and_then(|n| u32::try_from(n).ok());
    let values: Vec<u32> = text.bytes().filter_map(value).collect();
    let decoded = |group: &[u32]| {
        let bits = group.iter().fold(0, |bits, value| bits << 6 | value) << (6 * (4 - group.len()));
        bits.to_be_bytes().into_iter().skip(1).take(group.len() - 1)
    };
    values.chunks(4).flat_map(decoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_decoded() {
        for (text, expected) in [("", ""), ("aA==", "h"), ("aGU=", "he"), ("aGVh", "hea"), ("aGVhbHRoZA==", "healthd")]
        {
            assert_eq!(base64(text), expected.as_bytes());
        }
    }
}
