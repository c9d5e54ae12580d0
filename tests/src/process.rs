//! Child processes that cannot outlive the test.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Sender};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

pub use rustix::process::Signal;
use rustix::process::{Pid, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};

use crate::account::Account;
use crate::netns::Inside;
use crate::wait::wait_for;

/// An executable of this package, built together with the running test.
///
/// # Panics
/// When it is not next to the executable of the test.
pub fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own file");
    let found = test.ancestors().map(|dir| dir.join(name)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{name} is built with this package"))
}

/// A running child. Dropping it kills it and its process group, and waits for its end.
#[derive(Debug)]
pub struct Process {
    name: String,
    pid: Pid,
    log: PathBuf,
    children: Mutex<Children>,
}

#[derive(Debug)]
struct Children {
    main: Child,
    watch: Child,
}

impl Process {
    /// Starts a command as the account of the tests, and appends its stdout and stderr to the file `log`.
    ///
    /// Only program, arguments, environment and directory of the command are used. Its stdin is empty.
    pub fn spawn(command: &Command, log: &Path) -> io::Result<Self> {
        Self::spawn_as(Account::Current, command, log)
    }

    /// [`Process::spawn`] as another account.
    pub fn spawn_as(account: Account, command: &Command, log: &Path) -> io::Result<Self> {
        Self::spawn_inside(None, account, command, log)
    }

    /// [`Process::spawn_as`] in a network namespace.
    pub fn spawn_inside(inside: Option<&Inside>, account: Account, command: &Command, log: &Path) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(log)?;
        let mut wrapped = account.wrap(command);
        if let Some(inside) = inside {
            // Entering the namespace comes first, since only root may do that. The rest is executed by it, so the
            // process id stays the same.
            wrapped = inside.wrap(&wrapped);
            wrapped.stdin(Stdio::null());
        }
        // In a process group of its own, so that a server's helpers (Galera's transfers) can be killed with it.
        wrapped.process_group(0).stdout(file.try_clone()?).stderr(file);
        let child = spawn_from_lasting_thread(wrapped)?;
        let pid = Pid::from_child(&child);
        let watch = watch(pid)?;
        let name = command.get_program().to_string_lossy().into_owned();
        Ok(Self { name, pid, log: log.to_owned(), children: Mutex::new(Children { main: child, watch }) })
    }

    /// The process id, also after the end of the process.
    pub fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// The file with the process's output.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The last lines of the process's output, for messages.
    pub fn log_tail(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(25)..].join("\n")
    }

    /// Sends a signal to the process alone. Does nothing if the process has ended.
    pub fn signal(&self, signal: Signal) {
        let mut children = self.children();
        // After the wait for its end, the process id may belong to another process.
        if self.reap(&mut children).is_none() {
            kill_process(self.pid, signal).expect("an own child takes signals");
        }
    }

    /// Stops the process with SIGSTOP and waits until all of its threads have stopped.
    pub fn stop(&self) {
        self.signal(Signal::STOP);
        let what = format!("{} stopped by SIGSTOP", self.name);
        wait_for(&what, Duration::from_secs(10), || match self.state() {
            Some('T') => Ok(()),
            other => Err(format!("state {other:?}")),
        });
    }

    /// Continues the process after [`Process::stop`].
    pub fn cont(&self) {
        self.signal(Signal::CONT);
    }

    /// Kills the process with SIGKILL and waits for its end.
    pub fn kill9(&self) {
        self.signal(Signal::KILL);
        self.wait_exit(Duration::from_secs(20));
    }

    /// Whether the process has not ended. A stopped process is alive.
    pub fn is_alive(&self) -> bool {
        self.exit_status().is_none()
    }

    /// The exit status, if the process has ended.
    pub fn exit_status(&self) -> Option<ExitStatus> {
        self.reap(&mut self.children())
    }

    /// Waits for the end of the process.
    ///
    /// # Panics
    ///
    /// When the process has not ended within `deadline`.
    #[track_caller]
    pub fn wait_exit(&self, deadline: Duration) -> ExitStatus {
        let what = format!("end of {} (process {})", self.name, self.pid());
        wait_for(&what, deadline, || self.exit_status())
    }

    /// The exit status if the process has ended. The rest of its group is killed then.
    fn reap(&self, children: &mut Children) -> Option<ExitStatus> {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        if let Ok(Some(_)) = waitid(WaitId::Pid(self.pid), look) {
            // Between the end of the process and the wait for it, no other group can have its id.
            self.kill_group();
            children.end_watch();
        }
        children.main.try_wait().expect("an own child can be waited for")
    }

    /// Fails only if no process of the group is left. SIGKILL ends stopped processes too.
    fn kill_group(&self) {
        kill_process_group(self.pid, Signal::KILL).ok();
    }

    fn state(&self) -> Option<char> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).ok()?;
        stat.rsplit_once(')')?.1.trim_start().chars().next()
    }

    fn children(&self) -> MutexGuard<'_, Children> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let mut children = self.children();
        if self.reap(&mut children).is_none() {
            self.kill_group();
            children.end_watch();
            children.main.wait().ok();
        }
    }
}

