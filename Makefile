# Highwater. `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO      ?= go
TOOL    := $(GO) tool -modfile=$(CURDIR)/tools/go.mod
BIN     := bin/highwater
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo development)
LDFLAGS := -s -w -X main.release=$(VERSION)
LISTEN  ?= 127.0.0.1:8080

export CGO_ENABLED ?= 0

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/highwater, one static binary; Node is not needed
	$(GO) build -trimpath -ldflags "$(LDFLAGS)" -o $(BIN) ./cmd/highwater

.PHONY: controller
controller: ## build bin/highwater-controller, the binary of the image: no demo, no plots, no cloud SDK
	$(GO) build -tags controller,grpcnotrace -trimpath -ldflags "$(LDFLAGS)" -o $(BIN)-controller ./cmd/highwater

.PHONY: deps
deps: ## what both builds link: their size, their modules by size, and what brings each in
	$(GO) run ./internal/house/deps

.PHONY: run
run: build ## run the demo: real traces, a simulated cluster, the page on LISTEN=127.0.0.1:8080
	@trap 'exit 0' INT; $(BIN) demo --listen $(LISTEN)

.PHONY: check
check: ## the quick loop: vet, lint, unit tests
	$(GO) vet ./...
	$(TOOL) golangci-lint run ./...
	$(GO) test -short ./...

.PHONY: test
test: ## everything: installs what it needs; unit, race, real Prometheus, real control plane, real browser
	./scripts/test.sh

.PHONY: e2e
e2e: controller ## only the end-to-end tests on a real control plane
	./scripts/e2e.sh

.PHONY: test-at
test-at: ## unit and end-to-end tests with the clock set, to show that they pass at any hour; AT=21:00 (UTC), SUITES="unit e2e"
	./scripts/test-at.sh $(AT)

.PHONY: chaos
chaos: controller ## slow and hanging stores, sleeping leaders, overwritten floors on a real control plane; 40 min, ends with figures
	./scripts/chaos.sh

.PHONY: bench
bench: ## speed of forecast, decision, replay, proof and reading, as Go benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./forecast ./recommender ./recommender/simulate ./recommender/proof ./history

.PHONY: bench-accuracy
bench-accuracy: ## forecasts beside those of others on the same origins; PEERS=none for ours and the naive ones only
	./scripts/bench-accuracy.sh

.PHONY: bench-closedloop
bench-closedloop: ## real loads replayed through the HPA with floors of Highwater and its peers; TRACES, ONLY, FULL=1
	./scripts/bench-closedloop.sh

.PHONY: bench-speed
bench-speed: ## time of a fit and a forecast beside others, in one run; PEERS=none for ours only
	./scripts/bench-speed.sh

.PHONY: ui
ui: ## build the page into api/ui/dist, which is committed
	cd api/ui && npm ci --no-audit --no-fund && npm run check && npm run build

.PHONY: generate
generate: ## make the CRD, deepcopy, generated docs and the dashboard anew
	$(GO) generate ./...
	$(GO) test ./cmd/highwater -run Docs -update
	cd tools/dashboards && $(GO) run . >dashboard.json && mv dashboard.json ../../charts/highwater/files/

.PHONY: lint
lint: ## golangci-lint, from the pinned tool module
	$(TOOL) golangci-lint run ./...

.PHONY: fmt
fmt: ## gofmt
	gofmt -w $$(git ls-files '*.go')

.PHONY: clean
clean: ## remove what was built
	rm -rf bin api/ui/node_modules test/artifacts
