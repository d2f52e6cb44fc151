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
IMAGE   ?= bin/image

# The binary of the image: no demo, no plots, no cloud SDK.
BUILD_CONTROLLER := $(GO) build -tags controller,grpcnotrace -trimpath -ldflags "$(LDFLAGS)"

export CGO_ENABLED ?= 0

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/highwater, one static binary; Node is not needed
	$(GO) build -trimpath -ldflags "$(LDFLAGS)" -o $(BIN) ./cmd/highwater

.PHONY: controller
controller: ## build bin/highwater-controller, the binary of the image: no demo, no plots, no cloud SDK
	$(BUILD_CONTROLLER) -o $(BIN)-controller ./cmd/highwater

.PHONY: image
image: ## make the image for linux/amd64 and linux/arm64 without Docker: bin/image/oci, an OCI layout, and bin/image/sbom
	for arch in amd64 arm64; do \
	  CGO_ENABLED=0 GOOS=linux GOARCH=$$arch $(BUILD_CONTROLLER) -o $(IMAGE)/linux-$$arch/highwater ./cmd/highwater; \
	done
	SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)} $(GO) run -C tools/image . \
	  --out $(abspath $(IMAGE)/oci) --sbom $(abspath $(IMAGE)/sbom) --version $(VERSION) --revision "$$(git rev-parse HEAD)" \
	  $(abspath $(IMAGE)/linux-amd64/highwater $(IMAGE)/linux-arm64/highwater)

.PHONY: push
push: ## push what `make image` made; TO=registry.example/highwater:0.1.0
	@[ -n "$(TO)" ] || { echo "make push: say where to: TO=registry.example/highwater:0.1.0" >&2; exit 1; }
	$(GO) tool -modfile=tools/image/go.mod crane push $(IMAGE)/oci $(TO)

.PHONY: release
release: ## everything that a release consists of, into bin/release, publishing nothing; VERSION=v0.1.0
	VERSION=$(VERSION) ./scripts/release.sh

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

.PHONY: test-mimir
test-mimir: ## the tests on a real Mimir, which is built first: 6 to 10 min, once
	./scripts/test-mimir.sh

.PHONY: chaos
chaos: controller ## slow and hanging stores, sleeping leaders, overwritten floors on a real control plane; 40 min, ends with figures
	./scripts/chaos.sh

.PHONY: fuzz
fuzz: ## each fuzz test for FUZZTIME=1m; ONLY=FuzzFit runs one
	./scripts/fuzz.sh

.PHONY: bench
bench: ## speed of forecast, decision, replay, proof, reading and the API, as Go benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./forecast ./recommender ./recommender/simulate ./recommender/proof ./history ./api

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
lint: ## golangci-lint, and actionlint for .github/workflows, from the pinned tool modules
	$(TOOL) golangci-lint run ./...
	cd tools/image && $(TOOL) golangci-lint run ./...
	$(GO) tool -modfile=$(CURDIR)/tools/actionlint/go.mod actionlint -shellcheck= -pyflakes= .github/workflows/*.yml

.PHONY: fmt
fmt: ## gofmt
	gofmt -w $$(git ls-files '*.go')

.PHONY: clean
clean: ## remove what was built
	rm -rf bin api/ui/node_modules test/artifacts
