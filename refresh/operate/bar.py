"""A bar on a terminal for whatever takes long; nothing where nobody looks."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from refresh.progress import Listener


@contextmanager
def listener(console: Console, *, quiet: bool) -> Iterator[Listener]:
    """A progress bar as long as it lasts, told by the listener that it gives."""
    columns = (
        TextColumn("{task.description:<52.52}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=quiet) as bar:
        task = bar.add_task("starting", total=None)

        def tell(words: str, done: int, total: int) -> None:
            bar.update(task, description=words, completed=done, total=total or None)

        yield tell
