//! The simulated customer's phone.

use iced::widget::{column, container, responsive};
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
    /// It is kept for the next code.
    pub armed: bool,
}

/// The phone, with a word above it and one on its screen, as high as there is room.
pub fn phone<'a, M: Clone + 'a>(
    title: &'a str,
    lead: &'a str,
    buttons: impl Fn() -> Vec<PhoneButton<'a, M>> + 'a,
) -> Element<'a, M> {
    responsive(move |room| {
        let tight = room.height < size::TIGHT;
        let gap = if tight { space::XS } else { space::S };
        let mut screen = column![text(Role::Label, Tone::Muted, lead)].spacing(gap).align_x(Center);
        for (place, PhoneButton { label, press, armed }) in buttons().into_iter().enumerate() {
            let button = if place == 0 { Button::pay(label, press) } else { Button::plain(label, press) };
            screen = screen.push(button.fill().low(tight).armed(armed).view());
        }
        column![text(Role::Body, Tone::Muted, title), body(screen.into())]
            .spacing(space::XS)
            .width(Fill)
            .align_x(Center)
            .into()
    })
    .width(size::PHONE)
    .into()
}

/// The dark frame with its glass.
fn body<'a, M: 'a>(screen: Element<'a, M>) -> Element<'a, M> {
    let glass = container(screen)
        .width(Fill)
        .padding([20.0, 18.0])
        .style(|theme: &Theme| rounded(theme.palette().surface, radius::PHONE - 10.0));
    container(glass)
        .width(Fill)
        .padding(10.0)
        .style(|theme: &Theme| {
            let palette = theme.palette();
            container::Style {
                border: Border { color: palette.line, width: 1.0, radius: radius::PHONE.into() },
                ..rounded(palette.phone, radius::PHONE)
            }
        })
        .into()
}

fn rounded(color: iced::Color, corner: f32) -> container::Style {
    container::Style {
        background: Some(Background::Color(color)),
        border: Border { radius: corner.into(), ..Border::default() },
        ..container::Style::default()
    }
}
