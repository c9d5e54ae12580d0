//! Shell scripts that take the place of programs.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

/// Creates an executable script with these lines, and returns its path.
pub fn script(file: &Path, lines: &str) -> PathBuf {
    fs::write(file, format!("#!/bin/sh\n{lines}\n")).expect("the directory is writable");
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).expect("an own file's mode can be changed");
    file.to_owned()
}

/// Creates programs that print how they were called, `NAME [FIRST] [SECOND]`. If their account may write there, they
/// also append it to the file `calls` next to them.
pub fn recorders(dir: &Path, names: &[&str]) {
    let text = "call=${0##*/}\nfor word; do call=\"$call [$word]\"; done\n\
                printf '%s\\n' \"$call\"\n{ printf '%s\\n' \"$call\" >>\"${0%/*}/calls\"; } 2>/dev/null || :";
    let first = script(&dir.join("recorder"), text);
    for name in names {
        symlink(&first, dir.join(name)).expect("the directory is writable");
    }
}
