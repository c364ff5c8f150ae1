#![no_main]

#[path = "../targets.rs"]
#[expect(dead_code, reason = "each fuzzer runs one of the targets")]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for account in targets::kinds().filter_map(targets::account) {
        if let Some(sealed) = targets::speak(&account, bytes) {
            targets::parse(&account, &sealed);
        }
    }
});
