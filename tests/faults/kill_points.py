"""Where real task processes are killed: what the DAG file ``dags/killed.py`` and its test agree on.

A task for each kind of thing and each point of its protocol takes a minute of processor time, so ``make faults`` runs
them all. ``make test`` kills SecMaster's workflow, whose name protects nothing, at every point of a create, and each
other kind where its own protocol has something to lose.
"""

from __future__ import annotations

import os

__all__ = ["GOES_ON", "KILLED_AT"]

CREATE = ("before_intent", "after_intent", "after_send", "after_commit", "after_record")

# In the wait for the end of what runs; when the id of the job that makes it is alone on record; when a stage of a
# publishing process, or a file's submit or deploy, was executed, and nobody read the answer.
WAITING = "waiting"
CREATING = "after_job"
EXECUTED = "after_stage"
SUBMITTED, DEPLOYED = "after_submit", "after_deploy"

ALWAYS: dict[str, tuple[str, ...]] = {
    "business": ("after_commit",),
    "workflow": CREATE,
    "task": ("after_commit", "after_record"),
    "run": ("after_commit", WAITING),
    "dataworks": ("after_commit", CREATING),
    "publish": (EXECUTED,),
    "deploy": (DEPLOYED,),
    "integrate": ("after_commit",),
    "fabric": ("after_commit",),
    "execute": ("after_commit",),
    "flow": ("after_commit",),
    "api": ("after_commit", "after_record"),
}
EVERY: dict[str, tuple[str, ...]] = {
    "business": CREATE,
    "workflow": CREATE,
    "task": CREATE,
    "run": (*CREATE, WAITING),
    "dataworks": (*CREATE, CREATING, WAITING),
    "publish": ("after_commit", "after_record", EXECUTED, WAITING),
    "deploy": (SUBMITTED, DEPLOYED, WAITING),
    "integrate": ("after_send", "after_commit", WAITING),
    "fabric": ("after_send", "after_commit", WAITING),
    "execute": ("after_send", "after_commit", WAITING),
    "flow": ("after_commit", WAITING),
    "api": ("after_commit", "after_record"),
}

IS_LONG = "CLOUDFLOWS_LONG" in os.environ
KILLED_AT = EVERY if IS_LONG else ALWAYS
"""The points by the kind of what the task makes."""

GOES_ON = 15 if IS_LONG else 4
"""Seconds for which what is run goes on; where each kind is killed in its wait, it takes long to come to that."""
