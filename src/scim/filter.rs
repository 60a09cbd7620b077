//! A filter as the database answers it, and the same on the values of one attribute.

use serde_json::{Map, Value};

use super::error::{ScimError, ScimType};
use super::resources::{ENTERPRISE, GROUPS, USERS};
use super::schema::ResourceType;
use super::syntax::{Expression, Name, Operator};
use crate::domain::filter::{
    Comparison, Condition, Field, Filter, GroupField, Order, Test, UserField,
};
use crate::domain::time::Timestamp;

/// The most conditions that a filter may come to, once it is written as alternatives.
const CONDITIONS_MAX: usize = 200;

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
pub enum Meaning<F: 'static> {
    /// This field.
    Field(F),
    /// Several values, of which each is in a field of its own, with its type.
    Typed(&'static [(&'static str, F)]),
    /// The same for all.
    Constant(&'static str),
}

/// Fields by the names that SCIM has for them.
pub trait Named: Field + 'static {
    /// What can be asked for, for the error.
    const NAMES: &str;
    /// What a name stands for.
    fn named(name: &Name) -> Option<Meaning<Self>>;
}

fn full(name: &Name) -> String {
    let sub = name.sub.as_deref().map(|sub| format!(".{sub}")).unwrap_or_default();
    format!("{}{sub}", name.attribute).to_ascii_lowercase()
}

/// What is the same for people and groups.
fn common<F: 'static>(
    full: &str,
    resource: &'static ResourceType,
    of: [F; 4],
) -> Option<Meaning<F>> {
    let [id, external_id, created_at, updated_at] = of;
    Some(match full {
        "id" => Meaning::Field(id),
        "externalid" => Meaning::Field(external_id),
        "meta.created" => Meaning::Field(created_at),
        "meta.lastmodified" => Meaning::Field(updated_at),
        "meta.resourcetype" => Meaning::Constant(resource.name),
        _ => return None,
    })
}

impl Named for UserField {
    const NAMES: &str = "id, externalId, userName, displayName, name.givenName, name.familyName, \
                         title, active, emails, groups, employeeNumber, department, manager, \
                         meta.created and meta.lastModified";

    fn named(name: &Name) -> Option<Meaning<Self>> {
        const EMAILS: &[(&str, UserField)] =
            &[("work", UserField::Email), ("home", UserField::AlternateEmail)];
        let full = full(name);
        if name.schema == Some(&ENTERPRISE) {
            return Some(Meaning::Field(match full.as_str() {
                "employeenumber" => Self::EmployeeId,
                "department" => Self::Department,
                "manager" | "manager.value" => Self::Manager,
                _ => return None,
            }));
        }
        if name.schema.is_some_and(|schema| schema != USERS.core) {
            return None;
        }
        let of = [Self::Id, Self::ExternalId, Self::CreatedAt, Self::UpdatedAt];
        common(&full, &USERS, of).or_else(|| {
            Some(Meaning::Field(match full.as_str() {
                "username" => Self::Username,
                "displayname" => Self::DisplayName,
                "name.givenname" => Self::GivenName,
                "name.familyname" => Self::Surname,
                "title" => Self::JobTitle,
                "active" => Self::Enabled,
                "groups" | "groups.value" => Self::Groups,
                "emails" | "emails.value" | "emails.type" => return Some(Meaning::Typed(EMAILS)),
                _ => return None,
            }))
        })
    }
}

impl Named for GroupField {
    const NAMES: &str = "id, externalId, displayName, members, meta.created and meta.lastModified";

    fn named(name: &Name) -> Option<Meaning<Self>> {
        if name.schema.is_some_and(|schema| schema != GROUPS.core) {
            return None;
        }
        let full = full(name);
        let of = [Self::Id, Self::ExternalId, Self::CreatedAt, Self::UpdatedAt];
        common(&full, &GROUPS, of).or_else(|| {
            Some(Meaning::Field(match full.as_str() {
                "displayname" => Self::Name,
                "members" | "members.value" => Self::Members,
                _ => return None,
            }))
        })
    }
}

