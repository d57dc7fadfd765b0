//! The shim's log of what a program did to its files, and the disks that a power cut could have left.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// One thing that was done.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    Write {
        name: String,
        at: usize,
        data: Vec<u8>,
    },
    Cut {
        name: String,
        length: usize,
    },
    Sync {
        name: String,
    },
    Create {
        name: String,
    },
    Remove {
        name: String,
    },
    SyncFolder,
    /// The shim made a call fail.
    Failed,
}

/// Reads a log; none was written by a program that touched no file.
pub(crate) fn read(path: &Path) -> Vec<Op> {
    let bytes = fs::read(path).unwrap_or_default();
    let mut rest = bytes.as_slice();
    let mut ops = Vec::new();
    while !rest.is_empty() {
        let head: Vec<usize> = rest[..32]
            .chunks_exact(8)
            .map(|word| usize::try_from(u64::from_ne_bytes(word.try_into().expect("8 bytes"))).expect("64 bits"))
            .collect();
        let (name, after) = rest[32..].split_at(head[1]);
        let name = String::from_utf8(name.to_vec()).expect("our own names");
        let (at, length) = (head[2], head[3]);
        rest = after;
        ops.push(match head[0] {
            1 => {
                let (data, after) = rest.split_at(length);
                rest = after;
                Op::Write { name, at, data: data.to_vec() }
            }
            2 => Op::Cut { name, length: at },
            3 => Op::Sync { name },
            4 => Op::Create { name },
            5 => Op::Remove { name },
            6 => Op::SyncFolder,
            7 => Op::Failed,
            other => unreachable!("the shim writes no {other}"),
        });
    }
    ops
}

/// What a disk may hold of a file: what was flushed, and what was written since.
#[derive(Debug, Clone)]
struct File {
    name: String,
    flushed: Vec<u8>,
    since: Vec<Op>,
    entry: Entry,
}

/// Whether a power cut leaves the file's name in its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    Durable,
    MaybeThere,
    MaybeGone,
}

/// What a power cut leaves of that which was not flushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Luck {
    Nothing,
    All,
    /// Any of it, in any order, each write perhaps in parts of 512 bytes.
    Some,
}

/// The disk as the operations before some moment made it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk {
    files: Vec<File>,
}

impl Disk {
    pub(crate) fn apply(&mut self, op: &Op) {
        match op {
            Op::Create { name } => {
                let (flushed, since) = (Vec::new(), Vec::new());
                self.files.push(File { name: name.clone(), flushed, since, entry: Entry::MaybeThere });
            }
            Op::Write { name, .. } | Op::Cut { name, .. } => self.file(name).since.push(op.clone()),
            Op::Sync { name } => {
                let file = self.file(name);
                for op in std::mem::take(&mut file.since) {
                    write(&mut file.flushed, &op, |_| true);
                }
            }
            Op::Remove { name } => self.file(name).entry = Entry::MaybeGone,
            Op::SyncFolder => {
                self.files.retain(|file| file.entry != Entry::MaybeGone);
                self.files.iter_mut().for_each(|file| file.entry = Entry::Durable);
            }
            Op::Failed => {}
        }
    }

    /// The newest file of that name.
    fn file(&mut self, name: &str) -> &mut File {
        self.files.iter_mut().rev().find(|file| file.name == name).expect("a file is made before it is written")
    }

    /// The files that a power cut leaves now.
    pub(crate) fn after_a_power_cut(&self, luck: Luck, mut below: impl FnMut(u64) -> u64) -> BTreeMap<String, Vec<u8>> {
        let mut left = BTreeMap::new();
        for file in &self.files {
            let is_there = match (file.entry, luck) {
                (Entry::Durable, _) | (Entry::MaybeThere, Luck::All) | (Entry::MaybeGone, Luck::Nothing) => true,
                (Entry::MaybeThere, Luck::Nothing) | (Entry::MaybeGone, Luck::All) => false,
                (Entry::MaybeThere | Entry::MaybeGone, Luck::Some) => below(2) == 0,
            };
            if !is_there {
                continue;
            }
            let mut bytes = file.flushed.clone();
            for op in &file.since {
                match luck {
                    Luck::Nothing => {}
                    Luck::All => write(&mut bytes, op, |_| true),
                    Luck::Some => match below(4) {
                        0 => {}
                        1 => write(&mut bytes, op, |_| below(2) == 0),
                        _ => write(&mut bytes, op, |_| true),
                    },
                }
            }
            left.insert(file.name.clone(), bytes);
        }
        left
    }
}

/// Does to `bytes` what `op` did, as far as `keeps` says of each sector of 512 bytes.
fn write(bytes: &mut Vec<u8>, op: &Op, mut keeps: impl FnMut(usize) -> bool) {
    const SECTOR: usize = 512;
    match op {
        Op::Cut { length, .. } => {
            if keeps(0) {
                bytes.resize(*length, 0);
            }
        }
        Op::Write { at, data, .. } => {
            let mut from = 0;
            while from < data.len() {
                let to = data.len().min(from + SECTOR - (at + from) % SECTOR);
                if keeps(from) {
                    if bytes.len() < at + to {
                        bytes.resize(at + to, 0);
                    }
                    bytes[at + from..at + to].copy_from_slice(&data[from..to]);
                }
                from = to;
            }
        }
        Op::Sync { .. } | Op::Create { .. } | Op::Remove { .. } | Op::SyncFolder | Op::Failed => {}
    }
}
