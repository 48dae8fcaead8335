//! A table of its own for each test, in whatever speaks DynamoDB at `CARILLON_TEST_ENDPOINT`.

use std::io::Write as _;
use std::sync::Once;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use carillon_store::dynamo::DynamoTable;
use carillon_store::port::Index;

const ENDPOINT: &str = "CARILLON_TEST_ENDPOINT";

pub(crate) struct Emulator {
    pub(crate) client: Client,
    pub(crate) name: String,
}

impl Emulator {
    /// A fresh table, or nothing where there is no emulator and none is demanded.
    pub(crate) async fn start(test: &str) -> Option<Self> {
        let Ok(endpoint) = std::env::var(ENDPOINT) else {
            assert!(std::env::var_os("CI").is_none(), "{ENDPOINT} is not set: the DynamoDB half cannot run");
            shout();
            return None;
        };
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::from_keys("test", "test", None))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(endpoint)
            .build();
        let emulator =
            Self { client: Client::from_conf(config), name: format!("{test}-{}", std::process::id()) };
        emulator.create().await;
        Some(emulator)
    }

    pub(crate) fn table(&self) -> DynamoTable {
        DynamoTable::new(self.client.clone(), &self.name)
    }

    pub(crate) async fn stop(self) {
        self.client.delete_table().table_name(&self.name).send().await.unwrap();
    }

    async fn create(&self) {
        let attribute = |name: &str| {
            AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(ScalarAttributeType::S)
                .build()
                .unwrap()
        };
        let all = [Index::Primary, Index::Due, Index::List];
        let names = all.into_iter().flat_map(|index| [index.attributes().0, index.attributes().1]);
        self.client
            .create_table()
            .table_name(&self.name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(names.map(attribute).collect()))
            .set_key_schema(Some(schema(Index::Primary)))
            .global_secondary_indexes(index(Index::Due, ProjectionType::KeysOnly))
            .global_secondary_indexes(index(Index::List, ProjectionType::All))
            .send()
            .await
            .unwrap();
    }
}

fn schema(index: Index) -> Vec<KeySchemaElement> {
    let (pk, sk) = index.attributes();
    let element =
        |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    vec![element(pk, KeyType::Hash), element(sk, KeyType::Range)]
}

fn index(index: Index, projection: ProjectionType) -> GlobalSecondaryIndex {
    GlobalSecondaryIndex::builder()
        .index_name(index.name().unwrap())
        .set_key_schema(Some(schema(index)))
        .projection(Projection::builder().projection_type(projection).build())
        .build()
        .unwrap()
}

/// Straight to standard error: what a passing test prints is swallowed, and this must not be.
fn shout() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let warning =
            format!("\nWARNING: {ENDPOINT} is not set. The DynamoDB half of the contract DID NOT RUN.\n\n");
        std::io::stderr().write_all(warning.as_bytes()).unwrap();
    });
}
