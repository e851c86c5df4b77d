# unit tests of src/knocks
