//! A person in SCIM's words, and what a body says of one.

use serde_json::{Map, Value, json};

use super::error::ScimError;
use super::patch::kind_of;
use super::resources::{ENTERPRISE, USERS};
use crate::domain::error::Invalid;
use crate::domain::id::UserId;
use crate::domain::user::{User, Username};
use crate::service::users::NewUser;

/// What can be said of a person, as it is; `manager` is the address of theirs.
pub fn attributes(user: &User, manager: Option<String>) -> Map<String, Value> {
    let profile = &user.profile;
    let typed = |values: [(&str, &Option<String>); 2]| -> Value {
        let values = values.into_iter().filter_map(|(kind, value)| {
            value.as_ref().map(|value| json!({ "value": value, "type": kind }))
        });
        values.collect()
    };
    let core = [
        ("userName", json!(user.username.as_str())),
        (
            "name",
            object([
                ("formatted", json!(profile.formatted_name)),
                ("familyName", json!(profile.surname)),
                ("givenName", json!(profile.given_name)),
            ]),
        ),
        ("displayName", json!(user.display_name)),
        ("title", json!(profile.job_title)),
        ("preferredLanguage", json!(profile.preferred_language)),
        ("active", json!(user.enabled)),
        ("emails", typed([("work", &user.email), ("home", &profile.alternate_email)])),
        (
            "phoneNumbers",
            typed([("work", &profile.business_phone), ("mobile", &profile.mobile_phone)]),
        ),
        ("externalId", json!(user.external_id)),
    ];
    let manager = manager.map(|address| json!({ "value": user.manager, "$ref": address }));
    let enterprise = object([
        ("employeeNumber", json!(profile.employee_id)),
        ("department", json!(profile.department)),
        ("manager", json!(manager)),
    ]);
    let mut attributes = assigned(core);
    attributes.extend(assigned([(ENTERPRISE.id, enterprise)]));
    attributes
}

fn assigned<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields
        .into_iter()
        .filter(|(_, value)| match value {
            Value::Null => false,
            Value::Array(list) => !list.is_empty(),
            Value::Object(fields) => !fields.is_empty(),
            _ => true,
        })
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(assigned(fields))
}

/// All that a resource says of a person.
#[derive(Clone, Debug)]
pub struct Person {
    username: String,
    display_name: String,
    active: Option<bool>,
    external_id: Option<String>,
    email: Option<String>,
    alternate_email: Option<String>,
    business_phone: Option<String>,
    mobile_phone: Option<String>,
    formatted_name: Option<String>,
    given_name: Option<String>,
    surname: Option<String>,
    job_title: Option<String>,
    preferred_language: Option<String>,
    employee_id: Option<String>,
    department: Option<String>,
    manager: Option<UserId>,
}

