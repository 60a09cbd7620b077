//! What a list of people or groups is narrowed down to.

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
    /// On or off.
    Flag(bool),
}

/// How a field compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// To the letter; it has no beginning to look for.
    Exact,
    /// Without regard to case.
    Folded,
    /// On or off.
    Flag,
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
}

impl Field for UserField {
    fn comparison(self) -> Comparison {
        match self {
            Self::Id | Self::ExternalId => Comparison::Exact,
            Self::Username | Self::DisplayName | Self::Email => Comparison::Folded,
            Self::Enabled | Self::Registered => Comparison::Flag,
        }
    }
}

impl Field for GroupField {
    fn comparison(self) -> Comparison {
        match self {
            Self::Id | Self::ExternalId => Comparison::Exact,
            Self::Name => Comparison::Folded,
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
        let fits = match field.comparison() {
            Comparison::Exact => matches!(test, Test::Is(_)),
            Comparison::Folded => matches!(test, Test::Is(_) | Test::StartsWith(_)),
            Comparison::Flag => matches!(test, Test::Flag(_)),
        };
        fits.then_some(Self { field, test })
    }
}
