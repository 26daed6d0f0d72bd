//! The server, in a process of its own. It prints its address, and ends when its standard input does.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use waha_benches::server;

fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    thread::spawn(move || server::serve(&listener));
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
