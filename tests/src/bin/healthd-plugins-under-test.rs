//! The plugins, built together with the tests, so that the tests never run an old executable.

fn main() {
    healthd_plugins::main_impl()
}
