//! What every codec owes to the rest of the house, whoever the provider is. `walk` holds the
//! rules; `houses` the accounts they are walked over; `tiny` is a provider made up by following
//! `docs/adding-a-provider.md`, and the proof that the page is enough.

#![expect(clippy::panic, reason = "a walk that cannot go on fails the test with where it was")]

mod houses;
mod rules;
mod tiny;
mod walk;
