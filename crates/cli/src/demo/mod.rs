//! Everything in one process, kept between starts: the same world, keys, users, clock and orders.

mod hall;
mod memory;
mod words;

use crate::{arguments::DemoArguments, failure::Failure, signals::Signals};

/// Runs simulator, server, shop and phone until told to stop.
pub(crate) async fn run(arguments: DemoArguments) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let mut hall = tokio::select! {
        hall = hall::open(&arguments) => hall?,
        () = signals.next() => return Ok(()),
    };
    let description = hall.describe();
    if arguments.json {
        println!("{description}");
    } else {
        println!("{}", words::welcome(&description));
    }
    let failed = tokio::select! {
        () = signals.next() => None,
        failure = hall.failed() => Some(failure),
    };
    eprintln!("正在停止，再按一次立即退出 stopping; once more stops at once");
    signals.unless_again(hall.close()).await;
    failed.map_or(Ok(()), Err)
}
