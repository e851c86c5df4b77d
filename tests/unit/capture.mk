# unit tests of src/capture
