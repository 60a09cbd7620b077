//! What a list of people or groups is narrowed down to, and the order in which it comes.

use super::time::Timestamp;

/// Any of these alternatives, each of which wants all of its conditions. None: everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter<F> {
    /// The alternatives.
    pub any_of: Vec<Vec<Condition<F>>>,
}

/// One condition on one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition<F> {
    /// The field.
    pub field: F,
    /// What it must be.
    pub test: Test,
}

/// What a field must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// This text.
    Is(String),
    /// Text that begins like this.
    StartsWith(String),
    /// Text that has this somewhere.
    Contains(String),
    /// Text that ends like this.
    EndsWith(String),
    /// Text that comes before or after this one.
    Text(Order, String),
    /// A moment before or after this one, or this one.
    Time(Order, Timestamp),
    /// On or off.
    Flag(bool),
    /// Anything at all.
    Present,
    /// All but this; nothing at all is that, too.
    Not(Box<Test>),
}

/// How a value stands to the one that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Less.
    Less,
    /// Less, or the same.
    AtMost,
    /// The same.
    Same,
    /// The same, or more.
    AtLeast,
    /// More.
    More,
}

/// The order of a list: by a field, then by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort<F> {
    /// The field.
    pub field: F,
    /// Whether the last comes first.
    pub descending: bool,
}

/// How a field compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// To the letter.
    Exact,
    /// Without regard to case.
    Folded,
    /// On or off.
    Flag,
    /// As a moment.
    Time,
    /// Several ids: whether one is among them.
    Ids,
}

/// A field that a list can be narrowed down by.
pub trait Field: Copy {
    /// How it compares.
    fn comparison(self) -> Comparison;
}

/// Fields of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserField {
    /// The account's id.
    Id,
    /// What the person types to say who they are.
    Username,
    /// How pages address them.
    DisplayName,
    /// Where mail reaches them.
    Email,
    /// The name that the system has for them that provisions them.
    ExternalId,
    /// Whether they may sign in.
    Enabled,
    /// Whether they have registered a method: onboarding begins with the first.
    Registered,
    /// Where mail reaches them before they can open their own mailbox.
    AlternateEmail,
    /// First name.
    GivenName,
    /// Family name.
    Surname,
    /// What they do.
    JobTitle,
    /// Where they do it.
    Department,
    /// Their number at the employer.
    EmployeeId,
    /// Whom they report to.
    Manager,
    /// The groups that they were put into.
    Groups,
    /// When they were added.
    CreatedAt,
    /// When they were last changed.
    UpdatedAt,
}

/// Fields of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupField {
    /// The group's id.
    Id,
    /// Its name.
    Name,
    /// The name that the system has for it that provisions it.
    ExternalId,
    /// Who was put into it, people and groups.
    Members,
    /// When it was added.
    CreatedAt,
    /// When it was last changed.
    UpdatedAt,
}

impl Field for UserField {
    fn comparison(self) -> Comparison {
        match self {
            Self::Id | Self::ExternalId | Self::Manager => Comparison::Exact,
            Self::Username
            | Self::DisplayName
            | Self::Email
            | Self::AlternateEmail
            | Self::GivenName
            | Self::Surname
            | Self::JobTitle
            | Self::Department
            | Self::EmployeeId => Comparison::Folded,
            Self::Enabled | Self::Registered => Comparison::Flag,
            Self::Groups => Comparison::Ids,
            Self::CreatedAt | Self::UpdatedAt => Comparison::Time,
        }
    }
}

impl Field for GroupField {
    fn comparison(self) -> Comparison {
        match self {
            Self::Id | Self::ExternalId => Comparison::Exact,
            Self::Name => Comparison::Folded,
            Self::Members => Comparison::Ids,
            Self::CreatedAt | Self::UpdatedAt => Comparison::Time,
        }
    }
}

impl<F> Default for Filter<F> {
    fn default() -> Self {
        Self { any_of: Vec::new() }
    }
}

impl<F: Field> Condition<F> {
    /// A condition that the field can answer, or none.
    pub fn new(field: F, test: Test) -> Option<Self> {
        test.fits(field.comparison()).then_some(Self { field, test })
    }
}

impl Test {
    /// Whether something that compares like this can answer.
    fn fits(&self, comparison: Comparison) -> bool {
        match self {
            Self::Present => true,
            Self::Not(test) => test.fits(comparison),
            Self::Is(_) => {
                matches!(comparison, Comparison::Exact | Comparison::Folded | Comparison::Ids)
            }
            Self::StartsWith(_) | Self::Contains(_) | Self::EndsWith(_) | Self::Text(..) => {
                matches!(comparison, Comparison::Exact | Comparison::Folded)
            }
            Self::Time(..) => comparison == Comparison::Time,
            Self::Flag(_) => comparison == Comparison::Flag,
        }
    }
}
