# unit tests of src/mining, and the oracle that mining is held against
KS_MINING_TEST_LIBS = libmining.a libbase.a $(CMOCKA_LIBS) -lm

check_PROGRAMS += tests/unit/test_windows tests/unit/test_pairs tests/unit/test_ranking tests/unit/test_itemsets
TESTS += tests/unit/test_windows tests/unit/test_pairs tests/unit/test_ranking tests/unit/test_itemsets
tests_unit_test_windows_SOURCES = tests/unit/test_windows.c tests/unit/mining_data.h
tests_unit_test_windows_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_windows_LDADD = $(KS_MINING_TEST_LIBS)
tests_unit_test_pairs_SOURCES = tests/unit/test_pairs.c tests/unit/mining_data.h
tests_unit_test_pairs_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_pairs_LDADD = $(KS_MINING_TEST_LIBS)
tests_unit_test_ranking_SOURCES = tests/unit/test_ranking.c tests/unit/mining_data.h
tests_unit_test_ranking_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_ranking_LDADD = $(KS_MINING_TEST_LIBS)
tests_unit_test_itemsets_SOURCES = tests/unit/test_itemsets.c tests/unit/mining_data.h
tests_unit_test_itemsets_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_itemsets_LDADD = $(KS_MINING_TEST_LIBS)

check_PROGRAMS += tests/oracle/mining_driver
TESTS += tests/oracle/mining_oracle.py
EXTRA_DIST += tests/oracle/mining_oracle.py
tests_oracle_mining_driver_SOURCES = tests/oracle/mining_driver.c
tests_oracle_mining_driver_LDADD = libmining.a libbase.a -lm
