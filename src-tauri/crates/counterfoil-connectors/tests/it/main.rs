//! The codecs held against the published vectors, the recorded answers and the reference page.
//! `support` holds the makings; each other file is one question.

mod accounts;
mod answers;
mod callbacks;
mod cards;
mod leaks;
mod moyasar;
mod norce;
mod requests;
mod rules;
mod support;
mod vectors;
mod wepay;
