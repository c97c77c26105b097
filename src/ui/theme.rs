//! Colours by role, fonts and spacing: two greys, one accent, colour only for data.

use std::sync::Arc;

use egui::{Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Stroke, Theme, Vec2};

use super::preferences::Preferences;
use super::view_model::Ink;

/// Size of body text, points.
pub(super) const BODY: f32 = 13.0;
/// Size of secondary text, points.
pub(super) const SMALL: f32 = 11.5;
/// Height of a button or field, points.
pub(super) const FIELD_HEIGHT: f32 = 23.0;
/// Height of a button in a bar, points.
pub(super) const BAR_HEIGHT: f32 = 26.0;
/// Radius of cards, points.
pub(super) const CARD_RADIUS: u8 = 8;
/// Radius of buttons and fields, points.
pub(super) const FIELD_RADIUS: u8 = 6;
/// Gap between cards, points.
pub(super) const GAP: f32 = 8.0;

/// Colours of the surface and of the data, by role.
#[derive(Debug, Clone, Copy)]
pub(super) struct Palette {
    pub(super) panel: Color32,
    pub(super) canvas: Color32,
    pub(super) card: Color32,
    pub(super) plot: Color32,
    pub(super) field: Color32,
    pub(super) border: Color32,
    pub(super) grid: Color32,
    pub(super) text: Color32,
    pub(super) weak: Color32,
    pub(super) accent: Color32,
    pub(super) on_accent: Color32,
    pub(super) accent_soft: Color32,
    pub(super) hover: Color32,
    pub(super) good: Color32,
    pub(super) caution: Color32,
    pub(super) caution_soft: Color32,
    reference: Color32,
    warm: Color32,
    cool: Color32,
    others: [Color32; 3],
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

const LIGHT: Palette = Palette {
    panel: rgb(0x00f7_f8fa),
    canvas: rgb(0x00ec_eef2),
    card: rgb(0x00ff_ffff),
    plot: rgb(0x00ff_ffff),
    field: rgb(0x00ff_ffff),
    border: rgb(0x00d8_dce3),
    grid: rgb(0x00e9_ebef),
    text: rgb(0x0016_191d),
    weak: rgb(0x0065_6d78),
    accent: rgb(0x0013_66c7),
    on_accent: rgb(0x00ff_ffff),
    accent_soft: rgb(0x00dd_eafa),
    hover: rgb(0x00ee_f1f5),
    good: rgb(0x0016_7f41),
    caution: rgb(0x0097_5c00),
    caution_soft: rgb(0x00fd_f2dc),
    reference: rgb(0x001b_1f24),
    warm: rgb(0x00cf_4410),
    cool: rgb(0x000b_7f8c),
    others: [rgb(0x007b_4ab5), rgb(0x006b_7a00), rgb(0x00b0_2a6b)],
};

const DARK: Palette = Palette {
    panel: rgb(0x001b_1e24),
    canvas: rgb(0x0012_1418),
    card: rgb(0x0022_262d),
    plot: rgb(0x0017_1a1f),
    field: rgb(0x0014_171b),
    border: rgb(0x0036_3b45),
    grid: rgb(0x0025_2930),
    text: rgb(0x00e8_ebef),
    weak: rgb(0x0098_a0ab),
    accent: rgb(0x004a_9fff),
    on_accent: rgb(0x000a_1420),
    accent_soft: rgb(0x001c_3452),
    hover: rgb(0x002b_3038),
    good: rgb(0x0051_c07c),
    caution: rgb(0x00e8_b455),
    caution_soft: rgb(0x0039_2f1b),
    reference: rgb(0x00e6_e9ee),
    warm: rgb(0x00ff_7a45),
    cool: rgb(0x0035_b8c8),
    others: [rgb(0x00b9_91f0), rgb(0x00b9_c84a), rgb(0x00f0_7ab4)],
};

impl Palette {
    /// The palette of the theme in use.
    pub(super) fn of(ui: &egui::Ui) -> &'static Self {
        match ui.theme() {
            Theme::Dark => &DARK,
            Theme::Light => &LIGHT,
        }
    }

