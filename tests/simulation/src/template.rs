//! What the template that is deployed says of a function: what a run costs depends on it.

const TEMPLATE: &str = include_str!("../../../infra/template.yaml");

/// A number that a resource is given, or else all functions are.
///
/// # Panics
/// If the template has none: it is not the template that this was written for.
pub(crate) fn number(resource: &str, property: &str) -> u32 {
    let value = |text: &str| -> Option<u32> {
        let (_, rest) = text.split_once(&format!(" {property}: "))?;
        rest.split_whitespace().next()?.parse().ok()
    };
    let block = TEMPLATE.split_once(&format!("\n  {resource}:\n")).map(|(_, rest)| rest);
    let own = block.and_then(|rest| rest.split("\n\n").next()).and_then(value);
    own.or_else(|| value(TEMPLATE)).unwrap_or_else(|| panic!("{resource} has no {property}"))
}

/// How often the template says so.
pub(crate) fn count(text: &str) -> usize {
    TEMPLATE.matches(text).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_own_number_or_that_of_all() {
        assert_eq!(number("PlanWaveFunction", "Timeout"), 60);
        assert_eq!(number("ReconcileFunction", "MemorySize"), number("Globals", "MemorySize"));
        assert_ne!(number("AggregateFunctionChanges", "BatchSize"), number("DialFunctionCalls", "BatchSize"));
        assert_ne!(number("ImportFunction", "MemorySize"), number("Globals", "MemorySize"));
    }
}
