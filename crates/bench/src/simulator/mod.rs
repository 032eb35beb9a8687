//! The simulator's own numbers: start, weight, payments, a large world, a day.
//!
//! Start, weight, payments and days are those of a process of its own, asked over its sockets; the
//! generator's work is counted apart. The large world is asked in this process and signs nothing,
//! so that what grows with its size is not hidden behind cryptography.

mod child;
mod large;
mod load;
mod wire;

use clap::Args;

pub(crate) use child::alone;

use crate::measure::Figure;

/// Figures are thousandths of their unit.
const MILLI: u128 = 1000;

#[derive(Args)]
pub(crate) struct Numbers {
    /// One JSON object a line instead of a table.
    #[arg(long)]
    json: bool,
    /// How many payments are made over the network.
    #[arg(long, default_value_t = 5_000)]
    payments: usize,
    /// How many orders the large world holds.
    #[arg(long, default_value_t = 1_000_000)]
    orders: usize,
    /// How many orders are open while a day passes.
    #[arg(long, default_value_t = 10_000)]
    open: usize,
    /// How many of them were paid at a merchant that acknowledges nothing, in a second day.
    #[arg(long, default_value_t = 500)]
    ladders: usize,
}

pub(crate) fn run(wanted: &Numbers) -> Result<(), String> {
    let print = |figures: Vec<Figure>| {
        for figure in figures {
            println!("{}", if wanted.json { figure.to_json() } else { figure.to_string() });
        }
    };
    print(child::start_and_weight()?);
    print(load::payments(wanted.payments)?);
    print(load::days(wanted.open, wanted.ladders)?);
    print(large::world(wanted.orders)?);
    Ok(())
}
