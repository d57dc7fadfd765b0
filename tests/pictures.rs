//! Every state of the window as a reference picture: drawn without a display, compared bit for bit.
//!
//! Chinese on light is kept as pictures, for people to look at, and the most looked at states in English on
//! dark too; the rest as hashes of the same pixels. A missing one fails.
//! `UPDATE_PICTURES=1 cargo test --test pictures` draws them anew; `PICTURE=paid` takes only names that begin so.

#![cfg(feature = "window")]
// All of this is test code; clippy's leave for tests covers only functions marked so.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use guitai::lang::Lang;
use guitai::money::Fen;
use guitai::number::{OutTradeNo, SaleId, TransactionId};
use guitai::payment::{Doubt, NotSent, Notice, Reason, Receipt, Refusal, SaleView, Status, Waiting};
use guitai::settings::Settings;
use guitai::till::{Mark, Recent, Summary, Update};
use guitai::timestamp::Timestamp;
use guitai::window::screen::sale;
use guitai::window::ui::token::{FONTS, REGULAR};
use guitai::window::ui::{self, Theme};
use guitai::window::{Counter, Did, Effect, Key, Message, Pressed, Shop, view};
use iced_test::Simulator;
use iced_test::simulator::Snapshot;

#[path = "scenes/walk.rs"]
mod walk;

const DESIGN: (f32, f32) = (1366.0, 768.0);
const SMALL: (f32, f32) = (1280.0, 720.0);

/// A counter driven as a cashier, a till and a clock would drive it.
struct Stage {
    counter: Counter,
    epoch: Instant,
    typed: u32,
    now: Timestamp,
}

fn fen(amount: i64) -> Fen {
    Fen::new(amount).unwrap()
}

fn at(clock: &str) -> Timestamp {
    Timestamp::from_wire(&format!("20261122{clock}")).unwrap()
}

fn shop(lang: Lang, practice: bool) -> Shop {
    let name = match lang {
        Lang::Zh => "王记便利店",
        Lang::En => "Wang's Corner Shop",
    };
    let quick_amounts = [500, 800, 1000, 1500, 2000, 5000].map(fen).to_vec();
    let scan_gap = Settings::default().scan_gap();
    Shop { name: name.to_owned(), till: "1".to_owned(), quick_amounts, limit: None, scan_gap, practice }
}

fn summary() -> Summary {
    let recent = |id, at, amount, tail: &str, mark| Recent {
        id: SaleId::new(id),
        at,
        amount: fen(amount),
        tail: tail.to_owned(),
        mark,
    };
    Summary {
        paid_today: fen(348_250),
        sales_today: 96,
        open: 1,
        open_amount: fen(3000),
        recent: vec![
            recent(3, at("182207"), 1250, "4417", Mark::Paid),
            recent(2, at("182140"), 800, "4416", Mark::Paid),
            recent(1, at("182012"), 4500, "4415", Mark::NotPaid),
        ],
    }
}

impl Stage {
    fn new(lang: Lang, theme: Theme, practice: bool) -> Self {
        let (epoch, now) = (Instant::now(), at("182405"));
        let counter = Counter::new(shop(lang, practice), lang, theme, practice, now, epoch);
        let mut stage = Self { counter, epoch, typed: 0, now };
        stage.tell(Message::Summary(Some(summary())));
        stage
    }

    fn tell(&mut self, message: Message) -> Vec<Effect> {
        self.counter.update(message, self.now)
    }

    /// A person's pace, so that it is no scan.
    fn press(&mut self, key: Key) -> Vec<Effect> {
        self.typed += 1;
        let when = self.epoch + Duration::from_millis(300) * self.typed;
        self.tell(Message::Pressed(Pressed::Key(key, when)))
    }

    fn typing(&mut self, keys: &str) -> Vec<Effect> {
        keys.chars().flat_map(|key| self.press(Key::Char(key))).collect()
    }

    fn scan(&mut self, text: &str) -> Vec<Effect> {
        self.typed += 10;
        let start = self.epoch + Duration::from_millis(300) * self.typed;
        let mut effects = Vec::new();
        for (place, key) in text.chars().enumerate() {
            let when = start + Duration::from_millis(3) * u32::try_from(place).unwrap();
            effects.extend(self.tell(Message::Pressed(Pressed::Key(Key::Char(key), when))));
        }
        effects
    }

