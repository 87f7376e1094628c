"""The commands and code in README.md, CONTRIBUTING.md and docs/*.md, and how each is tested.

`blocks` finds them, `treatments` says for each how it is run or why it is not, and `workspace` is
the folder in which they run: it looks like a clone after `make setup`, with a local BILL.
"""