    /// Colour of a curve, band or number.
    pub(super) fn ink(&self, ink: Ink) -> Color32 {
        match ink {
            Ink::Reference => self.reference,
            Ink::Site(0) => self.warm,
            Ink::Site(1) => self.cool,
            Ink::Site(k) => self.others.get((k - 2) % self.others.len()).copied().unwrap_or(self.weak),
        }
    }
}

/// A font of the medium weight.
pub(super) fn medium(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name("medium".into()))
}

/// A font of the semi-bold weight.
pub(super) fn semibold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name("semibold".into()))
}

/// A font of the regular weight.
pub(super) fn regular(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

/// Loads the fonts and sets both themes' styles.
pub(super) fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts(1.0));
    for (theme, palette) in [(Theme::Light, &LIGHT), (Theme::Dark, &DARK)] {
        ctx.set_style_of(theme, style(theme, palette));
    }
}

/// Size of text and of everything, relative to the design.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scales {
    font: f32,
    ui: f32,
}

/// Applies the sizes of the preferences when they differ from those in use.
pub(super) fn scale(ctx: &egui::Context, used: &mut Option<Scales>, preferences: &Preferences) {
    let wanted = Scales { font: preferences.font_scale, ui: preferences.ui_scale };
    let before = used.replace(wanted);
    if before.map_or(1.0, |before| before.font) != wanted.font {
        ctx.set_fonts(fonts(wanted.font));
    }
    ctx.data_mut(|data| data.insert_temp(scale_id(), wanted.font));
    if before.map_or(1.0, |before| before.ui) != wanted.ui {
        ctx.set_zoom_factor(wanted.ui);
    }
}

fn scale_id() -> egui::Id {
    egui::Id::unique("size of text")
}

/// Size of text relative to the design, for places that hold text.
pub(super) fn text_scale(ui: &egui::Ui) -> f32 {
    ui.data(|data| data.get_temp(scale_id())).unwrap_or(1.0)
}

fn fonts(scale: f32) -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let faces: [(&str, &'static [u8]); 3] = [
        ("Inter Regular", include_bytes!("../../assets/fonts/Inter-Regular.otf")),
        ("Inter Medium", include_bytes!("../../assets/fonts/Inter-Medium.otf")),
        ("Inter SemiBold", include_bytes!("../../assets/fonts/Inter-SemiBold.otf")),
    ];
    let fallback = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let families = [FontFamily::Proportional, FontFamily::Name("medium".into()), FontFamily::Name("semibold".into())];
    for ((name, bytes), family) in faces.into_iter().zip(families) {
        let tweak = egui::FontTweak { scale, ..Default::default() };
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes).tweak(tweak)));
        let mut order = vec![name.to_owned()];
        order.extend(fallback.iter().cloned());
        fonts.families.insert(family, order);
    }
    fonts
}

fn style(theme: Theme, palette: &Palette) -> egui::Style {
    let mut style = theme.default_style();
    style.text_styles = [
        (egui::TextStyle::Small, regular(SMALL)),
        (egui::TextStyle::Body, regular(BODY)),
        (egui::TextStyle::Button, regular(BODY)),
        (egui::TextStyle::Heading, semibold(15.0)),
        (egui::TextStyle::Monospace, FontId::new(12.0, FontFamily::Monospace)),
    ]
    .into();
    style.spacing.item_spacing = Vec2::new(8.0, 6.0);
    style.spacing.button_padding = Vec2::new(8.0, 3.0);
    style.spacing.interact_size = Vec2::new(24.0, FIELD_HEIGHT);
    style.spacing.menu_margin = Margin::same(6);
    style.spacing.scroll = egui::style::ScrollStyle::floating();
    style.spacing.scroll.floating_allocated_width = 0.0;
    style.interaction.selectable_labels = false;
    style.visuals = visuals(style.visuals, palette);
    style
}