    /// Does what the till would do when a sale is begun.
    fn begin(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Charge { charging, .. } = effect {
                self.counter.begun(SaleId::new(7), &charging);
                return;
            }
        }
        panic!("no sale was begun");
    }

    fn by_qr(&mut self, keys: &str) {
        self.typing(keys);
        let effects = self.typing("\n");
        self.begin(effects);
    }

    fn by_code(&mut self, keys: &str) {
        self.typing(keys);
        let effects = self.scan("134567890123456789\n");
        self.begin(effects);
    }

    fn hear(&mut self, status: Status) {
        self.hear_with(status, None);
    }

    fn hear_with(&mut self, status: Status, notice: Option<Notice>) {
        let amount = self.counter.sale().map_or(fen(1250), |sale| sale.amount);
        let view = SaleView {
            id: SaleId::new(7),
            amount,
            note: String::new(),
            started_at: at("182405"),
            out_trade_no: OutTradeNo::parse("2026112218240501304418").unwrap(),
            status,
            notice,
        };
        self.tell(Message::Till(Update::Sale(view)));
    }

    fn wait_until(&mut self, clock: &str) {
        self.now = at(clock);
        self.tell(Message::Tick);
    }
}

fn showing() -> Status {
    Status::Showing {
        code_url: "weixin://wxpay/bizpayurl?pr=Hx8yQmZ".to_owned(),
        shown_at: at("182405"),
        renew_at: at("182905"),
    }
}

fn waiting(queries: u32, next: Option<&str>) -> Waiting {
    Waiting {
        since: at("182405"),
        queries,
        next_query_at: next.map(at),
        cancel_from: at("182420"),
        until: at("182450"),
    }
}

fn receipt(total: i64, cash: i64) -> Receipt {
    Receipt {
        transaction_id: TransactionId::parse("4200001234202611221234567890").unwrap(),
        total_fee: fen(total),
        cash_fee: fen(cash),
        paid_at: at("182419"),
        bank_type: "OTHERS".to_owned(),
    }
}

fn refusal(reason: Reason, code: &str, text: &str) -> Refusal {
    Refusal { reason, code: code.to_owned(), text: text.to_owned() }
}

