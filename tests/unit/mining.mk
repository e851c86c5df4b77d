# unit tests of src/mining
