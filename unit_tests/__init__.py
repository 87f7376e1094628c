"""Tests of the parts of this repository, without a network.

No property test may fail because the machine is slow: hypothesis would fail an example that takes
longer than 200 ms, and a test whose examples take long to make.
"""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")
