//! A disk of limited size, which tests can fill without filling the machine's own.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::account::run;

/// The file that fills the disk.
const FILLER: &str = "filler";

/// A tmpfs, unmounted on drop.
#[derive(Debug)]
pub struct Disk {
    path: PathBuf,
}

impl Disk {
    /// Mounts a tmpfs of this many kilobytes and creates the directory. `mount` shows the name as its source.
    ///
    /// # Errors
    /// With the message of `mount`.
    pub fn mount(name: &str, path: &Path, kilobytes: u32) -> io::Result<Disk> {
        fs::create_dir_all(path)?;
        let options = format!("size={kilobytes}k,mode=755");
        run(Command::new("mount").args(["-t", "tmpfs", "-o", &options, name]).arg(path))?;
        Ok(Disk { path: path.to_owned() })
    }

    /// A tmpfs that another process has mounted, to be unmounted.
    pub fn adopt(path: &Path) -> Disk {
        Disk { path: path.to_owned() }
    }

    /// The mount point.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Fills the disk to the last byte.
    ///
    /// # Errors
    /// Errors of the system, except that the disk is full.
    pub fn fill(&self) -> io::Result<()> {
        let mut filler = File::options().create(true).append(true).open(self.path.join(FILLER))?;
        // Whole pages first, then the rest of the last page.
        for block in [1 << 20, 4096, 1] {
            let block = vec![0; block];
            loop {
                match filler.write_all(&block) {
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::StorageFull => break,
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Frees what [`Disk::fill`] has taken.
    ///
    /// # Errors
    /// As the system reports them.
    pub fn free(&self) -> io::Result<()> {
        let filler = self.path.join(FILLER);
        // Truncated first: a child process that another test is starting may still have the file open, and then
        // removing the file frees nothing.
        let freed = File::options().write(true).open(&filler).and_then(|file| file.set_len(0));
        match freed.and_then(|()| fs::remove_file(filler)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily, because a killed process that has not ended yet may still have a file open there.
        run(Command::new("umount").arg("--lazy").arg(&self.path)).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skip::skipped;
    use crate::workdir::Workdir;

    #[test]
    fn a_full_disk_takes_nothing_until_it_is_freed() {
        if !rustix::process::geteuid().is_root() {
            return skipped("a full disk", "only root mounts");
        }
        let dir = Workdir::new("disk");
        let disk = Disk::mount("healthd-test", &dir.join("mounted"), 256).expect("tmpfs is mounted");
        disk.fill().expect("it can be filled");
        let file = disk.path().join("file");
        let full = fs::write(&file, "x").expect_err("nothing fits");
        assert_eq!(full.kind(), io::ErrorKind::StorageFull);
        disk.free().expect("it can be freed");
        fs::write(&file, "x").expect("there is room again");
        drop(disk);
        assert!(!file.exists());
    }
}
