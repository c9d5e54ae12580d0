//! Whose the files of a server on this machine are.

use std::fs;
use std::path::Path;

use healthd_core::facts::{Local, Owners};
use rustix::fs::{FileType, Stat};
use rustix::process::Pid;

use super::files::{self, Budget};
use super::scope::{Group, Owner, Server};
use super::server::{process, raw};
use crate::asking::login;

/// How many files of others are told.
const TOLD: usize = 20;
/// What packages leave there as root; nothing reads it but their scripts.
const PACKAGES: [&str; 2] = ["mysql_upgrade_info", "mariadb_upgrade_info"];

/// Whose the files of the data directory are.
pub(super) fn read(server: &Server, owner: Owner, budget: &mut Budget) -> Local<Owners> {
    let path = Path::new(server.says("datadir")?);
    let denied = |errno| files::unseen(path, errno);
    let directory = files::open(path).map_err(denied)?;
    let own = rustix::fs::fstat(&directory).map_err(denied)?;
    // A server that runs as root may open everything.
    let runs_as = process(server).ok().and_then(runs_as).filter(|(uid, _)| *uid != 0);
    let (uid, gid) = runs_as.unwrap_or((own.st_uid, own.st_gid));
    let uid = owner.user.unwrap_or(uid);
    let gid = match owner.group {
        Group::Any => None,
        Group::Own => Some(gid),
        Group::Named(gid) => Some(gid),
    };
    let (accounts, groups) = (text("/etc/passwd"), text("/etc/group"));
    let named = |uid: u32, of_file: u32| {
        let account = login::name_of(&accounts, uid).unwrap_or_else(|| format!("account {uid}"));
        // Both lists have the number in the third field.
        let group = || login::name_of(&groups, of_file).unwrap_or_else(|| format!("group {of_file}"));
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

/// The account and the group of a process, which everybody may know.
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
