# SPDX-License-Identifier: GPL-2.0
# Builds, tests and installs kpool. `make help` lists the targets.
# Kbuild lists what the kernel's build system compiles.

KDIR ?= /lib/modules/$(shell uname -r)/build
KERNEL ?= 6.12
INSTALL_MOD_DIR ?= extra
MODULE := module/kpool.ko
RELEASE = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)".*/\1/p' '$(KDIR)/include/generated/utsrelease.h')
VERSION = $(shell sed -n 's/.*KPOOL_VERSION.*"\(.*\)".*/\1/p' module/version.h)
STAGE = $(DESTDIR)$(INSTALL_MOD_PATH)
LIB = $(STAGE)/lib/modules/$(RELEASE)
DKMS_SOURCE = $(DESTDIR)/usr/src/kpool-$(VERSION)
KUNIT_CORE := build/kunit-core

kbuild = $(MAKE) --no-print-directory -C '$(KDIR)' M='$(CURDIR)$(1)' $(2) $(or $(3),modules)
quoted = '$(subst ','\'',$(1))'
# Variables that name another directory for output: kdir.sh refuses them.
elsewhere = $(strip $(foreach name,O MO,$(if $(filter command,$(origin $(name))),$(name)=)) \
	$(foreach name,KBUILD_OUTPUT KBUILD_EXTMOD_OUTPUT,$(if $($(name)),$(name)=)))
# Run depmod for the system below INSTALL_MOD_PATH, as the kernel's build does. Packages, built
# below DESTDIR, run depmod when they are installed.
depmod = $(if $(DESTDIR),,PATH="$$PATH:/sbin" depmod $(if $(INSTALL_MOD_PATH),\
	-b '$(INSTALL_MOD_PATH)') $(RELEASE))
setup = tools/install/packages.sh
run = python3 -B tools/test/run.py
# Variables set by the user: sudo drops the environment, so ready.sh repeats them.
typed = $(strip $(if $(filter environment,$(origin KDIR)),KDIR=$(KDIR)) $(MAKEOVERRIDES))
ready = TYPED=$(call quoted,$(typed)) tools/install/ready.sh

.PHONY: all modules kunit demo test test-more test-all test-clients report-clients bench plots report scale \
	golden misuse check userspace kpoolstat screenshot docs man load unload install \
	modules_install uninstall dkms undkms dkms-source deb clean distclean help kdir
.DEFAULT_GOAL := all

all: modules ## Build module/kpool.ko for the kernel at KDIR (default: the running one)

modules: kdir
	+@$(call kbuild,,KPOOL_CLIENT=$(KPOOL_CLIENT) KPOOL_BENCH=$(KPOOL_BENCH))

kunit: modules ## Build kunit/kpool_kunit.ko too, with KUnit's core where the kernel has none
	+@if ! grep -q '^CONFIG_KUNIT=' '$(KDIR)/include/config/auto.conf'; then \
		$(setup) guest && $(run) kunit-core --kdir '$(KDIR)' --out '$(KUNIT_CORE)' && \
		$(call kbuild,/kunit,CONFIG_KUNIT=m \
			KCFLAGS='-include $(CURDIR)/$(KUNIT_CORE)/kunit_oot.h' \
			KBUILD_EXTRA_SYMBOLS='$(CURDIR)/Module.symvers $(CURDIR)/$(KUNIT_CORE)/Module.symvers'); \
	fi

demo: ## Show kpool at work in a Debian kernel in QEMU (KERNEL=6.12, 6.1 or 7.3)
	@echo '==> half a minute; the first time 2 minutes, and 200 MB to download'
	@$(setup) guest
	@$(run) demo --kernel '$(KERNEL)'

test: ## Run KUnit, a client and linters, on three kernels in QEMU (ONLY=job,... for some: see ONLY=list)
test-more: ## Run what continuous integration runs beyond make test: an hour
test-all: ## Run all tests, for hours, and write Documentation/matrix.rst
test test-more test-all:
	@$(setup) python
	@$(run) test $@ --install $(if $(ONLY),--only '$(ONLY)')

test-clients: ## Run overlayfs, null_blk and nf_tables on kpool, compare with kmalloc; try further modules
	@$(setup) python
	@$(run) test --install --only clients-6.1,clients-6.12,tried

report-clients: ## Write what make test-clients measured into Documentation/clients.rst
	@$(run) clients

bench: ## Measure against the kernel's allocators (KERNELS=, MODES=, WORKLOADS= for a part)
	@$(setup) guest
	@$(run) bench --kernels '$(KERNELS)' --modes '$(MODES)' --workloads '$(WORKLOADS)'

plots: ## Draw what make bench measured, into Documentation/performance
	@$(setup) plots
	@$(run) plots

report: ## Write what make bench measured into Documentation/performance, as tables
	@$(run) report

scale: ## Measure what kpool holds by itself with 64 CPUs and 8 NUMA nodes
	@$(setup) guest
	@$(run) scale

golden: ## Write down what the fast paths cost now, for make check to compare with
	@$(setup) guest
	@$(run) golden

misuse: ## Run programs that misuse kpool, and write down what becomes of it
	@$(setup) guest
	@$(run) misuse

check: ## Run the linters, count the fast paths, run in user space (CHECKS='golden spdx' for some)
	@$(setup) guest check userspace userspace-long llvm
	@$(run) check $(CHECKS)

