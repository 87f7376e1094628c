"""The range of time that a keyset walk still has to read, and how another thread takes half of it.

Fixed time windows would be too many for a quiet year and too few for a busy day. So an idle thread
splits the longest walk while that walk is running.
"""

import threading
from dataclasses import dataclass
from datetime import datetime

from source_billcom.lists.batch import Bound
from source_billcom.times import end_of_moment, floor_to_second

# each part costs a call or two at its boundary, so it must be longer than that
_MIN_PAGES_TO_SPLIT = 3.0


@dataclass(frozen=True)
class Advance:
    """The state of a walk after a page: its end at that moment, and whether the page is its last.

    `covered` is the time up to which the walk has read all rows.
    """

    end: Bound | None
    is_last_page: bool
    covered: datetime


class WalkRange:
    """Where a walk is and where it ends. None as its end means the end of the list.

    The thread that walks calls `advance` and `close`. Other threads may call `pages_left` and
    `split` at any time.
    """

    def __init__(self, end: Bound | None) -> None:
        self._lock = threading.Lock()
        self._end = end
        self._position: datetime | None = None
        self._page_seconds = 0.0
        self._can_split = False
        self._was_split = False

    @property
    def end(self) -> Bound | None:
        """Where the walk ends now. A split moves it down."""
        with self._lock:
            return self._end

    @property
    def was_split(self) -> bool:
        """Whether another reader has taken the upper part."""
        with self._lock:
            return self._was_split

    @property
    def has_begun(self) -> bool:
        """Whether the walk has read a page."""
        with self._lock:
            return self._position is not None

    def advance(
        self, times: list[datetime], *, has_next_page: bool, is_order_proven: bool
    ) -> Advance:
        """Move to the last of a page's ascending `times`.

        Reading the end and moving the position is one step, so that a split falls either before the
        page or behind it. A walk may be split from its second page on if its order is proven.
        """
        newest = times[-1]
        with self._lock:
            is_beyond_end = self._end is not None and not self._end.admits(newest)
            is_last_page = is_beyond_end or not has_next_page
            self._page_seconds = (newest - (self._position or times[0])).total_seconds()
            self._can_split = not is_last_page and self._position is not None and is_order_proven
            self._position = newest
            covered = self._end.moment if self._end is not None and is_beyond_end else newest
            return Advance(self._end, is_last_page, covered)

    def close(self) -> None:
        """Note that the walk has ended: nothing is left to split off."""
        with self._lock:
            self._can_split = False

    def pages_left(self, horizon: datetime) -> float:
        """Estimate how many pages are left from the time that the last page spanned.

        0 if the walk cannot be split now. `horizon` is the end of a walk that has none.
        """
        with self._lock:
            return self._pages_left(horizon)

    def split(self, horizon: datetime) -> tuple[datetime, Bound | None] | None:
        """Give up the later half of what is left: its start and its end; None if it is too short.

        `horizon` is the end of a walk that has none.
        """
        with self._lock:
            if self._position is None or self._pages_left(horizon) < _MIN_PAGES_TO_SPLIT:
                return None
            last = self._end.moment if self._end else horizon
            # a whole second, because BILL shows seconds and may keep milliseconds
            middle = floor_to_second(self._position + (last - self._position) / 2)
            if middle <= end_of_moment(self._position) or middle >= last:
                return None
            former_end = self._end
            self._end = Bound(middle, is_included=False)
            self._was_split = True
            return middle, former_end

    def _pages_left(self, horizon: datetime) -> float:
        if not self._can_split or self._position is None:
            return 0.0
        last = self._end.moment if self._end else horizon
        return (last - self._position).total_seconds() / max(self._page_seconds, 1.0)
