//! What `waha` costs, compared with a program by hand, and whether that is within its limit.

use anyhow::ensure;
use waha_benches::{
    Case, Outcome,
    case::Work::{Batch, Contacts, Events, File, Flight, Messages, Picture, Refresh, Text, Verify},
};

use crate::programs::{Program, Programs};

/// Work, what it is called in the table, and how much dearer than by hand it may be.
struct Limit {
    case: Case,
    label: &'static str,
    /// Instructions, as a multiple of those of `full`: what was measured, and a tenth more for the difference between machines.
    most: f64,
}

const LIMITS: [Limit; 7] = [
    Limit { case: Case::new(Picture, 1, 200), label: "picture, a call", most: 1.11 },
    Limit { case: Case::new(Refresh, 1, 200), label: "picture refreshed, a call", most: 1.17 },
    Limit { case: Case::new(Text, 1, 200), label: "send text, a call", most: 0.90 },
    Limit { case: Case::new(Messages, 100, 20), label: "100 messages", most: 0.39 },
    Limit { case: Case::new(Contacts, 1000, 10), label: "1,000 contacts", most: 0.97 },
    Limit { case: Case::new(Events, 1000, 10), label: "1,000 events", most: 1.10 },
    Limit { case: Case::new(Verify, 1, 200), label: "delivery of a webhook", most: 0.92 },
];

/// Counts instructions, and fails where one of the limits is exceeded.
pub fn instructions(programs: &Programs) -> anyhow::Result<()> {
    println!("| instructions | few | full | plain | ours | limit |");
    println!("|---|---:|---:|---:|---:|---:|");
    let mut exceeded = Vec::new();
    for Limit { case, label, most } in &LIMITS {
        programs.check(case.times(2))?;
        let counted = |program| programs.instructions(program, *case);
        let (few, full, ours) = (counted(Program::Few)?, counted(Program::Full)?, counted(Program::Ours)?);
        let plain = match Program::Plain.does(case.work) {
            true => format!("{:.2}", counted(Program::Plain)? / full),
            false => String::new(),
        };
        let (few, times) = (few / full, ours / full);
        println!("| {label} | {few:.2} | 1.00 ({full:.0}) | {plain} | {times:.2} ({ours:.0}) | {most:.2} |");
        if times > *most {
            exceeded.push(format!("{label}: {times:.2} times the instructions, and the limit is {most:.2}"));
        }
    }
    println!();
    ensure!(exceeded.is_empty(), "{}", exceeded.join("\n"));
    Ok(())
}

/// How often each program runs, one after the other. The best of them counts: what disturbs a run makes it slower.
const ROUNDS: usize = 7;

/// Measures time and memory, which are not judged: they depend on what else the machine does.
pub fn time_and_memory(programs: &Programs) -> anyhow::Result<()> {
    println!("| | few | full | plain | ours |");
    println!("|---|---:|---:|---:|---:|");
    let cases = [
        (Case::new(Flight, 16, 4000), "16 calls in flight"),
        (Case::new(Messages, 10_000, 1), "10,000 messages"),
        (Case::new(Contacts, 50_000, 1), "50,000 contacts"),
        (Case::new(File, 32 * 1024 * 1024, 1), "32 MiB file sent"),
        (Case::new(Events, 60_000, 1), "60,000 events by WebSocket"),
        (Case::new(Batch, 100_000, 1), "batch of 100,000 items that do nothing"),
    ];
    for (case, label) in cases {
        programs.check(case)?;
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let run = |program: Program| program.does(case.work).then(|| programs.run(program, case)).transpose();
            let [few, full, plain, ours] = Program::ALL.map(run);
            rounds.push([few?, full?, plain?, ours?]);
        }
        let best = |index: usize, of: fn(&Outcome) -> f64| {
            rounds.iter().filter_map(|round| round[index].as_ref().map(of)).min_by(f64::total_cmp)
        };
        for (what, of) in [
            ("wall time", (|outcome| outcome.wall.as_secs_f64() * 1e3) as fn(&Outcome) -> f64),
            ("CPU time", |outcome| outcome.cpu.as_secs_f64() * 1e3),
            ("peak memory", |outcome| outcome.peak_kib as f64 / 1024.0),
        ] {
            let unit = if what == "peak memory" { "MiB" } else { "ms" };
            let full = best(1, of).unwrap_or(f64::NAN);
            let column = |index: usize| match best(index, of) {
                Some(found) => format!("{:.2} ({found:.1} {unit})", found / full),
                None => String::new(),
            };
            println!("| {label}: {what} | {} |", [0, 1, 2, 3].map(column).join(" | "));
        }
    }
    println!();
    Ok(())
}
