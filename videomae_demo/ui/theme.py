"""The page's theme: system fonts, one accent, quiet surfaces."""

from __future__ import annotations

import gradio as gr

from ..figures.theme import ACCENT, FONT

TEAL = gr.themes.Color(
    c50="#effaf8",
    c100="#d5f2ee",
    c200="#aee4dd",
    c300="#7acfc6",
    c400="#3fb3a9",
    c500=ACCENT,
    c600="#0e756f",
    c700="#0f5e5a",
    c800="#114b48",
    c900="#123f3d",
    c950="#042524",
    name="teal",
)


def page_theme() -> gr.themes.Base:
    # Bundled web fonts lack letters, so that one word shows in two fonts; system fonts are whole, and need no request.
    return gr.themes.Base(
        primary_hue=TEAL,
        neutral_hue=gr.themes.colors.slate,
        radius_size=gr.themes.sizes.radius_lg,
        spacing_size=gr.themes.sizes.spacing_md,
        font=[name.strip().strip("'") for name in FONT.split(",")],
        font_mono=["ui-monospace", "Consolas", "monospace"],
    ).set(
        body_background_fill="#ffffff",
        body_background_fill_dark="#0d1117",
        background_fill_primary_dark="#151b23",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_border_width_dark="0px",
        block_padding="0",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_shadow="none",
        block_title_text_size="*text_sm",
        block_title_text_color="*body_text_color_subdued",
        block_title_text_weight="500",
        body_text_color_subdued="#5b6470",
        body_text_color_subdued_dark="#9aa5b1",
        # White on the accent, and the accent on white, read well only one shade darker (WCAG: 4.5 to 1).
        color_accent="*primary_600",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_border_color="*primary_600",
        slider_color=ACCENT,
        layout_gap="18px",
        button_secondary_background_fill="transparent",
        button_secondary_background_fill_dark="transparent",
        button_secondary_border_color="*border_color_primary",
        button_secondary_border_color_dark="*border_color_primary",
    )