userspace: ## Run the module in user space (FUZZ_STEPS=, TSAN_MINUTES=, SOAKS= for longer)
	@$(setup) userspace userspace-long llvm
	@$(run) userspace $(if $(FUZZ_STEPS),--fuzz-steps $(FUZZ_STEPS)) \
		$(if $(TSAN_MINUTES),--tsan-minutes $(TSAN_MINUTES)) $(if $(SOAKS),--soaks $(SOAKS))

kpoolstat: ## Build the viewer, tools/kpoolstat/kpoolstat
	@$(setup) viewer
	@$(MAKE) --no-print-directory -C tools/kpoolstat

screenshot: ## Draw the viewer at work in a guest, into Documentation/kpoolstat.svg
	@$(setup) guest viewer viewer-tests
	@$(run) screenshot

docs: ## Write the documentation as HTML, build/docs/html
	@$(setup) docs
	@$(run) docs

man: ## Write the manual pages kpool(4) and kpoolstat(8), build/man
	@$(setup) docs
	@$(run) man

load: modules ## Insert the module just built into the running kernel (as root)
	@$(ready) load root
	insmod $(MODULE)

unload: ## Remove it from the running kernel (as root)
	@$(ready) unload root
	rmmod kpool

# Headers and symbols for modules that call kpool go where DKMS's package has them.
install: modules ## Install the module, and what its callers are built with, for KDIR's kernel (as root)
	@$(if $(STAGE),,$(ready) install root)
	rm -rf '$(LIB)/$(INSTALL_MOD_DIR)/kpool.ko'* '$(LIB)/kpool'
	install -D -m 644 $(MODULE) '$(LIB)/$(INSTALL_MOD_DIR)/kpool.ko'
	install -D -m 644 -t '$(LIB)/kpool/include' module/include/*.h
	install -m 644 Module.symvers '$(LIB)/kpool'
	$(depmod)

# In module/ the kernel's target installs nothing else: no tests.
modules_install: kdir ## Install the module alone, as the kernel's target of that name does (as root)
	@$(if $(STAGE),,$(ready) modules_install root)
	+@$(call kbuild,/module)
	rm -f '$(LIB)/$(INSTALL_MOD_DIR)/kpool.ko'*
	+@$(call kbuild,/module,INSTALL_MOD_PATH='$(abspath $(STAGE))' \
		INSTALL_MOD_DIR='$(INSTALL_MOD_DIR)',modules_install)
	$(depmod)

uninstall: kdir ## Remove what either has installed (as root)
	@$(if $(STAGE),,$(ready) uninstall root)
	rm -rf '$(LIB)/$(INSTALL_MOD_DIR)/kpool.ko'* '$(LIB)/kpool'
	@rmdir --ignore-fail-on-non-empty '$(LIB)/$(INSTALL_MOD_DIR)' 2>/dev/null || true
	$(depmod)

dkms: kdir ## Have DKMS install the module for the kernel at KDIR, and for later ones (as root)
	@$(ready) dkms $(if $(STAGE),stage) root dkms
	@$(MAKE) --no-print-directory dkms-source
	dkms install --force kpool/$(VERSION) -k $(RELEASE)

undkms: ## Remove it from DKMS and from all kernels again (as root)
	@$(ready) undkms $(if $(STAGE),stage) root dkms
	dkms remove kpool/$(VERSION) --all
	rm -rf '$(DKMS_SOURCE)'

# The sources for DKMS. Build products are not copied.
dkms-source:
	rm -rf '$(DKMS_SOURCE)'
	install -D -m 644 -t '$(DKMS_SOURCE)' dkms.conf
	install -D -t '$(DKMS_SOURCE)/tools/install' tools/install/dkms.sh
	find module \( -name Kbuild -o -name '*.[ch]' ! -name '*.mod.c' \) \
		-exec install -D -m 644 '{}' '$(DKMS_SOURCE)/{}' \;

deb: ## Build Debian packages into build/deb, and have lintian look at them
	@$(setup) package docs
	@$(run) deb

clean: ## Remove all that was built here
	@rm -rf build Module.symvers modules.order .module-common.o .*.cmd
	@find module kunit tools \( -name '*.o' -o -name '*.ko' -o -name '*.mod' \
		-o -name '*.mod.c' -o -name '.*.cmd' -o -name '.*.d' -o -name modules.order \
		-o -name Module.symvers -o -name '.module-common.o' -o -name kpoolstat -type f \) -delete

distclean: clean ## Remove the cache of kernels, too
	rm -rf "$${XDG_CACHE_HOME:-$$HOME/.cache}/kpool"

help: ## List the targets
	@sed -n 's/^\([a-z_-]*\):.*## /\1\t/p' Makefile | expand -t 16
	@echo
	@echo 'KDIR=DIRECTORY       the build directory of the kernel to build for'
	@echo 'LLVM=1               build with clang, as a kernel that clang built needs'
	@echo 'CC=, CROSS_COMPILE=  as in the kernel'"'"'s build'
	@echo 'INSTALL_MOD_PATH=, INSTALL_MOD_DIR=, DESTDIR=  where to install'

kdir:
	@KDIR_AS_GIVEN=$(call quoted,$(value KDIR)) ELSEWHERE='$(elsewhere)' \
		CC=$(if $(filter command,$(origin CC)),$(call quoted,$(CC))) \
		tools/install/kdir.sh $(call quoted,$(KDIR))
