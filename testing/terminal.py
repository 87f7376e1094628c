"""A terminal's screen, as far as a live display uses it: what a person would see."""

import re

_TOKEN = re.compile(r"\x1b\[(\??[0-9;]*)([A-Za-z])|\x1b.|[\r\n]|[^\x1b\r\n]+")


class Screen:
    """Takes what a program prints on a terminal of this width, and shows the resulting lines.

    Raises:
        ValueError: the program uses a sequence that this does not know.
    """

    def __init__(self, width: int) -> None:
        self.fed = 0
        self._width = width
        self._rows: list[str] = [""]
        self._row = self._column = 0

    def feed(self, text: str) -> None:
        """Print more on the screen."""
        self.fed += len(text)
        for token in _TOKEN.finditer(text):
            if token[2]:
                self._control(token[1], token[2])
            elif token[0] == "\r":
                self._column = 0
            elif token[0] == "\n":
                self._down()
                self._column = 0
            elif not token[0].startswith("\x1b"):
                self._write(token[0])

    def text(self) -> str:
        """Return everything that is visible, lines that scrolled away included."""
        return "\n".join(row.rstrip() for row in self._rows)

    def rows_as_written(self) -> list[str]:
        """Return the rows with the spaces at their ends, so that wrapped lines can be joined."""
        return list(self._rows)

    def _write(self, text: str) -> None:
        for char in text:
            if self._column == self._width:
                self._down()
                self._column = 0
            row = self._rows[self._row].ljust(self._column)
            self._rows[self._row] = row[: self._column] + char + row[self._column + 1 :]
            self._column += 1

    def _down(self) -> None:
        self._row += 1
        if self._row == len(self._rows):
            self._rows.append("")

    def _control(self, argument: str, kind: str) -> None:
        match kind:
            case "A":
                self._row = max(0, self._row - int(argument or 1))
            case "K" if argument == "2":
                self._rows[self._row] = ""
            case "m" | "h" | "l":  # colors, and whether the cursor is visible
                pass
            case _:
                raise ValueError(f"unknown sequence: {argument}{kind}")
