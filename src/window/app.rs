//! The shell round the counter: it alone speaks to the till, the clock and the disk.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures::{Stream, StreamExt};
use iced::{Size, Subscription, Task, window};

use crate::till::Till;

use super::counter::{Counter, Effect, Message};
use super::key;
use super::ui::token::{FONTS, REGULAR, size};
use super::{Context, frame, ui};

/// Opens the window and returns when it is closed.
pub fn run(context: Context) -> iced::Result {
    let settings = iced::Settings {
        id: Some("guitai".to_owned()),
        fonts: FONTS.iter().map(|&font| font.into()).collect(),
        default_font: REGULAR,
        antialiasing: true,
        ..iced::Settings::default()
    };
    let window = window::Settings {
        size: Size::new(size::WINDOW.0, size::WINDOW.1),
        min_size: Some(Size::new(size::WINDOW_MIN.0, size::WINDOW_MIN.1)),
        // A till has the screen to itself; on the smallest laptops the title bar would push the key strip off it.
        maximized: true,
        // The order of a QR that is up is closed before the window is.
        exit_on_close_request: false,
        ..window::Settings::default()
    };
    iced::application(move || App::new(context.clone()), App::update, App::view)
        .title(|app: &App| app.title.clone())
        .theme(|app: &App| app.counter.theme())
        .style(|app, theme| ui::base(*theme, app.counter.scenes()))
        .subscription(App::subscription)
        .settings(settings)
        .window(window)
        .run()
}

struct App {
    context: Context,
    title: String,
    counter: Counter,
    /// The deadline that a timer already waits for.
    quiet_at: Option<Instant>,
}

impl App {
    fn new(context: Context) -> (Self, Task<Message>) {
        let now = context.till.now();
        let shop = context.shop.clone();
        let title = format!("{} · {}", context.lang.words().program, shop.name);
        let counter = Counter::new(shop, context.lang, context.theme, context.phone.is_some(), now, Instant::now());
        let app = Self { context, title, counter, quiet_at: None };
        let look = app.look_again();
        (app, look)
    }

    fn view(&self) -> ui::Element<'_, Message> {
        frame::view(&self.counter)
    }

    fn update(&mut self, message: Message) -> Task<Message> {
        let effects = self.counter.update(message, self.context.till.now());
        let tasks: Vec<Task<Message>> = effects.into_iter().map(|effect| self.perform(effect)).collect();
        Task::batch(tasks.into_iter().chain([self.wait_for_quiet()]))
    }

    fn perform(&mut self, effect: Effect) -> Task<Message> {
        let till = &self.context.till;
        match effect {
            Effect::Nothing => {}
            Effect::Charge { charging, note } => {
                let id = match charging.code.clone() {
                    Some(code) => till.charge_code(charging.amount, note, code),
                    None => till.charge_qr(charging.amount, note),
                };
                self.counter.begun(id, &charging);
            }
            Effect::Scan(sale, code) => till.scan(sale, code),
            Effect::Renew(sale) => till.renew(sale),
            Effect::Query(sale) => till.query(sale),
            Effect::Cancel(sale) => till.cancel(sale),
            Effect::Leave(sale) => till.leave(sale),
            Effect::LookAgain => return self.look_again(),
            Effect::Exit => return iced::exit(),
            Effect::SavePicture { png, name } => return save(self.context.pictures.clone(), name, png),
            Effect::FullScreen(full) => return full_screen(full),
            Effect::Press(button) => {
                if let Some(phone) = &self.context.phone {
                    phone.press(button);
                }
            }
            Effect::ShowCode => {
                let code = self.context.phone.as_ref().map(|phone| phone.show_code());
                return code.map_or_else(Task::none, |code| self.update(Message::PhoneShows(code)));
            }
        }
        Task::none()
    }
}

impl App {
    /// A timer for the scanner that sends no Enter, unless one is on its way already.
    fn wait_for_quiet(&mut self) -> Task<Message> {
        let now = Instant::now();
        let Some(left) = self.counter.quiet_in(now) else {
            self.quiet_at = None;
            return Task::none();
        };
        let deadline = now + left;
        if self.quiet_at.is_some_and(|waited| waited > now) {
            return Task::none();
        }
        self.quiet_at = Some(deadline);
        let timer = tokio::time::sleep_until(deadline.into());
        Task::perform(timer, |()| Message::Quiet(Instant::now()))
    }

    fn look_again(&self) -> Task<Message> {
        let till = self.context.till.clone();
        Task::perform(async move { till.summary().await }, |summary| Message::Summary(summary.ok()))
    }

    fn subscription(&self) -> Subscription<Message> {
        let keys = iced::event::listen_with(key::listen).map(Message::Pressed);
        let till = Subscription::run_with(Listener(self.context.till.clone()), Listener::listen);
        let close = window::close_requests().map(|_| Message::CloseRequested);
        let tick = self.counter.tick().map_or_else(Subscription::none, every);
        Subscription::batch([keys, till, close, tick])
    }
}

fn every(interval: Duration) -> Subscription<Message> {
    iced::time::every(interval).map(|_| Message::Tick)
}

/// The till's updates. There is one till a window, so that the subscription is always the same one.
struct Listener(Till);

impl std::hash::Hash for Listener {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        "till".hash(state);
    }
}

impl Listener {
    fn listen(&self) -> impl Stream<Item = Message> + use<> {
        // A subscription that ends is begun again only when its identity changes, so it never ends.
        let updates = self.0.clone().updates();
        updates.map(Message::Till).chain(futures::stream::pending())
    }
}

fn full_screen(full: bool) -> Task<Message> {
    let mode = if full { window::Mode::Fullscreen } else { window::Mode::Windowed };
    window::latest().and_then(move |id| window::set_mode(id, mode))
}

fn save(folder: PathBuf, name: String, png: Vec<u8>) -> Task<Message> {
    let write = tokio::task::spawn_blocking(move || write(&folder, &name, &png));
    Task::perform(write, |saved| Message::Saved(saved.ok().flatten()))
}

fn write(folder: &Path, name: &str, png: &[u8]) -> Option<PathBuf> {
    let path = folder.join(name);
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, png)).ok().map(|()| path)
}
