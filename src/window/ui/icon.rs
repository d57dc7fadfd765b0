//! Icons drawn as paths, so that no glyph can be missing.

use iced::widget::canvas::{self, Canvas, Frame, LineCap, LineJoin, Path, Stroke};
use iced::{Color, Degrees, Point, Radians, Rectangle, Renderer, Size, mouse};

use super::Element;
use super::theme::{Theme, Tone};

/// Each state's own shape, told apart without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    Tick,
    Cross,
    Clock,
    Question,
    Dots,
    Back,
    Plug,
    Sun,
    Moon,
    Backspace,
    Book,
    Arrow,
    Exclamation,
    /// Three quarters of a circle that turn: one of `TURNS` places.
    Turning(u8),
    Keyhole,
    Lens,
    Dot,
    /// Into a tray.
    Down,
    /// Out of a box.
    Restore,
    Play,
}

/// How many places a turning icon has.
const TURNS: u8 = 12;

/// The icon of something that goes on, after so many ticks.
pub fn turning(ticks: u32) -> Icon {
    Icon::Turning(u8::try_from(ticks % u32::from(TURNS)).unwrap_or_default())
}

/// What stands round an icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    Nothing,
    Ring,
    Disc(Tone),
}

struct Drawing {
    icon: Icon,
    tone: Tone,
    round: Round,
}

/// The bare icon in a square of `side` logical pixels.
pub fn icon<'a, M: 'a>(icon: Icon, tone: Tone, side: f32) -> Element<'a, M> {
    square(Drawing { icon, tone, round: Round::Nothing }, side)
}

/// The icon in an outlined circle.
pub fn ring<'a, M: 'a>(icon: Icon, tone: Tone, side: f32) -> Element<'a, M> {
    square(Drawing { icon, tone, round: Round::Ring }, side)
}

/// The icon in a filled circle.
pub fn disc<'a, M: 'a>(icon: Icon, tone: Tone, fill: Tone, side: f32) -> Element<'a, M> {
    square(Drawing { icon, tone, round: Round::Disc(fill) }, side)
}

fn square<'a, M: 'a>(drawing: Drawing, side: f32) -> Element<'a, M> {
    Canvas::new(drawing).width(side).height(side).into()
}

impl<M> canvas::Program<M, Theme> for Drawing {
    type State = ();

    fn draw(
        &self,
        _state: &(),
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<canvas::Geometry> {
        let mut frame = Frame::new(renderer, bounds.size());
        let side = bounds.width;
        let color = self.tone.color(*theme);
        let inner = match self.round {
            Round::Nothing => side,
            Round::Ring => {
                let width = (side / 22.0).max(2.0);
                let circle = Path::circle(frame.center(), side / 2.0 - width / 2.0);
                frame.stroke(&circle, line(color, width));
                side * 0.56
            }
            Round::Disc(fill) => {
                frame.fill(&Path::circle(frame.center(), side / 2.0), fill.color(*theme));
                side * 0.56
            }
        };
        let offset = (side - inner) / 2.0;
        let pen = Pen { color, side: inner, offset };
        pen.draw(self.icon, &mut frame);
        vec![frame.into_geometry()]
    }
}

fn line(color: Color, width: f32) -> Stroke<'static> {
    Stroke::default().with_color(color).with_width(width).with_line_cap(LineCap::Round).with_line_join(LineJoin::Round)
}

/// Draws on a square of a hundred by a hundred, scaled and moved into place.
struct Pen {
    color: Color,
    side: f32,
    offset: f32,
}

impl Pen {
    fn at(&self, x: f32, y: f32) -> Point {
        Point::new(self.offset + x * self.side / 100.0, self.offset + y * self.side / 100.0)
    }

    fn length(&self, length: f32) -> f32 {
        length * self.side / 100.0
    }

    fn stroke(&self, frame: &mut Frame, width: f32, points: &[(f32, f32)]) {
        let path = Path::new(|path| {
            for (place, &(x, y)) in points.iter().enumerate() {
                if place == 0 {
                    path.move_to(self.at(x, y));
                } else {
                    path.line_to(self.at(x, y));
                }
            }
        });
        frame.stroke(&path, line(self.color, self.length(width).max(1.5)));
    }

    fn dot(&self, frame: &mut Frame, x: f32, y: f32, radius: f32) {
        frame.fill(&Path::circle(self.at(x, y), self.length(radius)), self.color);
    }

    fn arc(&self, frame: &mut Frame, width: f32, radius: f32, from: f32, to: f32) {
        let path = Path::new(|path| {
            path.arc(canvas::path::Arc {
                center: self.at(50.0, 50.0),
                radius: self.length(radius),
                start_angle: Radians::from(Degrees(from)),
                end_angle: Radians::from(Degrees(to)),
            });
        });
        frame.stroke(&path, line(self.color, self.length(width).max(1.5)));
    }

