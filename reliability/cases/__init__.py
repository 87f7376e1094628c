"""Tables of cases: values of the emulator's options, and wrong configurations, catalogs, states."""
