//! The program as people use it: a real process, and the stand-in server.

mod broadcast;
mod events;
mod everyday;
mod export;
mod operations;
mod profiles;
mod pty;
mod support;
mod terminal;
