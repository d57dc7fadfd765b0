//! Reads the command line; opens the window or runs one command.

use std::process::ExitCode;

use guitai::command::{self, Cli};

fn main() -> ExitCode {
    guitai::core_dump::forbid();
    match command::parse(std::env::args_os()) {
        Ok(Cli { common, command: Some(command) }) => command::run(&common, command),
        Ok(Cli { common, command: None }) => open_window(&common),
        Err(answered) => answered,
    }
}

#[cfg(not(feature = "window"))]
fn open_window(common: &command::Common) -> ExitCode {
    command::no_display(common)
}

#[cfg(feature = "window")]
use window::open_window;

#[cfg(feature = "window")]
mod window {
    use std::fmt;
    use std::path::PathBuf;
    use std::process::ExitCode;
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
    use std::time::Duration;

    use futures::future::{BoxFuture, FutureExt};
    use futures::stream::{BoxStream, Stream, StreamExt};
    use guitai::account::check::{Check, Outcome, Report, Subject};
    use guitai::account::{self, Draft, Keep, LiveError, PlainFile, SaveError};
    use guitai::backup::{self, Passphrase, RestoreError, Restored};
    use guitai::command::session::{self, Session, SessionError};
    use guitai::command::{self, Common};
    use guitai::lang::Lang;
    use guitai::notify::Listener;
    use guitai::number::AuthCode;
    use guitai::practice::{self, Phone};
    use guitai::settings::{self, Language, Settings, SettingsError, Theme};
    use guitai::till;
    use guitai::vault::{Vault, VaultError};
    use guitai::window::screen::checks::Told;
    use guitai::window::{
        self, Approvals, Button, Choice, Context, CustomerPhone, Desk, House, Start, Told as Sentence, Trouble,
    };
    use tokio::runtime::Handle;
    use tokio::task::JoinHandle;

    /// How long a sale that is left by closing the window has to get its last word out; the book has
    /// the rest, and the next start takes it up.
    const GOODBYE: Duration = Duration::from_secs(2);

    /// Opens the till's window and returns when it is closed.
    pub(crate) fn open_window(common: &Common) -> ExitCode {
        if !has_display() {
            return command::no_display(common);
        }
        let runtime = match session::runtime() {
            Ok(runtime) => runtime,
            Err(error) => return command::no_window(common, &error),
        };
        let data_dir = settings::data_dir(common.data_dir.clone());
        let rooms = Arc::new(Rooms {
            common: common.clone(),
            runtime: runtime.handle().clone(),
            open: Mutex::default(),
            held: Mutex::default(),
        });
        let start = if !common.practice && settings::is_live(&data_dir) {
            // Its keyring may keep the owner waiting, and the window says so.
            Start::Open
        } else if !common.practice && session::is_unused(&data_dir) {
            Start::Choose
        } else {
            match runtime.block_on(rooms.open_session()) {
                Ok(desk) => Start::At(Box::new(desk)),
                Err(error) => return command::no_till(common, &error),
            }
        };
        let (settings, _told_at_the_desk) = Settings::load(&data_dir);
        let opened = window::run(Context {
            house: Arc::clone(&rooms) as Arc<dyn House>,
            lang: session::lang(common, &settings),
            theme: theme(&settings),
            start,
        });
        let last = rooms.lock().take();
        runtime.block_on(async {
            if let Some(last) = last {
                last.leave().await;
            }
        });
        runtime.shutdown_background();
        match opened {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => command::no_window(common, &error),
        }
    }

    /// iced ends the process where there is no display; this is asked first.
    fn has_display() -> bool {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        cfg!(not(all(unix, not(target_os = "macos"))))
            || ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(set)
    }

    /// The data folder's till, as the window opens it, and opens it anew.
    struct Rooms {
        common: Common,
        runtime: Handle,
        open: Mutex<Option<Opened>>,
        /// Secrets that their owner chose to hold for this run only.
        held: Mutex<Option<Vault>>,
    }

