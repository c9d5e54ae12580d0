//! The files and the process of a server on this machine.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use healthd_core::facts::local::{PidState, is_deleted};
use healthd_core::facts::{DeletedFiles, Local, PidFile, ServerProcess, Unseen};
use healthd_core::text::clean::one_line;
use rustix::io::Errno;
use rustix::process::Pid;

use super::files::{self, Budget};
use super::located::LocalServer;

/// Files that are being dropped are closed after this pause.
const AGAIN: Duration = Duration::from_millis(500);
/// The names of a server's program.
const PROGRAMS: [&str; 2] = ["mariadbd", "mysqld"];
/// The variables that name directories of temporary files.
const TEMPORARY: [&str; 4] = ["tmpdir", "innodb_tmpdir", "slave_load_tmpdir", "replica_load_tmpdir"];

/// The state of the pid file.
pub(super) fn pid_file(server: &LocalServer) -> Local<PidFile> {
    let path = path(server)?;
    let state = match rustix::fs::stat(&path) {
        Err(Errno::NOENT | Errno::NOTDIR) => PidState::Missing,
        Err(errno) => return Err(files::unseen(&path, errno)),
        Ok(_) => match written(&path) {
            Err(Errno::ACCESS) => PidState::Closed,
            Err(Errno::NOENT) => PidState::Missing,
            Err(errno) => return Err(files::unseen(&path, errno)),
            Ok(Written::Nothing) => PidState::NoNumber,
            Ok(Written::NoFile) => PidState::NoFile,
            Ok(Written::Number(pid)) if server.process == Some(ServerProcess::Hidden) => PidState::Hidden(raw(pid)),
            // A process in a container has two numbers.
            Ok(Written::Number(pid)) if listening(server).is_some_and(|own| numbers(own).contains(&raw(pid))) => {
                PidState::Runs(raw(pid))
            }
            Ok(Written::Number(pid)) => match rustix::process::test_kill_process(pid) {
                Err(Errno::SRCH) => PidState::Gone(raw(pid)),
                // If this is not permitted, the process exists.
                _ => match whose(pid, server) {
                    Whose::Own | Whose::Hidden => PidState::Runs(raw(pid)),
                    Whose::OtherServers => PidState::AnotherServer { pid: raw(pid), asked: listening(server).map(raw) },
                    Whose::Another(program) => PidState::Another { pid: raw(pid), program },
                },
            },
        },
    };
    Ok(PidFile { path: path.display().to_string(), state })
}

fn path(server: &LocalServer) -> Local<PathBuf> {
    let file = Path::new(server.variable("pid_file")?);
    Ok(if file.is_absolute() { file.to_owned() } else { Path::new(server.variable("datadir")?).join(file) })
}

/// The content of a pid file.
enum Written {
    Number(Pid),
    Nothing,
    /// It is not a regular file.
    NoFile,
}

fn written(path: &Path) -> Result<Written, Errno> {
    let (directory, name) = (path.parent().unwrap_or(Path::new("/")), path.file_name().unwrap_or_default());
    let (directory, name) = (files::open(directory)?, name.to_string_lossy());
    let Some((text, _)) = files::text(&directory, &name)? else {
        return files::stat(&directory, &name)?.map(|_| Written::NoFile).ok_or(Errno::NOENT);
    };
    let text = String::from_utf8_lossy(&text);
    let pid = text.trim().parse().ok().filter(|pid| *pid > 0).and_then(Pid::from_raw);
    Ok(pid.map_or(Written::Nothing, Written::Number))
}

/// The number of a process.
pub(super) fn raw(pid: Pid) -> u32 {
    pid.as_raw_nonzero().get().unsigned_abs()
}

/// The process that listens on the server's socket, if it is a server: systemd may listen for one.
fn listening(server: &LocalServer) -> Option<Pid> {
    let Some(ServerProcess::Seen(number)) = server.process else { return None };
    let pid = i32::try_from(number).ok().and_then(Pid::from_raw)?;
    matches!(program(pid), Program::Server).then_some(pid)
}

/// The numbers of a process in its namespaces, from the outermost visible one.
fn numbers(pid: Pid) -> Vec<u32> {
    let status = fs::read_to_string(format!("/proc/{}/status", raw(pid))).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("NSpid:")).unwrap_or_default();
    line.split_whitespace().filter_map(|number| number.parse().ok()).collect()
}

/// The server's process: the one at its socket, else the one of its pid file.
pub(super) fn process(server: &LocalServer) -> Local<Pid> {
    if server.process == Some(ServerProcess::Hidden) {
        return Err(Unseen::NoProcess("it is in another container: run the check there".to_owned()));
    }
    if let Some(pid) = listening(server) {
        return Ok(pid);
    }
    let path = path(server)?;
    let pid = match written(&path) {
        Ok(Written::Number(pid)) => pid,
        Ok(Written::NoFile) => return Err(Unseen::NoProcess(format!("{} is not a regular file", path.display()))),
        Ok(Written::Nothing) => return Err(Unseen::NoProcess(format!("{} does not contain a number", path.display()))),
        Err(Errno::NOENT) => return Err(Unseen::NoProcess(format!("there is no pid file {}", path.display()))),
        Err(errno) => return Err(files::unseen(&path, errno)),
    };
    let is = match whose(pid, server) {
        Whose::Own => return Ok(pid),
        Whose::Hidden => "not running, or not visible to this account".to_owned(),
        Whose::Another(program) => format!("{program}, not a server"),
        Whose::OtherServers => "a server with another data directory".to_owned(),
    };
    Err(Unseen::NoProcess(format!("{} names process {}, which is {is}", path.display(), raw(pid))))
}

