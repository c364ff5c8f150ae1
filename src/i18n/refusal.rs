//! Every "no" as a sentence.
