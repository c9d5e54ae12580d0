//! Owner and group of a server's files on this machine.

use std::fs;
use std::path::Path;

use healthd_core::facts::{Local, Owners};
use rustix::fs::{FileType, Stat};
use rustix::process::Pid;

use super::accounts;
use super::files::{self, Budget};
use super::located::LocalServer;
use super::request::{ExpectedGroup, ExpectedOwner};
use super::server::{process, raw};

/// The most files that an answer names.
const TOLD: usize = 20;
/// Files that packages leave as root; only their scripts read them.
const PACKAGES: [&str; 2] = ["mysql_upgrade_info", "mariadb_upgrade_info"];

/// Reads owner and group of the files in the data directory.
pub(super) fn read(server: &LocalServer, owner: ExpectedOwner, budget: &mut Budget) -> Local<Owners> {
    let path = Path::new(server.variable("datadir")?);
    let denied = |errno| files::unseen(path, errno);
    let directory = files::open(path).map_err(denied)?;
    let own = rustix::fs::fstat(&directory).map_err(denied)?;
    // A server that runs as root can open every file.
    let runs_as = process(server).ok().and_then(runs_as).filter(|(uid, _)| *uid != 0);
    let (uid, gid) = runs_as.unwrap_or((own.st_uid, own.st_gid));
    let uid = owner.user.unwrap_or(uid);
    let gid = match owner.group {
        ExpectedGroup::Any => None,
        ExpectedGroup::Own => Some(gid),
        ExpectedGroup::Number(gid) => Some(gid),
    };
    let (accounts, groups) = (text("/etc/passwd"), text("/etc/group"));
    let named = |uid: u32, of_file: u32| {
        let account = accounts::name_of(&accounts, uid).unwrap_or_else(|| format!("account {uid}"));
        // Both files have the number in the third field.
        let group = || accounts::name_of(&groups, of_file).unwrap_or_else(|| format!("group {of_file}"));
        if gid.is_some() { format!("{account}:{}", group()) } else { account }
    };
    let expected = named(uid, gid.unwrap_or_default());
    let mut owners = Owners { path: path.display().to_string(), expected, ..Owners::default() };
    let mut look = |name: &Path, stat: &Stat| {
        owners.seen += 1;
        let right = stat.st_uid == uid && gid.is_none_or(|gid| stat.st_gid == gid);
        if right || files::kind(stat) == FileType::Symlink || is_of_package(name) {
            return;
        }
        owners.strangers += 1;
        if owners.first.len() < TOLD {
            owners.first.push(format!("{} ({})", name.display(), named(stat.st_uid, stat.st_gid)));
        }
    };
    look(path, &own);
    let walked = files::walk(directory, budget, &mut look);
    owners.unseen = walked.err().map(|stop| stop.unseen(path));
    Ok(owners)
}

fn text(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn is_of_package(name: &Path) -> bool {
    let Some(name) = name.to_str() else { return false };
    name == "lost+found" || PACKAGES.contains(&name) || name.starts_with("debian-") && name.ends_with(".flag")
}

/// The account and the group of a process, which every account can read.
fn runs_as(pid: Pid) -> Option<(u32, u32)> {
    let status = fs::read_to_string(format!("/proc/{}/status", raw(pid))).ok()?;
    let effective = |begin: &str| {
        let ids = status.lines().find_map(|line| line.strip_prefix(begin))?;
        ids.split_whitespace().nth(1)?.parse().ok()
    };
    Some((effective("Uid:")?, effective("Gid:")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_packages_leave_as_root_does_not_count() {
        for (name, expected) in [
            ("debian-10.11.flag", true),
            ("mysql_upgrade_info", true),
            ("lost+found", true),
            ("shop/debian-10.11.flag", false),
            ("ibdata1", false),
        ] {
            assert_eq!(is_of_package(Path::new(name)), expected, "{name}");
        }
    }
}
