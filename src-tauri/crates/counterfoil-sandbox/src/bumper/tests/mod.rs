//! Tests of the signature against the published vectors, and of the rules as tables.

mod rules;
mod vectors;