impl Children {
    fn end_watch(&mut self) {
        self.watch.kill().ok();
        self.watch.wait().ok();
    }
}

/// Kills a group once this process is gone. The kernel kills only the child itself, and Galera's helpers would wait for
/// their server for ever. The end of the pipe is the one signal that a killed process still sends.
fn watch(group: Pid) -> io::Result<Child> {
    Command::new("sh")
        .args(["-c", "read -r _; kill -s KILL -- \"-$1\"", "watch", &group.to_string()])
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

/// Spawns from a thread that lives as long as this process. The kernel kills the child with the *thread* that spawned
/// it, and a test's thread may end before a server that several tests share.
fn spawn_from_lasting_thread(command: Command) -> io::Result<Child> {
    type Job = (Command, Sender<io::Result<Child>>);
    static SPAWNER: LazyLock<Sender<Job>> = LazyLock::new(|| {
        let (jobs, inbox) = mpsc::channel::<Job>();
        thread::Builder::new()
            .name("spawner".to_owned())
            .spawn(move || {
                for (mut command, answer) in inbox {
                    answer.send(command.spawn()).ok();
                }
            })
            .expect("a thread can be started");
        jobs
    });
    let (answer, child) = mpsc::channel();
    SPAWNER.send((command, answer)).expect("the spawner runs for ever");
    child.recv().expect("the spawner answers each job")
}

/// The command lines of all processes that contain the path of a directory.
#[cfg(test)]
pub(crate) fn processes_of(dir: &Path) -> Vec<String> {
    let dir = dir.to_string_lossy();
    let processes = fs::read_dir("/proc").expect("/proc can be listed");
    processes
        .filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok())
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(&*dir))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workdir::Workdir;
    use std::env;

    fn sleep() -> Command {
        let mut command = Command::new("sleep");
        command.arg("100");
        command
    }

    /// Whether a process exists that is not a zombie, which waits for a parent other than this process.
    fn runs(pid: u32) -> bool {
        fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
    }

    #[test]
    fn drop_ends_a_stopped_process_and_its_children() {
        let dir = Workdir::new("process");
        let mut shell = Command::new("sh");
        shell.args(["-c", "sleep 100 & echo $!; wait"]);
        let process = Process::spawn(&shell, &dir.join("log")).expect("sh starts");
        let grandchild: u32 =
            wait_for("the grandchild's id", Duration::from_secs(5), || process.log_tail().trim().parse());
        process.stop();
        assert!(process.is_alive() && runs(grandchild));
        let pid = process.pid();
        drop(process);
        assert!(!runs(pid));
        wait_for("end of the grandchild", Duration::from_secs(5), || (!runs(grandchild)).then_some(()));
    }

    #[test]
    fn a_process_outlives_the_thread_that_asked_for_it() {
        let dir = Workdir::new("process");
        let log = dir.join("log");
        let process = thread::spawn(move || Process::spawn(&sleep(), &log))
            .join()
            .expect("the thread ends")
            .expect("sleep starts");
        process.stop();
        process.cont();
        assert!(process.is_alive());
        process.kill9();
        assert!(!process.is_alive());
    }

    /// Not a test by itself: this is the parent that `dies_with_its_parent` kills.
    #[test]
    fn parent_to_be_killed() {
        let Some(dir) = env::var_os("HEALTHD_TESTS_PARENT") else {
            return;
        };
        let dir = PathBuf::from(dir);
        let account = Account::reaching(Path::new("/"));
        let mut shell = Command::new("sh");
        shell.args(["-c", "sleep 100 & echo $!; wait"]);
        let process = Process::spawn_as(account, &shell, &dir.join("child.log")).expect("sh starts");
        fs::write(dir.join("pid.tmp"), process.pid().to_string()).expect("the id is written");
        fs::rename(dir.join("pid.tmp"), dir.join("pid")).expect("the id is shown");
        process.wait_exit(Duration::from_secs(60));
    }

    #[test]
    fn dies_with_its_parent() {
        let dir = Workdir::new("process");
        let mut parent = Command::new(env::current_exe().expect("a path of the test binary"));
        parent.args(["--exact", "process::tests::parent_to_be_killed"]).env("HEALTHD_TESTS_PARENT", dir.path());
        let parent = Process::spawn(&parent, &dir.join("parent.log")).expect("the parent starts");
        let child: u32 = wait_for("the child's id", Duration::from_secs(10), || {
            fs::read_to_string(dir.join("pid")).map(|pid| pid.parse().expect("a number"))
        });
        let grandchild: u32 = wait_for("the grandchild's id", Duration::from_secs(5), || {
            fs::read_to_string(dir.join("child.log")).unwrap_or_default().trim().parse()
        });
        assert!(runs(child) && runs(grandchild));
        parent.kill9();
        for pid in [child, grandchild] {
            wait_for("end of the family", Duration::from_secs(5), || (!runs(pid)).then_some(()));
        }
    }
}