    /// A session, and the taking up of what a crash left open in its book, beside the counter's work.
    struct Opened {
        session: Session,
        _listening: Option<Listener>,
        taking_up: JoinHandle<()>,
    }

    impl Opened {
        async fn leave(self) {
            // A book that can't be read has been told by the window's own reading of it.
            let _ = self.taking_up.await;
            self.session.till().goodbye(GOODBYE).await;
        }
    }

    impl Rooms {
        fn lock(&self) -> MutexGuard<'_, Option<Opened>> {
            // The slot is whole between any two statements.
            self.open.lock().unwrap_or_else(PoisonError::into_inner)
        }

        async fn open_session(&self) -> Result<Desk, SessionError> {
            let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let session = Session::open_with(&self.common, held).await?;
            let till = session.till().clone();
            let taking_up = self.runtime.spawn(async move {
                let _ = till.take_up().await;
            });
            let phone = session.phone();
            if let Some(phone) = &phone {
                phone.set_customer(practice::Customer::Panel);
            }
            let mut problems = session.problems().to_vec();
            let listening = session.listen().await.unwrap_or_else(|problem| {
                problems.push(problem);
                None
            });
            let desk = Desk {
                approvals: Approvals(Arc::new(session.desk().clone())),
                till: session.till().clone(),
                phone: phone.map(|phone| Arc::new(Simulated(phone)) as Arc<dyn CustomerPhone>),
                shop: shop(&session),
                problems,
                expiry: expiry(&session),
                pictures: pictures(&session),
            };
            let before = self.lock().replace(Opened { session, _listening: listening, taking_up });
            if let Some(before) = before {
                before.leave().await;
            }
            Ok(desk)
        }
    }

    impl Rooms {
        fn data_dir(&self) -> PathBuf {
            settings::data_dir(self.common.data_dir.clone())
        }

        async fn save_account(&self, draft: Draft, keep: Keep) -> Result<Vec<PlainFile>, SaveError> {
            let saved = account::save(&draft, &self.data_dir(), keep).await?;
            let held = match keep {
                Keep::Keyring => None,
                Keep::ThisRun => Some(saved.vault),
            };
            *self.held.lock().unwrap_or_else(PoisonError::into_inner) = held;
            Ok(saved.files)
        }
    }

    impl fmt::Debug for Rooms {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Rooms").field("common", &self.common).finish_non_exhaustive()
        }
    }

    /// Rooms as the window's own thread and tasks may use them.
    impl House for Rooms {
        fn keep(&self, choice: Choice) -> Result<(), SettingsError> {
            Settings::change(&self.data_dir(), |settings| match choice {
                Choice::Language(Lang::Zh) => settings.language = Language::ZhCn,
                Choice::Language(Lang::En) => settings.language = Language::En,
                Choice::Theme(window::ui::Theme::Dark) => settings.theme = Theme::Dark,
                Choice::Theme(window::ui::Theme::Light) => settings.theme = Theme::Light,
            })
        }

        fn open(self: Arc<Self>) -> BoxFuture<'static, Result<Desk, Trouble>> {
            let runtime = self.runtime.clone();
            let opening = runtime.spawn(async move { self.open_session().await });
            async move {
                match opening.await {
                    Ok(Ok(desk)) => Ok(desk),
                    Ok(Err(SessionError::Account(LiveError::Vault(error)))) => Err(Trouble::Keyring(error)),
                    Ok(Err(error)) => Err(Trouble::Other(Sentence::new(|lang| error.words(lang)))),
                    // The program ends, or its opening broke down.
                    Err(error) => Err(Trouble::Other(Sentence::new(|lang| lang.no_till(&error)))),
                }
            }
            .boxed()
        }

        fn draft(&self) -> Draft {
            let (settings, _what_is_bad_is_asked_for) = Settings::load(&self.data_dir());
            Draft::of(&settings)
        }

        fn check(&self) -> BoxStream<'static, Told> {
            let subject = self.lock().as_ref().map(|open| open.session.subject().clone());
            // No till was opened with a config of no use.
            let check = subject.and_then(|subject| Some((Check::new(subject.clone()).ok()?, subject)));
            check.map_or_else(|| futures::stream::empty().boxed(), |(check, subject)| checked(check, subject).boxed())
        }

        fn restore(
            self: Arc<Self>,
            file: PathBuf,
            passphrase: Passphrase,
        ) -> BoxFuture<'static, Result<Restored, RestoreError>> {
            let data_dir = self.data_dir();
            let restoring = self.runtime.spawn(async move {
                let folder = data_dir.clone();
                backup::restore(&file, passphrase, &data_dir, |mch_id| Vault::keyring(mch_id, &folder)).await
            });
            async move { restoring.await.unwrap_or(Err(RestoreError::Busy)) }.boxed()
        }

        fn save(self: Arc<Self>, draft: Draft, keep: Keep) -> BoxFuture<'static, Result<Vec<PlainFile>, SaveError>> {
            let runtime = self.runtime.clone();
            let saving = runtime.spawn(async move { self.save_account(draft, keep).await });
            // Keyrings that break down count as none.
            async move { saving.await.unwrap_or(Err(SaveError::Vault(VaultError::NoKeyring))) }.boxed()
        }
    }

    /// What a check will look at, what it finds, and what support reads of it.
    fn checked(check: Check, subject: Subject) -> impl Stream<Item = Told> + Send {
        let items = futures::stream::once(std::future::ready(Told::Items(check.items())));
        let run = (Some(Box::pin(check.run())), Vec::new(), subject);
        items.chain(futures::stream::unfold(run, |(mut check, mut lines, subject)| async move {
            let found = check.as_mut()?.next().await;
            let Some((item, outcome)) = found else {
                let report = Report::of(&subject, std::mem::take(&mut lines), till::now());
                return Some((Told::Ended(report), (None, lines, subject)));
            };
            lines.push((item, outcome.clone()));
            Some((Told::Found(item, outcome), (check, lines, subject)))
        }))
    }

    fn shop(session: &Session) -> window::Shop {
        let settings = session.settings();
        window::Shop {
            name: settings.shop_name.clone(),
            till: settings.till_number.to_string(),
            quick_amounts: settings.quick_amounts.clone(),
            limit: settings.limit,
            scan_gap: settings.scan_gap(),
            practice: session.is_practice(),
        }
    }

    fn theme(settings: &Settings) -> Option<window::ui::Theme> {
        match settings.theme {
            Theme::Dark => Some(window::ui::Theme::Dark),
            Theme::Light => Some(window::ui::Theme::Light),
            Theme::System => None,
        }
    }

    /// What the counter has to say of the certificate, if anything.
    fn expiry(session: &Session) -> Option<Outcome> {
        let told = session.subject().expiry(till::now());
        told.filter(|outcome| matches!(outcome, Outcome::Warned(_) | Outcome::Failed(_)))
    }

    /// The user's own place for pictures, or the data folder.
    fn pictures(session: &Session) -> PathBuf {
        let users = directories::UserDirs::new();
        let pictures = users.as_ref().and_then(directories::UserDirs::picture_dir);
        pictures.map_or_else(|| session.data_dir().join("pictures"), PathBuf::from)
    }

    /// The practice gateway's phone, as the window's panel presses it.
    #[derive(Debug)]
    struct Simulated(Phone);

    impl CustomerPhone for Simulated {
        fn press(&self, button: Button) {
            self.0.press(match button {
                Button::ScanAndPay => practice::Button::Pay,
                Button::PasswordThenPay => practice::Button::AskPassword,
                Button::WrongPassword => practice::Button::WrongPassword,
                Button::NotEnough => practice::Button::NotEnough,
                Button::Cancel => practice::Button::Cancel,
                Button::GoesDead => practice::Button::Dead,
            });
        }

        fn show_code(&self) -> AuthCode {
            self.0.show_code()
        }
    }
}
