"""How a list is served: filters and sort, pages and page tokens, and rows as JSON."""