/// The relation of a process to the server.
enum Whose {
    /// It is this server's, as far as this account can see.
    Own,
    /// It is another server's.
    OtherServers,
    /// It is another program.
    Another(String),
    /// It does not run, or this account may not see it.
    Hidden,
}

fn whose(pid: Pid, server: &LocalServer) -> Whose {
    match (program(pid), listening(server)) {
        (Program::Another(program), _) => Whose::Another(program),
        (Program::Hidden, Some(listening)) if listening != pid => {
            Whose::Another("a program that this account may not inspect".to_owned())
        }
        (Program::Hidden, _) => Whose::Hidden,
        (Program::Server, Some(listening)) if listening != pid => Whose::OtherServers,
        (Program::Server, Some(_)) => Whose::Own,
        (Program::Server, None) if works_elsewhere(pid, server) => Whose::OtherServers,
        (Program::Server, None) => Whose::Own,
    }
}

/// Whether the working directory of a process is not the server's data directory, into which servers change at their
/// start. False if this account may not read it.
fn works_elsewhere(pid: Pid, server: &LocalServer) -> bool {
    let place = |path: &str| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
    let own = place(&format!("/proc/{}/cwd", raw(pid)));
    let datadir = server.variable("datadir").ok().and_then(place);
    own.zip(datadir).is_some_and(|(own, datadir)| own != datadir)
}

/// The kind of a process.
enum Program {
    Server,
    Another(String),
    /// It does not run, or this account may not see it.
    Hidden,
}

fn program(pid: Pid) -> Program {
    let called = fs::read(format!("/proc/{}/cmdline", raw(pid))).unwrap_or_default();
    let first = called.split(|byte| *byte == 0).next().unwrap_or_default();
    match first {
        _ if is_server(&called) => Program::Server,
        [] => Program::Hidden,
        name => Program::Another(one_line(&String::from_utf8_lossy(name), 80)),
    }
}

/// Whether a command line, with zero bytes after its words, is a server's. A loader or a debugger may precede the
/// program.
fn is_server(called: &[u8]) -> bool {
    let name =
        |word: &[u8]| Path::new(OsStr::from_bytes(word)).file_name().map(|name| name.to_string_lossy().into_owned());
    let names = called.split(|byte| *byte == 0).filter(|word| !word.starts_with(b"-")).filter_map(name);
    names.into_iter().any(|name| PROGRAMS.iter().any(|program| name == *program || name == format!("{program}-debug")))
}

/// The deleted files that the server still has open.
pub(super) fn deleted_files(server: &LocalServer, budget: &Budget) -> Local<DeletedFiles> {
    let pid = process(server)?;
    let temporary: Vec<&str> = TEMPORARY.iter().filter_map(|name| server.variable(name).ok()).collect();
    // A variable can have several directories, separated by colons.
    let temporary: Vec<&str> = temporary.iter().flat_map(|text| text.split(':')).collect();
    // In the data directory itself, only the names of files tell temporary ones.
    let data = server.variable("datadir").unwrap_or_default().trim_end_matches('/');
    let temporary: Vec<&str> = temporary.into_iter().filter(|path| path.trim_end_matches('/') != data).collect();
    let mut files = deleted(pid, &temporary)?;
    if !files.is_empty() {
        thread::sleep(AGAIN.min(budget.left() / 2));
        let still = deleted(pid, &temporary)?;
        files.retain(|name, _| still.contains_key(name));
    }
    Ok(DeletedFiles { pid: raw(pid), files: files.into_iter().collect() })
}

/// Deleted open files by name, with their sizes in bytes.
fn deleted(pid: Pid, temporary: &[&str]) -> Local<BTreeMap<String, u64>> {
    let path = PathBuf::from(format!("/proc/{}/fd", raw(pid)));
    let failed = |error: std::io::Error| files::unseen(&path, Errno::from_io_error(&error).unwrap_or(Errno::IO));
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(&path).map_err(failed)? {
        let entry = entry.map_err(failed)?.path();
        // It was closed meanwhile: without permission the list itself would have failed.
        let Ok(target) = fs::read_link(&entry) else { continue };
        let target = target.to_string_lossy();
        if is_deleted(&target, temporary) {
            let size = fs::metadata(&entry).map(|file| file.len()).unwrap_or_default();
            let name = target.strip_suffix(" (deleted)").unwrap_or(&target);
            found.insert(name.to_owned(), size);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_known_by_its_program_wherever_it_stands() {
        for (called, expected) in [
            ("/usr/sbin/mariadbd\0--user=mysql\0", true),
            ("mysqld\0", true),
            ("/usr/sbin/mysqld-debug\0", true),
            ("/lib/ld-linux-x86-64.so.2\0--library-path\0/x\0/opt/bin/mysqld\0--defaults-file=/x\0", true),
            ("mysqldump\0", false),
            ("less\0--pattern=mysqld\0", false),
            ("/usr/sbin/mysqld_exporter\0", false),
            ("", false),
        ] {
            assert_eq!(is_server(called.as_bytes()), expected, "{called}");
        }
    }
}
