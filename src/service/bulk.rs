//! Passes for many people at once, from a list that somebody wrote: comma-separated values
//! (RFC 4180) with a line of headings.

use std::collections::BTreeSet;

use super::caller::Caller;
use super::passes::IssuedPass;
use super::users::NewUser;
use super::{AdminError, Services};
use crate::domain::authority::{Action, Subject, may};
use crate::domain::error::Invalid;
use crate::domain::id::PassId;
use crate::domain::language::{Text, say};
use crate::domain::pass::{PassRequest, PassTerms};
use crate::domain::time::Timestamp;
use crate::domain::user::{Profile, User, Username};

/// The most lines that one list may have: what is hashed within the time that one request has.
pub const LINES_MAX: usize = 250;
/// The longest list, in bytes.
pub const TEXT_MAX: usize = 256 * 1024;

/// The headings that a list may have; the first is needed.
pub const HEADINGS: [&str; 9] = [
    "username",
    "startDateTime",
    "lifetimeInMinutes",
    "isUsableOnce",
    "displayName",
    "email",
    "alternateEmail",
    "manager",
    "groups",
];

/// One line of a list, as it was understood.
#[derive(Clone, Debug)]
pub struct BulkLine {
    /// Its number in the text; the headings are line 1.
    pub number: u64,
    /// Whose pass it asks for.
    pub username: String,
    request: Result<PassRequest, Invalid>,
    new: NewUser,
    manager: Option<String>,
}

/// What a line would do.
#[derive(Clone, Debug)]
pub enum Plan {
    /// A pass for somebody who is there, in place of this one or of none.
    Issue(Box<User>, Option<PassId>),
    /// Somebody new with a pass.
    Add,
}

/// What a line has done.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The line.
    pub line: BulkLine,
    /// The pass, or why there is none.
    pub pass: Result<IssuedPass, Text>,
}

impl Plan {
    /// What is told about it to the form that carries it out: nothing is done twice, nor to a pass
    /// that nobody has seen.
    pub fn token(&self) -> String {
        match self {
            Self::Issue(_, Some(id)) => id.to_string(),
            Self::Issue(_, None) => "none".to_owned(),
            Self::Add => "new".to_owned(),
        }
    }
}

/// Reads a list; refused as a whole where it is none.
pub fn read(text: &str) -> Result<Vec<BulkLine>, Invalid> {
    let refuse = |message: Text| Invalid::new("list", message);
    // The reader ends lines as any system does, but counts only those that end as ours do.
    let text = &text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    if text.len() > TEXT_MAX {
        return Err(refuse(say("invalid-list-long").with("n", TEXT_MAX / 1024)));
    }
    let first = text.lines().next().unwrap_or_default();
    let separator = if first.contains(';') && !first.contains(',') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(text.as_bytes());
    let headings = reader.headers().map_err(|error| refuse(error.to_string().into()))?.clone();
    let known = |heading: &str| HEADINGS.into_iter().find(|it| it.eq_ignore_ascii_case(heading));
    let mut columns = Vec::with_capacity(headings.len());
    for heading in &headings {
        let Some(column) = known(heading) else {
            let names = HEADINGS.join(", ");
            return Err(refuse(
                say("invalid-list-column").with("heading", heading).with("names", names),
            ));
        };
        if columns.contains(&column) {
            return Err(refuse(say("invalid-list-twice").with("column", column)));
        }
        columns.push(column);
    }
    if !columns.contains(&"username") {
        return Err(refuse(say("invalid-list-first")));
    }
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| refuse(error.to_string().into()))?;
        if lines.len() == LINES_MAX {
            return Err(refuse(say("invalid-list-people").with("n", LINES_MAX)));
        }
        lines.push(line(&columns, &record));
    }
    if lines.is_empty() {
        return Err(refuse(say("invalid-list-empty")));
    }
    Ok(lines)
}

