"""The parts of `make benchmark`: each module has a `measure` that returns lines of the table."""