fn visuals(mut visuals: egui::Visuals, palette: &Palette) -> egui::Visuals {
    visuals.panel_fill = palette.panel;
    visuals.window_fill = palette.card;
    visuals.window_stroke = Stroke::new(1.0, palette.border);
    visuals.window_corner_radius = CornerRadius::same(10);
    visuals.menu_corner_radius = CornerRadius::same(CARD_RADIUS);
    visuals.extreme_bg_color = palette.field;
    visuals.faint_bg_color = palette.hover;
    visuals.weak_text_color = Some(palette.weak);
    visuals.hyperlink_color = palette.accent;
    visuals.warn_fg_color = palette.caution;
    visuals.selection.bg_fill = palette.accent_soft;
    visuals.selection.stroke = Stroke::new(1.0, palette.accent);
    let widgets = &mut visuals.widgets;
    let states = [
        &mut widgets.noninteractive,
        &mut widgets.inactive,
        &mut widgets.hovered,
        &mut widgets.active,
        &mut widgets.open,
    ];
    for state in states {
        state.corner_radius = CornerRadius::same(FIELD_RADIUS);
        state.fg_stroke = Stroke::new(1.0, palette.text);
        state.bg_stroke = Stroke::new(1.0, palette.border);
        state.bg_fill = palette.field;
        state.weak_bg_fill = palette.field;
        state.expansion = 0.0;
    }
    for state in [&mut widgets.hovered, &mut widgets.open, &mut widgets.active] {
        state.weak_bg_fill = palette.hover;
    }
    widgets.hovered.bg_stroke = Stroke::new(1.0, palette.weak);
    widgets.active.bg_stroke = Stroke::new(1.0, palette.accent);
    widgets.noninteractive.bg_stroke = Stroke::new(1.0, palette.border);
    visuals
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Least contrast of text, by level AA of the Web Content Accessibility Guidelines 2.2.
    const LEAST: f64 = 4.5;

    /// Relative luminance as the guidelines define it, from the sRGB components.
    fn luminance(colour: Color32) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn contrast_is_21_for_black_on_white_and_1_for_equal_colours() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 1e-9);
        assert!((contrast(Color32::GRAY, Color32::GRAY) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn every_text_can_be_read_on_every_surface_that_it_stands_on() {
        for (theme, p) in [("light", LIGHT), ("dark", DARK)] {
            let surfaces = [p.panel, p.card, p.plot, p.field, p.hover];
            let mut pairs: Vec<(&str, Color32, Color32)> = Vec::new();
            for surface in surfaces {
                pairs.extend([("text", p.text, surface), ("weak", p.weak, surface)]);
            }
            for surface in [p.panel, p.card, p.plot] {
                pairs.extend([
                    ("accent", p.accent, surface),
                    ("good", p.good, surface),
                    ("caution", p.caution, surface),
                ]);
            }
            for ink in (0..5).map(Ink::Site).chain([Ink::Reference]) {
                let colour = p.ink(ink);
                pairs.extend([("ink", colour, p.card), ("ink", colour, p.plot), ("chip", p.plot, colour)]);
            }
            for chip in [p.weak, p.good, p.accent] {
                pairs.push(("chip", p.plot, chip));
            }
            pairs.extend([
                ("text", p.text, p.canvas),
                ("weak", p.weak, p.canvas),
                ("accent", p.accent, p.canvas),
                ("caution", p.caution, p.canvas),
                ("accent", p.accent, p.hover),
                ("text", p.text, p.accent_soft),
                ("accent", p.accent, p.accent_soft),
                ("on accent", p.on_accent, p.accent),
                ("caution", p.caution, p.caution_soft),
            ]);
            for (what, front, back) in pairs {
                let found = contrast(front, back);
                assert!(found >= LEAST, "{theme}: {what} {front:?} on {back:?} has {found:.2}");
            }
        }
    }
}
