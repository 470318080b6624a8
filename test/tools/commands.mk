# commands.mk - the commands that work before PostgreSQL is installed

export PG_CONFIG DATA TOPIC

.PHONY: $(ours)

# Floor 0 alone: that it links without PostgreSQL is the proof of the border
kernelcheck:
	@test/tools/kernelcheck $(isas)

fuzzcheck:
	@test/tools/fuzzcheck

demo check bench sheets:
	@test/tools/prepare $@
	@$(MAKE) --no-print-directory -s -j $$(nproc) private-root
	@test/tools/$@ $(if $(filter bench,$@),$(TOPIC)) $(if $(filter check,$@),$(isas))
