"""Sets the clock of every Python process ahead that finds this folder on its path and the variable below set.

Python imports a module of this name as it starts. ``time.time()``, ``datetime.now()`` and their kin are shifted in
place; ``time.monotonic()`` is not, and neither is what a library in C asks the kernel itself.
"""

import os
import time

import time_machine

SECONDS = float(os.environ["CLOUDFLOWS_TEST_SECONDS_AHEAD"])

time_machine.travel(time.time() + SECONDS, tick=True).start()