impl Person {
    /// Reads a resource in the form that its schemas have.
    pub fn read(resource: &Map<String, Value>) -> Result<Self, ScimError> {
        let text = |of: Option<&Value>, name: &str| {
            let text = of.and_then(|of| of.get(name)).and_then(Value::as_str);
            text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let whole = Value::Object(resource.clone());
        let core = |name: &str| text(Some(&whole), name);
        let (name, enterprise) = (resource.get("name"), resource.get(ENTERPRISE.id));
        let [email, alternate_email] = typed(resource, "emails", ["work", "home"])?;
        let [business_phone, mobile_phone] = typed(resource, "phoneNumbers", ["work", "mobile"])?;
        let username =
            core("userName").ok_or_else(|| ScimError::value("userName", "it is needed"))?;
        let given_name = text(name, "givenName");
        let surname = text(name, "familyName");
        let formatted_name = text(name, "formatted");
        let in_parts: Vec<_> = given_name.iter().chain(&surname).map(String::as_str).collect();
        let in_parts = Some(in_parts.join(" ")).filter(|name| !name.is_empty());
        // Made of what is checked under its own name, so that errors have that.
        let made = formatted_name.as_ref().or(in_parts.as_ref()).unwrap_or(&username);
        let made = made.chars().filter(|letter| !letter.is_control()).take(256).collect();
        let display_name = core("displayName").unwrap_or(made);
        let manager = enterprise.and_then(|enterprise| enterprise.get("manager"));
        Ok(Self {
            username,
            display_name,
            active: resource.get("active").and_then(Value::as_bool),
            external_id: core("externalId"),
            email,
            alternate_email,
            business_phone,
            mobile_phone,
            formatted_name,
            given_name,
            surname,
            job_title: core("title"),
            preferred_language: core("preferredLanguage"),
            employee_id: text(enterprise, "employeeNumber"),
            department: text(enterprise, "department"),
            manager: manager.map(read_manager).transpose()?.flatten(),
        })
    }

    /// Makes a person into this one. Whether they may sign in stays as it is where nothing is said.
    pub fn apply(self, user: &mut User) -> Result<(), Invalid> {
        user.username = Username::parse(&self.username)?;
        user.display_name = self.display_name;
        user.enabled = self.active.unwrap_or(user.enabled);
        user.external_id = self.external_id;
        user.email = self.email;
        user.manager = self.manager;
        let profile = &mut user.profile;
        profile.alternate_email = self.alternate_email;
        profile.business_phone = self.business_phone;
        profile.mobile_phone = self.mobile_phone;
        profile.formatted_name = self.formatted_name;
        profile.given_name = self.given_name;
        profile.surname = self.surname;
        profile.job_title = self.job_title;
        profile.preferred_language = self.preferred_language;
        profile.employee_id = self.employee_id;
        profile.department = self.department;
        Ok(())
    }

    /// The same as a new person.
    pub fn into_new(self) -> NewUser {
        let mut new = NewUser {
            username: self.username,
            display_name: Some(self.display_name),
            email: self.email,
            disabled: self.active == Some(false),
            external_id: self.external_id,
            manager: self.manager,
            ..NewUser::default()
        };
        new.profile.alternate_email = self.alternate_email;
        new.profile.business_phone = self.business_phone;
        new.profile.mobile_phone = self.mobile_phone;
        new.profile.formatted_name = self.formatted_name;
        new.profile.given_name = self.given_name;
        new.profile.surname = self.surname;
        new.profile.job_title = self.job_title;
        new.profile.preferred_language = self.preferred_language;
        new.profile.employee_id = self.employee_id;
        new.profile.department = self.department;
        new
    }
}

/// The values of an attribute that has at most one of each of two types.
fn typed(
    resource: &Map<String, Value>,
    name: &str,
    kinds: [&str; 2],
) -> Result<[Option<String>; 2], ScimError> {
    let mut found = [None, None];
    let values = resource.get(name).and_then(Value::as_array);
    for one in values.into_iter().flatten() {
        let kind = kind_of(one);
        let refused = |message: &str| Err(ScimError::value(name, message));
        let Some(index) = kinds.iter().position(|known| *known == kind) else {
            let [first, second] = kinds;
            return refused(&format!("the type must be {first} or {second}"));
        };
        let Some(value) = one.get("value").and_then(Value::as_str).map(str::trim) else {
            return refused("each needs a value");
        };
        if found[index].as_deref().is_some_and(|other| other != value) {
            return refused(&format!("there is at most one of the type {kind}"));
        }
        found[index] = Some(value.to_owned());
    }
    // An address that is empty is none.
    Ok(found.map(|one| one.filter(|value: &String| !value.is_empty())))
}

fn read_manager(manager: &Value) -> Result<Option<UserId>, ScimError> {
    let text = |name: &str| manager.get(name).and_then(Value::as_str).map(str::trim);
    let address = |address: &str| address.rsplit('/').next().unwrap_or_default().to_owned();
    let id = text("value").map(str::to_owned).or_else(|| text("$ref").map(address));
    match id.as_deref() {
        // Entra ID says so where there is no manager any more.
        None | Some("") => Ok(None),
        Some(id) => id
            .parse()
            .map(Some)
            .map_err(|_| ScimError::value("manager", "the id of a person is needed")),
    }
}

/// The id in the address of a person.
pub fn parse_id(text: &str) -> Result<UserId, ScimError> {
    text.parse().map_err(|_| no_such(USERS.name, text))
}

/// There is no resource with this id.
pub fn no_such(what: &str, id: &str) -> ScimError {
    let status = axum::http::StatusCode::NOT_FOUND;
    ScimError::new(status, format!("There is no {what} {}.", super::body::short(id)))
}
