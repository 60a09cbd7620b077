//! Whether a request costs the same with a thousand and with a million grants and people.

use std::path::Path;

use crate::Options;
use crate::report::Report;

/// Measures both databases side by side.
pub async fn measure(
    _options: &Options,
    _folder: &Path,
    _report: &mut Report,
) -> anyhow::Result<()> {
    Ok(())
}
