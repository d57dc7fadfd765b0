//! A file that only its pass phrase opens: argon2id stretches the pass phrase, XChaCha20-Poly1305 seals
//! the content piece by piece (the STREAM construction), so that a file of any size is cut, swapped or changed
//! nowhere without being found out.
//!
//! ```text
//! magic 13 | version 1 | argon2 memory, passes, lanes 3 × 4 | salt 16 | check 32 | nonce 19 | pieces
//! ```
//!
//! The check tells a wrong pass phrase from a damaged file; it is the other half of what argon2 gives, and says
//! nothing about the key. Every piece vouches for the head too.

use std::io::{self, BufRead, Read, Write};

use aead_stream::{DecryptorBE32, EncryptorBE32};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::XChaCha20Poly1305;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::RestoreError;

const MAGIC: [u8; 13] = *b"guitai-backup";
/// The newest form of the file that this program knows.
pub(super) const VERSION: u8 = 1;
const SALT: usize = 16;
const CHECK: usize = 32;
const KEY: usize = 32;
const NONCE: usize = 19;
const HEAD: usize = MAGIC.len() + 1 + 12 + SALT + CHECK + NONCE;
/// Plain bytes of a piece; all but the last are full.
const PIECE: usize = 64 * 1024;
/// What sealing adds to a piece.
const TAG: usize = 16;

/// RFC 9106's choice for a machine with little memory, on one lane: KiB, passes, lanes.
const COST: [u32; 3] = [64 * 1024, 3, 1];
/// More than this no backup of ours asks for; a forged head must not eat the machine.
const MOST: [u32; 3] = [1024 * 1024, 32, 16];

/// What opens a backup. Never shown, wiped when dropped.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "it is a secret")]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// The fewest characters that a new backup is sealed with.
    pub const SHORTEST: usize = 8;

    pub fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    pub(super) fn is_short(&self) -> bool {
        self.0.chars().count() < Self::SHORTEST
    }
}

/// Seals what is written to it; [`Sealer::finish`] writes the end without which nothing opens.
pub(super) struct Sealer<W> {
    out: W,
    head: [u8; HEAD],
    stream: EncryptorBE32<XChaCha20Poly1305>,
    piece: Zeroizing<Vec<u8>>,
}

impl<W: Write> Sealer<W> {
    pub(super) fn new(passphrase: &Passphrase, mut out: W) -> io::Result<Self> {
        let mut random = [0; SALT + NONCE];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let (salt, nonce) = random.split_at(SALT);
        let secret = stretch(passphrase, salt, COST).ok_or(io::ErrorKind::OutOfMemory)?;
        let (key, check) = secret.split_at(KEY);
        let [memory, passes, lanes] = COST.map(u32::to_be_bytes);
        let parts: [&[u8]; 8] = [&MAGIC, &[VERSION], &memory, &passes, &lanes, salt, check, nonce];
        let head: [u8; HEAD] = parts.concat().try_into().expect("the parts make up a head");
        out.write_all(&head)?;
        let stream = EncryptorBE32::new(as_array(key), as_array(nonce));
        Ok(Self { out, head, stream, piece: Zeroizing::new(Vec::with_capacity(PIECE + TAG)) })
    }

    /// Seals the last piece and gives back what was written to.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.stream.encrypt_last_in_place(&self.head, &mut *self.piece).map_err(io::Error::other)?;
        self.out.write_all(&self.piece)?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full piece waits until there is more: only then it is not the last.
        if self.piece.len() == PIECE && !bytes.is_empty() {
            self.stream.encrypt_next_in_place(&self.head, &mut *self.piece).map_err(io::Error::other)?;
            self.out.write_all(&self.piece)?;
            self.piece.clear();
        }
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Gives what was sealed, each piece only after it was verified. What doesn't verify reads as
/// [`io::ErrorKind::InvalidData`].
pub(super) struct Opener<R> {
    from: R,
    head: [u8; HEAD],
    /// `None` after the last piece, and after one that did not verify.
    stream: Option<DecryptorBE32<XChaCha20Poly1305>>,
    piece: Zeroizing<Vec<u8>>,
    given: usize,
}

impl<R: BufRead> Opener<R> {
    /// Reads the head and tries the pass phrase.
    pub(super) fn new(passphrase: &Passphrase, mut from: R) -> Result<Self, RestoreError> {
        let mut head = [0; HEAD];
        let (magic, rest) = head.split_at_mut(MAGIC.len());
        read_head(&mut from, magic, RestoreError::NotABackup)?;
        if *magic != MAGIC {
            return Err(RestoreError::NotABackup);
        }
        read_head(&mut from, &mut rest[..1], RestoreError::Damaged)?;
        if rest[0] != VERSION {
            return Err(RestoreError::Newer);
        }
        read_head(&mut from, &mut rest[1..], RestoreError::Damaged)?;
        let (cost, rest) = rest[1..].split_at(12);
        let (salt, rest) = rest.split_at(SALT);
        let (check, nonce) = rest.split_at(CHECK);
        let cost = [0, 4, 8].map(|at| u32::from_be_bytes(*as_array(&cost[at..at + 4])));
        if cost.iter().zip(MOST).any(|(asked, most)| *asked > most) {
            return Err(RestoreError::Damaged);
        }
        let secret = stretch(passphrase, salt, cost).ok_or(RestoreError::Damaged)?;
        let (key, expected) = secret.split_at(KEY);
        if !bool::from(check.ct_eq(expected)) {
            return Err(RestoreError::WrongPassphrase);
        }
        let stream = Some(DecryptorBE32::new(as_array(key), as_array(nonce)));
        Ok(Self { from, head, stream, piece: Zeroizing::new(Vec::with_capacity(PIECE + TAG)), given: 0 })
    }

