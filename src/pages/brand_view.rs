//! What every page shows of the organisation whose it is.

use crate::domain::branding::{BrandingPolicy, Colour};
use crate::http::AppState;
use crate::http::brand_assets;

/// Logo, colour, and whom to ask for help.
#[derive(Clone, Debug, Default)]
pub struct BrandView {
    /// The style sheet with the organisation's colour.
    pub accent_sheet: Option<String>,
    /// The logo's address.
    pub logo: Option<String>,
    /// The same for dark pages, where there is another.
    pub dark_logo: Option<String>,
    /// Whether the logo stands alone, and so says the name.
    pub logo_alone: bool,
    /// What somebody who is stuck should know.
    pub help_text: Option<String>,
    /// Ways to the help desk: what is shown, where none is a word of the page's language, and the
    /// address.
    pub help_links: Vec<(Option<String>, String)>,
    /// The privacy statement.
    pub privacy: Option<String>,
    /// The terms of use.
    pub terms: Option<String>,
}

impl BrandView {
    /// As pages are now.
    pub fn of(state: &AppState) -> Self {
        Self::new(&state.services.branding(), state.assets.base())
    }

    /// As pages would be.
    pub fn new(policy: &BrandingPolicy, assets: &str) -> Self {
        let mut help_links = Vec::new();
        if let (Some(number), Some(tel)) = (&policy.help_desk_phone, policy.help_desk_tel()) {
            help_links.push((Some(number.clone()), tel));
        }
        if let Some(url) = &policy.help_desk_url {
            help_links.push((url.strip_prefix("mailto:").map(str::to_owned), url.clone()));
        }
        let sheet = |colour: Colour| format!("{assets}/{}", brand_assets::sheet_name(colour));
        Self {
            accent_sheet: policy.accent_color.map(sheet),
            logo: policy.logo.as_deref().map(brand_assets::image_address),
            dark_logo: policy.dark_logo.as_deref().map(brand_assets::image_address),
            logo_alone: policy.logo.is_some() && !policy.is_name_shown,
            help_text: policy.help_desk_text.clone(),
            help_links,
            privacy: policy.privacy_url.clone(),
            terms: policy.terms_url.clone(),
        }
    }

    /// Whether there is anything about help.
    pub fn helps(&self) -> bool {
        self.help_text.is_some() || !self.help_links.is_empty()
    }
}
