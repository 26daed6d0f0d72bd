//! How the cost grows with the size: by plots, and by what one piece costs at each size.

use std::{fs, path::Path};

use plotters::prelude::*;
use waha_benches::{
    Case,
    case::Work::{Contacts, File, Flight, Messages},
};

use crate::programs::{Program, Programs};

/// Measures the CPU time of growing work, prints it, and writes a plot of each into `benches/plots`.
pub fn measure(programs: &Programs) -> anyhow::Result<()> {
    println!("| growth: CPU time for each, in µs | smallest to largest |");
    println!("|---|---|");
    let sizes = [1, 10, 100, 1000, 10_000, 100_000];
    plot(programs, "messages", sizes.map(|size| (size, Case::new(Messages, size, 1))))?;
    plot(programs, "contacts", sizes.map(|size| (size, Case::new(Contacts, size, 1))))?;
    let kilobytes = [1, 10, 100, 1000, 10_000, 37_000];
    plot(programs, "kilobytes of a file", kilobytes.map(|size| (size, Case::new(File, size * 1000, 1))))?;
    let flights = [1, 4, 16, 64, 250, 1000];
    plot(programs, "calls in flight", flights.map(|size| (size, Case::new(Flight, size, size * 4))))
}

fn plot<const N: usize>(programs: &Programs, what: &str, cases: [(usize, Case); N]) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    for (program, color) in [(Program::Full, BLACK), (Program::Ours, RED)] {
        let mut points = Vec::new();
        for (size, case) in cases {
            let mut milliseconds = f64::INFINITY;
            for _ in 0..3 {
                milliseconds = milliseconds.min(programs.run(program, case)?.cpu.as_secs_f64() * 1e3);
            }
            points.push((size as f64, milliseconds));
        }
        let each = points.iter().map(|(size, milliseconds)| format!("{size}: {:.2}", milliseconds * 1e3 / size));
        println!("| {what}, {program:?} | {} |", each.collect::<Vec<_>>().join(", ").to_lowercase());
        lines.push((program, color, points));
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plots");
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{}.svg", what.replace(' ', "-")));
    let area = SVGBackend::new(&path, (720, 480)).into_drawing_area();
    area.fill(&WHITE)?;
    let all = || lines.iter().flat_map(|(_, _, points)| points);
    let largest = all().map(|(size, _)| *size).fold(1.0, f64::max);
    let (least, most) = all().map(|(_, time)| *time).fold((f64::INFINITY, 0.0), |(a, b), t| (t.min(a), t.max(b)));
    let mut chart = ChartBuilder::on(&area)
        .caption(format!("CPU time in ms by {what}"), ("sans-serif", 22))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(64)
        .build_cartesian_2d((0.9..largest * 1.1).log_scale(), (least * 0.8..most * 1.2).log_scale())?;
    chart.configure_mesh().draw()?;
    for (program, color, points) in lines {
        let label = format!("{program:?}").to_lowercase();
        let series = chart.draw_series(LineSeries::new(points, color.stroke_width(2)))?;
        series.label(label).legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], color));
    }
    chart.configure_series_labels().background_style(WHITE).border_style(BLACK).draw()?;
    area.present()?;
    Ok(())
}
