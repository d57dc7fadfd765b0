//! The simulated customer's phone.

use iced::widget::{column, container};
use iced::{Background, Border, Center, Fill};

use super::Element;
use super::button::Button;
use super::text::text;
use super::theme::{Theme, Tone};
use super::token::{Role, radius, size, space};

/// A button on the phone; the first one is green.
#[derive(Debug, Clone)]
pub struct PhoneButton<'a, M> {
    pub label: &'a str,
    pub press: M,
}

/// The phone, with a word above it and one on its screen.
pub fn phone<'a, M: Clone + 'a>(title: &'a str, lead: &'a str, buttons: Vec<PhoneButton<'a, M>>) -> Element<'a, M> {
    let mut screen = column![text(Role::Label, Tone::Muted, lead)].spacing(space::S).align_x(Center);
    for (place, PhoneButton { label, press }) in buttons.into_iter().enumerate() {
        let button = if place == 0 { Button::pay(label, press) } else { Button::plain(label, press) };
        screen = screen.push(button.fill().low().view());
    }
    let glass = container(screen)
        .width(Fill)
        .padding([space::L, 18.0])
        .style(|theme: &Theme| rounded(theme.palette().surface, radius::PHONE - 10.0));
    let body = container(glass).width(Fill).padding(10.0).style(|theme: &Theme| {
        let palette = theme.palette();
        container::Style {
            border: Border { color: palette.line, width: 1.0, radius: radius::PHONE.into() },
            ..rounded(palette.phone, radius::PHONE)
        }
    });
    column![text(Role::Body, Tone::Muted, title), body].spacing(space::XS).width(size::PHONE).align_x(Center).into()
}

fn rounded(color: iced::Color, corner: f32) -> container::Style {
    container::Style {
        background: Some(Background::Color(color)),
        border: Border { radius: corner.into(), ..Border::default() },
        ..container::Style::default()
    }
}
