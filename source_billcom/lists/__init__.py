"""One list of BILL: how its rows are read without losing one, returning one twice or ending early.

The ladder of reading strategies. A list starts at the top, and each arrow says when it takes the
next step down::

    incremental streams (RangeReader)            full refresh streams (WholeReader)

    keyset by updatedTime                        keyset by createdTime
      |  more rows share an updatedTime            |  more rows share a createdTime
      |  than a page holds (equal_times)           |  than a page holds (equal_times)
      v                                            v
    those rows: keyset by createdTime            those rows: exclude the known ids
      |  they share createdTime too                |  BILL refuses or ignores that,
      v                                            |  or there are too many ids
    those rows: exclude the known ids              |
      |  BILL refuses or ignores that,             |
      |  or there are too many ids                 |
      v                                            v
    those rows: page tokens, walked until certain (page_tokens)

    the rest of the list: page tokens,           the rest of the list: page tokens,
    if the order is not proven (order_check)     if BILL refuses the sort or the filter,
                                                 or the order is not proven
    the whole list, filtered here,
    if BILL refuses the filter or the sort

    beside each: archived rows, requested separately until the list has returned one (archived)

Modules, from the bottom up: `batch` has the values that the others share. `walk_range` is what a
keyset walk has still to read, and how it is split between threads. `order_check` proves the order.
`keyset` walks. `page_token_walk` is one walk along page tokens, `completeness` decides whether the
walks are enough, `page_tokens` repeats them. `equal_times` reads rows that share a time. `readers`
puts the steps together. `archived_probe` and `archived` add the archived rows.

docs/behavior.md says why each step exists, and what we would need to observe to remove it.
"""
