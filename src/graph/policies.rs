//! `authenticationMethodsPolicy`: one configuration for each kind of method.

use axum::extract::Path;
use axum::http::Method;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing;
use serde_json::{Map, Value, json};

use super::body::Fields;
use super::call::{Call, done};
use super::error::{Area, GraphError};
use super::operations::{Answer, Body, Operation, act, see};
use super::policy_schemas::WHOLE;
use super::policy_schemas::{FIDO2_SCHEMA, RECOVERY_CODES_SCHEMA, TAP_SCHEMA};
use super::query::ONE;
use super::schema::Schema;
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::http::etag::etag;
use crate::service::policies::{FIDO2, RECOVERY_CODES, TAP};
use crate::service::{AdminError, Services};

/// One kind of method. Another one is another row of [`CONFIGURATIONS`].
#[derive(Debug)]
struct Configuration {
    /// Its id, which is also the policy's.
    id: &'static str,
    schema: &'static Schema,
}

impl Configuration {
    fn odata_type(&self) -> String {
        format!("#microsoft.graph.{}", self.schema.name)
    }
}

const CONFIGURATIONS: [Configuration; 3] = [
    Configuration { id: TAP, schema: &TAP_SCHEMA },
    Configuration { id: FIDO2, schema: &FIDO2_SCHEMA },
    Configuration { id: RECOVERY_CODES, schema: &RECOVERY_CODES_SCHEMA },
];

/// What each of them looks like.
const SCHEMAS: &[&Schema] = &[&TAP_SCHEMA, &FIDO2_SCHEMA, &RECOVERY_CODES_SCHEMA];

const CONTEXT: &str = "policies/authenticationMethodsPolicy/authenticationMethodConfigurations";

fn failed(error: AdminError) -> GraphError {
    GraphError::of(Area::Methods, error)
}

fn permit_seeing(call: &Call) -> Result<(), GraphError> {
    Services::permit_seeing(&call.caller, Action::SeePolicies, None).map_err(failed)
}

/// The configuration that a path names, in any case.
fn named(id: &str) -> Result<&'static Configuration, GraphError> {
    CONFIGURATIONS.iter().find(|known| known.id.eq_ignore_ascii_case(id)).ok_or_else(|| {
        let known: Vec<_> = CONFIGURATIONS.iter().map(|known| known.id).collect();
        let list = known.join(", ");
        failed(AdminError::NotFound(format!("configuration with this id; there are: {list}")))
    })
}

/// A configuration as JSON, and its version.
async fn document(
    call: &Call,
    configuration: &Configuration,
) -> Result<(i64, Map<String, Value>), GraphError> {
    // The version comes first: what is read after it is at least as new, so that a change in
    // between makes a stale ETag and never a false one.
    let version = call.services.policy_version(configuration.id).await.map_err(failed)?;
    let policy = call.services.show_policy(configuration.id).await.map_err(failed)?;
    let mut document = Map::new();
    document.insert("@odata.type".into(), configuration.odata_type().into());
    document.insert("@odata.etag".into(), etag(version).into());
    document.insert("id".into(), configuration.id.into());
    if let Value::Object(fields) = policy {
        document.extend(fields);
    }
    Ok((version, document))
}

async fn all(call: &Call) -> Result<Vec<Map<String, Value>>, GraphError> {
    let mut all = Vec::new();
    for configuration in &CONFIGURATIONS {
        all.push(document(call, configuration).await?.1);
    }
    Ok(all)
}

/// The policies of sign-in methods.
pub(super) fn operations() -> Vec<Operation> {
    let root = "/policies/authenticationMethodsPolicy";
    let list_path = format!("{root}/authenticationMethodConfigurations");
    let one = format!("{list_path}/{{id}}");
    vec![
        see(
            root,
            routing::get(show_all),
            "The whole policy, with every configuration.",
            Action::SeePolicies,
            Answer::One(&WHOLE),
        ),
        see(
            &list_path,
            routing::get(list),
            "Every configuration.",
            Action::SeePolicies,
            Answer::List(SCHEMAS),
        ),
        see(
            &one,
            routing::get(show),
            "One configuration; {id} is TemporaryAccessPass, Fido2 or RecoveryCodes, in any \
             case.",
            Action::SeePolicies,
            Answer::Any(SCHEMAS),
        ),
        act(
            Method::PATCH,
            &one,
            routing::patch(change),
            "Changes some fields, or none where one of them cannot be taken.",
            Action::ChangePolicies,
        )
        .sends(Body::AnyFields(SCHEMAS))
        .versioned(),
        act(
            Method::DELETE,
            &one,
            routing::delete(reset),
            "Returns the configuration to its default.",
            Action::ChangePolicies,
        )
        .versioned(),
    ]
}

