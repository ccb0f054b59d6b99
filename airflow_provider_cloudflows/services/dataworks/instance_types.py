"""The kinds of runs that DataWorks tells apart, in the words of either API version; a DAG file checks them."""

from __future__ import annotations

__all__ = ["DAG_TYPES", "INSTANCE_TYPES"]

INSTANCE_TYPES = ("Normal", "Manual", "ManualWorkflow", "SmokeTest", "SupplementData", "TriggerWorkflow")
"""Those that the lists of the newer version take."""

DAG_TYPES = {
    "Normal": ("DAILY",),
    "Manual": ("MANUAL",),
    "ManualWorkflow": ("MANUAL_FLOW", "BUSINESS_PROCESS_DAG"),
    "SmokeTest": ("SMOKE_TEST",),
    "SupplementData": ("SUPPLY_DATA",),
}
"""The words of the older version, by that of the newer one."""
