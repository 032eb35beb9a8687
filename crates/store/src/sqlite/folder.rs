//! The data folder: one server at a time, on a disk of this machine (threat d07).

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use super::OpenError;

const LOCK_FILE: &str = "suanpan.lock";

/// File systems on which locks or the shared memory of the write-ahead log do not hold.
const NETWORK_FILE_SYSTEMS: [&str; 16] = [
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "fuse.glusterfs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.sshfs",
    "glusterfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "smb3",
];

/// A folder that nobody else uses as long as this value lives.
#[derive(Debug)]
pub(super) struct LockedFolder {
    path: PathBuf,
    /// The operating system gives the lock back when the file is closed, however the process ends.
    _lock: File,
}

impl LockedFolder {
    pub(super) fn lock(path: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Folder { path: path.to_owned(), source };
        create(path).map_err(failed)?;
        let path = path.canonicalize().map_err(failed)?;
        // Where there is no such list (macOS, Windows) nothing is known, and nothing is refused.
        if let Ok(mounts) = fs::read_to_string("/proc/mounts") {
            refuse_network(&path, &mounts)?;
        }
        let file =
            File::options().create(true).truncate(false).write(true).open(path.join(LOCK_FILE));
        let lock = file.map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path }),
            Err(TryLockError::Error(source)) => Err(OpenError::Folder { path, source }),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// The database holds secrets and people's ids: only its owner may look.
fn create(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

fn refuse_network(path: &Path, mounts: &str) -> Result<(), OpenError> {
    match file_system(path, mounts) {
        Some(kind) if NETWORK_FILE_SYSTEMS.contains(&kind) => {
            Err(OpenError::NetworkFileSystem { path: path.to_owned(), kind: kind.to_owned() })
        }
        _ => Ok(()),
    }
}

/// The kind of the innermost mount that holds the path; a later mount hides an earlier one.
fn file_system<'a>(path: &Path, mounts: &'a str) -> Option<&'a str> {
    let mount = |line: &'a str| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let point = PathBuf::from(unescape(fields.next()?));
        path.starts_with(&point).then_some((point.components().count(), fields.next()?))
    };
    mounts.lines().filter_map(mount).max_by_key(|(depth, _)| *depth).map(|(_, kind)| kind)
}

/// `/proc/mounts` writes blanks, line ends and backslashes as three octal digits.
fn unescape(field: &str) -> String {
    field.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d07_a_network_file_system_is_refused() {
        let mounts = "/dev/vda / ext4 rw 0 0\n\
                      nas:/pay /srv/pay nfs4 rw 0 0\n\
                      /dev/vdb /srv/pay/local\\040disk ext4 rw 0 0\n\
                      //nas/old /srv/old cifs rw 0 0\n\
                      /dev/vdc /srv/old xfs rw 0 0\n";
        for (path, kind) in [("/srv/pay", "nfs4"), ("/srv/pay/data", "nfs4")] {
            let refused = refuse_network(Path::new(path), mounts).unwrap_err();
            assert!(
                matches!(&refused, OpenError::NetworkFileSystem { kind: found, .. } if found == kind),
                "{path}: {refused}"
            );
        }
        for path in ["/", "/srv", "/srv/payments", "/srv/pay/local disk/data", "/srv/old"] {
            refuse_network(Path::new(path), mounts).unwrap();
        }
    }
}
