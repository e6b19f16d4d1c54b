# Penchant. `make demo` shows the main job, `make test` tests everything.

PREFIX ?= /usr/local
BIN := .build/release
SWIFT_SOURCES := Package.swift Sources Tests Examples Fuzzing

# On Linux Swift's own library goes into the programs, so that they run without a toolchain. One
# way of building serves all: another flag would compile everything again.
RELEASE := swift build -c release $(if $(filter Linux,$(shell uname -s)),--static-swift-stdlib)

# Our own code compiles without a warning, or not at all.
export PENCHANT_WARNINGS_AS_ERRORS := 1

.PHONY: help setup build test lint format demo examples benchmark fuzz install clean

help:
	@echo "make setup      find libtorch, or fetch it into .libtorch/"
	@echo "make build      build penchant (release): $(BIN)/penchant"
	@echo "make demo       train a small model on preferences made here, and show what changed"
	@echo "make examples   run the examples, each with a page of its own in Examples/"
	@echo "make test       build and run all tests"
	@echo "make lint       check the format of the sources"
	@echo "make format     format the sources"
	@echo "make benchmark  measure against TRL (needs PYTHON with torch, trl and transformers)"
	@echo "make fuzz       feed the parsers made-up inputs, each for SECONDS=$(SECONDS)"
	@echo "make install    install penchant and its libraries below PREFIX=$(PREFIX)"
	@echo "make clean      remove everything built (libtorch stays)"

setup:
	@Tools/libtorch setup

build: setup
	$(RELEASE) --product penchant
	@echo "built $(BIN)/penchant"

# Tests run side by side: more threads in each would only wait for each other, and they wait
# spinning.
test: export OMP_NUM_THREADS := 1

# The runner must say that it ran tests and that they passed: none at all is a failure.
test: setup
	@Tools/tensorboard
	swift build --build-tests
	@swift test --skip-build --disable-xctest > .build/test.log 2>&1; status=$$?; \
	cat .build/test.log; \
	if [ $$status -ne 0 ]; then exit $$status; fi; \
	grep -Eq 'Test run with [1-9][0-9]* tests? .*passed' .build/test.log \
		|| { echo "error: no test ran"; exit 1; }

lint:
	swift format lint --strict --recursive $(SWIFT_SOURCES)

format:
	swift format --in-place --recursive $(SWIFT_SOURCES)

demo: setup
	$(RELEASE) --product penchant
	$(RELEASE) --product MakeDemo
	@Examples/demo.sh $(BIN)

EXAMPLES := MakeDemo GPT2Example ChatExample LengthExample LibraryExample
examples: build
	for product in $(EXAMPLES); do $(RELEASE) --product $$product || exit 1; done
	@printf "\n== Examples/000-gpt2 ==\n" && $(BIN)/GPT2Example
	@printf "\n== Examples/001-from-scratch ==\n" && Examples/001-from-scratch/run.sh $(BIN)
	@printf "\n== Examples/002-chat ==\n" && Examples/002-chat/run.sh $(BIN)
	@printf "\n== Examples/003-length ==\n" && $(BIN)/LengthExample
	@printf "\n== Examples/004-overfitting ==\n" \
		&& Examples/004-overfitting/run.sh $(BIN) $(BIN)/overfitting
	@printf "\n== Examples/Library ==\n" && rm -rf $(BIN)/library \
		&& $(BIN)/MakeDemo $(BIN)/library \
		&& $(BIN)/LibraryExample $(BIN)/library/model $(BIN)/library/preferences.jsonl \
			$(BIN)/library/trained

PYTHON ?= python3
benchmark: build
	$(PYTHON) Benchmarks/dpo_against_trl.py

SECONDS ?= 60
fuzz:
	Fuzzing/fuzz $(SECONDS)

# libtorch's libraries lie beside the program.
install: build
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/lib/penchant"
	install -m 755 $(BIN)/penchant "$(DESTDIR)$(PREFIX)/bin/penchant"
	lib=$$(Tools/libtorch lib) && for name in libtorch_cpu libc10 libgomp libtorch_cuda libc10_cuda; do \
		for file in "$$lib/$$name".*; do \
			[ ! -e "$$file" ] || cp "$$file" "$(DESTDIR)$(PREFIX)/lib/penchant/"; \
		done; \
	done
	@echo "installed $(DESTDIR)$(PREFIX)/bin/penchant"

clean:
	rm -rf .build demo
