//! The plugins, built with the tests so that they always run the current ones.

fn main() {
    healthd_plugins::main_impl()
}
