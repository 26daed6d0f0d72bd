//! Keeps `openapi/` in step with WAHA: `cargo xtask import`, `check`, `expand`.
#![allow(dead_code, unused)]
mod document;
mod facts;
mod names;
mod overlay;
mod pipeline;
mod rules;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let doc: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&args[1]).unwrap()).unwrap();
    let facts = facts::of(&doc);
    let names = names::Names::read(std::path::Path::new("/work/main/openapi")).unwrap();
    if args.get(2).is_some_and(|a| a == "--repaired") { println!("{}", document::print(&pipeline::repair(&facts, &names).0)); return }
    let overlays: Vec<_> = args[2..].iter().map(|p| overlay::Overlay::read(std::path::Path::new(p))).collect::<Result<_,_>>().unwrap_or_else(|e| { eprintln!("{e:#}"); std::process::exit(1) });
    match pipeline::run(&facts, &names, &overlays) {
        Ok(out) => { for n in out.notes { eprintln!("note: {n}") } println!("{}", document::print(&out.document)); }
        Err(e) => { eprintln!("{e:#}"); std::process::exit(1) }
    }
}
