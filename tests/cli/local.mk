# tests/cli: the program from outside, held against its documents and the oracle
KS_CLI_TESTS = tests/cli/test_exit.py tests/cli/test_baseline.py tests/cli/test_forms.py tests/cli/test_json.py tests/cli/test_readme.py tests/cli/test_inputs.py tests/cli/test_hostile_text.py tests/cli/test_blocking.py tests/cli/test_limits.py tests/cli/test_options.py tests/cli/test_oracle_random.py \
	tests/cli/test_office.py tests/cli/test_paper.py tests/cli/test_bootstrap.py tests/cli/test_house.py tests/cli/test_docs.sh tests/cli/test_privileges.sh tests/cli/test_protection.py
TESTS += $(KS_CLI_TESTS)
EXTRA_DIST += $(KS_CLI_TESTS) tests/oracle/capture_oracle.py tests/oracle/make_capture.py tests/oracle/compare.py \
	tests/oracle/tap.py