fn refused(detail: impl Into<String>) -> ScimError {
    ScimError::bad(ScimType::InvalidFilter, detail)
}

/// The field that a list is sorted by.
pub fn sort_field<F: Named>(name: &str) -> Result<F, ScimError> {
    let meaning = Name::parse(name).and_then(|name| F::named(&name));
    let field = match meaning {
        Some(Meaning::Field(field)) => Some(field),
        Some(Meaning::Typed(fields)) => fields.first().map(|(_, field)| *field),
        Some(Meaning::Constant(_)) | None => None,
    };
    field.filter(|field| field.comparison() != Comparison::Ids).ok_or_else(|| {
        let detail = format!("sortBy: lists are sorted by {}.", F::NAMES);
        ScimError::bad(ScimType::InvalidPath, detail)
    })
}

/// A filter as the database answers it; none where nothing can pass it. `lenient` where other
/// resources are asked as well: what these have and ours have not, ours have no value of (RFC 7644
/// §3.4.2.1).
pub fn translate<F: Named>(
    filter: &Expression,
    lenient: bool,
) -> Result<Option<Filter<F>>, ScimError> {
    let any_of = Translator { lenient }.alternatives(filter, false, None)?;
    if any_of.is_empty() {
        return Ok(None);
    }
    // What passes without a condition lets all pass.
    let all = any_of.iter().any(Vec::is_empty);
    Ok(Some(if all { Filter::default() } else { Filter { any_of } }))
}

/// Alternatives, each of which wants all of its conditions: none for what never holds, one without
/// conditions for what always does.
type Alternatives<F> = Vec<Vec<Condition<F>>>;

struct Translator {
    lenient: bool,
}

