"""The parts of `make reliability`: each module has a `run` that returns its figures."""
