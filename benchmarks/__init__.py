"""What the connector costs in waiting and in processor time, held against what others do.

`make benchmark` runs all of it; docs/performance.md says how each figure is measured.
"""
