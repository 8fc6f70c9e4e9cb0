//! `cargo xtask demo`: the ten claims live through their lives. Not yet part of the command line.
