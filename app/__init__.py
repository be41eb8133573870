"""Care Atlas in the browser: pages, reactions, drawing."""

import os

# An answer is 6,200 rows: a second thread costs it a third more time than it saves, and is taken
# from the next session. Polars reads this once, when it is first imported.
os.environ.setdefault("POLARS_MAX_THREADS", "1")
