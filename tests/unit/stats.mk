# unit tests of src/stats
