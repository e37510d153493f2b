//! Filters for templates: `{{ "inbox"|icon }}`.

use std::fmt;

use super::assets::asset;

/// A picture from the sprite. Decoration only: the word beside it carries the meaning.
pub struct Icon<'a>(&'a str);

impl fmt::Display for Icon<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sprite, name) = (asset("icons/sprite.svg"), self.0);
        let flip = if matches!(name, "arrow-left" | "send-horizontal" | "reply") {
            " icon-flip"
        } else {
            ""
        };
        write!(
            f,
            r#"<svg class="icon{flip}" aria-hidden="true"><use href="{sprite}#{name}"/></svg>"#
        )
    }
}

// Names come from our own code and templates, never from a request.
impl askama::filters::HtmlSafe for Icon<'_> {}

/// Renders the icon with this name.
#[askama::filter_fn]
pub fn icon<'a>(name: &'a str, _: &dyn askama::Values) -> askama::Result<Icon<'a>> {
    Ok(Icon(name))
}
