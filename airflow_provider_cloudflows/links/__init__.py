"""Links from a task instance to the vendor's console."""
