//! The command line, as operators and their scripts have it: the real binary in an empty folder.

mod applications;
mod attestation;
mod audit;
mod branding;
mod db;
mod demo;
mod deploy;
mod device;
mod devices_page;
mod doctor;
mod keys;
mod leaks;
mod leaks_of_methods;
mod live;
pub(crate) mod machine;
mod overload;
mod passes;
mod people;
mod policies;
mod presets;
mod serve;
mod tls;
mod traces;
mod trouble;
mod upstream;
mod usage;
