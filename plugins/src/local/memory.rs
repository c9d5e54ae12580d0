//! The memory that a server on this machine can use.

use std::fs;
use std::path::{Path, PathBuf};

use healthd_core::facts::{Local, Memory, Unseen};

use super::located::LocalServer;
use super::server;

/// Limits from here on mean "no limit": control groups of version 1 write a huge number.
const UNLIMITED: u64 = 1 << 60;
/// The text of `/proc/PID/cgroup` for the outermost visible groups, which in a container are its own.
const CONTAINER: &str = "1:memory:/\n0::/\n";

/// The memory of this machine, its limit, and the part that the server's process uses if it is found.
pub(super) fn read(server: &LocalServer) -> Local<Memory> {
    let pid = server::process(server).ok().map(server::raw);
    let of = |name: &str| fs::read_to_string(name).unwrap_or_default();
    let ram = kibibytes(&of("/proc/meminfo"), "MemTotal:")
        .ok_or_else(|| Unseen::Failed { path: "/proc/meminfo".to_owned(), why: "no line MemTotal".to_owned() })?;
    let resident = pid.and_then(|pid| kibibytes(&of(&format!("/proc/{pid}/status")), "VmRSS:"));
    // Without the process the limit of the container still counts; this process's own group does not apply to the
    // server.
    let groups = pid.map_or_else(|| CONTAINER.to_owned(), |pid| of(&format!("/proc/{pid}/cgroup")));
    Ok(Memory { ram, limit: limit(&groups, Path::new("/sys/fs/cgroup")), resident })
}

/// Parses a line in KiB by its name; the result is in bytes.
fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// The lowest limit of the control groups in the text of `/proc/PID/cgroup` and of their parents. In a container the
/// paths may be those of the host; then only the mount point itself exists.
fn limit(groups: &str, mount: &Path) -> Option<u64> {
    let limits = groups.lines().filter_map(|line| {
        let mut fields = line.splitn(3, ':');
        let (number, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
        let (root, file) = match (number, controllers) {
            ("0", "") => (mount.to_owned(), "memory.max"),
            (_, controllers) if controllers.split(',').any(|one| one == "memory") => {
                (mount.join("memory"), "memory.limit_in_bytes")
            }
            _ => return None,
        };
        let below: PathBuf =
            Path::new(path).components().filter(|part| matches!(part, std::path::Component::Normal(_))).collect();
        let directories = below.ancestors().map(|below| root.join(below)).collect::<Vec<_>>();
        let of = |directory: &PathBuf| fs::read_to_string(directory.join(file)).ok()?.trim().parse::<u64>().ok();
        directories.iter().filter_map(of).min()
    });
    limits.filter(|limit| *limit < UNLIMITED).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_limit_of_a_group_and_of_those_above_it_counts() {
        let mount = std::env::temp_dir().join(format!("healthd-cgroup-{}", std::process::id()));
        let write = |path: &str, text: &str| {
            let path = mount.join(path);
            fs::create_dir_all(path.parent().expect("it has one")).expect("it is ours");
            fs::write(path, text).expect("it is ours");
        };
        write("system.slice/memory.max", "4294967296\n");
        write("system.slice/mariadb.service/memory.max", "max\n");
        write("user.slice/memory.max", "max\n");
        write("memory/docker/abc/memory.limit_in_bytes", "1073741824\n");
        write("memory/memory.limit_in_bytes", "9223372036854771712\n");
        for (groups, expected) in [
            ("0::/system.slice/mariadb.service\n", Some(4 << 30)),
            ("0::/user.slice/x\n", None),
            ("12:cpu,cpuacct:/docker/abc\n5:memory:/docker/abc\n0::/\n", Some(1 << 30)),
            ("5:memory:/other\n", None),
            ("0::/../../system.slice\n", Some(4 << 30)),
            (CONTAINER, None),
            ("", None),
            ("0:\nx", None),
        ] {
            assert_eq!(limit(groups, &mount), expected, "{groups}");
        }
        write("memory.max", "2147483648\n");
        assert_eq!(limit(CONTAINER, &mount), Some(2 << 30));
        fs::remove_dir_all(&mount).expect("it is ours");
    }

    #[test]
    fn sizes_are_read_by_their_names() {
        let text = "MemTotal:       24684084 kB\nMemFree: x kB\nVmRSS:\t  12 kB\nHugepagesize: 2048\n";
        for (name, expected) in [
            ("MemTotal:", Some(24_684_084 << 10)),
            ("VmRSS:", Some(12 << 10)),
            ("MemFree:", None),
            ("Hugepagesize:", None),
            ("None:", None),
        ] {
            assert_eq!(kibibytes(text, name), expected, "{name}");
        }
    }
}
