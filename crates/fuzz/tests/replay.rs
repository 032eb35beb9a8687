//! The corpus, as an ordinary test: what was found once stays found, on every machine.

use std::{collections::BTreeSet, fs, panic, path::PathBuf};

use suanpan_fuzz::{PLANTED, TARGETS, target};

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

#[test]
fn every_input_of_the_corpus_is_survived_and_some_are_accepted() {
    for target in TARGETS {
        let folder = corpus().join(target.name);
        let mut accepted = 0;
        for entry in fs::read_dir(&folder).unwrap() {
            let file = entry.unwrap().path();
            let input = fs::read(&file).unwrap();
            let run = panic::catch_unwind(|| (target.run)(&input));
            accepted += usize::from(run.unwrap_or_else(|_| panic!("{}", file.display())));
        }
        assert!(accepted > 0, "{}: nothing is accepted any more", target.name);
    }
}

/// Edges nobody has to search for.
#[test]
fn every_target_survives_nothing_one_byte_and_much() {
    let much = [b"\n".repeat(20_000), b"[".repeat(20_000), vec![0xff; 20_000]];
    let bytes = (0..=u8::MAX).map(|byte| vec![byte]);
    let inputs: Vec<Vec<u8>> = bytes.chain(much).chain([Vec::new()]).collect();
    for target in TARGETS {
        for input in &inputs {
            (target.run)(input);
        }
    }
}

#[test]
fn folders_and_targets_are_the_same_and_sorted() {
    let folders: BTreeSet<String> = fs::read_dir(corpus())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| cfg!(feature = "sm") || !name.starts_with("sm_"))
        .collect();
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(folders.iter().map(String::as_str).collect::<Vec<_>>(), names);
}

/// The control of this test: a replay that swallowed panics would pass everything.
#[test]
fn a_replay_notices_a_mistake() {
    let planted = target(PLANTED.name).unwrap();
    assert!((planted.run)(b"pai"));
    assert!(panic::catch_unwind(|| (planted.run)(b"paid!")).is_err());
}