type Scene = (&'static str, bool, (f32, f32), fn(&mut Stage));

/// Each state's name, whether the practice phone stands beside it, the window's size, and how it comes to be.
const SCENES: &[Scene] = &[
    ("idle", false, DESIGN, |_| ()),
    ("idle-practice", true, DESIGN, |_| ()),
    ("idle-practice-small", true, SMALL, |_| ()),
    ("typed", false, DESIGN, |stage| {
        stage.typing("12+.5");
        stage.press(Key::Function(2));
        stage.press(Key::Function(2));
    }),
    ("typed-largest", true, DESIGN, |stage| {
        stage.typing("999999+.99");
    }),
    ("half-typed", false, SMALL, |stage| {
        stage.typing("12.5");
    }),
    ("scan-without-amount", false, DESIGN, |stage| {
        stage.scan("134567890123456789\n");
    }),
    ("scan-of-another-wallet", false, DESIGN, |stage| {
        stage.typing("12.50");
        stage.scan("284567890123456789\n");
    }),
    ("too-many-decimals", false, DESIGN, |stage| {
        stage.typing("12.505");
    }),
    ("code-by-hand", false, DESIGN, |stage| {
        stage.typing("12.50");
        stage.press(Key::Function(4));
        stage.typing("1345678");
    }),
    ("code-by-hand-practice-small", true, SMALL, |stage| {
        stage.typing("12.50");
        stage.press(Key::Function(4));
        stage.typing("134567890123456789");
    }),
    ("keys", false, DESIGN, |stage| {
        stage.press(Key::Function(1));
    }),
    ("preparing", false, DESIGN, |stage| stage.by_qr("12.50")),
    ("preparing-unanswered", false, DESIGN, |stage| {
        stage.by_qr("12.50");
        stage.hear(Status::Preparing { since: at("182405"), doubt: Some(Doubt::NoAnswer) });
    }),
    ("showing", false, DESIGN, |stage| {
        stage.by_qr("12+.5");
        stage.hear(showing());
        stage.wait_until("182433");
    }),
    ("showing-practice", true, DESIGN, |stage| {
        stage.by_qr("12.50");
        stage.hear(showing());
        stage.wait_until("182433");
    }),
    ("showing-practice-small", true, SMALL, |stage| {
        stage.by_qr("12.50");
        stage.hear(showing());
        stage.wait_until("182804");
    }),
    ("saved", false, DESIGN, |stage| {
        stage.by_qr("12.50");
        stage.hear(showing());
        stage.tell(Message::Saved(Some(PathBuf::from("/home/wang/Pictures/2026112218240501304418.png"))));
    }),
    ("giving-way", false, DESIGN, |stage| {
        stage.by_qr("12.50");
        stage.hear(showing());
        stage.hear(Status::GivingWay { since: at("182405") });
        stage.wait_until("182407");
    }),
    ("sending", false, DESIGN, |stage| {
        stage.by_code("12.50");
        stage.hear(Status::Sending { since: at("182405") });
        stage.wait_until("182406");
    }),
    ("password", false, DESIGN, |stage| {
        stage.by_code("12.50");
        stage.hear(Status::Password(waiting(3, Some("182419"))));
        stage.wait_until("182417");
    }),
    ("password-practice", true, DESIGN, |stage| {
        stage.by_code("12.50");
        stage.hear(Status::Password(waiting(5, None)));
        stage.wait_until("182429");
    }),
    ("unknown", false, DESIGN, |stage| {
        stage.by_code("12.50");
        stage.hear(Status::Unknown(waiting(2, Some("182422")), Doubt::NoAnswer));
        stage.wait_until("182418");
    }),
    ("unknown-practice-small", true, SMALL, |stage| {
        stage.by_code("12.50");
        let doubt = Doubt::Unsigned { text: "签名错误".to_owned() };
        stage.hear(Status::Unknown(waiting(4, Some("182432")), doubt));
        stage.wait_until("182430");
    }),
    ("reversing", false, DESIGN, |stage| {
        stage.by_code("12.50");
        stage.hear(Status::Reversing { since: at("182405"), tries: 2, next_at: Some(at("182455")) });
        stage.wait_until("182453");
    }),
    ("closing", false, DESIGN, |stage| {
        stage.by_qr("12.50");
        stage.hear(showing());
        stage.hear(Status::Closing { since: at("182405") });
        stage.wait_until("182407");
    }),
    ("paid", false, DESIGN, |stage| {
        stage.by_code("12.50");
        stage.hear(Status::Paid(receipt(1250, 1250)));
    }),
    ("paid-practice-largest", true, DESIGN, |stage| {
        stage.by_code("1000000");
        stage.hear(Status::Paid(receipt(100_000_000, 99_999_500)));
    }),
    ("declined", false, DESIGN, |stage| {
        stage.by_code("12.50");
        stage.hear(Status::Declined(refusal(Reason::NotEnough, "NOTENOUGH", "用户余额不足")));
    }),
    ("declined-details", true, SMALL, |stage| {
        stage.by_code("12.50");
        stage.hear(Status::Declined(refusal(Reason::CodeExpired, "AUTHCODEEXPIRE", "付款码已过期，请刷新再试")));
        stage.tell(Message::Did(Did::Sale(sale::Message::Details)));
    }),
    ("reversed", false, DESIGN, |stage| {
        stage.by_code("12.50");
        stage.hear(Status::Reversed);
    }),
    ("closed", false, DESIGN, |stage| {
        stage.by_qr("12.50");
        stage.hear(Status::Closed);
    }),
    ("paid-late", false, DESIGN, |stage| {
        stage.hear(Status::PaidLate(receipt(1250, 1250)));
    }),
    ("also-paid", false, DESIGN, |stage| {
        let out_trade_no = OutTradeNo::parse("2026112218240501304417").unwrap();
        let notice = Notice::AlsoPaid { out_trade_no, receipt: receipt(1250, 1250) };
        stage.hear_with(Status::Paid(receipt(1250, 1250)), Some(notice));
        stage.wait_until("182505");
    }),
    ("not-sent", false, DESIGN, |stage| {
        stage.by_qr("12.50");
        stage.hear(Status::NotSent(NotSent::Offline));
    }),
    ("not-recorded", false, DESIGN, |stage| {
        stage.by_qr("12.50");
        stage.hear(Status::NotRecorded);
    }),
    ("same-amount", false, DESIGN, |stage| {
        stage.by_code("12.50");
        stage.hear(Status::Unknown(waiting(2, Some("182422")), Doubt::NoAnswer));
        stage.press(Key::Escape);
        stage.typing("12.50\n");
    }),
];

fn draw(scene: &Scene, lang: Lang, theme: Theme) -> Snapshot {
    let (_, practice, size, play) = scene;
    let mut stage = Stage::new(lang, theme, *practice);
    play(&mut stage);
    snapshot(view(&stage.counter), *size, theme)
}

fn snapshot<M>(view: ui::Element<'_, M>, size: (f32, f32), theme: Theme) -> Snapshot {
    let settings = iced::Settings {
        fonts: FONTS.iter().map(|&font| font.into()).collect(),
        default_font: REGULAR,
        ..iced::Settings::default()
    };
    let mut simulator = Simulator::with_size(settings, size, view);
    simulator.snapshot(&theme).expect("a snapshot needs no display")
}

/// States whose English on dark is a picture too.
const IN_ENGLISH: [&str; 7] =
    ["typed", "showing", "showing-practice-small", "password", "unknown-practice-small", "paid", "declined-details"];

fn is_picture(scene: &str, lang: Lang, theme: Theme) -> bool {
    match (lang, theme) {
        (Lang::Zh, Theme::Light) => true,
        (Lang::En, Theme::Dark) => IN_ENGLISH.contains(&scene) || walk::IN_ENGLISH.contains(&scene),
        (Lang::Zh, Theme::Dark) | (Lang::En, Theme::Light) => false,
    }
}

/// The name of the file that a scene's picture or hash is in.
fn file_name(scene: &str, lang: Lang, theme: Theme) -> String {
    let shade = match theme {
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    let tag = if lang == Lang::Zh { "zh" } else { "en" };
    let end = if is_picture(scene, lang, theme) { "png" } else { "sha256" };
    format!("{scene}-{tag}-{shade}-tiny-skia.{end}")
}

/// What is wrong with the picture of a scene, if anything.
fn check(scene: &str, lang: Lang, theme: Theme, draw: impl FnOnce() -> Snapshot) -> Option<String> {
    let name = file_name(scene, lang, theme);
    let kept_as_picture = is_picture(scene, lang, theme);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures");
    let file = folder.join(&name);
    let anew = std::env::var_os("UPDATE_PICTURES").is_some();
    if anew {
        let _ = std::fs::remove_file(&file);
    } else if !file.exists() {
        return Some(format!("{} is missing", file.display()));
    }
    let snapshot = draw();
    // iced adds the renderer's name and the ending by itself.
    let path = folder.join(name.split("-tiny-skia").next().unwrap_or(&name));
    let same = if kept_as_picture { snapshot.matches_image(&path) } else { snapshot.matches_hash(&path) };
    if anew && kept_as_picture {
        shrink(&file);
    }
    match same {
        Ok(true) => None,
        Ok(false) => Some(format!("{name} looks different from {}", file.display())),
        Err(error) => Some(format!("{name}: {error}")),
    }
}

/// Writes a picture again with the strongest compression; what it shows stays the same.
fn shrink(file: &Path) {
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(std::fs::File::open(file).unwrap())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, info.width, info.height);
    encoder.set_color(info.color_type);
    encoder.set_depth(info.bit_depth);
    encoder.set_compression(png::Compression::High);
    // Flat surfaces pack best as they are.
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels[..info.buffer_size()]).unwrap();
    writer.finish().unwrap();
    std::fs::write(file, bytes).unwrap();
}

