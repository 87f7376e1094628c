"""The entity diagram: which stream refers to which, by which field.

`references` finds it in the schemas, `picture` draws it as SVG, and `page` writes it as a Markdown
table and as Mermaid source. `make generate` writes the three files.
"""
