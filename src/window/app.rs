//! The shell round the counter and the walk to it: it alone speaks to the till, the clock and the disk.

use std::sync::Arc;
use std::time::Instant;

use futures::{Stream, StreamExt};
use iced::theme::Mode;
use iced::{Size, Subscription, Task, system, window};

use crate::account::{self, Keep};
use crate::lang::Lang;
use crate::settings::SettingsError;
use crate::till::{self, Till};

use super::ask;
use super::counter::{self, Counter, Effect};
use super::key;
use super::screen::setup::Typed;
use super::ui::token::{FONTS, REGULAR, size};
use super::walk::{self, Walk};
use super::{Choice, Context, Desk, House, Start, Trouble, frame, ui};

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
        icon: Some(icon()),
        platform_specific: named(),
        // The order of a QR that is up is closed before the window is.
        exit_on_close_request: false,
        ..window::Settings::default()
    };
    iced::application(move || App::new(context.clone()), App::update, App::view)
        .title(App::title)
        .theme(App::theme)
        .style(|app, theme| ui::base(*theme, app.scenes()))
        .subscription(App::subscription)
        .settings(settings)
        .window(window)
        .run()
}

fn icon() -> window::Icon {
    let mut picture = png::Decoder::new(std::io::Cursor::new(include_bytes!("../../assets/icon/guitai-64.png")))
        .read_info()
        .expect("the bundled icon is a PNG");
    let mut rgba = vec![0; picture.output_buffer_size().expect("a small picture")];
    let frame = picture.next_frame(&mut rgba).expect("the bundled icon is whole");
    window::icon::from_rgba(rgba, frame.width, frame.height).expect("the bundled icon is RGBA")
}

/// The name by which a desktop finds `guitai.desktop`, and with it the till's name and icon.
#[cfg(target_os = "linux")]
fn named() -> window::settings::PlatformSpecific {
    window::settings::PlatformSpecific { application_id: "guitai".to_owned(), ..Default::default() }
}

#[cfg(not(target_os = "linux"))]
fn named() -> window::settings::PlatformSpecific {
    window::settings::PlatformSpecific::default()
}

struct App {
    house: Arc<dyn House>,
    /// `None` is as the system has it.
    theme: Option<ui::Theme>,
    screen: Screen,
    /// Counts the tills that were opened, so that each one's updates are another subscription.
    tills: u32,
    /// The deadline that a timer already waits for.
    quiet_at: Option<Instant>,
}

/// What is in front. The till stays open, and its sale in progress hears of itself, whatever is before it.
enum Screen {
    Counter(Box<Open>),
    Walk(Box<Walk>, Option<Box<Open>>),
}

/// An open till and the counter before it.
struct Open {
    desk: Desk,
    counter: Counter,
}

#[derive(Debug, Clone)]
enum Message {
    Counter(counter::Message),
    Walk(walk::Message),
    Opened(Result<Desk, Trouble>),
    /// The theme that the system prefers.
    SystemTheme(ui::Theme),
    Kept(Result<(), SettingsError>),
    CloseRequested,
}

impl App {
    fn new(context: Context) -> (Self, Task<Message>) {
        let Context { house, lang, theme, start } = context;
        let look = (lang, theme.unwrap_or_default());
        let walk = match start {
            Start::Choose => Walk::welcome(look.0, look.1),
            Start::Open | Start::At(_) => Walk::opening(look.0, look.1),
        };
        let mut app = Self { house, theme, screen: Screen::Walk(Box::new(walk), None), tills: 0, quiet_at: None };
        let begin = match start {
            Start::Choose => Task::none(),
            Start::Open => app.open(),
            Start::At(desk) => app.stand_at(*desk),
        };
        let ask_theme = if theme.is_none() { system::theme().map(system_theme) } else { Task::none() };
        // X11 forgets the wish to be maximised that comes before the window is on the screen.
        let whole = window::latest().and_then(|id| window::maximize(id, true));
        (app, Task::batch([whole, begin, ask_theme]))
    }

