//! The user directory: Cognito, which signs people in. Whom a tenant has is in the table; see `carillon_store::access`.

use async_trait::async_trait;
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::error::SdkError;
use aws_sdk_cognitoidentityprovider::operation::admin_create_user::AdminCreateUserError;
use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, DeliveryMediumType, MessageActionType, UserStatusType,
};
use carillon_domain::ids::TenantId;

use crate::roles::Role;

/// The attribute that says whose a user is. Nobody can change it, not even we.
const TENANT: &str = "custom:tenant";

/// Somebody in the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The directory's id.
    pub id: String,
    /// Whose; an operator may be nobody's.
    pub tenant: Option<String>,
    /// Whether a first sign-in is still to come.
    pub is_new: bool,
}

/// What the directory would not do.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// Somebody has this address.
    #[error("the address is taken")]
    Exists,
    /// Nobody has this id.
    #[error("there is no such user")]
    Missing,
    /// It could not be asked, or did not answer sensibly.
    #[error("the user directory could not be asked")]
    Failed(#[source] anyhow::Error),
}

/// Who may sign in.
#[async_trait]
pub trait Directory: Send + Sync {
    /// Creates a user of a tenant and mails a temporary password. Returns the directory's id.
    async fn invite(
        &self,
        email: &str,
        name: Option<&str>,
        tenant: &TenantId,
    ) -> Result<String, DirectoryError>;

    /// Whoever has an address.
    async fn find(&self, email: &str) -> Result<Option<Account>, DirectoryError>;

    /// Mails a new temporary password to somebody who has never signed in.
    async fn resend(&self, email: &str) -> Result<(), DirectoryError>;

    /// Gives a user one role and takes all others.
    async fn set_role(&self, id: &str, role: Role) -> Result<(), DirectoryError>;

    /// Lets a user sign in, or keeps them from it and ends every session.
    async fn set_enabled(&self, id: &str, enabled: bool) -> Result<(), DirectoryError>;
}

/// A Cognito user pool.
#[derive(Clone, Debug)]
pub struct Cognito {
    client: Client,
    pool: String,
}

impl Cognito {
    /// A pool by its id.
    pub fn new(client: Client, pool: impl Into<String>) -> Self {
        Self { client, pool: pool.into() }
    }

    fn attribute(name: &str, value: &str) -> Result<AttributeType, DirectoryError> {
        AttributeType::builder().name(name).value(value).build().map_err(failed)
    }
}

fn failed(error: impl Into<anyhow::Error>) -> DirectoryError {
    DirectoryError::Failed(error.into())
}

fn creating(error: SdkError<AdminCreateUserError>) -> DirectoryError {
    match error.into_service_error() {
        error if error.is_username_exists_exception() => DirectoryError::Exists,
        error if error.is_user_not_found_exception() => DirectoryError::Missing,
        error => failed(error),
    }
}

#[async_trait]
impl Directory for Cognito {
    async fn invite(
        &self,
        email: &str,
        name: Option<&str>,
        tenant: &TenantId,
    ) -> Result<String, DirectoryError> {
        let mut request = self
            .client
            .admin_create_user()
            .user_pool_id(&self.pool)
            .username(email)
            .desired_delivery_mediums(DeliveryMediumType::Email)
            .user_attributes(Self::attribute("email", email)?)
            // The invitation proves it: without the mail there is no password.
            .user_attributes(Self::attribute("email_verified", "true")?)
            .user_attributes(Self::attribute(TENANT, tenant.as_str())?);
        if let Some(name) = name {
            request = request.user_attributes(Self::attribute("name", name)?);
        }
        let output = request.send().await.map_err(creating)?;
        let attributes = output.user().map(|user| user.attributes().to_vec()).unwrap_or_default();
        value(&attributes, "sub").ok_or_else(|| failed(anyhow::anyhow!("a user without an id")))
    }

    async fn find(&self, email: &str) -> Result<Option<Account>, DirectoryError> {
        let sent = self.client.admin_get_user().user_pool_id(&self.pool).username(email).send().await;
        let output = match sent {
            Ok(output) => output,
            Err(error) => match error.into_service_error() {
                error if error.is_user_not_found_exception() => return Ok(None),
                error => return Err(failed(error)),
            },
        };
        let id = value(output.user_attributes(), "sub");
        Ok(Some(Account {
            id: id.ok_or_else(|| failed(anyhow::anyhow!("a user without an id")))?,
            tenant: value(output.user_attributes(), TENANT),
            is_new: output.user_status() == Some(&UserStatusType::ForceChangePassword),
        }))
    }

    async fn resend(&self, email: &str) -> Result<(), DirectoryError> {
        let request = self.client.admin_create_user().user_pool_id(&self.pool).username(email);
        let request = request.message_action(MessageActionType::Resend);
        request.desired_delivery_mediums(DeliveryMediumType::Email).send().await.map_err(creating)?;
        Ok(())
    }

    async fn set_role(&self, id: &str, role: Role) -> Result<(), DirectoryError> {
        // The new one first: in between somebody has both, and the gate goes by the table.
        let add = self.client.admin_add_user_to_group().user_pool_id(&self.pool).username(id);
        add.group_name(role.name()).send().await.map_err(|error| failed(error.into_service_error()))?;
        for other in Role::ALL.into_iter().filter(|other| *other != role && *other != Role::Operator) {
            let remove = self.client.admin_remove_user_from_group().user_pool_id(&self.pool).username(id);
            let removed = remove.group_name(other.name()).send().await;
            removed.map_err(|error| failed(error.into_service_error()))?;
        }
        Ok(())
    }

    async fn set_enabled(&self, id: &str, enabled: bool) -> Result<(), DirectoryError> {
        if enabled {
            let enable = self.client.admin_enable_user().user_pool_id(&self.pool).username(id).send().await;
            enable.map_err(|error| failed(error.into_service_error()))?;
            return Ok(());
        }
        let disable = self.client.admin_disable_user().user_pool_id(&self.pool).username(id).send().await;
        disable.map_err(|error| failed(error.into_service_error()))?;
        let end = self.client.admin_user_global_sign_out().user_pool_id(&self.pool).username(id).send().await;
        end.map_err(|error| failed(error.into_service_error()))?;
        Ok(())
    }
}

fn value(attributes: &[AttributeType], name: &str) -> Option<String> {
    let found = attributes.iter().find(|attribute| attribute.name() == name);
    found.and_then(|attribute| attribute.value()).map(str::to_owned)
}
