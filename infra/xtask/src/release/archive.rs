//! A function's ZIP archive, and what comes out of it.

use std::fs::{self, File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use local_stack::Error;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// The name of the program in the archive, which the runtime starts.
const PROGRAM: &str = "bootstrap";

/// The sizes of an archive, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Archive {
    pub(super) packed: u64,
    pub(super) unpacked: u64,
}

impl Archive {
    /// Packs `binary` into `<folder>/bootstrap.zip`, and unpacks it beside as Lambda does: with the mode that is stored.
    pub(super) fn pack(binary: &Path, folder: &Path) -> Result<Self, Error> {
        let packed = folder.join("bootstrap.zip");
        let failed = || Error::io(format!("cannot pack {}", binary.display()));
        fs::create_dir_all(folder).map_err(failed())?;
        let mode = fs::metadata(binary).map_err(failed())?.permissions().mode();
        let mut writer = ZipWriter::new(File::create(&packed).map_err(failed())?);
        let options = SimpleFileOptions::default().unix_permissions(mode);
        writer.start_file(PROGRAM, options).map_err(io::Error::other).map_err(failed())?;
        io::copy(&mut File::open(binary).map_err(failed())?, &mut writer).map_err(failed())?;
        writer.finish().map_err(io::Error::other).map_err(failed())?;
        let unpacked = unpack(&packed, &folder.join(PROGRAM))
            .map_err(Error::io(format!("cannot unpack {}", packed.display())))?;
        Ok(Self { packed: fs::metadata(&packed).map_err(failed())?.len(), unpacked })
    }
}

fn unpack(archive: &Path, program: &Path) -> io::Result<u64> {
    let mut archive = ZipArchive::new(File::open(archive)?).map_err(io::Error::other)?;
    let mut entry = archive.by_name(PROGRAM).map_err(io::Error::other)?;
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes)?;
    // A program that runs cannot be overwritten.
    let _ = fs::remove_file(program);
    fs::write(program, &bytes)?;
    fs::set_permissions(program, Permissions::from_mode(entry.unix_mode().unwrap_or_default()))?;
    Ok(bytes.len() as u64)
}
