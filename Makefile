# What a newcomer, a packager and CI call; each target says what it does when it starts.
SHELL := /bin/bash
PREFIX ?= /usr/local
CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)
TOOLS := target/tools/bin
SCRIPTS := .ci/run $(filter-out %.txt,$(wildcard scripts/*))
# How many tests with servers run at once; those that assert milliseconds run alone (tests/tests/suite/turn.rs).
TEST_THREADS ?= 4
MODEL_SECONDS ?= 5
SOAK_SECONDS ?= 600

.PHONY: help demo test unit model servers check bench microbench drill soak install clean-tests

help: ## This list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

demo: ## Two MariaDB, two healthd and a HAProxy; kills one and shows what happens (ONCE=1: ends by itself)
	@scripts/demo

test: ## Every test, real servers included
	@scripts/setup test
	@scripts/servers
	@TEST_THREADS=$(TEST_THREADS) scripts/test

unit: ## The fast tests: no server is started
	$(CARGO) test --workspace --exclude healthd-tests

model: ## The long search of the writer role's rules (MODEL_SECONDS=5 for each scenario, MODEL_ONLY=text: some of them)
	MODEL_SECONDS=$(MODEL_SECONDS) MODEL_ONLY="$(MODEL_ONLY)" \
		$(CARGO) test -p healthd-core --test model -- --nocapture --test-threads=1 --exact deep

servers: ## Fetch the further real servers into target/servers
	@scripts/servers

check: ## rustfmt, the order of imports, spelling, columns, scripts, clippy and rustdoc with warnings as errors, dependencies
	@scripts/setup check
	@scripts/tools
	$(CARGO) fmt --all --check
	scripts/layers
	scripts/columns
	$(TOOLS)/typos
	shellcheck --exclude=SC1091 $(SCRIPTS)
	$(TOOLS)/cargo-shear
	$(TOOLS)/cargo-deny --all-features check bans licenses sources
	@scripts/advisories
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --document-private-items --locked

bench: ## healthd against a bare hyper server, plugins against check_mysql, idle cost, 200 servers; prints ratios (ARGS=--only-plugins)
	@scripts/setup test
	$(CARGO) build --release --locked -p healthd -p healthd-tests --bins
	$(CARGO) build --profile plugins --locked -p healthd-plugins
	$(TARGET)/release/bench $(ARGS)

microbench: ## Criterion: a verdict, sets of GTIDs (ARGS=gtids/gaps: some of them)
	CRITERION_HOME=$(CURDIR)/target/criterion $(CARGO) bench --manifest-path benches/Cargo.toml --target-dir target/benches --locked -- $(ARGS)

# Each of them is an option of the drill when it is set; ARGS is for the others, such as ARGS='--json FILE'.
DRILL := $(if $(CONFIG),--config $(CONFIG)) $(if $(FLAVOR),--flavor $(FLAVOR)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(HAPROXY),--haproxy $(HAPROXY)) \
	$(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY)) $(if $(INTER),--inter $(INTER)) $(if $(PROXIES),--proxies $(PROXIES)) $(ARGS)

drill: ## One fault after the other under load, as root: CONFIG=async ROUNDS=200 PROXIES=2 SEED=1 (docs/drill.md)
	@scripts/setup test
	$(CARGO) build --release --locked -p healthd-tests --bin drill --bin healthd-under-test
	$(TARGET)/release/drill $(DRILL)

soak: ## A collector of logs, killed again and again while its log is written and rotated: SOAK_SECONDS=600
	SOAK_SECONDS=$(SOAK_SECONDS) $(CARGO) test --release --locked -p healthd-tests --test suite -- --nocapture --exact \
		logs_killed::a_killed_collector_counts_each_line_once

BASH := $(PREFIX)/share/bash-completion/completions
ZSH := $(PREFIX)/share/zsh/site-functions
FISH := $(PREFIX)/share/fish/vendor_completions.d

install: ## healthd, the plugins, manual pages, completions, systemd units, and files for HAProxy and monitoring, below PREFIX
	$(CARGO) build --release --locked -p healthd
	$(CARGO) build --profile plugins --locked -p healthd-plugins
	install -D -m 755 $(TARGET)/plugins/healthd-plugins $(DESTDIR)$(PREFIX)/lib/healthd/plugins/healthd-plugins
	$(DESTDIR)$(PREFIX)/lib/healthd/plugins/healthd-plugins links --nagios $(DESTDIR)$(PREFIX)/lib/healthd/plugins
	install -D -m 755 $(TARGET)/release/healthd $(DESTDIR)$(PREFIX)/sbin/healthd
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	$(TARGET)/release/healthd man $(DESTDIR)$(PREFIX)/share/man/man1
	install -d $(DESTDIR)$(BASH) $(DESTDIR)$(ZSH) $(DESTDIR)$(FISH)
	$(TARGET)/release/healthd completions bash > $(DESTDIR)$(BASH)/healthd
	$(TARGET)/release/healthd completions zsh > $(DESTDIR)$(ZSH)/_healthd
	$(TARGET)/release/healthd completions fish > $(DESTDIR)$(FISH)/healthd.fish
	rm -rf $(TARGET)/pages
	$(CARGO) run --profile plugins --locked -p healthd-plugins --example pages $(TARGET)/pages
	install -m 644 $(TARGET)/pages/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 $(TARGET)/pages/bash/* $(DESTDIR)$(BASH)
	install -m 644 $(TARGET)/pages/zsh/* $(DESTDIR)$(ZSH)
	install -m 644 $(TARGET)/pages/fish/* $(DESTDIR)$(FISH)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/systemd/system packaging/systemd/healthd.service packaging/systemd/healthd.socket
	sed -i 's|/usr/local/sbin/|$(PREFIX)/sbin/|' $(DESTDIR)$(PREFIX)/lib/systemd/system/healthd.service
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/healthd/haproxy haproxy/*.cfg haproxy/README.md
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/healthd packaging/healthd.toml
	for file in nagios/healthd.cfg icinga2/healthd.conf nrpe/healthd.cfg sudoers/healthd; do \
		install -D -m 644 packaging/$$file $(DESTDIR)$(PREFIX)/share/doc/healthd/$$file && \
		sed -i 's|/usr/lib/healthd/|$(PREFIX)/lib/healthd/|' $(DESTDIR)$(PREFIX)/share/doc/healthd/$$file || exit 1; \
	done

clean-tests: ## Remove what tests, the demo and the drill left below target
	rm -rf target/tmp target/demo target/drill target/tests target/templates
