//! See [`healthd_plugins`].

fn main() {
    healthd_plugins::main_impl()
}
