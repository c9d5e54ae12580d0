//! Where `make install` puts each file. The executables are those of the tests, and everything else that cargo would
//! build is a placeholder.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use healthd_tests::{Workdir, healthd, plugin};

/// Takes cargo's place, and writes the manual pages of the plugins into the given directory.
const CARGO: &str = "#!/bin/sh\n[ \"$1\" = run ] || exit 0\nfor last; do :; done\n\
    for kind in man/check_my.1 bash/check_my zsh/_check_my fish/check_my.fish; do\n\
    mkdir -p \"$last/$(dirname $kind)\" && echo made > \"$last/$kind\" || exit 1\ndone\n";

#[test]
fn installed_files_are_below_the_prefix_and_refer_to_it() {
    let dir = Workdir::new("install");
    for (name, executable) in
        [("release/healthd", healthd::executable()), ("plugins/healthd-plugins", plugin::executable())]
    {
        let link = dir.join("target").join(name);
        fs::create_dir_all(link.parent().expect("a directory")).expect("the directory is writable");
        symlink(executable, link).expect("the directory is writable");
    }
    let cargo = dir.join("cargo");
    fs::write(&cargo, CARGO).expect("the directory is writable");
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let root = dir.join("root");
    let made = Command::new("make")
        .args(["install", "PREFIX=/opt/db"])
        .arg(format!("DESTDIR={}", root.display()))
        .arg(format!("CARGO={}", cargo.display()))
        .arg(format!("TARGET={}", dir.join("target").display()))
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in a workspace"))
        .output()
        .expect("make runs");
    assert!(made.status.success(), "{made:?}");
    let below = root.join("opt/db");
    for file in [
        "sbin/healthd",
        "lib/healthd/plugins/healthd-plugins",
        "lib/healthd/plugins/check_my",
        "lib/healthd/plugins/pmp-check-mysql-status",
        "lib/systemd/system/healthd.socket",
        "share/man/man1/healthd.1",
        "share/man/man1/check_my.1",
        "share/bash-completion/completions/healthd",
        "share/bash-completion/completions/check_my",
        "share/zsh/site-functions/_healthd",
        "share/zsh/site-functions/_check_my",
        "share/fish/vendor_completions.d/healthd.fish",
        "share/fish/vendor_completions.d/check_my.fish",
        "share/doc/healthd/healthd.toml",
        "share/doc/healthd/haproxy/master-master.cfg",
    ] {
        assert!(below.join(file).exists(), "{file} is missing");
    }
    let read = |file: &str| fs::read_to_string(below.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    assert!(read("lib/systemd/system/healthd.service").contains("\nExecStart=/opt/db/sbin/healthd serve\n"));
    for file in ["nagios/healthd.cfg", "icinga2/healthd.conf", "nrpe/healthd.cfg", "sudoers/healthd"] {
        let file = read(&format!("share/doc/healthd/{file}"));
        assert!(file.contains("/opt/db/lib/healthd/plugins") && !file.contains("/usr/lib/healthd"), "{file}");
    }
}
