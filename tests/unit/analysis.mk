# unit tests of src/analysis
