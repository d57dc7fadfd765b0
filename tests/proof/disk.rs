//! A disk that fails at its n-th write, flush or read, and one whose power is cut.

use std::fs;

use super::drive::{PROMISES, behind_the_shim, check, driven, promises, promises_in, scratch};
use super::log::{self, Disk, Luck, Op};
use super::{below, from_environment};

/// `errno`, as Linux has it.
const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// Power cuts in a run of the tests.
const IMAGES: u64 = 1_000;

/// One call after the other fails, until a run has no more calls: nothing that was promised is lost, and the book that
/// is opened on a good disk afterwards is whole.
#[test]
fn whichever_call_to_the_disk_fails_no_promise_is_broken() {
    if driven(4) {
        return;
    }
    for (call, error, stays) in [
        ("write", ENOSPC, false),
        ("write", ENOSPC, true),
        ("write", EIO, false),
        ("sync", EIO, false),
        ("sync", EIO, true),
        ("read", EIO, false),
    ] {
        let failed = (1..10_000).take_while(|n| fails_at(*n, call, error, stays)).count();
        let how = if stays { "and every later one " } else { "" };
        println!("errno {error:>2} at each of {failed} calls of {call} {how}: no promise broken");
        assert!(failed > 5, "{call}: the shim stands beside the book");
    }
}

/// `false` if a whole run has fewer calls.
fn fails_at(n: usize, call: &str, error: i32, stays: bool) -> bool {
    let folder = scratch();
    let (shop, log) = (folder.path().join("shop"), folder.path().join("log"));
    fs::create_dir(&shop).expect("a folder");
    let mut settings = vec![
        ("GUITAI_SHIM_CALL", call.to_owned()),
        ("GUITAI_SHIM_FAIL", n.to_string()),
        ("GUITAI_SHIM_ERRNO", error.to_string()),
    ];
    if stays {
        settings.push(("GUITAI_SHIM_STAYS", "1".to_owned()));
    }
    behind_the_shim("disk::whichever_call_to_the_disk_fails_no_promise_is_broken", &shop, &log, &settings);
    let failed = log::read(&log).iter().any(|op| matches!(op, Op::Failed));
    check(&shop, &promises(&shop))
        .unwrap_or_else(|wrong| panic!("errno {error} at {call} {n}, stays {stays}: {wrong}"));
    failed
}

/// The disk is built anew as a power cut could have left it: at every flush, and between, with any part of what was not
/// flushed.
#[test]
fn a_power_cut_at_any_moment_loses_no_promise() {
    if driven(24) {
        return;
    }
    let folder = scratch();
    let (shop, log) = (folder.path().join("shop"), folder.path().join("log"));
    fs::create_dir(&shop).expect("a folder");
    behind_the_shim("disk::a_power_cut_at_any_moment_loses_no_promise", &shop, &log, &[]);
    let ops = log::read(&log);
    check(&shop, &promises(&shop)).expect("nothing was cut off yet");
    let flushes = |op: &Op| matches!(op, Op::Sync { .. } | Op::SyncFolder);
    let mut moments: Vec<(usize, Luck)> = Vec::new();
    for place in (0..ops.len()).filter(|place| flushes(&ops[*place])) {
        moments.extend([(place, Luck::Nothing), (place, Luck::All), (place, Luck::Some), (place + 1, Luck::Nothing)]);
    }
    let boundaries = moments.len();
    let wanted = usize::try_from(from_environment("IMAGES", IMAGES)).expect("a count");
    while moments.len() < wanted {
        moments.push((usize::try_from(below(ops.len() as u64)).expect("an index"), Luck::Some));
    }
    moments.sort_by_key(|(place, _)| *place);
    let (promised, broken) = cut(&ops, &moments);
    assert_eq!(broken.first(), None);
    println!(
        "{} power cuts ({boundaries} at flushes) over {} operations: each book opens and recovers, none of {promised} \
         promises is lost",
        moments.len(),
        ops.len()
    );
    assert!(boundaries > 100 && promised > 1_000, "there was nothing to lose");
    // What is built here would show a book that does not flush.
    let unflushed: Vec<Op> = ops.into_iter().filter(|op| !matches!(op, Op::Sync { .. })).collect();
    let moments: Vec<_> = (0..unflushed.len()).step_by(unflushed.len() / 50).map(|place| (place, Luck::Some)).collect();
    let (_, broken) = cut(&unflushed, &moments);
    assert!(broken.len() > 10, "a disk without flushes loses next to nothing: {broken:?}");
}

/// Cuts the power at each moment; how many promises were looked for, and what was broken.
fn cut(ops: &[Op], moments: &[(usize, Luck)]) -> (usize, Vec<String>) {
    let (mut disk, mut said) = (Disk::default(), String::new());
    let (mut done, mut promised, mut broken) = (0, 0, Vec::new());
    for (place, luck) in moments {
        for op in &ops[done..*place] {
            match op {
                Op::Write { name, data, .. } if name == PROMISES => {
                    said += str::from_utf8(data).expect("our own lines");
                }
                op => disk.apply(op),
            }
        }
        done = *place;
        let folder = scratch();
        for (name, bytes) in disk.after_a_power_cut(*luck, below) {
            fs::write(folder.path().join(name), bytes).expect("a file");
        }
        let so_far = promises_in(&said);
        promised += so_far.len();
        if let Err(wrong) = check(folder.path(), &so_far) {
            broken.push(format!("power cut before operation {place}, {luck:?} of the rest: {wrong}"));
        }
    }
    (promised, broken)
}
