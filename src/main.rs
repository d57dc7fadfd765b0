//! Reads the command line; opens the window or runs one command.

use std::process::ExitCode;

use guitai::command::{self, Cli};

fn main() -> ExitCode {
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
    use std::path::PathBuf;
    use std::process::ExitCode;
    use std::sync::Arc;
    use std::time::Duration;

    use guitai::command::session::{self, Session};
    use guitai::command::{self, Common};
    use guitai::lang::Lang;
    use guitai::number::AuthCode;
    use guitai::practice::{self, Phone};
    use guitai::settings::{Language, Settings, SettingsError, Theme};
    use guitai::window::{self, Button, Choice, Context, CustomerPhone, Keeper};

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
        let session = match runtime.block_on(Session::open(common)) {
            Ok(session) => session,
            Err(error) => return command::no_till(common, &error),
        };
        // A till that begins takes up what a crash left open, beside the counter's work.
        let till = session.till().clone();
        let taking_up = runtime.spawn(async move { till.take_up().await });
        let phone = session.phone();
        if let Some(phone) = &phone {
            phone.set_customer(practice::Customer::Panel);
        }
        let opened = window::run(Context {
            till: session.till().clone(),
            phone: phone.map(|phone| Arc::new(Simulated(phone)) as Arc<dyn CustomerPhone>),
            lang: session.lang(common),
            theme: theme(&session),
            shop: shop(&session),
            keeper: Arc::new(SettingsFile(session.data_dir().to_owned())),
            problems: session.problems().to_vec(),
            pictures: pictures(&session),
        });
        runtime.block_on(async {
            // A book that can't be read has been told by the window's own reading of it.
            let _ = taking_up.await;
            session.till().goodbye(GOODBYE).await;
        });
        drop(session);
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

    fn theme(session: &Session) -> Option<window::ui::Theme> {
        match session.settings().theme {
            Theme::Dark => Some(window::ui::Theme::Dark),
            Theme::Light => Some(window::ui::Theme::Light),
            Theme::System => None,
        }
    }

    /// The settings of the data folder in which the window was opened.
    #[derive(Debug)]
    struct SettingsFile(PathBuf);

    impl Keeper for SettingsFile {
        fn keep(&self, choice: Choice) -> Result<(), SettingsError> {
            Settings::change(&self.0, |settings| match choice {
                Choice::Language(Lang::Zh) => settings.language = Language::ZhCn,
                Choice::Language(Lang::En) => settings.language = Language::En,
                Choice::Theme(window::ui::Theme::Dark) => settings.theme = Theme::Dark,
                Choice::Theme(window::ui::Theme::Light) => settings.theme = Theme::Light,
            })
        }
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
