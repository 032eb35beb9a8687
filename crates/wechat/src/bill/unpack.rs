//! From the bytes of a download to the bytes of the file, with an end to everything.

use std::io::Write as _;

use flate2::write::GzDecoder;

use super::{BillError, Form};

/// How much may be unpacked before the ratio counts: short files compress as they like.
const RATIO_COUNTS_FROM: u64 = 1024 * 1024;

/// What a bill may cost us. The file comes unsigned, and its digest is known only at its end, so
/// until then it may be anything (threat b02).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest file, unpacked, in bytes. Default 4 GiB, some twelve million lines.
    pub file_bytes: u64,
    /// How many times larger than its packed form a file may be. Default 100; a made-up bill of a
    /// million lines with random numbers measured 7.
    pub ratio: u64,
    /// The longest line, in bytes. Default 64 KiB.
    pub line_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 4 * 1024 * 1024 * 1024, ratio: 100, line_bytes: 64 * 1024 }
    }
}

/// Takes the gzip off, if there is one. Holds at most 32 KiB of what it unpacked.
#[derive(Debug)]
pub(crate) struct Unpacker {
    gzip: Option<Box<GzDecoder<Vec<u8>>>>,
    meter: Meter,
}

impl Unpacker {
    pub(crate) fn new(form: Form, limits: Limits) -> Self {
        let gzip = match form {
            Form::Plain => None,
            Form::Gzip => Some(Box::new(GzDecoder::new(Vec::new()))),
        };
        Self { gzip, meter: Meter { limits, packed: 0, unpacked: 0 } }
    }

    /// The length of the file so far.
    pub(crate) fn file_bytes(&self) -> u64 {
        self.meter.unpacked
    }

    /// Unpacks `chunk` and hands over what comes out, piece by piece.
    pub(crate) fn feed(
        &mut self,
        mut chunk: &[u8],
        mut file: impl FnMut(&[u8]) -> Result<(), BillError>,
    ) -> Result<(), BillError> {
        let Some(gzip) = &mut self.gzip else {
            self.meter.count(chunk.len(), chunk.len())?;
            return file(chunk);
        };
        while !chunk.is_empty() {
            let taken = gzip.write(chunk).map_err(|_| BillError::NotGzip)?;
            if taken == 0 {
                // The gzip file is over and the download is not.
                return Err(BillError::Trailing);
            }
            self.meter.count(taken, gzip.get_ref().len())?;
            file(gzip.get_ref())?;
            gzip.get_mut().clear();
            chunk = &chunk[taken..];
        }
        Ok(())
    }

    /// Hands over the rest; the checksum of the gzip file must be right.
    pub(crate) fn finish(
        &mut self,
        file: impl FnOnce(&[u8]) -> Result<(), BillError>,
    ) -> Result<(), BillError> {
        let Some(gzip) = self.gzip.take() else { return Ok(()) };
        let rest = gzip.finish().map_err(|_| BillError::NotGzip)?;
        self.meter.count(0, rest.len())?;
        file(&rest)
    }
}

#[derive(Debug)]
struct Meter {
    limits: Limits,
    packed: u64,
    unpacked: u64,
}

impl Meter {
    fn count(&mut self, packed: usize, unpacked: usize) -> Result<(), BillError> {
        let length = |bytes: usize| u64::try_from(bytes).unwrap_or(u64::MAX);
        self.packed = self.packed.saturating_add(length(packed));
        self.unpacked = self.unpacked.saturating_add(length(unpacked));
        // A stream of empty blocks unpacks to nothing for ever.
        if self.unpacked.max(self.packed) > self.limits.file_bytes {
            return Err(BillError::TooLong { limit: self.limits.file_bytes });
        }
        let explodes = self.unpacked > RATIO_COUNTS_FROM
            && self.unpacked / self.limits.ratio.max(1) > self.packed;
        if explodes { Err(BillError::Explodes { ratio: self.limits.ratio }) } else { Ok(()) }
    }
}