fn line(columns: &[&str], record: &csv::StringRecord) -> BulkLine {
    let value = |name: &str| {
        let index = columns.iter().position(|column| *column == name)?;
        record.get(index).filter(|text| !text.is_empty())
    };
    let owned = |name| value(name).map(str::to_owned);
    let too_long = record.len() > columns.len();
    let request = if too_long {
        let message =
            say("invalid-list-values").with("values", record.len()).with("columns", columns.len());
        Err(Invalid::new("line", message))
    } else {
        request(value("startDateTime"), value("lifetimeInMinutes"), value("isUsableOnce"))
    };
    let groups = value("groups").unwrap_or_default().split('|').map(str::trim);
    BulkLine {
        number: record.position().map_or(0, csv::Position::line),
        username: owned("username").unwrap_or_default(),
        request,
        manager: owned("manager"),
        new: NewUser {
            username: owned("username").unwrap_or_default(),
            display_name: owned("displayName"),
            email: owned("email"),
            groups: groups.filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            profile: Profile { alternate_email: owned("alternateEmail"), ..Profile::default() },
            ..NewUser::default()
        },
    }
}

fn request(
    start: Option<&str>,
    lifetime: Option<&str>,
    once: Option<&str>,
) -> Result<PassRequest, Invalid> {
    let start = start.map(|text| {
        let message = say("invalid-moment");
        Timestamp::parse(text).ok_or_else(|| Invalid::new("startDateTime", message))
    });
    let lifetime = lifetime.map(|text| {
        text.parse().map_err(|_| Invalid::new("lifetimeInMinutes", say("invalid-number")))
    });
    let once = once.map(|text| match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        _ => Err(Invalid::new("isUsableOnce", say("invalid-yes-or-no"))),
    });
    Ok(PassRequest {
        start: start.transpose()?,
        lifetime_minutes: lifetime.transpose()?,
        one_time: once.transpose()?,
    })
}

/// Why a line is not carried out.
fn reason(error: AdminError) -> Text {
    match error {
        AdminError::Invalid(Invalid { field, message }) => {
            say("invalid-field").with("field", &*field).with("why", message)
        }
        other => other.to_string().into(),
    }
}

impl Services {
    /// What each line of a list would do, or why it would do nothing. Nothing is done.
    pub async fn plan_bulk(
        &self,
        caller: &Caller,
        lines: &[BulkLine],
    ) -> Result<Vec<Result<Plan, Text>>, AdminError> {
        Self::may_do_bulk(caller)?;
        let mut seen = BTreeSet::new();
        let mut plans = Vec::with_capacity(lines.len());
        for line in lines {
            let plan = match self.plan(caller, line).await {
                Ok(_) if !seen.insert(line.username.to_lowercase()) => {
                    Err(say("invalid-list-person"))
                }
                Err(AdminError::Failure(failure)) => return Err(failure.into()),
                other => other.map_err(reason),
            };
            plans.push(plan);
        }
        Ok(plans)
    }

    fn may_do_bulk(caller: &Caller) -> Result<(), AdminError> {
        Ok(may(&caller.actor, Action::IssuePass, None)?)
    }

    async fn plan(&self, caller: &Caller, line: &BulkLine) -> Result<Plan, AdminError> {
        let request = line.request.clone()?;
        PassTerms::settle(&request, &self.tap_policy().await?, self.now())?;
        let username = Username::parse(&line.username)?;
        match self.find_user(username.as_str()).await {
            Ok(user) => {
                let person = Subject { id: user.id, admin: !user.roles.is_empty() };
                may(&caller.actor, Action::IssuePass, Some(person))?;
                let there = self.show_pass(&user).await?.map(|status| status.pass.id);
                Ok(Plan::Issue(Box::new(user), there))
            }
            Err(AdminError::NotFound(what)) if line.new.display_name.is_none() => {
                Err(AdminError::NotFound(format!("{what}; a displayName would add them")))
            }
            Err(AdminError::NotFound(_)) => {
                may(&caller.actor, Action::ChangePeople, None)?;
                if let Some(email) = &line.new.email {
                    crate::domain::user::parse_email(email)?;
                }
                for group in &line.new.groups {
                    self.find_group(group).await?;
                }
                if let Some(manager) = &line.manager {
                    self.find_user(manager).await?;
                }
                Ok(Plan::Add)
            }
            Err(other) => Err(other),
        }
    }

