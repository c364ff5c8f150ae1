#![no_main]

#[path = "../targets.rs"]
#[expect(dead_code, reason = "each fuzzer runs one of the targets")]
mod targets;

// Every kind reads the same bytes: what is no delivery of one is that of another.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for account in targets::kinds().filter_map(targets::account) {
        targets::parse(&account, bytes);
    }
});
