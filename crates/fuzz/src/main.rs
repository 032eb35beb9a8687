//! The engine's program: `suanpan-fuzz --target=NAME [libFuzzer's own flags] CORPUS…`.
//!
//! All targets share one program, because most of the time of a build goes into what they have in
//! common. libFuzzer leaves flags with two dashes to the program, and hands them on when it starts
//! itself again.

#![no_main]

use std::sync::OnceLock;

use suanpan_fuzz::{Target, target};

static CHOSEN: OnceLock<Target> = OnceLock::new();

libfuzzer_sys::fuzz_target!(
    init: drop(CHOSEN.set(chosen())),
    |input: &[u8]| {
        let target = CHOSEN.get().expect("chosen before the first input");
        (target.run)(input);
    }
);

fn chosen() -> Target {
    let name = std::env::args().find_map(|flag| flag.strip_prefix("--target=").map(str::to_owned));
    name.as_deref().and_then(target).unwrap_or_else(|| {
        eprintln!("usage: suanpan-fuzz --target=NAME [FLAGS] [CORPUS]…; NAME as in corpus/");
        std::process::exit(2)
    })
}
