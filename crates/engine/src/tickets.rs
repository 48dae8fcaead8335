//! Tickets to connect with: `<tenant>.<secret>`, of which the digest is kept.

use carillon_domain::ids::TenantId;
use sha2::{Digest, Sha256};

/// A ticket from its secret: 256 random bits, hexadecimal.
#[must_use]
pub fn text(tenant: &TenantId, secret: &str) -> String {
    format!("{tenant}.{secret}")
}

/// Whose ticket it is, and the digest that it is kept by; `None` if it is none.
#[must_use]
pub fn parse(ticket: &str) -> Option<(TenantId, String)> {
    let (tenant, secret) = ticket.split_once('.')?;
    if secret.len() != 64 || !secret.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    Some((tenant.parse().ok()?, digest(secret)))
}

/// What is kept of a secret.
#[must_use]
pub fn digest(secret: &str) -> String {
    Sha256::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect()
}