fn check_all(lang: Lang, theme: Theme) {
    let only = std::env::var("PICTURE").ok();
    let wanted = |name: &str| only.as_deref().is_none_or(|only| name.starts_with(only));
    let counter = SCENES.iter().filter(|scene| wanted(scene.0));
    let mut wrong: Vec<String> =
        counter.filter_map(|scene| check(scene.0, lang, theme, || draw(scene, lang, theme))).collect();
    let walk = walk::SCENES.iter().filter(|scene| wanted(scene.0));
    wrong.extend(walk.filter_map(|scene| check(scene.0, lang, theme, || walk::draw(scene, lang, theme))));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn chinese_on_light() {
    check_all(Lang::Zh, Theme::Light);
}

#[test]
fn chinese_on_dark() {
    check_all(Lang::Zh, Theme::Dark);
}

#[test]
fn english_on_light() {
    check_all(Lang::En, Theme::Light);
}

#[test]
fn english_on_dark() {
    check_all(Lang::En, Theme::Dark);
}

#[test]
fn no_picture_is_left_over() {
    let mut known = Vec::new();
    for scene in SCENES.iter().map(|scene| scene.0).chain(walk::SCENES.iter().map(|scene| scene.0)) {
        for lang in Lang::ALL {
            known.extend([Theme::Light, Theme::Dark].map(|theme| file_name(scene, lang, theme)));
        }
    }
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(&name), "{name} belongs to no scene");
    }
}
