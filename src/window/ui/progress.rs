//! How far a long work is: a bar in parts, and how many stand how.

use iced::widget::{Space, column, container, row};
use iced::{Background, Border, Center, Fill, FillPortion};

use super::Element;
use super::icon::{Icon, icon, ring};
use super::text::text;
use super::theme::{Theme, Tone};
use super::token::{Role, radius, size, space};

/// A bar of `whole`, each part in its colour, the rest still empty. A part that is not nothing is seen.
pub fn segments<'a, M: 'a>(parts: &[(Tone, usize)], whole: usize) -> Element<'a, M> {
    /// In how many portions the bar is drawn.
    const PORTIONS: usize = 1000;
    let portion = |count: usize| match count * PORTIONS / whole.max(1) {
        0 if count > 0 => 4,
        portion => u16::try_from(portion.min(PORTIONS)).unwrap_or(1000),
    };
    let mut bar = row![].width(Fill).height(size::PROGRESS);
    let mut done = 0;
    for &(tone, count) in parts.iter().filter(|(_, count)| *count > 0) {
        done += count;
        bar = bar.push(part(portion(count), move |theme| tone.color(*theme)));
    }
    let rest = whole.saturating_sub(done);
    if rest > 0 || done == 0 {
        bar = bar.push(part(portion(rest.max(1)), |theme| theme.palette().line));
    }
    container(bar.spacing(space::HAIR)).width(Fill).into()
}

fn part<'a, M: 'a>(portion: u16, color: impl Fn(&Theme) -> iced::Color + 'a) -> Element<'a, M> {
    container(Space::new().width(Fill).height(Fill))
        .width(FillPortion(portion.max(1)))
        .height(Fill)
        .style(move |theme: &Theme| container::Style {
            background: Some(Background::Color(color(theme))),
            border: Border { radius: radius::HINT.into(), ..Border::default() },
            ..container::Style::default()
        })
        .into()
}

/// So many stand so: its shape, the figure, and the word under it; in one line where there is little room.
pub fn tally<'a, M: 'a>(picture: Icon, tone: Tone, count: usize, word: &'a str, narrow: bool) -> Element<'a, M> {
    if narrow {
        let line = row![
            icon(picture, tone, size::ICON_NOTE),
            text(Role::LabelStrong, Tone::Ink, count.to_string()),
            text(Role::Hint, Tone::Muted, word).wrapping(iced::widget::text::Wrapping::None)
        ];
        return container(line.spacing(space::XS).align_y(Center)).width(size::TALLY).into();
    }
    let words = column![
        text(Role::BodyStrong, Tone::Ink, count.to_string()),
        text(Role::Hint, Tone::Muted, word).wrapping(iced::widget::text::Wrapping::None)
    ];
    let line = row![ring(picture, tone, 34.0), words].spacing(space::S).align_y(Center);
    container(line)
        .width(size::TALLY)
        .padding([space::XS, space::S])
        .style(|theme: &Theme| {
            let palette = theme.palette();
            container::Style {
                background: Some(Background::Color(palette.raised)),
                border: Border { color: palette.line, width: 1.0, radius: radius::BUTTON.into() },
                ..container::Style::default()
            }
        })
        .into()
}