    fn open(&self) -> Task<Message> {
        Task::perform(Arc::clone(&self.house).open(), Message::Opened)
    }

    /// Puts the counter of a till that was opened in front.
    fn stand_at(&mut self, desk: Desk) -> Task<Message> {
        let (lang, theme) = (self.lang(), self.theme());
        let (now, has_phone) = (desk.till.now(), desk.phone.is_some());
        let mut counter = Counter::new(desk.shop.clone(), lang, theme, has_phone, now, Instant::now());
        counter.tell_problems(&desk.problems);
        counter.tell_expiry(desk.expiry.clone());
        desk.till.warm_up();
        let look = look_again(&desk.till);
        self.tills += 1;
        let open = Box::new(Open { desk, counter });
        match &mut self.screen {
            Screen::Walk(walk, behind) if walk.checks_first() => {
                *behind = Some(open);
                Task::batch([look, self.on_walk(walk::Message::Opened)])
            }
            Screen::Walk(..) | Screen::Counter(_) => {
                self.screen = Screen::Counter(open);
                look
            }
        }
    }

    fn opened(&self) -> Option<&Open> {
        match &self.screen {
            Screen::Counter(open) | Screen::Walk(_, Some(open)) => Some(open),
            Screen::Walk(_, None) => None,
        }
    }

    fn opened_mut(&mut self) -> Option<&mut Open> {
        match &mut self.screen {
            Screen::Counter(open) | Screen::Walk(_, Some(open)) => Some(open),
            Screen::Walk(_, None) => None,
        }
    }

    fn title(&self) -> String {
        match &self.screen {
            Screen::Walk(walk, None) => walk.lang().words().program.to_owned(),
            Screen::Counter(open) | Screen::Walk(_, Some(open)) => {
                format!("{} · {}", open.counter.lang().words().program, open.desk.shop.name)
            }
        }
    }

    fn lang(&self) -> Lang {
        match &self.screen {
            Screen::Counter(open) => open.counter.lang(),
            Screen::Walk(walk, _) => walk.lang(),
        }
    }

    fn theme(&self) -> ui::Theme {
        match &self.screen {
            Screen::Counter(open) => open.counter.theme(),
            Screen::Walk(walk, _) => walk.theme(),
        }
    }

    fn scenes(&self) -> u32 {
        match &self.screen {
            Screen::Counter(open) => open.counter.scenes(),
            Screen::Walk(walk, _) => walk.scenes(),
        }
    }

