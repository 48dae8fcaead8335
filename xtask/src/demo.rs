//! The demonstration stands on the same world as the tests: [`crate::up::run`] brings it up and returns the
//! [`crate::world::World`], with the API's address, the tenants' sign-ins and the simulated network's control
//! address; whatever happens then goes through those, as it would for a customer.
