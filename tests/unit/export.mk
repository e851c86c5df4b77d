# unit tests of src/export