    fn view(&self) -> ui::Element<'_, Message> {
        match &self.screen {
            Screen::Counter(open) => frame::view(&open.counter).map(Message::Counter),
            Screen::Walk(walk, _) => walk.view().map(Message::Walk),
        }
    }

    fn update(&mut self, message: Message) -> Task<Message> {
        match message {
            Message::Counter(message) => self.at_counter(message),
            Message::Walk(message) => self.on_walk(message),
            Message::Opened(Ok(desk)) => self.stand_at(desk),
            Message::Opened(Err(trouble)) => self.on_walk(walk::Message::NotOpened(trouble)),
            Message::SystemTheme(theme) => {
                if let Screen::Walk(walk, _) = &mut self.screen {
                    walk.set_theme(theme);
                }
                self.at_counter(counter::Message::SystemTheme(theme))
            }
            Message::Kept(kept) => self.at_counter(counter::Message::Kept(kept)),
            Message::CloseRequested if self.opened().is_none() => iced::exit(),
            Message::CloseRequested => self.at_counter(counter::Message::CloseRequested),
        }
    }

    fn at_counter(&mut self, message: counter::Message) -> Task<Message> {
        let Some(Open { desk, counter }) = self.opened_mut() else { return Task::none() };
        let was_empty = counter.charge().entry.is_empty();
        let effects = counter.update(message, desk.till.now());
        if was_empty && !counter.charge().entry.is_empty() {
            desk.till.warm_up();
        }
        let tasks: Vec<Task<Message>> = effects.into_iter().map(|effect| self.perform(effect)).collect();
        Task::batch(tasks.into_iter().chain([self.wait_for_quiet()]))
    }

    fn perform(&mut self, effect: Effect) -> Task<Message> {
        let house = Arc::clone(&self.house);
        let Some(Open { desk, counter }) = self.opened_mut() else { return Task::none() };
        let till = &desk.till;
        match effect {
            Effect::Nothing => {}
            Effect::Charge { charging, note } => {
                let id = match charging.code.clone() {
                    Some(code) => till.charge_code(charging.amount, note, code),
                    None => till.charge_qr(charging.amount, note),
                };
                counter.begun(id, &charging);
            }
            Effect::Scan(sale, code) => till.scan(sale, code),
            Effect::Renew(sale) => till.renew(sale),
            Effect::Query(sale) => till.query(sale),
            Effect::Cancel(sale) => till.cancel(sale),
            Effect::Leave(sale) => till.leave(sale),
            Effect::LookAgain => return look_again(till),
            Effect::Find(question) => return ask::find(till, question).map(Message::Counter),
            Effect::Refundable(number) => {
                let asked = ask::approvers(&desk.approvals).chain(ask::refundable(till, number));
                return asked.map(Message::Counter);
            }
            Effect::Approvers => return ask::approvers(&desk.approvals).map(Message::Counter),
            Effect::Rules(page, wish) => {
                return ask::rules(till, &desk.approvals, page, wish).map(Message::Counter);
            }
            Effect::Refund(wish) => return ask::refund(till, &desk.approvals, wish).map(Message::Counter),
            Effect::BeginList(numbers) => return ask::begin_list(till, &desk.approvals, numbers).map(Message::Counter),
            Effect::RefundList(wish) => return ask::refund_list(till, &desk.approvals, wish).map(Message::Counter),
            Effect::StopList(id) => till.stop_list(id),
            Effect::ChooseList => return ask::choose_list().map(Message::Counter),
            Effect::ReadList(file) => return ask::read_list(file).map(Message::Counter),
            Effect::Paste => return ask::paste().map(Message::Counter),
            Effect::QueryRefund(number) => till.query_refund(number),
            Effect::StopRefund(number) => till.stop_refunds(vec![number]),
            Effect::Prove(number) => return ask::prove(till, number).map(Message::Counter),
            Effect::Story(sale) => return ask::story(till, sale).map(Message::Counter),
            Effect::SetUp => return self.set_up(),
            Effect::Exit => return iced::exit(),
            Effect::SavePicture { png, name } => {
                return ask::save(desk.pictures.clone(), name, png).map(Message::Counter);
            }
            Effect::FullScreen(full) => return full_screen(full),
            Effect::Keep(choice) => {
                self.chosen(choice);
                return keep(house, choice);
            }
            Effect::Press(button) => {
                if let Some(phone) = &desk.phone {
                    phone.press(button);
                }
            }
            Effect::ShowCode => {
                let code = desk.phone.as_ref().map(|phone| phone.show_code());
                return code.map_or_else(Task::none, |code| self.at_counter(counter::Message::PhoneShows(code)));
            }
        }
        Task::none()
    }

    fn on_walk(&mut self, message: walk::Message) -> Task<Message> {
        self.with_walk(|walk| walk.update(message, till::now()))
    }

    /// Does what the walk wants, if it is in front.
    fn with_walk(&mut self, step: impl FnOnce(&mut Walk) -> Option<walk::Effect>) -> Task<Message> {
        let Screen::Walk(walk, _) = &mut self.screen else { return Task::none() };
        match step(walk) {
            Some(effect) => self.walk_on(effect),
            None => Task::none(),
        }
    }

    fn walk_on(&mut self, effect: walk::Effect) -> Task<Message> {
        let house = Arc::clone(&self.house);
        match effect {
            walk::Effect::Open => self.open(),
            walk::Effect::FillIn(keep) => self.fill_in(keep),
            walk::Effect::Save(keep) => match &self.screen {
                Screen::Walk(walk, _) => walk.draft().map_or_else(Task::none, |draft| {
                    let saving = house.save(draft.clone(), keep);
                    Task::perform(saving, |saved| Message::Walk(walk::Message::Saved(saved)))
                }),
                Screen::Counter(_) => Task::none(),
            },
            walk::Effect::Focus(field) => iced::widget::operation::focus(field),
            walk::Effect::FocusNext { back: false } => iced::widget::operation::focus_next(),
            walk::Effect::FocusNext { back: true } => iced::widget::operation::focus_previous(),
            walk::Effect::ReadClipboard => iced::clipboard::read()
                .and_then(|text| Task::done(Message::Walk(walk::Message::Clipboard(Typed::new(text))))),
            walk::Effect::ChooseFile => choose_file(),
            walk::Effect::Check(run) => {
                Task::run(house.check(), move |told| Message::Walk(walk::Message::Check(run, told)))
            }
            walk::Effect::Copy(report) => iced::clipboard::write(self.lang().check_report(&report)),
            walk::Effect::Forget(files) => {
                let forget = tokio::task::spawn_blocking(move || account::forget(&files));
                Task::perform(forget, |left| Message::Walk(walk::Message::Forgotten(left.unwrap_or_default())))
            }
            walk::Effect::Restore => self.restore(),
            walk::Effect::Mend(step) => {
                let draft = house.draft();
                self.with_walk(|walk| walk.mend(draft, step))
            }
            walk::Effect::Keep(choice) => {
                self.chosen(choice);
                keep(house, choice)
            }
            walk::Effect::FullScreen(full) => full_screen(full),
            walk::Effect::Return => {
                self.return_to_counter();
                Task::none()
            }
            walk::Effect::Rules => {
                self.return_to_counter();
                self.at_counter(counter::Message::Did(counter::Did::WhoRefunds))
            }
            walk::Effect::Exit => iced::exit(),
        }
    }

    fn fill_in(&mut self, keep: Keep) -> Task<Message> {
        let draft = self.house.draft();
        self.with_walk(|walk| walk.fill_in(draft, keep))
    }

    fn restore(&self) -> Task<Message> {
        let Screen::Walk(walk, _) = &self.screen else { return Task::none() };
        let Some((file, passphrase)) = walk.backup() else { return Task::none() };
        let restoring = Arc::clone(&self.house).restore(file, passphrase);
        Task::perform(restoring, |result| Message::Walk(walk::Message::Restored(result)))
    }

    /// The walk to what is set for the till, from its counter.
    fn set_up(&mut self) -> Task<Message> {
        let (lang, theme) = (self.lang(), self.theme());
        let walk = Walk::opening(lang, theme).from_counter();
        let walk = Screen::Walk(Box::new(walk), None);
        if let Screen::Counter(open) = std::mem::replace(&mut self.screen, walk)
            && let Screen::Walk(_, behind) = &mut self.screen
        {
            *behind = Some(open);
        }
        self.fill_in(Keep::Keyring)
    }

    fn return_to_counter(&mut self) {
        if let Screen::Walk(walk, behind) = &mut self.screen
            && let Some(mut open) = behind.take()
        {
            open.counter.look_like(walk.lang(), walk.theme());
            self.screen = Screen::Counter(open);
        }
    }

    /// From now on the system's theme is not asked for.
    fn chosen(&mut self, choice: Choice) {
        if let Choice::Theme(theme) = choice {
            self.theme = Some(theme);
        }
    }
}

