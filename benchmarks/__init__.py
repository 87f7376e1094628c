"""What a sync costs in waiting, CPU time and memory, compared with other readers.

`make benchmark` runs all parts. docs/performance.md explains how each figure is measured.

    parts/         one module for each part of the table
    readers/       the programs that are measured
    canned_bill/   a fast server with only bills, for CPU time and memory
    organizations  the emulator's data, for waiting
"""
