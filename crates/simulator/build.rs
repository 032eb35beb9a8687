//! With feature `phone`, checks that the phone's pages were built. It builds nothing itself: cargo
//! must not run npm behind anybody's back.

use std::path::Path;

const ASSETS: &str = "../../target/assets/phone";

/// Read by `src/phone/assets.rs`.
const NEEDED: [&str; 2] = ["host/index.html", "guest/index.html"];

#[expect(clippy::disallowed_methods, reason = "cargo tells build scripts the features this way")]
fn has_phone() -> bool {
    std::env::var_os("CARGO_FEATURE_PHONE").is_some()
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if !has_phone() {
        return;
    }
    println!("cargo::rerun-if-changed={ASSETS}");
    for file in NEEDED {
        if !Path::new(ASSETS).join(file).is_file() {
            println!(
                "cargo::error=the phone's pages are not built ({file} is missing): \
                 run `cargo xtask assets`"
            );
        }
    }
}
