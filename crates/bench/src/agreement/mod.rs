//! Whether implementations that we did not write read what we write, and we what they write.
//!
//! Each check is one exchange over generated inputs. Where a text can be changed under a signature
//! or a seal, the changed text is offered too, and both sides must refuse it: agreement means
//! something only if disagreement is noticed. `--wrong` makes our own side careless on purpose, and
//! then every check has to fail.

/// Takes the text out of an answer, or ends the exchange.
macro_rules! made {
    ($exchange:expr, $question:expr) => {{
        let question = &$question;
        match $exchange.ask(question)? {
            Made::Value(value) => value,
            Made::Cannot => return Ok(Verdict::Cannot),
            Made::Refused(reason) => return Err(format!("refused ({reason}): {question}")),
        }
    }};
}

mod checks;
mod inputs;
mod v2;

use std::process::ExitCode;

use serde_json::json;

use crate::{peer::Peer, world::World};
use checks::{CHECKS, Check, Exchange, Verdict};
use inputs::Inputs;

/// What `suanpan-bench agreement` is told.
#[derive(clap::Args)]
pub(crate) struct Agreement {
    /// The other side (repeatable).
    #[arg(long, required = true, num_args = 3, value_names = ["NAME", "PROGRAM", "SCRIPT"])]
    peer: Vec<String>,
    /// Exchanges per check.
    #[arg(long, default_value_t = 200)]
    cases: usize,
    /// Where the inputs come from; a disagreement prints it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Be careless with blanks on our side; succeeds when every check notices.
    #[arg(long)]
    wrong: bool,
}

/// Prints one JSON object a check: `{check, ok, cases, detail}`.
pub(crate) fn run(arguments: &Agreement) -> ExitCode {
    let mut sound = true;
    for [name, program, script] in arguments.peer.as_chunks().0 {
        let outcome = Peer::start(name, program, script).and_then(|peer| with(peer, arguments));
        sound &= outcome.unwrap_or_else(|reason| {
            println!("{}", json!({ "check": name, "ok": false, "detail": reason }));
            false
        });
    }
    if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn with(mut peer: Peer, arguments: &Agreement) -> Result<bool, String> {
    let world = World::new();
    peer.introduce(world.introduction())?;
    let mut sound = true;
    for check in CHECKS {
        let mut exchange = Exchange {
            world: &world,
            inputs: Inputs::new(arguments.seed),
            peer: &mut peer,
            wrong: false,
        };
        let tally = tally(check, &mut exchange, arguments);
        let (ok, detail) = tally.judged(arguments);
        sound &= ok;
        let line = json!({
            "check": format!("{}: {}", peer.name(), check.name),
            "ok": ok,
            "cases": tally.agreed,
            "detail": detail,
        });
        println!("{line}");
    }
    Ok(sound)
}

#[derive(Default)]
struct Tally {
    agreed: usize,
    cannot: bool,
    /// A case that we told wrong was refused.
    noticed: bool,
    /// A case that we told right was not agreed upon.
    disagreement: Option<String>,
}

/// Stops at the first disagreement: one is enough to look at. When we are to be wrong, each case is
/// told right first: a peer that refuses everything has noticed nothing.
fn tally(check: &Check, exchange: &mut Exchange<'_>, arguments: &Agreement) -> Tally {
    let mut tally = Tally::default();
    for _ in 0..arguments.cases {
        let again = exchange.inputs.clone();
        match (check.run)(exchange) {
            Ok(Verdict::Agreed) => tally.agreed += 1,
            Ok(Verdict::Cannot) => tally.cannot = true,
            Err(reason) => {
                tally.disagreement = Some(reason);
                break;
            }
        }
        if arguments.wrong {
            exchange.inputs = again;
            exchange.wrong = true;
            tally.noticed = (check.run)(exchange).is_err();
            exchange.wrong = false;
            if tally.noticed {
                break;
            }
        }
    }
    tally
}

impl Tally {
    fn judged(&self, arguments: &Agreement) -> (bool, String) {
        let Agreement { cases, seed, wrong, .. } = arguments;
        match &self.disagreement {
            Some(reason) => (false, format!("seed {seed}, case {}: {reason}", self.agreed + 1)),
            None if self.cannot => (true, "it has no function for this".to_owned()),
            None if *wrong && self.noticed => (true, format!("noticed in case {}", self.agreed)),
            None if *wrong => (false, "our carelessness was not noticed".to_owned()),
            None => (self.agreed == *cases, String::new()),
        }
    }
}
