//! SCIM 2.0 over HTTP: by hand, and by scim2-tester.

mod tester;
