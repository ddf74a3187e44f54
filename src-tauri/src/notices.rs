//! Shows notices on the desktop. What is shown, once and by which process, is the API's to say;
//! the words may show on a locked screen and hold nothing of a change.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use counterfoil_api::Desktop;
use counterfoil_api::view::DeskEvent;
use tauri::AppHandle;
use tauri_plugin_notification::NotificationExt;

use crate::till::Till;

/// Looks again after this where nothing happens: another person may have sat down.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Tells the desktop until the window is gone.
pub fn tell(till: &Arc<Till>, app: AppHandle) {
    let Ok(desk) = &till.desk else { return };
    let (happened, happens) = channel();
    desk.listen(move |event| {
        if may_matter(&event) {
            // The thread ends with the window, and then nobody hears it.
            let _ = happened.send(());
        }
    });
    // Held weakly: the till closes with the window, not with this.
    let till = Arc::downgrade(till);
    let telling = move || {
        let desktop = Shown(app);
        tell_whenever(&happens, || till.upgrade().map(|till| tell_once(&till, &desktop)));
    };
    let thread = std::thread::Builder::new().name("notices".to_owned());
    if let Err(error) = thread.spawn(telling) {
        tracing::warn!(%error, "notices are not shown on the desktop");
    }
}

/// The desktop behind the plugin.
struct Shown(AppHandle);

impl Desktop for Shown {
    fn show(&self, title: &str, words: &str) {
        let shown = self.0.notification().builder().title(title).body(words).show();
        if let Err(error) = shown {
            tracing::warn!(%error, "the desktop takes no notification");
        }
    }
}

fn may_matter(event: &DeskEvent) -> bool {
    match event {
        DeskEvent::Notices | DeskEvent::Desk | DeskEvent::Everything => true,
        DeskEvent::Change { .. } | DeskEvent::Payment { .. } => false,
    }
}

/// Tells, and waits until something happens or more may be told; until there is nothing to tell
/// from any more.
fn tell_whenever(happens: &Receiver<()>, mut tell: impl FnMut() -> Option<Option<Duration>>) {
    while let Some(again) = tell() {
        let wait = again.map_or(LOOK_EVERY, |again| again.min(LOOK_EVERY));
        match happens.recv_timeout(wait) {
            // What happened together is told together.
            Ok(()) => happens.try_iter().for_each(drop),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// What there is for whoever sits here; answers after how long there may be more.
fn tell_once(till: &Till, desktop: &dyn Desktop) -> Option<Duration> {
    let desk = till.desk.as_ref().ok()?;
    desk.tell_desktop(&till.seat, desktop).unwrap_or_else(|fault| {
        tracing::warn!(%fault, "notices cannot be told");
        None
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Recorded(Mutex<Vec<String>>);

    impl Desktop for Recorded {
        fn show(&self, title: &str, words: &str) {
            self.0.lock().expect("nobody panics with it").push(format!("{title}: {words}"));
        }
    }

    #[test]
    fn what_happens_together_is_told_together_and_the_end_of_the_desk_ends_it() {
        let (happened, happens) = channel();
        let desktop = Recorded::default();
        for _ in 0..5 {
            happened.send(()).expect("it is heard");
        }
        let mut times = 0;
        let mut happened = Some(happened);
        tell_whenever(&happens, || {
            times += 1;
            desktop.show("Counterfoil", &format!("{times}"));
            if times == 2 {
                happened.take();
            }
            Some(Some(Duration::from_millis(5)))
        });
        let shown = desktop.0.into_inner().expect("nobody panicked with it");
        assert_eq!(shown, ["Counterfoil: 1", "Counterfoil: 2"]);
    }

    #[test]
    fn what_waits_for_its_minute_is_told_when_that_is_over() {
        let (_happened, happens) = channel();
        let mut times = 0;
        tell_whenever(&happens, || {
            times += 1;
            (times < 4).then(|| Some(Duration::from_millis(1)))
        });
        assert_eq!(times, 4);
    }

    #[test]
    fn a_closed_till_ends_it() {
        let (_happened, happens) = channel();
        tell_whenever(&happens, || None);
    }
}