impl App {
    /// A timer for the scanner that sends no Enter, unless one is on its way already.
    fn wait_for_quiet(&mut self) -> Task<Message> {
        let now = Instant::now();
        let Some(left) = self.opened().and_then(|open| open.counter.quiet_in(now)) else {
            self.quiet_at = None;
            return Task::none();
        };
        let deadline = now + left;
        if self.quiet_at.is_some_and(|waited| waited > now) {
            return Task::none();
        }
        self.quiet_at = Some(deadline);
        let timer = tokio::time::sleep_until(deadline.into());
        Task::perform(timer, |()| Message::Counter(counter::Message::Quiet(Instant::now())))
    }

    fn subscription(&self) -> Subscription<Message> {
        let keys = match &self.screen {
            Screen::Counter(_) => Subscription::batch([
                iced::event::listen_with(key::listen)
                    .map(|pressed| Message::Counter(counter::Message::Pressed(pressed))),
                iced::event::listen_with(key::bring).map(Message::Counter),
                iced::event::listen_with(walk::entrance)
                    .map(|()| Message::Counter(counter::Message::Did(counter::Did::SetUp))),
            ]),
            Screen::Walk(..) => iced::event::listen_with(walk::listen).map(Message::Walk),
        };
        let close = window::close_requests().map(|_| Message::CloseRequested);
        let theme = match self.theme {
            None => system::theme_changes().map(system_theme),
            Some(_) => Subscription::none(),
        };
        let mut all = vec![keys, close, theme];
        if let Some(open) = self.opened() {
            let listener = Listener { till: open.desk.till.clone(), place: self.tills };
            all.push(Subscription::run_with(listener, Listener::listen).map(Message::Counter));
            let tick = |interval| iced::time::every(interval).map(|_| Message::Counter(counter::Message::Tick));
            all.extend(open.counter.tick().map(tick));
        }
        if let Screen::Walk(walk, _) = &self.screen {
            let tick = |interval| iced::time::every(interval).map(|_| Message::Walk(walk::Message::Tick));
            all.extend(walk.tick().map(tick));
        }
        Subscription::batch(all)
    }
}