    fn next_piece(&mut self) -> io::Result<()> {
        let Some(mut stream) = self.stream.take() else { return Ok(()) };
        self.piece.clear();
        self.given = 0;
        let most = u64::try_from(PIECE + TAG).unwrap_or_default();
        self.from.by_ref().take(most).read_to_end(&mut self.piece)?;
        let damaged = |_| io::Error::from(io::ErrorKind::InvalidData);
        if self.from.fill_buf()?.is_empty() {
            stream.decrypt_last_in_place(&self.head, &mut *self.piece).map_err(damaged)
        } else {
            stream.decrypt_next_in_place(&self.head, &mut *self.piece).map_err(damaged)?;
            self.stream = Some(stream);
            Ok(())
        }
    }
}

impl<R: BufRead> Read for Opener<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.piece.len() && self.stream.is_some() {
            if let Err(error) = self.next_piece() {
                // What was there is not what was sealed: none of it is given.
                self.piece.clear();
                self.given = 0;
                return Err(error);
            }
        }
        let left = &self.piece[self.given..];
        let taken = left.len().min(into.len());
        into[..taken].copy_from_slice(&left[..taken]);
        self.given += taken;
        Ok(taken)
    }
}

fn read_head(from: &mut impl Read, into: &mut [u8], short: RestoreError) -> Result<(), RestoreError> {
    from.read_exact(into).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => short,
        kind => RestoreError::File { kind },
    })
}

/// The key and the check, from a pass phrase. `None` if there is not the memory for it, or the cost is none that
/// argon2 knows.
fn stretch(passphrase: &Passphrase, salt: &[u8], [memory, passes, lanes]: [u32; 3]) -> Option<Zeroizing<Vec<u8>>> {
    let params = Params::new(memory, passes, lanes, Some(KEY + CHECK)).ok()?;
    let mut secret = Zeroizing::new(vec![0; KEY + CHECK]);
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into(passphrase.0.as_bytes(), salt, &mut secret).ok()?;
    Some(secret)
}

/// A part of the head as what its reader wants; the head's layout makes the lengths agree.
fn as_array<'a, A>(bytes: &'a [u8]) -> &'a A
where
    &'a A: TryFrom<&'a [u8]>,
{
    <&A>::try_from(bytes).ok().expect("the head's parts have these lengths")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passphrase(text: &str) -> Passphrase {
        Passphrase::new(Zeroizing::new(text.to_owned()))
    }

    fn sealed(content: &[u8]) -> Vec<u8> {
        let mut sealer = Sealer::new(&passphrase("open, sesame"), Vec::new()).unwrap();
        sealer.write_all(content).unwrap();
        sealer.finish().unwrap()
    }

    fn opened(file: &[u8], with: &str) -> Result<Vec<u8>, RestoreError> {
        let mut content = Vec::new();
        Opener::new(&passphrase(with), file)?
            .read_to_end(&mut content)
            .map_err(|error| RestoreError::reading(&error))?;
        Ok(content)
    }

    #[test]
    fn what_is_sealed_opens_at_every_border_of_a_piece() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 7] {
            let content: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let file = sealed(&content);
            assert!(opened(&file, "open, sesame").unwrap() == content, "{length}");
            // Cut at every border and in between: at the end of a piece, too, it is found out.
            for cut in [file.len() - 1, HEAD, HEAD + PIECE + TAG].into_iter().filter(|cut| *cut < file.len()) {
                assert_eq!(opened(&file[..cut], "open, sesame"), Err(RestoreError::Damaged), "{length} cut to {cut}");
            }
        }
    }

    #[test]
    fn a_changed_byte_is_found_wherever_it_is() {
        let file = sealed(b"four hundred payments");
        for at in 0..file.len() {
            // Each costs a second's work: of the long parts a byte is enough.
            let borders = [0, 12, 13, 17, 21, 26, 41, 42, 73, 74, 92, 93, 100, file.len() - 1];
            if !borders.contains(&at) {
                continue;
            }
            let mut changed = file.clone();
            changed[at] ^= 1;
            let expected = match at {
                0..13 => RestoreError::NotABackup,
                13 => RestoreError::Newer,
                // What the pass phrase is stretched with can't be told from another pass phrase.
                14..74 => RestoreError::WrongPassphrase,
                _ => RestoreError::Damaged,
            };
            assert_eq!(opened(&changed, "open, sesame"), Err(expected), "byte {at}");
        }
    }

    #[test]
    fn another_pass_phrase_is_named_and_a_forged_cost_is_not_paid() {
        let mut file = sealed(b"x");
        assert_eq!(opened(&file, "open, Sesame"), Err(RestoreError::WrongPassphrase));
        assert_eq!(opened(&file[..20], "open, sesame"), Err(RestoreError::Damaged));
        assert_eq!(opened(b"PK\x03\x04", "open, sesame"), Err(RestoreError::NotABackup));
        file[14..18].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(opened(&file, "open, sesame"), Err(RestoreError::Damaged));
    }

    #[test]
    fn the_same_content_is_never_the_same_file() {
        assert_ne!(sealed(b"x"), sealed(b"x"));
    }
}