/// `GET /policies/authenticationMethodsPolicy`
pub async fn show_all(call: Call) -> Result<Response, GraphError> {
    let options = call.options(&["$select", "$expand"])?;
    permit_seeing(&call)?;
    let policy = json!({
        "id": "authenticationMethodsPolicy",
        "displayName": "Authentication Methods Policy",
        "description": "How people sign in: one configuration for each kind of method.",
        "policyVersion": "1.5",
        "authenticationMethodConfigurations": all(&call).await?,
    });
    let Value::Object(policy) = policy else { return Err(GraphError::no_such_resource()) };
    let object = options.select(policy);
    Ok(call.entity(StatusCode::OK, "policies/authenticationMethodsPolicy/$entity", None, object))
}

/// `GET …/authenticationMethodConfigurations`
pub async fn list(call: Call) -> Result<Response, GraphError> {
    let options = call.options(ONE)?;
    permit_seeing(&call)?;
    let value = all(&call).await?.into_iter().map(|one| options.select(one)).collect();
    Ok(call.collection(CONTEXT, None, None, value))
}

/// `GET …/authenticationMethodConfigurations/{id}`
pub async fn show(call: Call, Path(id): Path<String>) -> Result<Response, GraphError> {
    let options = call.options(ONE)?;
    permit_seeing(&call)?;
    let (version, object) = document(&call, named(&id)?).await?;
    let context = format!("{CONTEXT}/$entity");
    Ok(call.entity(StatusCode::OK, &context, Some(version), options.select(object)))
}

/// `PATCH …/authenticationMethodConfigurations/{id}`: changes some fields, or none where one of
/// them cannot be taken.
pub async fn change(
    call: Call,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, GraphError> {
    permit_changing(&call).await?;
    let configuration = named(&id)?;
    let changes = read(configuration, fields)?;
    call.services
        .change_policy_at(&call.caller, configuration.id, call.version, changes)
        .await
        .map_err(failed)?;
    Ok(done())
}

/// Whether the caller may change anything comes before what they got wrong.
async fn permit_changing(call: &Call) -> Result<(), GraphError> {
    call.permit(Area::Methods, Action::ChangePolicies, Activity::PolicyChanged, None).await
}

/// What a body changes.
fn read(
    configuration: &Configuration,
    mut fields: Fields,
) -> Result<Map<String, Value>, GraphError> {
    let wanted = configuration.odata_type();
    if fields.note("@odata.type").is_some_and(|said| !said.eq_ignore_ascii_case(&wanted)) {
        return Err(GraphError::field("@odata.type", format!("{wanted} is needed here")));
    }
    if fields.required_text("id")?.is_some_and(|said| !said.eq_ignore_ascii_case(configuration.id))
    {
        return Err(GraphError::field("id", "it cannot be changed"));
    }
    let mut changes = Map::new();
    let known = configuration.schema.settable();
    // Which value fits which field is for the policy itself to say; its refusals name the field.
    for name in &known {
        if let Some(value) = fields.other::<Value>(name, "a value")? {
            changes.insert((*name).to_owned(), value);
        }
    }
    fields.finish(&known)?;
    Ok(changes)
}

/// `DELETE …/authenticationMethodConfigurations/{id}`: back to its default.
pub async fn reset(call: Call, Path(id): Path<String>) -> Result<Response, GraphError> {
    permit_changing(&call).await?;
    let configuration = named(&id)?;
    call.services
        .reset_policy_at(&call.caller, configuration.id, call.version)
        .await
        .map_err(failed)?;
    Ok(done())
}
