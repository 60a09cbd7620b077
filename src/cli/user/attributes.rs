//! What is known about a person besides their name and what they may do.

use clap::Args;

use crate::domain::change::Change;
use crate::domain::error::Invalid;
use crate::domain::id::UserId;
use crate::domain::time::Timestamp;
use crate::domain::user::{Profile, User};
use crate::service::Services;
use crate::service::users::NewUser;

/// What an HR system knows. An empty value takes away what was there.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Attributes {
    /// Where mail reaches them
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Where mail reaches them before they can open their own mailbox
    #[arg(long, value_name = "ADDRESS")]
    alternate_email: Option<String>,
    /// First name
    #[arg(long, value_name = "NAME")]
    given_name: Option<String>,
    /// Family name
    #[arg(long, value_name = "NAME")]
    surname: Option<String>,
    /// What they do
    #[arg(long, value_name = "TITLE")]
    job_title: Option<String>,
    /// Where they do it
    #[arg(long, value_name = "NAME")]
    department: Option<String>,
    /// Their number at the employer
    #[arg(long, value_name = "NUMBER")]
    employee_id: Option<String>,
    /// Their first day, such as 2030-01-31T08:00:00+01:00
    #[arg(long, value_name = "RFC3339")]
    employee_hire_date: Option<String>,
    /// The language that they read best, such as de-AT
    #[arg(long, value_name = "LANGUAGE")]
    preferred_language: Option<String>,
    /// The name by which the system that provisions them knows them
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// Whom they report to: a username or an id
    #[arg(long, value_name = "NAME")]
    manager: Option<String>,
}

/// The flags, as clap knows them.
pub(super) const FLAGS: [&str; 11] = [
    "email",
    "alternate_email",
    "given_name",
    "surname",
    "job_title",
    "department",
    "employee_id",
    "employee_hire_date",
    "preferred_language",
    "external_id",
    "manager",
];

/// The attributes with the manager found and the date read.
#[derive(Clone, Debug)]
pub(super) struct Resolved {
    given: Attributes,
    manager: Change<UserId>,
    hired: Change<Timestamp>,
}

impl Attributes {
    pub(super) async fn resolve(self, services: &Services) -> anyhow::Result<Resolved> {
        let manager = match self.manager.as_deref() {
            None => Change::Keep,
            Some("") => Change::Clear,
            Some(name) => Change::Set(services.find_user(name).await?.id),
        };
        let hired = match self.employee_hire_date.as_deref() {
            None => Change::Keep,
            Some("") => Change::Clear,
            Some(text) => Change::Set(Timestamp::parse(text).ok_or_else(|| {
                let message = "an RFC 3339 date and time with a zone is needed";
                Invalid::new("employeeHireDate", message)
            })?),
        };
        Ok(Resolved { given: self, manager, hired })
    }
}

impl Resolved {
    /// Writes into a person what was given.
    pub(super) fn apply(self, user: &mut User) {
        self.write(&mut user.email, &mut user.external_id, &mut user.manager, &mut user.profile);
    }

    /// A person of whom nothing else is known yet.
    pub(super) fn into_new(self) -> NewUser {
        let mut new = NewUser::default();
        self.write(&mut new.email, &mut new.external_id, &mut new.manager, &mut new.profile);
        new
    }

    fn write(
        self,
        email: &mut Option<String>,
        external_id: &mut Option<String>,
        manager: &mut Option<UserId>,
        profile: &mut Profile,
    ) {
        let given = self.given;
        for (new, field) in [
            (given.email, email),
            (given.alternate_email, &mut profile.alternate_email),
            (given.given_name, &mut profile.given_name),
            (given.surname, &mut profile.surname),
            (given.job_title, &mut profile.job_title),
            (given.department, &mut profile.department),
            (given.employee_id, &mut profile.employee_id),
            (given.preferred_language, &mut profile.preferred_language),
            (given.external_id, external_id),
        ] {
            if let Some(new) = new {
                *field = Some(new).filter(|text| !text.trim().is_empty());
            }
        }
        self.manager.apply(manager);
        self.hired.apply(&mut profile.employee_hire_date);
    }
}