    fn draw(&self, icon: Icon, frame: &mut Frame) {
        match icon {
            Icon::Tick => self.stroke(frame, 13.0, &[(12.0, 54.0), (39.0, 80.0), (88.0, 22.0)]),
            Icon::Cross => {
                self.stroke(frame, 12.0, &[(18.0, 18.0), (82.0, 82.0)]);
                self.stroke(frame, 12.0, &[(82.0, 18.0), (18.0, 82.0)]);
            }
            Icon::Clock => self.clock(frame),
            Icon::Question => self.question(frame),
            Icon::Dots => {
                for x in [16.0, 50.0, 84.0] {
                    self.dot(frame, x, 50.0, 9.0);
                }
            }
            Icon::Back => {
                self.stroke(frame, 11.0, &[(34.0, 10.0), (10.0, 34.0), (34.0, 58.0)]);
                self.stroke(frame, 11.0, &[(10.0, 34.0), (62.0, 34.0)]);
                let hook = Path::new(|path| {
                    path.move_to(self.at(62.0, 34.0));
                    path.bezier_curve_to(self.at(98.0, 34.0), self.at(98.0, 86.0), self.at(62.0, 86.0));
                    path.line_to(self.at(30.0, 86.0));
                });
                frame.stroke(&hook, line(self.color, self.length(11.0)));
            }
            Icon::Plug => self.plug(frame),
            Icon::Sun => self.sun(frame),
            Icon::Moon => self.moon(frame),
            Icon::Backspace => {
                self.stroke(
                    frame,
                    8.0,
                    &[(36.0, 18.0), (96.0, 18.0), (96.0, 82.0), (36.0, 82.0), (6.0, 50.0), (36.0, 18.0)],
                );
                self.stroke(frame, 8.0, &[(50.0, 36.0), (78.0, 64.0)]);
                self.stroke(frame, 8.0, &[(78.0, 36.0), (50.0, 64.0)]);
            }
            Icon::Book => {
                self.stroke(frame, 9.0, &[(16.0, 10.0), (84.0, 10.0), (84.0, 90.0), (16.0, 90.0), (16.0, 10.0)]);
                self.stroke(frame, 9.0, &[(34.0, 34.0), (66.0, 34.0)]);
                self.stroke(frame, 9.0, &[(24.0, 16.0), (76.0, 84.0)]);
            }
            Icon::Arrow => {
                self.stroke(frame, 10.0, &[(10.0, 50.0), (90.0, 50.0)]);
                self.stroke(frame, 10.0, &[(60.0, 20.0), (90.0, 50.0), (60.0, 80.0)]);
            }
            Icon::Lens => self.lens(frame),
            Icon::Dot => self.dot(frame, 50.0, 50.0, 34.0),
            Icon::Exclamation => {
                self.stroke(frame, 13.0, &[(50.0, 10.0), (50.0, 60.0)]);
                self.dot(frame, 50.0, 87.0, 8.5);
            }
            Icon::Turning(place) => self.turning(place, frame),
            Icon::Keyhole => self.keyhole(frame),
            Icon::Down => self.tray(frame, &[(24.0, 36.0), (50.0, 62.0), (76.0, 36.0)]),
            Icon::Restore => self.tray(frame, &[(24.0, 30.0), (50.0, 4.0), (76.0, 30.0)]),
            Icon::Play => self.stroke(frame, 11.0, &[(26.0, 12.0), (86.0, 50.0), (26.0, 88.0), (26.0, 12.0)]),
        }
    }

    fn tray(&self, frame: &mut Frame, head: &[(f32, f32)]) {
        self.stroke(frame, 10.0, &[(50.0, 6.0), (50.0, 60.0)]);
        self.stroke(frame, 10.0, head);
        self.stroke(frame, 10.0, &[(6.0, 62.0), (6.0, 92.0), (94.0, 92.0), (94.0, 62.0)]);
    }

    fn clock(&self, frame: &mut Frame) {
        self.arc(frame, 9.0, 44.0, 0.0, 360.0);
        let quarter = Path::new(|path| {
            path.move_to(self.at(50.0, 50.0));
            path.line_to(self.at(50.0, 6.0));
            path.arc(canvas::path::Arc {
                center: self.at(50.0, 50.0),
                radius: self.length(44.0),
                start_angle: Radians::from(Degrees(-90.0)),
                end_angle: Radians::from(Degrees(0.0)),
            });
            path.line_to(self.at(50.0, 50.0));
            path.close();
        });
        frame.fill(&quarter, self.color);
    }

    fn turning(&self, place: u8, frame: &mut Frame) {
        let from = 360.0 * f32::from(place) / f32::from(TURNS);
        self.arc(frame, 12.0, 40.0, from, from + 270.0);
    }

    fn keyhole(&self, frame: &mut Frame) {
        self.arc(frame, 9.0, 44.0, 0.0, 360.0);
        self.dot(frame, 50.0, 42.0, 12.0);
        self.stroke(frame, 12.0, &[(50.0, 46.0), (50.0, 72.0)]);
    }

