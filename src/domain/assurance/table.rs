//! The table of assurance: how somebody signed in, and what that is called. `docs/assurance.md` has
//! it, too, with the demands that each row meets; a test holds both to the code.

use super::{Acr, Factor};

/// One way of signing in.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// In words.
    pub signed_in: &'static str,
    /// What was proved, in order.
    pub factors: &'static [Factor],
    /// The `acr` claim.
    pub acr: Acr,
    /// The `amr` claim.
    pub amr: &'static str,
}

const UPSTREAM: Factor = Factor::Upstream;
const CODE: Factor = Factor::RecoveryCode;
const PASS: Factor = Factor::TemporaryAccessPass;
const PHONE: Factor = Factor::Phone { user_verified: false };
const VERIFYING: Factor = Factor::Phone { user_verified: true };
const SYNCED: Factor = Factor::Key { device_bound: false, attested: false };
const BOUND: Factor = Factor::Key { device_bound: true, attested: false };
const ATTESTED: Factor = Factor::Key { device_bound: true, attested: true };

const fn row(
    signed_in: &'static str,
    factors: &'static [Factor],
    acr: Acr,
    amr: &'static str,
) -> Row {
    Row { signed_in, factors, acr, amr }
}

/// Every way that counts differently, the weakest first.
pub const TABLE: [Row; 16] = [
    row("An upstream alone", &[UPSTREAM], Acr::Upstream, "fed"),
    row("A recovery code alone", &[CODE], Acr::Bootstrap, "recovery otp"),
    row("A Temporary Access Pass alone", &[PASS], Acr::Bootstrap, "tap otp"),
    row("An upstream, and a pass", &[UPSTREAM, PASS], Acr::Bootstrap, "fed tap otp"),
    row("A phone that did not verify its user", &[PHONE], Acr::Possession, "swk pop"),
    row(
        "A recovery code, and such a phone",
        &[CODE, PHONE],
        Acr::Possession,
        "recovery otp swk pop",
    ),
    row("An upstream, and such a phone", &[UPSTREAM, PHONE], Acr::Possession, "fed swk pop"),
    row("A pass, and such a phone", &[PASS, PHONE], Acr::MultiFactor, "tap otp swk pop mfa"),
    row("Such a phone, and a pass", &[PHONE, PASS], Acr::MultiFactor, "swk pop tap otp mfa"),
    row("A phone that verified its user", &[VERIFYING], Acr::MultiFactor, "swk pop user mfa"),
    row(
        "A key that can be copied (synced passkey)",
        &[SYNCED],
        Acr::PhishingResistant,
        "swk user mfa",
    ),
    row(
        "An upstream, and such a key",
        &[UPSTREAM, SYNCED],
        Acr::PhishingResistant,
        "fed swk user mfa",
    ),
    row("A key bound to one device", &[BOUND], Acr::PhishingResistant, "hwk user mfa"),
    row("A pass, and such a key", &[PASS, BOUND], Acr::PhishingResistant, "tap otp hwk user mfa"),
    row(
        "A key bound to one device, its maker's attestation verified",
        &[ATTESTED],
        Acr::PhishingResistantHardware,
        "hwk user mfa",
    ),
    row(
        "A phone, a synced key and an attested one",
        &[VERIFYING, SYNCED, ATTESTED],
        Acr::PhishingResistantHardware,
        "swk pop user hwk mfa",
    ),
];

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::fs;

    use super::super::{acr, amr};
    use super::*;
    use crate::domain::journey::Demand;
    use crate::domain::policy::PassMultifactor;

    #[test]
    fn every_row_of_the_table_is_what_is_told() {
        for row in TABLE {
            assert_eq!(acr(row.factors), row.acr, "{}", row.signed_in);
            assert_eq!(amr(row.factors).join(" "), row.amr, "{}", row.signed_in);
        }
    }

    #[test]
    fn the_table_leaves_out_no_class_and_no_kind_of_factor() {
        for class in Acr::ALL {
            assert!(TABLE.iter().any(|row| row.acr == class), "{}", class.name());
        }
        for factor in [UPSTREAM, CODE, PASS, PHONE, VERIFYING, SYNCED, BOUND, ATTESTED] {
            assert!(TABLE.iter().any(|row| row.factors == [factor]), "{factor:?} alone");
        }
        assert!(TABLE.is_sorted_by_key(|row| row.acr));
    }

    /// Whether a row meets a demand, by each thing that the pass policy can say.
    fn meets(row: &Row, class: Acr) -> &'static str {
        let met = |pass| Demand::by_rule(Some(class), pass).unwrap().met_by(row.factors);
        let ways = [PassMultifactor::Never, PassMultifactor::WithAnother, PassMultifactor::Alone];
        match ways.map(met) {
            [true, true, true] => "yes",
            [false, true, true] => "yes ¹",
            [false, false, true] => "no ²",
            [false, false, false] => "no",
            other => panic!("{}: {other:?}", row.signed_in),
        }
    }

    fn rendered() -> String {
        let mut text = String::from("| signed in with | `acr` | `amr` |");
        let classes = Acr::ALL.into_iter().rev();
        for class in classes.clone() {
            let name = class.name().rsplit(':').next().unwrap_or_default();
            write!(text, " {name} |").unwrap();
        }
        writeln!(text, "\n|{}", "---|".repeat(3 + Acr::ALL.len())).unwrap();
        for row in TABLE {
            write!(text, "| {} | `{}` | `{}` |", row.signed_in, row.acr.name(), row.amr).unwrap();
            for class in classes.clone() {
                write!(text, " {} |", meets(&row, class)).unwrap();
            }
            text.push('\n');
        }
        text
    }

    #[test]
    fn the_page_about_assurance_has_the_table_as_the_code_has_it() {
        const BEGIN: &str = "<!-- table: from src/domain/assurance/table.rs -->\n";
        const END: &str = "<!-- end of table -->";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/assurance.md");
        let page = fs::read_to_string(path).unwrap();
        let (before, rest) = page.split_once(BEGIN).expect("the table begins");
        let (table, after) = rest.split_once(END).expect("the table ends");
        if std::env::var_os("FIRSTKEY_WRITE_DOCS").is_some() {
            fs::write(path, format!("{before}{BEGIN}{}{END}{after}", rendered())).unwrap();
            return;
        }
        assert_eq!(
            table,
            rendered(),
            "docs/assurance.md is not what the code says: refresh it with \
             FIRSTKEY_WRITE_DOCS=1 cargo test --lib assurance"
        );
    }
}
