//! Stops cleanly on HUP, INT, QUIT and TERM: the first one asks, the second one ends the program at once.

use super::exit::{Exit, Failure};
use crate::engine::Stop;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

/// Hears signals and hands them on as a request to stop.
#[derive(Clone, Debug, Default)]
pub struct Listener {
    stop: Stop,
    signal: Arc<AtomicI32>,
}

impl Listener {
    /// Starts to listen.
    ///
    /// # Errors
    /// If the system refuses the handlers or the thread.
    pub fn listen() -> Result<Self, Failure> {
        let refused = |error: std::io::Error| Failure::new(Exit::Resources, format!("cannot listen to signals: {error}"));
        let hangup = (!hangup_is_ignored()).then_some(SIGHUP);
        let mut signals = Signals::new([SIGINT, SIGQUIT, SIGTERM].into_iter().chain(hangup)).map_err(refused)?;
        let listener = Self::default();
        let heard = listener.clone();
        let listen = move || {
            for signal in signals.forever() {
                if heard.stop.requested() {
                    std::process::exit(exit_of(signal) as i32);
                }
                heard.signal.store(signal, Ordering::SeqCst);
                heard.stop.request();
            }
        };
        std::thread::Builder::new().name("signals".into()).spawn(listen).map_err(refused)?;
        Ok(listener)
    }

    /// What to hand to whoever works long.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Ends the command if it was asked to stop.
    ///
    /// # Errors
    /// If it was; the exit code says by which signal.
    pub fn check(&self) -> Result<(), Failure> {
        if !self.stop.requested() {
            return Ok(());
        }
        let exit = exit_of(self.signal.load(Ordering::SeqCst));
        Err(Failure::new(exit, format!("stopped ({exit:?}); no unfinished folder was left")))
    }
}

fn exit_of(signal: i32) -> Exit {
    match signal {
        SIGHUP => Exit::Hangup,
        SIGQUIT => Exit::Quit,
        SIGTERM => Exit::Terminate,
        _ => Exit::Interrupt,
    }
}

/// Whether we were started under `nohup` or the like. Only Linux says so without unsafe code;
/// elsewhere a hangup always stops the run.
fn hangup_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (SIGHUP - 1) & 1 == 1)
}
