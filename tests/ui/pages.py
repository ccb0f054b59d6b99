"""Airflow's web UI as a person uses it: fields by their labels, buttons by their names.

Nothing here sleeps: every step waits until the page shows what it needs, and fails with what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

from airflow_provider_cloudflows.demo.airflow_home import Run

FIELD = "[data-scope=field][data-part=root]"
MESSAGE = "[data-scope=toast][data-part=root]"
SECTION = "[data-scope=accordion][data-part=item]"


# Where the field with a label stands: its place among the fields, that of its section or -1, and whether that is open.
# Airflow gives the fields of a provider other ids than their labels point to, so the label is found first. One question
# for all of it: to look through a whole form for each takes longer than to fill a field in.
FIND_FIELD = """([label, FIELD, SECTION]) => {
    const dialog = document.querySelector("[role=dialog]");
    const fields = [...dialog.querySelectorAll(FIELD)];
    const found = fields.filter(field => [...field.querySelectorAll("label[data-scope=field]")]
        .some(each => each.textContent.replace(/\\s*\\*?\\s*$/, "").trim() === label));
    if (found.length !== 1) return null;
    const section = found[0].closest(SECTION);
    return {
        field: fields.indexOf(found[0]),
        section: [...dialog.querySelectorAll(SECTION)].indexOf(section),
        isOpen: section?.querySelector("[data-part=item-trigger]").ariaExpanded === "true",
    };
}"""
FOLLOW_LINK = """path => {
    history.pushState(null, "", path);
    dispatchEvent(new PopStateEvent("popstate", { state: null }));
}"""
# One question for all fields: asking for each thing of each field takes seconds.
READ_FIELDS = """dialog => [...dialog.querySelectorAll("[data-scope=field][data-part=root]")]
    .filter(field => field.checkVisibility())
    .map(field => {
        const choice = field.querySelector("input[type=hidden]");
        const entry = field.querySelector("input:not([type=hidden]), textarea, [role=combobox]");
        return {
            label: field.querySelector("label").textContent.replace("*", "").trim(),
            help: field.querySelector("[data-part=helper-text]")?.textContent ?? "",
            kind: entry.getAttribute("role") ?? entry.type,
            value: choice ? choice.value : entry.type == "checkbox" ? String(entry.checked) : entry.value,
            placeholder: entry.placeholder ?? "",
            suggestions: [...field.querySelectorAll("datalist option")].map(option => option.value),
        };
    })"""


@dataclass(frozen=True, slots=True)
class FieldView:
    """What a person sees of a field.

    ``kind`` is text, textarea, password (shown as dots), spinbutton (a number), checkbox (a switch) or combobox (a
    drop-down, whose ``value`` is the one behind the text that it shows).
    """

    label: str
    help: str
    kind: str
    value: str
    placeholder: str
    suggestions: list[str]


@dataclass(frozen=True, slots=True)
class TestResult:
    """What the UI says after the test button was pressed."""

    __test__ = False

    title: str
    message: str


class AirflowUI:
    """One browser page of one Airflow.

    :param token: of a login, which Airflow's own page for that would keep in the same cookie.
    """

    def __init__(self, page: Page, url: str, token: str) -> None:
        self.page = page
        self._url = url
        page.context.add_cookies([{"name": "_token", "value": token, "url": url}])

    def add_connection(self) -> ConnectionForm:
        """Open the empty form for a new connection."""
        self._go("/connections")
        return self._form_behind(self.page.get_by_role("button", name="Add Connection"))

    def edit_connection(self, conn_id: str) -> ConnectionForm:
        """Open the form of a connection that exists."""
        self._go("/connections")
        return self._form_behind(self._row(conn_id).get_by_role("button", name="Edit Connection"))

    def test_connection(self, conn_id: str) -> TestResult:
        """Press the test button of a connection and return what the UI says then."""
        self._go("/connections")
        self._row(conn_id).get_by_role("button", name="Test Connection").click()
        message = self.page.locator(MESSAGE).filter(has_text="Test Connection").filter(visible=True)
        title, description = (message.locator(f"[data-part={part}]") for part in ("title", "description"))
        expect(title).to_be_visible()
        return TestResult(title.inner_text(), description.inner_text())

    def open_run(self, run: Run, state: str) -> None:
        """Show a DAG run that ended in ``state``."""
        self._go(f"/dags/{quote(run.dag_id)}/runs/{quote(run.run_id, safe='')}")
        expect(self.page.get_by_text(state, exact=True).first).to_be_visible()

    def open_xcom(self, run: Run, task_id: str) -> Locator:
        """Show the values that a task of a run returned; returns the row of its return value."""
        path = f"/dags/{quote(run.dag_id)}/runs/{quote(run.run_id, safe='')}/tasks/{quote(task_id)}/xcom"
        self._go(path)
        row = self.page.get_by_role("row").filter(has=self.page.get_by_role("cell", name="return_value", exact=True))
        expect(row).to_be_visible()
        return row

    def _go(self, path: str) -> None:
        """Go to a page as a link in Airflow does, without loading its scripts again, which takes seconds."""
        if self.page.url == self._url + path:
            self._tidy_up()
        elif self.page.url.startswith(self._url):
            self._tidy_up()
            self.page.evaluate(FOLLOW_LINK, path)
        else:
            self.page.goto(self._url + path)

    def _tidy_up(self) -> None:
        """Close the form, the tooltip and the messages that lie over the page."""
        self.page.mouse.move(0, 0)
        dialog = self.page.get_by_role("dialog")
        if dialog.count():
            dialog.get_by_role("button", name="Close").first.click()
            expect(dialog).to_have_count(0)
        # Messages have no button, and stay for as long as nobody looks at the window.
        self.page.locator(MESSAGE).evaluate_all("all => all.forEach(each => { each.style.display = 'none' })")

    def _row(self, conn_id: str) -> Locator:
        return self.page.get_by_role("row").filter(has=self.page.get_by_role("cell", name=conn_id, exact=True))

    def _form_behind(self, button: Locator) -> ConnectionForm:
        button.click()
        return ConnectionForm(self.page, self.page.get_by_role("dialog"))


class ConnectionForm:
    """The dialog that makes or changes a connection.

    Fields stand in sections of which one is open at a time; whoever touches a field need not know its section.
    """

    def __init__(self, page: Page, dialog: Locator) -> None:
        self.page = page
        self._dialog = dialog
        expect(dialog.get_by_label("Connection ID")).to_be_visible()

    @property
    def text(self) -> str:
        """Everything that the form holds, values and closed sections included."""
        values = [each.input_value() for each in self._dialog.locator("input, textarea").all()]
        return "\n".join([self._dialog.inner_html(), *values])

    @property
    def sections(self) -> list[str]:
        """The titles of the sections: the standard fields, the provider's own, and all of those as JSON."""
        return self._dialog.locator(f"{SECTION} [data-part=item-trigger]").all_inner_texts()

    def section_of(self, label: str) -> str:
        """The title of the section in which a field stands."""
        section = self._dialog.locator(SECTION).nth(self._place(label)["section"])
        return section.locator("[data-part=item-trigger]").inner_text()

    def fields(self) -> dict[str, FieldView]:
        """The fields that can be seen at the moment, by label."""
        views = [FieldView(**each) for each in self._dialog.evaluate(READ_FIELDS)]
        return {view.label: view for view in views}

    def choose_type(self, title: str) -> None:
        """Find a connection type by typing its title, and wait for its fields."""
        self._dialog.get_by_role("combobox").first.fill(title)
        self.page.get_by_role("option", name=title, exact=True).click()
        self.open_section("Standard Fields")

    def open_section(self, title: str) -> None:
        """Show the fields of a section."""
        self._open(self._dialog.locator(SECTION).filter(has=self.page.get_by_role("button", name=title, exact=True)))

    def paste(self, label: str, text: str) -> None:
        """Replace what a text, number or secret field holds at once; long texts may have several lines."""
        entry = self._entry(label)
        entry.fill(text)
        entry.blur()  # numbers are checked when the field is left

    def choose(self, label: str, option: str) -> None:
        """Choose in a drop-down by the text that it shows."""
        self._field(label).get_by_role("combobox").click()
        self.page.get_by_role("option", name=option, exact=True).click()

    def options(self, label: str) -> list[str]:
        """The choices of a drop-down, as it shows them."""
        self._field(label).get_by_role("combobox").click()
        expect(self.page.get_by_role("option").first).to_be_visible()
        texts = self.page.get_by_role("option").all_inner_texts()
        self._dialog.get_by_role("heading").first.click()  # the Escape key would close the form as well
        expect(self.page.get_by_role("option")).to_have_count(0)
        return texts

    def switch(self, label: str, on: bool) -> None:
        """Turn a switch on or off."""
        field = self._field(label)
        # The checkbox itself is hidden behind a drawn switch.
        if field.get_by_role("checkbox").is_checked() != on:
            field.locator("[data-scope=switch][data-part=control]").click()
        expect(field.get_by_role("checkbox")).to_be_checked(checked=on)

    def save(self) -> None:
        """Press Save and wait until the form is gone."""
        self._dialog.get_by_role("button", name="Save").click()
        expect(self._dialog).to_be_hidden()

    def _field(self, label: str) -> Locator:
        place = self._place(label)
        if place["section"] >= 0 and not place["isOpen"]:
            self._open(self._dialog.locator(SECTION).nth(place["section"]))
        return self._dialog.locator(FIELD).nth(place["field"])

    def _place(self, label: str) -> dict[str, Any]:
        place: dict[str, Any] = self.page.wait_for_function(FIND_FIELD, arg=[label, FIELD, SECTION]).json_value()
        return place

    def _entry(self, label: str) -> Locator:
        return self._field(label).locator("input:not([type=hidden]), textarea")

    def _open(self, section: Locator) -> None:
        trigger = section.locator("[data-part=item-trigger]")
        if trigger.get_attribute("aria-expanded") != "true":
            trigger.click()
        expect(section.locator("[data-part=item-content]")).to_be_visible()