    fn lens(&self, frame: &mut Frame) {
        let glass = Path::circle(self.at(42.0, 42.0), self.length(30.0));
        frame.stroke(&glass, line(self.color, self.length(10.0).max(1.5)));
        self.stroke(frame, 10.0, &[(64.0, 64.0), (90.0, 90.0)]);
    }

    fn sun(&self, frame: &mut Frame) {
        self.arc(frame, 11.0, 20.0, 0.0, 360.0);
        for (a, b) in [((50.0, 4.0), (50.0, 14.0)), ((50.0, 86.0), (50.0, 96.0))] {
            self.stroke(frame, 11.0, &[a, b]);
            self.stroke(frame, 11.0, &[(a.1, a.0), (b.1, b.0)]);
        }
        for (a, b) in [((18.0, 18.0), (24.0, 24.0)), ((76.0, 76.0), (82.0, 82.0))] {
            self.stroke(frame, 11.0, &[a, b]);
            self.stroke(frame, 11.0, &[(100.0 - a.0, a.1), (100.0 - b.0, b.1)]);
        }
    }

    fn question(&self, frame: &mut Frame) {
        let hook = Path::new(|path| {
            path.move_to(self.at(25.0, 32.0));
            path.bezier_curve_to(self.at(27.0, 2.0), self.at(78.0, 2.0), self.at(77.0, 32.0));
            path.bezier_curve_to(self.at(77.0, 50.0), self.at(51.0, 48.0), self.at(51.0, 67.0));
        });
        frame.stroke(&hook, line(self.color, self.length(14.0)));
        self.dot(frame, 51.0, 90.0, 9.0);
    }

    fn plug(&self, frame: &mut Frame) {
        self.stroke(frame, 9.0, &[(34.0, 6.0), (34.0, 28.0)]);
        self.stroke(frame, 9.0, &[(66.0, 6.0), (66.0, 28.0)]);
        let body = Path::new(|path| {
            path.move_to(self.at(20.0, 30.0));
            path.line_to(self.at(80.0, 30.0));
            path.line_to(self.at(80.0, 44.0));
            path.bezier_curve_to(self.at(80.0, 78.0), self.at(20.0, 78.0), self.at(20.0, 44.0));
            path.close();
        });
        frame.stroke(&body, line(self.color, self.length(9.0)));
        self.stroke(frame, 9.0, &[(50.0, 70.0), (50.0, 96.0)]);
        self.stroke(frame, 9.0, &[(8.0, 96.0), (92.0, 6.0)]);
    }

    fn moon(&self, frame: &mut Frame) {
        let crescent = Path::new(|path| {
            path.move_to(self.at(58.0, 8.0));
            path.bezier_curve_to(self.at(4.0, 2.0), self.at(-6.0, 84.0), self.at(50.0, 92.0));
            path.bezier_curve_to(self.at(70.0, 94.0), self.at(86.0, 82.0), self.at(92.0, 66.0));
            path.bezier_curve_to(self.at(56.0, 78.0), self.at(30.0, 44.0), self.at(58.0, 8.0));
            path.close();
        });
        frame.stroke(&crescent, line(self.color, self.length(9.0)));
    }
}

/// The diagonal band of a state that is neither yes nor no, with the top corners of its card.
pub fn hazard<'a, M: 'a>(height: f32, corner: f32) -> Element<'a, M> {
    Canvas::new(Hazard { corner }).width(iced::Fill).height(height).into()
}

struct Hazard {
    corner: f32,
}

impl<M> canvas::Program<M, Theme> for Hazard {
    type State = ();

    fn draw(
        &self,
        _state: &(),
        renderer: &Renderer,
        theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<canvas::Geometry> {
        const STRIPE: f32 = 28.0;
        let palette = theme.palette();
        let mut frame = Frame::new(renderer, bounds.size());
        let Size { width, height } = bounds.size();
        frame.fill_rectangle(Point::ORIGIN, bounds.size(), palette.waiting);
        let mut left = -height;
        while left < width {
            let stripe = Path::new(|path| {
                path.move_to(Point::new(left, height));
                path.line_to(Point::new(left + height, 0.0));
                path.line_to(Point::new(left + height + STRIPE, 0.0));
                path.line_to(Point::new(left + STRIPE, height));
                path.close();
            });
            frame.fill(&stripe, palette.hazard);
            left += STRIPE * 2.0;
        }
        for (edge, towards) in [(0.0, 1.0), (width, -1.0)] {
            let outside = Path::new(|path| {
                path.move_to(Point::new(edge, 0.0));
                path.line_to(Point::new(edge + towards * self.corner, 0.0));
                path.quadratic_curve_to(Point::new(edge, 0.0), Point::new(edge, self.corner));
                path.close();
            });
            frame.fill(&outside, palette.background);
        }
        vec![frame.into_geometry()]
    }
}