    /// Carries out the lines of a list whose plan is still the one that `tokens` name, in the order
    /// of the lines; a line that cannot be carried out stops no other.
    pub async fn issue_bulk(
        &self,
        caller: &Caller,
        lines: Vec<BulkLine>,
        tokens: &[&str],
    ) -> Result<Vec<Outcome>, AdminError> {
        Self::may_do_bulk(caller)?;
        let plans = self.plan_bulk(caller, &lines).await?;
        let mut outcomes = Vec::with_capacity(lines.len());
        for (index, (line, plan)) in lines.into_iter().zip(plans).enumerate() {
            let pass = match plan {
                Err(reason) => Err(reason),
                Ok(plan) if tokens.get(index) != Some(&plan.token().as_str()) => {
                    Err(say("invalid-list-meanwhile"))
                }
                Ok(plan) => self.carry_out(caller, &line, plan).await.map_err(reason),
            };
            outcomes.push(Outcome { line, pass });
        }
        Ok(outcomes)
    }

    async fn carry_out(
        &self,
        caller: &Caller,
        line: &BulkLine,
        plan: Plan,
    ) -> Result<IssuedPass, AdminError> {
        let request = line.request.clone()?;
        match plan {
            Plan::Issue(user, there) => {
                self.issue_pass_over(caller, &user.id.to_string(), request, there).await
            }
            Plan::Add => {
                let manager = match &line.manager {
                    Some(name) => Some(self.find_user(name).await?.id),
                    None => None,
                };
                let new = NewUser { manager, ..line.new.clone() };
                let added = self.provision_user(caller, new, Some(request)).await?;
                added.pass.ok_or_else(|| AdminError::NotFound("pass".into()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_spreadsheets_write_them() {
        let text =
            "\u{feff}Username;lifetimeInMinutes;isUsableOnce\r\nada;120;yes\r\n\"grace\";;\r\n";
        let lines = read(text).unwrap();
        assert_eq!(lines.len(), 2);
        assert_eq!((lines[0].number, lines[0].username.as_str()), (2, "ada"));
        let asked = lines[0].request.clone().unwrap();
        assert_eq!((asked.lifetime_minutes, asked.one_time), (Some(120), Some(true)));
        assert_eq!(lines[1].request.clone().unwrap(), PassRequest::default());
        let mixed = read("username,displayName\rada,\r\n\"B\r\nob\",\nlinus,\rgrace,").unwrap();
        assert_eq!(mixed.iter().map(|line| line.number).collect::<Vec<_>>(), [2, 3, 5, 6]);
        let lines =
            read("username,displayName,groups\nada,\"Lovelace, Ada\",Staff | New\n").unwrap();
        assert_eq!(lines[0].new.display_name.as_deref(), Some("Lovelace, Ada"));
        assert_eq!(lines[0].new.groups, ["Staff", "New"]);
    }

    #[test]
    fn a_broken_line_is_named_and_keeps_no_other_from_being_read() {
        let text = "username,startDateTime,lifetimeInMinutes,isUsableOnce\n\
                    ada,tomorrow,,\ngrace,,soon,\nlinus,,,maybe\nalan,,,,extra\neve,,60,false\n";
        let lines = read(text).unwrap();
        let fields: Vec<_> = lines
            .iter()
            .map(|line| {
                line.request
                    .clone()
                    .map_or_else(|invalid| invalid.field.to_string(), |_| "ok".into())
            })
            .collect();
        assert_eq!(fields, ["startDateTime", "lifetimeInMinutes", "isUsableOnce", "line", "ok"]);
        assert_eq!(lines[3].number, 5);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for (text, hint) in [
            ("", "username"),
            ("ada\ngrace\n", "no column “ada”"),
            ("username,username\nada,ada\n", "comes twice"),
            ("displayName\nAda\n", "username among them"),
            ("username\n", "nobody is in it"),
            ("username,password\nada,x\n", "no column “password”"),
        ] {
            let invalid = read(text).unwrap_err();
            assert!(invalid.message.english().contains(hint), "{text:?}: {invalid}");
        }
        let long = format!("username\n{}", "ada\n".repeat(LINES_MAX + 1));
        assert!(read(&long).unwrap_err().message.english().contains("at most 250"));
    }
}
