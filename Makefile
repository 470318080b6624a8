# datapower - data preparation and convolutional networks inside PostgreSQL
#
#   make demo     install what is missing, build, and run docs/demo.sql on a
#                 private throw-away cluster under build/
#   make check    the same set-up, then every test
#   make bench    measurements against peers; TOPIC=engine, cleaning, engine_memory, ...
#   make sheets   the pictures of docs/img, made again
#   make, make install, make installcheck PG_CONFIG=...   as for any extension
#
# Three kinds of C file (docs/architecture.md):
#   src/*.c               speaks PostgreSQL
#   src/kernel/*.c        plain C; no contraction, so the same bits on every machine
#   src/kernel/simd/*.c   compiled once per instruction set, picked at run time;
#                         exact_*.c without contraction as well

EXTENSION = datapower
EXTVERSION = 0.1
MODULE_big = datapower
DATA_built = sql/$(EXTENSION)--$(EXTVERSION).sql
REGRESS = $(basename $(notdir $(sort $(wildcard test/sql/*.sql))))
REGRESS_OPTS = --inputdir=test --outputdir=build/regress --load-extension=pgtap --load-extension=datapower

PG_CONFIG ?= pg_config
arch := $(shell uname -m)

ifeq ($(arch),x86_64)
isas = generic avx2 avx512
else
isas = generic
endif
flags_generic =
flags_avx2 = -march=x86-64-v3
flags_avx512 = -march=x86-64-v4 -mprefer-vector-width=512

glue_c := $(wildcard src/*.c)
kernel_c := $(wildcard src/kernel/*.c)
simd_c := $(wildcard src/kernel/simd/*.c)
simd_o := $(foreach isa,$(isas),$(simd_c:.c=.$(isa).o))

# the slowest to compile first, so that make -j ends evenly
OBJS = $(filter %_pass.avx512.o,$(simd_o)) $(filter-out %_pass.avx512.o,$(simd_o)) $(kernel_c:.c=.o) $(glue_c:.c=.o)
PG_CPPFLAGS = -Isrc -Isrc/kernel -MMD -MP
PG_CFLAGS = -Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare
ifneq ($(findstring clang,$(CC)),)
# PostgreSQL's headers were configured for gcc and name an attribute clang lacks
PG_CFLAGS += -Wno-ignored-attributes -Wno-unknown-warning-option -Wno-unused-command-line-argument -Wno-ignored-optimization-argument
endif
EXTRA_CLEAN = build $(DATA_built) $(OBJS:.o=.d) test/results
SHLIB_LINK = -ljpeg -lpng -lz -lm -ldl

# PGXS has no rule for the bitcode of files compiled several times
override with_llvm = no

# demo, check and bench install PostgreSQL where it is missing and call make
# again for the rest; they stand apart because PGXS has a "check" of its own.
ours = demo check bench kernelcheck fuzzcheck sheets
ifneq ($(filter $(ours),$(MAKECMDGOALS)),)
include test/tools/commands.mk
else ifeq ($(shell command -v $(PG_CONFIG)),)
all install installcheck:
	@echo "pg_config was not found: install PostgreSQL's server development files, or name it: make PG_CONFIG=..." >&2
	@false
clean:
	rm -rf build
else
# DATA=folder is for the tests; to PGXS the word means files to install
override DATA =
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# Floor 0 is plain C; PostgreSQL's include paths are of no use there
DPK_CFLAGS = -std=gnu11 -O2 -g -fPIC -Wall -Wextra -Werror -Wno-unused-parameter -fno-strict-aliasing -Isrc/kernel -MMD -MP
DPK_SIMD_CFLAGS = $(DPK_CFLAGS) -O3 -ffp-contract=fast

$(kernel_c:.c=.o): %.o: %.c
	$(CC) $(DPK_CFLAGS) -ffp-contract=off -c -o $@ $<

# what gives pixels is rounded after each operation
src/kernel/simd/exact_%.o: DPK_SIMD_CFLAGS += -ffp-contract=off

define simd_rule
src/kernel/simd/%.$(1).o: src/kernel/simd/%.c
	$$(CC) $$(DPK_SIMD_CFLAGS) $(flags_$(1)) -DDPK_ISA=$(1) -c -o $$@ $$<
endef
$(foreach isa,$(isas),$(eval $(call simd_rule,$(isa))))

$(DATA_built): $(sort $(wildcard sql/install/*.sql)) Makefile
	{ printf '%s\n' '\echo Use "CREATE EXTENSION datapower" to load this file. \quit'; cat $(sort $(wildcard sql/install/*.sql)); } > $@

-include $(OBJS:.o=.d)


# PostgreSQL finds its files relative to its own binary: a copy of bin/ with
# links to the rest is a private installation that needs no privileges.
.PHONY: private-root
private-root: all
	@$(MAKE) --no-print-directory -s install DESTDIR=$(CURDIR)/build/root > /dev/null
	@test/tools/private-root $(CURDIR)/build/root $(PG_CONFIG)

# the demo leaves its cluster running, for a look around
.PHONY: stop-clusters
clean: stop-clusters
stop-clusters:
	@for where in build/*/where; do [ ! -e $$where ] || test/tools/cluster stop $${where%/where}; done
endif
