//! Pushes to pages that are open.

use async_trait::async_trait;
use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::primitives::Blob;

/// Reaches connections.
#[async_trait]
pub trait Push: Send + Sync {
    /// Says something to a page; false if it is no longer there.
    async fn push(&self, connection: &str, text: &str) -> anyhow::Result<bool>;
}

/// Connections of an API Gateway.
#[derive(Clone, Debug)]
pub struct Connections(pub Client);

#[async_trait]
impl Push for Connections {
    async fn push(&self, connection: &str, text: &str) -> anyhow::Result<bool> {
        let request = self.0.post_to_connection().connection_id(connection);
        match request.data(Blob::new(text)).send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.into_service_error() {
                error if error.is_gone_exception() => Ok(false),
                error => Err(error.into()),
            },
        }
    }
}