/// The system's dialog, where there is one.
fn choose_file() -> Task<Message> {
    let dialog = rfd::AsyncFileDialog::new().pick_file();
    Task::future(dialog).and_then(|file| Task::done(Message::Walk(walk::Message::Chosen(file.path().to_owned()))))
}

fn look_again(till: &Till) -> Task<Message> {
    let till = till.clone();
    Task::perform(async move { till.summary().await }, |summary| {
        Message::Counter(counter::Message::Summary(summary.ok()))
    })
}

/// The updates of the till that was opened as the `place`th; there is one till a window at a time.
struct Listener {
    till: Till,
    place: u32,
}

impl std::hash::Hash for Listener {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.place.hash(state);
    }
}

impl Listener {
    fn listen(&self) -> impl Stream<Item = counter::Message> + use<> {
        // A subscription that ends is begun again only when its identity changes, so it never ends.
        let updates = self.till.clone().updates();
        updates.map(counter::Message::Till).chain(futures::stream::pending())
    }
}

fn full_screen(full: bool) -> Task<Message> {
    let mode = if full { window::Mode::Fullscreen } else { window::Mode::Windowed };
    window::latest().and_then(move |id| window::set_mode(id, mode))
}

/// Light where the system has no wish, or none that can be asked for.
fn system_theme(mode: Mode) -> Message {
    Message::SystemTheme(match mode {
        Mode::Dark => ui::Theme::Dark,
        Mode::Light | Mode::None => ui::Theme::Light,
    })
}

fn keep(house: Arc<dyn House>, choice: Choice) -> Task<Message> {
    let write = tokio::task::spawn_blocking(move || house.keep(choice));
    // A task that was cut off by the end of the program has nobody to tell.
    Task::perform(write, |kept| Message::Kept(kept.unwrap_or(Ok(()))))
}