impl Translator {
    fn alternatives<F: Named>(
        &self,
        filter: &Expression,
        negated: bool,
        within: Option<(&'static str, F)>,
    ) -> Result<Alternatives<F>, ScimError> {
        match filter {
            Expression::Not(inner) => self.alternatives(inner, !negated, within),
            Expression::And(left, right) | Expression::Or(left, right) => {
                let left = self.alternatives(left, negated, within)?;
                let right = self.alternatives(right, negated, within)?;
                let all = matches!(filter, Expression::And(..)) != negated;
                combine(left, right, all)
            }
            Expression::Any(name, inner) => match self.meaning(name)? {
                _ if within.is_some() => Err(refused("There are no brackets within brackets.")),
                Some(Meaning::Typed(slots)) => any(slots, negated, |slot| {
                    let present = Expression::Present(name.clone());
                    let present = self.alternatives(&present, negated, Some(slot))?;
                    let inner = self.alternatives(inner, negated, Some(slot))?;
                    combine(present, inner, !negated)
                }),
                // The values of an only field: what is within is about it.
                Some(Meaning::Field(field)) => self.alternatives(inner, negated, Some(("", field))),
                Some(Meaning::Constant(_)) => Err(self.unknown::<F>(name)),
                None => Ok(constant(negated)),
            },
            Expression::Present(name) => self.leaf(name, negated, within, &|_, meaning| {
                Ok(match meaning {
                    Meaning::Field(field) => Leaf::Test(field, Test::Present),
                    _ => Leaf::Constant(true),
                })
            }),
            Expression::Compare(name, operator, value) => {
                self.leaf(name, negated, within, &|name, meaning| match meaning {
                    Meaning::Field(field) => compare(name, field, *operator, value),
                    Meaning::Constant(text) => {
                        let text = Value::from(text);
                        Ok(Leaf::Constant(holds(&text, *operator, value, false)))
                    }
                    Meaning::Typed(_) => Err(self.unknown::<F>(name)),
                })
            }
        }
    }

    /// A condition on one name.
    fn leaf<F: Named>(
        &self,
        name: &Name,
        negated: bool,
        within: Option<(&'static str, F)>,
        condition: &Ask<'_, F>,
    ) -> Result<Alternatives<F>, ScimError> {
        if let Some((kind, field)) = within {
            let word = name.sub.as_deref().unwrap_or(&name.attribute).to_ascii_lowercase();
            let typed = !kind.is_empty();
            let meaning = match word.as_str() {
                "type" if typed => Meaning::Constant(kind),
                "value" | "emails" => Meaning::Field(field),
                _ => return Err(self.unknown::<F>(name)),
            };
            return condition(name, meaning)?.alternatives(name, negated);
        }
        match self.meaning(name)? {
            Some(Meaning::Typed(slots)) => {
                let inner = Name { schema: None, ..name.clone() };
                any(slots, negated, |(kind, field)| {
                    let present = Leaf::Test(field, Test::Present).alternatives(name, negated)?;
                    let inner = self.leaf(&inner, negated, Some((kind, field)), condition)?;
                    combine(present, inner, !negated)
                })
            }
            Some(meaning) => condition(name, meaning)?.alternatives(name, negated),
            None => Ok(constant(negated)),
        }
    }

    fn meaning<F: Named>(&self, name: &Name) -> Result<Option<Meaning<F>>, ScimError> {
        match F::named(name) {
            Some(meaning) => Ok(Some(meaning)),
            None if self.lenient => Ok(None),
            None => Err(self.unknown::<F>(name)),
        }
    }

    #[allow(clippy::unused_self, reason = "it reads as what it is about")]
    fn unknown<F: Named>(&self, name: &Name) -> ScimError {
        let name: String = name.attribute.chars().take(64).collect();
        refused(format!("Lists are not filtered by {name}, but by {}.", F::NAMES))
    }
}

/// What is asked of what a name stands for.
type Ask<'a, F> = dyn Fn(&Name, Meaning<F>) -> Result<Leaf<F>, ScimError> + 'a;

/// One condition, or what is known beforehand.
enum Leaf<F> {
    Test(F, Test),
    Constant(bool),
}

impl<F: Named> Leaf<F> {
    fn alternatives(self, name: &Name, negated: bool) -> Result<Alternatives<F>, ScimError> {
        match self {
            Self::Constant(holds) => Ok(constant(holds != negated)),
            Self::Test(field, test) => {
                let test = match test {
                    Test::Not(inner) if negated => *inner,
                    test if negated => Test::Not(Box::new(test)),
                    test => test,
                };
                let condition = Condition::new(field, test).ok_or_else(|| {
                    let name: String = name.attribute.chars().take(64).collect();
                    refused(format!("{name} cannot be compared in this way."))
                })?;
                Ok(vec![vec![condition]])
            }
        }
    }
}

fn constant<F>(holds: bool) -> Alternatives<F> {
    if holds { vec![Vec::new()] } else { Vec::new() }
}

/// Any of several values (or, negated, none of them).
fn any<F: Field>(
    slots: &[(&'static str, F)],
    negated: bool,
    one: impl Fn((&'static str, F)) -> Result<Alternatives<F>, ScimError>,
) -> Result<Alternatives<F>, ScimError> {
    slots.iter().try_fold(constant(negated), |found, slot| combine(found, one(*slot)?, negated))
}

/// Both (`all`), or either.
fn combine<F: Field>(
    left: Alternatives<F>,
    right: Alternatives<F>,
    all: bool,
) -> Result<Alternatives<F>, ScimError> {
    let mut found = Vec::new();
    if all {
        for left in &left {
            for right in &right {
                found.push([left.as_slice(), right.as_slice()].concat());
                check_size(&found)?;
            }
        }
    } else {
        found = left;
        found.extend(right);
        check_size(&found)?;
    }
    Ok(found)
}

fn check_size<F>(found: &Alternatives<F>) -> Result<(), ScimError> {
    if found.len() + found.iter().map(Vec::len).sum::<usize>() > CONDITIONS_MAX {
        return Err(refused("The filter is too complex; ask in several steps."));
    }
    Ok(())
}

/// The comparison of a field with a value.
fn compare<F: Named>(
    name: &Name,
    field: F,
    operator: Operator,
    value: &Value,
) -> Result<Leaf<F>, ScimError> {
    use Operator as O;
    let order = match operator {
        O::Greater => Some(Order::More),
        O::GreaterOrEqual => Some(Order::AtLeast),
        O::Less => Some(Order::Less),
        O::LessOrEqual => Some(Order::AtMost),
        _ => None,
    };
    let not = |test| Test::Not(Box::new(test));
    let test = match (field.comparison(), value) {
        (_, Value::Null) if operator == O::Equal => not(Test::Present),
        (_, Value::Null) if operator == O::NotEqual => Test::Present,
        (Comparison::Flag, Value::Bool(flag)) if operator == O::Equal => Test::Flag(*flag),
        (Comparison::Flag, Value::Bool(flag)) if operator == O::NotEqual => Test::Flag(!flag),
        (Comparison::Time, Value::String(text)) => {
            let time = Timestamp::parse(text).ok_or_else(|| {
                refused("A time like 2026-11-23T08:00:00Z is needed to compare it with.")
            })?;
            match (order, operator) {
                (Some(order), _) => Test::Time(order, time),
                (None, O::Equal) => Test::Time(Order::Same, time),
                (None, O::NotEqual) => not(Test::Time(Order::Same, time)),
                _ => return Err(refused("Times are compared by eq, ne, gt, ge, lt and le.")),
            }
        }
        (Comparison::Exact | Comparison::Folded | Comparison::Ids, Value::String(text)) => {
            let text = text.clone();
            match operator {
                O::Equal => Test::Is(text),
                O::NotEqual => not(Test::Is(text)),
                O::Contains => Test::Contains(text),
                O::StartsWith => Test::StartsWith(text),
                O::EndsWith => Test::EndsWith(text),
                _ => order.map_or(Test::Present, |order| Test::Text(order, text)),
            }
        }
        _ => {
            let name: String = name.attribute.chars().take(64).collect();
            return Err(refused(format!("{name} cannot be compared with this, or not so.")));
        }
    };
    Ok(Leaf::Test(field, test))
}

/// Whether one of the values of an attribute passes; `exact` says which of its attributes are
/// compared with regard to case.
pub fn passes(filter: &Expression, one: &Map<String, Value>, exact: &dyn Fn(&str) -> bool) -> bool {
    let find = |name: &Name| {
        let found = one.iter().find(|(key, _)| key.eq_ignore_ascii_case(&name.attribute));
        found.map_or(&Value::Null, |(_, value)| value)
    };
    match filter {
        Expression::And(left, right) => passes(left, one, exact) && passes(right, one, exact),
        Expression::Or(left, right) => passes(left, one, exact) || passes(right, one, exact),
        Expression::Not(inner) => !passes(inner, one, exact),
        Expression::Any(..) => false,
        Expression::Present(name) => !find(name).is_null(),
        Expression::Compare(name, operator, value) => {
            holds(find(name), *operator, value, !exact(&name.attribute))
        }
    }
}

fn holds(left: &Value, operator: Operator, right: &Value, fold: bool) -> bool {
    use Operator as O;
    let (Value::String(left), Value::String(right)) = (left, right) else {
        return match operator {
            O::Equal => left == right,
            O::NotEqual => left != right,
            _ => false,
        };
    };
    let folded = |text: &str| if fold { text.to_lowercase() } else { text.to_owned() };
    let (left, right) = (folded(left), folded(right));
    match operator {
        O::Equal => left == right,
        O::NotEqual => left != right,
        O::Contains => left.contains(&right),
        O::StartsWith => left.starts_with(&right),
        O::EndsWith => left.ends_with(&right),
        O::Greater => left > right,
        O::GreaterOrEqual => left >= right,
        O::Less => left < right,
        O::LessOrEqual => left <= right,
    }
}
