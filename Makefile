# SPDX-License-Identifier: GPL-2.0-only
#
# dm-fvd and dm-sim: modules, tools, tests. "make help" lists the targets.
#
# Objects never land beside the sources: each kernel gets its own tree of
# links, build/kmod/<release>/, so that several kernels can be built from one
# checkout at the same time.

KVER ?= $(shell ls -1d /lib/modules/*/build 2>/dev/null | cut -d/ -f4 | sort -V | tail -n1)
KDIR ?= /lib/modules/$(KVER)/build
# The name of the object tree; scripts/vm gives "uml" and the like.
KNAME ?= $(KVER)
BUILD := build
KMOD  := $(BUILD)/kmod/$(KNAME)
MODULE_DIRS := dm-fvd dm-sim kunit

.DEFAULT_GOAL := all
.PHONY: check check-long install all modules tools vm-kernels check-vm clean help
.PHONY: bench unit coverage kunit static fuzz mutants campaign walk demo docs

all: modules tools ## build the modules for KVER and the tools

modules: ## build dm-fvd.ko and dm-sim.ko (KVER=<release>, or KDIR=<tree> KNAME=<name> [ARCH=um] [CC=clang])
	@test -n "$(KNAME)" || { echo "no kernel headers found: apt-get install linux-headers-amd64, or give KVER="; exit 1; }
	@scripts/link-tree $(KMOD) Kbuild $(MODULE_DIRS)
	@# gdb loads what is beside the module, if it may: add-auto-load-safe-path
	@for module in dm-fvd dm-sim; do ln -sfn $(CURDIR)/scripts/gdb/fvd-gdb.py $(KMOD)/$$module/$$module.ko-gdb.py; done
	+$(MAKE) -C $(KDIR) M=$(CURDIR)/$(KMOD) $(if $(ARCH),ARCH=$(ARCH)) $(if $(CC_KERNEL),CC=$(CC_KERNEL)) $(KFLAGS) modules

tools: ## build the user-space tools into build/tools
	+$(MAKE) -C tools BUILD=$(CURDIR)/$(BUILD)/tools

install: all ## install modules for KVER and the tools (PREFIX=/usr/local, DESTDIR=)
	+$(MAKE) -C $(KDIR) M=$(CURDIR)/$(KMOD) $(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR)) modules_install
	$(if $(DESTDIR),,depmod $(KVER))
	+$(MAKE) -C tools BUILD=$(CURDIR)/$(BUILD)/tools DESTDIR=$(DESTDIR) PREFIX=$(or $(PREFIX),/usr/local) install

vm-kernels: ## fetch and build the kernels that scripts/vm runs
	scripts/vm.d/debian-kernel 6.1
	scripts/vm.d/debian-kernel 6.12
	scripts/vm.d/uml-kernel

check: ## the tests, a quarter of an hour of them (SUITES="unit vm-uml ...", see tools/testing/check)
	tools/testing/check $(SUITES)

check-long: ## what takes too long for "make check": dm-sim in Debian's guests, thousands of disks, all walks, 30 minutes of campaign
	tools/testing/check --long
	tools/testing/campaign/run --minutes 30

check-vm: ## test scripts/vm itself, under all its kernels
	scripts/vm.d/selftest

unit: ## unit tests of the pure logic under ASan and UBSan (FILTER=<text>, SEED=<n>)
	+$(MAKE) -C tools/testing/unit BUILD=$(CURDIR)/$(BUILD)/unit FILTER="$(FILTER)" run

coverage: ## branch coverage of dm-fvd's pure logic by the unit tests
	+$(MAKE) -C tools/testing/unit BUILD=$(CURDIR)/$(BUILD)/unit coverage

kunit: ## the same suites, and dm-sim's, by KUnit in a UML kernel (SEED=<n>)
	scripts/vm --kernel uml -- tools/testing/unit/kunit-guest $(if $(SEED),seed=$(SEED))

static: ## static checks: builds with gcc and clang, sparse, checkpatch, layers, ... (see scripts/check)
	scripts/check

fuzz: ## fuzz all decoders, and the driver with damaged images (MINUTES=<n>, default 3)
	tools/testing/fuzz/run $(CURDIR)/$(BUILD)/fuzz $(or $(MINUTES),3)

mutants: ## plant bugs in a copy of the tree: do the tests notice? (CASE=<names>)
	tools/testing/mutants/run $(CASE)

campaign: ## power cuts and failures at random (MINUTES=<n>, SEED=<n>, CASE=<words>), or one again (REPLAY=<file>)
	tools/testing/campaign/run --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED)) \
		$(if $(CASE),--case $(CASE)) $(if $(REPLAY),--replay $(REPLAY))

walk: ## small scenarios: each event cut, each I/O and allocation failing (WHAT=states|io|memory|driver, CASE=<scenarios>)
	tools/testing/campaign/walk $(or $(WHAT),all) $(or $(CASE),all)

bench: ## figures beside those of the peers, into build/bench (CASE=<name>, SMOKE=1)
	tools/testing/bench/bench $(if $(SMOKE),--smoke) $(CASE)

docs: ## build the documents as HTML into build/docs
	scripts/docs

demo: ## the whole thing at work in front of you, in emulated machines (as root)
	tools/demo/run

clean: ## remove everything that was built
	rm -rf $(BUILD)

help: ## list the targets
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | sort | awk -F'\t' '{printf "  %-16s %s\n", $$1, $$2}'
