"""Serving a list: its filters and sort, its pages and page tokens, its rows as JSON."""
