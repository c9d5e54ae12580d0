//! Shell scripts in the place of programs.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

/// Makes an executable script of these lines, and returns its path.
pub fn script(file: &Path, lines: &str) -> PathBuf {
    fs::write(file, format!("#!/bin/sh\n{lines}\n")).expect("the directory is writable");
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).expect("an own file's mode can be changed");
    file.to_owned()
}

/// Makes programs that say how they were called, `NAME [FIRST] [SECOND]`, on stdout and, where their account may write,
/// in the file `calls` beside them.
pub fn recorders(dir: &Path, names: &[&str]) {
    let text = "call=${0##*/}\nfor word; do call=\"$call [$word]\"; done\n\
                printf '%s\\n' \"$call\"\n{ printf '%s\\n' \"$call\" >>\"${0%/*}/calls\"; } 2>/dev/null || :";
    let first = script(&dir.join("recorder"), text);
    for name in names {
        symlink(&first, dir.join(name)).expect("the directory is writable");
    }
}
