# The only list of commands. CONTRIBUTING.md says when to use which.

SHELL       := /bin/bash
.SHELLFLAGS := -o pipefail -c
GO          ?= go

# What some targets take: `make fuzz FUZZTIME=1m`.
FUZZTIME ?= 10s
COUNT    ?= 20
BENCH    ?= .

# The tag lets in a second opinion on JA3 that would need libpcap without it; tests only.
TAGS := -tags ja3_disable_gopacket

STATICCHECK := $(GO) tool -modfile=tools/go.mod staticcheck
TESTCOUNT   := $(GO) run ./internal/testcount

.DEFAULT_GOAL := help
.PHONY: help check fmt vet lint law derived test id twice soak interop verify live fuzz bench update profiles data corpus

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

check: fmt vet lint law derived test ## all that a commit must pass

fmt: ## say which files gofmt would change
	@list=$$(gofmt -l .) && { [ -z "$$list" ] || { echo "gofmt -w these:"; echo "$$list"; exit 1; }; }

vet: ## go vet
	$(GO) vet $(TAGS) ./...

lint: ## staticcheck
	$(STATICCHECK) $(TAGS) ./...

law: ## the layer law and the house rules (internal/archtest)
	$(GO) test ./internal/archtest

derived: ## the tools build, and the embedded profiles are what they make of goldens and evidence
	@cd tools/convert && $(GO) vet . && out=$$(mktemp -d) && trap 'rm -r "$$out"' EXIT && \
	  $(GO) run . -profiles "$$out" && diff -r "$$out" ../../profiles/data

test: ## all tests under the race detector, in random order
	@$(GO) test $(TAGS) -race -shuffle=on -timeout=20m -json ./... | $(TESTCOUNT)

id: ## run the tests and specs of the row ID of docs/behaviours.md, as in: make id ID=REDIR-12
	@$(GO) run ./internal/testid '$(ID)'

twice: ## the same, each test two times: what one run leaves behind must not trouble the next; suites in two processes
	@$(GO) test $(TAGS) -race -shuffle=on -count=2 -json $$($(GO) list ./... | grep -v /suites/) | $(TESTCOUNT)
	@for n in 1 2; do $(GO) test -race -count=1 -json ./suites/... | $(TESTCOUNT) || exit 1; done

soak: ## the same, each test COUNT times: rare failures; then the long forms: storms, 20,000 hellos, all mutants, bodies of 100 MB
	@$(GO) test $(TAGS) -race -shuffle=on -count=$(COUNT) -timeout=2h -json $$($(GO) list ./... | grep -v /suites/) | $(TESTCOUNT)
	@WIRELIKE_SOAK=1 $(GO) test -race -count=1 -timeout=30m -json ./suites/... | $(TESTCOUNT)
	@WIRELIKE_SOAK=1 $(GO) test -race -count=1 -timeout=30m -run 'Soak|Storm' -json ./internal/h2 ./client | $(TESTCOUNT)
	@WIRELIKE_SOAK=1 $(GO) test -race -count=1 -timeout=30m -json ./fpserver | $(TESTCOUNT)
	@WIRELIKE_SOAK=1 $(GO) test -count=1 -timeout=1h -run '^TestVariation' -json ./internal/tlsdial | $(TESTCOUNT)
	@WIRELIKE_SOAK=1 $(GO) test -count=1 -timeout=2h -run '^TestPageMutants$$' -json ./golden ./internal/interop | $(TESTCOUNT)
	@$(MAKE) --no-print-directory interop

interop: ## all mutants of the visits of goldens and profiles, and bodies of 100 MB from and to all foreign servers that are installed
	@WIRELIKE_SOAK=1 $(GO) test -shuffle=on -count=1 -timeout=30m -run '^TestMutants$$' -json ./golden | $(TESTCOUNT)
	@WIRELIKE_SOAK=1 $(GO) test -shuffle=on -count=1 -timeout=30m -skip '^TestPageMutants$$' -json ./internal/interop | $(TESTCOUNT)

verify: ## send requests with every profile and compare them with the goldens
	$(GO) run ./cmd/fpcheck verify

live: ## compare the browsers on this machine (or BROWSER=chromium, firefox, the path of a program) with their profiles; drift is a failure
	@WIRELIKE_LIVE=1 WIRELIKE_REQUIRE_BROWSERS=1 WIRELIKE_BROWSER='$(if $(findstring /,$(BROWSER)),$(abspath $(BROWSER)),$(BROWSER))' \
	  $(GO) test -count=1 -timeout 60m -v -run '^TestLive' ./golden | \
	  awk '{ print } /--- (PASS|FAIL): TestLive[A-Za-z]*\// { n++ } /^(FAIL|--- FAIL)/ { bad = 1 } END { if (!n) print "no browser was compared"; exit !n || bad }'

fuzz: ## run each fuzz target for FUZZTIME, one after the other; that the go command may report its own deadline is no finding
	@found=0; log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	for dir in $$($(GO) list -f '{{.Dir}}' ./...); do \
	  for target in $$(cat "$$dir"/*_test.go 2>/dev/null | sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p'); do \
	    found=1; echo "$${dir#$(CURDIR)/} $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x "$$dir" 2>&1 | tee "$$log" || \
	      { grep -q '^    context deadline exceeded$$' "$$log" && ! grep -q 'Failing input' "$$log" && echo "the time was up while a worker was at work: no finding"; } || exit 1; \
	  done; \
	done; \
	[ $$found = 1 ] || { echo "no fuzz target found"; exit 1; }

bench: ## compare CPU, time and allocations with net/http's in the scenarios that match BENCH, and write bench.json
	$(GO) run ./internal/bench -run '$(BENCH)' -out bench.json

update: ## rewrite the goldens from recipes and evidence, the snapshot and the output in the README; commit with the reason
	WIRELIKE_UPDATE=1 $(GO) test -count=1 -run '^TestGoldensDerive$$' ./golden
	WIRELIKE_UPDATE=1 $(GO) test -count=1 -run '^TestReadme(Pin|Output)$$' ./cmd/fpcheck

profiles: ## write profiles/data from goldens and evidence
	cd tools/convert && $(GO) run . -profiles ../../profiles/data

data: ## write golden/captures from the raw captures in DATA
	@[ -n "$(DATA)" ] || { echo "DATA is missing: make data DATA=directory with captures/ and signatures/"; exit 1; }
	cd tools/convert && $(GO) run . -data "$(abspath $(DATA))"

corpus: ## write the test data of fingerprint and internal/h2 from the raw captures in DATA
	@[ -n "$(DATA)" ] || { echo "DATA is missing: make corpus DATA=directory with captures/ and vectors/"; exit 1; }
	$(GO) run ./internal/corpus -data "$(DATA)"
