"""What the operators share that take a FlowSpec document of DataWorks: as a mapping, as text, or as a file.

The document is looked at when the DAG is parsed, with templates in it too: what is written down is checked, and what a
template gives is checked when the task runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_cloudflows.base_errors import InvalidParameter
from airflow_provider_cloudflows.links.dataworks import DataStudioLink
from airflow_provider_cloudflows.operators.base import AlibabaOperator, RequestOperator

if TYPE_CHECKING:
    from airflow_provider_cloudflows.hooks.base import CloudHook

__all__ = ["SPEC_FILE", "FlowSpecOperator"]

SPEC_FILE = ".spec.json"
"""How the name of a file ends that holds a document."""


class FlowSpecOperator(AlibabaOperator, RequestOperator):
    """Base of the operators whose argument ``spec`` is a FlowSpec document.

    It is a mapping, or its JSON text, or the name of a file that ends with ``.spec.json``, found as Airflow finds
    templates: beside the DAG file, or in the DAG's ``template_searchpath``. Templates in it are rendered.
    """

    template_ext = (SPEC_FILE,)
    template_fields_renderers: ClassVar[dict[str, str]] = {"spec": "json"}
    operator_extra_links = (DataStudioLink(),)

    spec: Any
    project_id: Any

    @staticmethod
    def problems(spec: Any, is_known: Callable[[Any], bool]) -> list[str]:
        """Return what is wrong with a document, whose templates are not known yet."""
        raise NotImplementedError

    def check_literals(self) -> None:
        """Check the document as far as it is known, too."""
        super().check_literals()
        problems = [] if self._is_file(self.spec) else self.problems(self.spec, self.is_known)
        if problems:
            raise InvalidParameter(f"{self._where()} got a spec that DataWorks cannot use: {'; '.join(problems)}.")

    def is_known(self, value: Any) -> bool:
        """Tell whether ``value`` is what the operator works with; of a file, Airflow reads what is in it later."""
        return super().is_known(value) and not self._is_file(value)

    def _is_file(self, value: Any) -> bool:
        return isinstance(value, str) and value.endswith(SPEC_FILE)

    def console_url(self, request: Any, hook: CloudHook) -> str:
        """Return DataStudio of the workspace."""
        return DataStudioLink.url(hook.get_conn().endpoints.region, request.project_id)
