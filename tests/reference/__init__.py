"""Writes the pages of ``docs/`` that the code itself can tell, so that they cannot say anything else than it does.

``python -m tests.reference`` writes them, and they are committed: whoever reads the documentation on a forge, or in an
editor, has them too, and a change of an operator shows in review what it changes for its users. ``make docs`` and the
tests refuse pages that are behind. What people write, the other pages of ``docs/``, is no business of this package, and
nothing of it is shipped.

One module for each kind of fact: what there is (:mod:`.catalogue`), docstrings, arguments and their rules, results,
failures, permissions, examples, the vendor's pages; :mod:`.pages` puts them together, and :mod:`.site` is what MkDocs
asks while it builds.
"""
