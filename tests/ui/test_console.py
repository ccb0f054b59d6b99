"""A person uses the sandbox's console: every view, every control, in the dark and on a phone, with keys alone.

One browser and one sandbox serve all tests; each begins with a newborn sandbox. Whatever a test does, no error may be
on the browser's console, and no request may leave this machine.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Dialog, Locator, Page, Request, expect

from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.sandbox.faults import KINDS
from airflow_provider_cloudflows.sandbox.signatures import WireRequest
from tests.sandbox.signing import acs3, alibaba, sign_acs3
from tests.sandbox.test_console import run as run_curl
from tests.sandbox.test_courses import Fabric
from tests.ui.browser import Album, find_chromium, open_browser

ROOT = Path(__file__).parents[2]
VIEWS = ("Requests", "Resources", "Jobs", "Faults", "Connect", "Settings")
PHONE, DESK = {"width": 360, "height": 720}, {"width": 1280, "height": 800}
# What reaches beyond the window, and is not cut off or scrolled inside something that does not.
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
    .filter(each => each.checkVisibility() && !each.closest(".hidden, .skip, pre, .code"))
    .filter(each => each.getBoundingClientRect().right > innerWidth + 1)
    .map(each => `${each.tagName} ${each.className}`)"""
# Every form of every connection: the form, the cloud, what is shown, and what its button puts into the clipboard.
COPY_ALL = """async () => {
    const toasts = document.getElementById("toasts");
    const copies = [];
    for (const form of document.querySelectorAll("[name=form]")) {
        form.click();
        for (const card of document.querySelectorAll(".connections .card")) {
            toasts.replaceChildren();
            card.querySelector(".primary").click();
            while (!toasts.firstChild) await new Promise(requestAnimationFrame);
            const cloud = card.querySelector("h3").lastChild.textContent;
            const shown = card.querySelector(".code").textContent;
            copies.push([form.value, cloud, shown, await navigator.clipboard.readText()]);
        }
    }
    return copies;
}"""
NASTY = '<img src=x onerror="alert(1)">'
pytestmark = [
    pytest.mark.xdist_group("console"),
    pytest.mark.skipif(
        find_chromium() is None,
        reason="no Chromium on this machine: 'make test-ui' installs it, or the variable CHROMIUM names one",
    ),
]


class Console:
    """The console as a person sees it, and the sandbox behind it."""

    def __init__(self, page: Page, sandbox: Running) -> None:
        self.page = page
        self.sandbox = sandbox
        self.complaints: list[str] = []
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", self._asked)
        page.on("request", self._requested)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _asked(self, dialog: Dialog) -> None:
        self.complaints.append(f"a script opened a dialog: {dialog.message}")
        dialog.dismiss()

    def _requested(self, request: Request) -> None:
        if urlsplit(request.url).hostname != "127.0.0.1":
            self.complaints.append(f"a request to {request.url}")

    def open(self, view: str = "Requests", detail: int | None = None) -> None:
        """Go to a view by its address: the first time in a test the page is loaded, then it only turns to the view."""
        address = f"{self.sandbox.url}/#/{view.lower()}" + (f"/{detail}" if detail else "")
        self.page.goto(address)
        expect(self.page.get_by_role("main", name=view)).to_be_visible()
        expect(self.page.get_by_role("status").filter(has_text="Live")).to_be_attached()

    @property
    def rows(self) -> Locator:
        """What a list shows; the options of a closed select are none of it."""
        return self.page.get_by_role("listbox").get_by_role("option")

    def button(self, name: str, *, exact: bool = True) -> Locator:
        return self.page.get_by_role("button", name=name, exact=exact)

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True)

    def detail(self, noun: str) -> Locator:
        return self.page.get_by_role("region", name=f"The chosen {noun}")

    def clipboard(self) -> str:
        text: str = self.page.evaluate("navigator.clipboard.readText()")
        return text

    def says(self, text: str | re.Pattern[str]) -> None:
        """A toast says so."""
        expect(self.page.locator(".toast").filter(has_text=text).first).to_be_visible()

    def forgive(self, part: str) -> None:
        """Chromium itself complains of an answer that says no; here that is what was wanted."""
        rest = [each for each in self.complaints if part not in each]
        assert len(rest) < len(self.complaints), f"nobody complained of {part}"
        self.complaints[:] = rest

    def business(self, name: str = "daily") -> Any:
        return alibaba(self.sandbox.url, "CreateBusiness", {"ProjectId": "10000", "BusinessName": name})


@pytest.fixture(scope="module")
def shared() -> Iterator[Console]:
    chromium = find_chromium()
    assert chromium, "a test that uses this is skipped without Chromium"
    with serve(tcp_faults=True) as sandbox, open_browser(chromium) as page:
        yield Console(page, sandbox)


@pytest.fixture
def console(shared: Console) -> Iterator[Console]:
    """The shared console before a newborn sandbox; at the end nothing may have been complained of."""
    shared.page.goto("about:blank")
    shared.sandbox.reset()
    shared.complaints.clear()
    shared.page.set_viewport_size(DESK)  # type: ignore[arg-type]
    shared.page.emulate_media(color_scheme="light")
    yield shared
    assert shared.complaints == []


@pytest.fixture(scope="module")
def album() -> Album:
    """A folder of its own: other pictures are taken at the same time."""
    return Album(Path(os.environ.get("CLOUDFLOWS_SCREENSHOTS") or ROOT / ".venv" / "screenshots") / "console")


def furnish(console: Console) -> None:
    """A day's work: calls that went well, were refused and met a fault; runs that go on and have ended."""
    sandbox = console.sandbox
    console.business("daily_sales")
    console.business(NASTY)
    console.business("daily_sales")
    sandbox.faults.add("dataworks.CreateBusiness", "html", times=1)
    sandbox.faults.add("*", "slow_headers", probability=0.0)
    console.business("orders")
    draft = acs3(sandbox.url, "CreateBusiness", {"ProjectId": "10000", "BusinessName": "returns"})
    host = draft.headers["host"]
    draft.headers["host"] = "127.0.0.1"
    sign_acs3(draft)
    draft.headers["host"] = host
    draft.send()
    sandbox.courses.add("fabric.job_run", seconds=3600.0, times=0)
    fabric = Fabric(sandbox)
    for name in ("nightly", "hourly", "weekly"):
        fabric.run(name)
    sandbox.end("fabric.job_run", "oldest", "bad", "no such table")
    sandbox.alter("dataworks.business", "oldest", Description="Sales of each day")


def run_id(console: Console, name: str) -> str:
    return next(str(each["id"]) for each in console.sandbox.state()["fabric.job_run"] if each["name"] == name)


# Requests


def test_requests_come_in_live_and_are_filtered(console: Console) -> None:
    console.open()
    expect(console.page.get_by_text("No request yet")).to_be_visible()
    furnish(console)
    expect(console.rows).to_have_count(8)
    for status, count in (("OK", 5), ("Refused", 2), ("Failed", 1), ("Faults", 1), ("All", 8)):
        console.page.get_by_role("radio", name=status, exact=True).check(force=True)
        expect(console.rows).to_have_count(count)
    for control, value, count in (("Cloud", "huawei", 3), ("Cloud", "alibaba", 5)):
        console.field(control).select_option(value)
        expect(console.rows).to_have_count(count)
    console.field("Service").select_option("DataWorks")
    console.field("Operation").select_option("CreateBusiness")
    console.page.get_by_role("searchbox").fill("returns signature")
    expect(console.rows).to_have_count(1)
    console.page.get_by_role("searchbox").fill("no such call")
    expect(console.page.get_by_text("No request fits the filter")).to_be_visible()
    console.button("Clear the filter").first.click()
    expect(console.rows).to_have_count(8)


def test_a_paused_list_stays_and_goes_on(console: Console) -> None:
    console.business("first")
    console.open()
    expect(console.rows).to_have_count(1)
    console.button("Pause the list").click()
    console.business("second")
    expect(console.page.get_by_text("paused; 1 new")).to_be_visible()
    expect(console.rows).to_have_count(1)
    console.button("Go on with the list").click()
    expect(console.rows).to_have_count(2)


def test_a_request_tells_why_it_was_refused_and_what_differs(console: Console) -> None:
    furnish(console)
    console.open()
    console.rows.filter(has_text="SignatureDoesNotMatch").click()
    detail = console.detail("request")
    expect(detail).to_contain_text("The Host header was signed without its port.")
    expect(detail.locator(".diff.wanted")).to_contain_text(f"host:{urlsplit(console.sandbox.url).netloc}")
    expect(detail.locator(".diff.given")).to_have_text("signedhost:127.0.0.1")
    detail.get_by_text(re.compile(r"^Headers")).first.click()
    expect(detail).to_contain_text("Signature=***")
    console.button("Copy").first.click()
    console.says("The canonical request is in the clipboard")
    assert console.clipboard().startswith("POST\n/\n")
    console.button("Copy as curl").click()
    console.says("a signature that is good for 15 minutes")
    assert run_curl(console.clipboard()).status == 200
    console.button("Copy id").click()
    console.says("The request id")
    assert console.clipboard() in {call["request_id"] for call in console.sandbox.requests()}
    console.rows.filter(has_text="html").click()
    expect(detail).to_contain_text("Caused by rule")
    console.button("Close the detail").click()
    expect(console.page.get_by_text("Select a request")).to_be_visible()


def test_a_request_leads_to_what_it_made_and_back(console: Console) -> None:
    console.business("daily")
    console.open(detail=console.sandbox.requests()[-1]["number"])
    console.detail("request").get_by_role("button", name=re.compile("made daily")).click()
    history = console.detail("resource").locator(".timeline > li")
    expect(history.first).to_contain_text("made")
    console.sandbox.alter("dataworks.business", "oldest", Description="later")
    expect(history.filter(has_text="Description")).to_contain_text("nothing → later")
    console.button("DataWorks CreateBusiness").click()
    expect(console.detail("request")).to_contain_text("The call was answered.")


def test_ten_thousand_requests_stay_quick(console: Console) -> None:
    for number in range(10_000):
        console.sandbox.sandbox.handle(WireRequest("GET", f"/v1/nothing/{number}", "", {}, b""))
    console.open()
    expect(console.page.get_by_text("10,000 requests")).to_be_visible()
    assert console.rows.count() < 60
    spent = console.page.evaluate(
        """() => {
            const search = document.querySelector("[data-search]");
            const started = performance.now();
            for (const text of ["no", "nothing/99", "nothing/9999", ""]) {
                search.value = text;
                search.dispatchEvent(new Event("input"));
            }
            return performance.now() - started;
        }"""
    )
    assert spent < 5000, "milliseconds"
    console.page.get_by_role("listbox").evaluate("list => { list.scrollTop = 200000 }")
    expect(console.rows.first).not_to_have_attribute("aria-posinset", "1")
    read = console.rows.nth(10).locator(".title").inner_text()
    console.sandbox.sandbox.handle(WireRequest("GET", "/v1/one-more", "", {}, b""))
    expect(console.page.locator("#nav")).to_contain_text("10k")
    expect(console.page.get_by_text(read, exact=True)).to_be_in_viewport()


# Resources


def test_resources_stand_by_cloud_and_service_and_names_stay_text(console: Console) -> None:
    console.open("Resources")
    expect(console.page.get_by_text("Nothing was made yet")).to_be_visible()
    console.button("there from birth", exact=False).click()
    console.page.get_by_role("searchbox").fill("dw_project_two")
    expect(console.rows).to_have_count(1)
    console.page.get_by_role("searchbox").fill("")
    console.field("From birth").uncheck()
    furnish(console)
    expect(console.page.get_by_text("DataWorks · Business")).to_be_visible()
    expect(console.page.get_by_text("DataArts Fabric · Job run")).to_be_visible()
    nasty = console.rows.filter(has_text=NASTY)
    nasty.click()
    expect(console.detail("resource").get_by_role("heading", level=2)).to_have_text(NASTY)
    assert console.page.locator("main img").count() == 0
    console.button("Copy JSON").click()
    console.says("The resource is in the clipboard")
    assert json.loads(console.clipboard())["BusinessName"] == NASTY
    console.button("Copy id").click()
    console.button("Delete").click()
    console.says("is deleted, as if by another person")
    expect(nasty).to_contain_text("deleted")
    console.field("Deleted").uncheck()
    expect(nasty).to_have_count(0)
    console.field("Deleted").check()
    console.page.get_by_role("searchbox").fill("nightly")
    expect(console.rows).to_have_count(1)
    console.page.get_by_role("searchbox").fill("")
    console.field("Kind").select_option("fabric.endpoint")
    expect(console.rows).to_have_count(1)
    console.field("Kind").select_option("")


ON_TOP = """list => {
    const inside = row => row.getBoundingClientRect().top >= list.getBoundingClientRect().top;
    return [...list.querySelectorAll(".row")].find(inside).textContent;
}"""


def test_the_keys_of_a_list_lead_to_its_ends_and_what_is_looked_at_stays(console: Console) -> None:
    console.open("Resources")
    console.field("From birth").check()
    rows = console.page.get_by_role("listbox")
    chosen = rows.get_by_role("option", selected=True)
    count = len(console.sandbox.sandbox.inventory.listing())
    for key, place in (("End", count), ("Home", 1), ("PageDown", None), ("PageUp", 1)):
        rows.press(key)
        if place:
            expect(chosen).to_have_attribute("aria-posinset", str(place))
    expect(chosen).to_have_attribute("aria-setsize", str(count))
    rows.press("End")
    looked_at = rows.evaluate(ON_TOP)
    console.business("on top of all")
    expect(console.page.get_by_text(f"{count + 1} resources")).to_be_visible()
    assert rows.evaluate(ON_TOP) == looked_at


def test_a_filter_in_use_keeps_its_options_and_one_that_is_left_shows_what_it_is(console: Console) -> None:
    furnish(console)
    console.open()
    service = console.field("Service")
    service.select_option("Fabric")
    console.field("Operation").press("Shift")  # it may be open now
    before = console.field("Operation").inner_text()
    service.evaluate("select => { select.value = ''; select.dispatchEvent(new Event('change')) }")
    expect(console.rows).to_have_count(8)
    assert console.field("Operation").inner_text() == before
    console.field("Operation").press("Tab")
    expect(console.field("Operation")).to_contain_text("CreateBusiness")
    service.select_option("DataWorks")
    console.sandbox.reset()
    Fabric(console.sandbox).run()
    expect(console.page.get_by_text("No request fits the filter")).to_be_visible()
    expect(service).to_have_value("DataWorks")


# Jobs


def test_jobs_are_finished_and_failed_by_click(console: Console) -> None:
    console.open("Jobs")
    expect(console.page.get_by_text("Nothing goes on")).to_be_visible()
    furnish(console)
    console.button("Finish hourly").click()
    console.says("hourly ended well")
    console.button("Fail weekly").click()
    dialog = console.page.get_by_role("dialog", name="Fail weekly")
    dialog.get_by_label("Reason").fill("out of memory")
    dialog.get_by_role("button", name="Fail", exact=True).click()
    expect(console.page.get_by_text("Nothing goes on")).to_be_visible()
    states = {each["name"]: each["status"] for each in console.sandbox.state()["fabric.job_run"]}
    assert states == {"nightly": "FAILED", "hourly": "SUCCEEDED", "weekly": "FAILED"}
    console.button("weekly").click()
    expect(console.detail("resource")).to_contain_text("ended: FAILED, out of memory")


def test_all_jobs_are_ended_at_once(console: Console) -> None:
    furnish(console)
    console.sandbox.advance(60)  # the endpoint of the runs has started, and goes on no more
    console.open("Jobs")
    console.button("Fail all").click()
    console.page.get_by_role("button", name="Let it go on").click()
    console.button("Finish all").click()
    console.says("2 jobs ended")
    expect(console.page.get_by_text("Nothing goes on")).to_be_visible()
    fabric = Fabric(console.sandbox)
    for name in ("first", "second"):
        fabric.run(name)
    console.button("Fail all").click()
    dialog = console.page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("the lake is dry")
    dialog.get_by_role("button", name="Fail", exact=True).click()
    expect(console.button("Fail all")).to_be_hidden()
    states = {each["name"]: each["status"] for each in console.sandbox.state()["fabric.job_run"]}
    assert (states["first"], states["second"]) == ("FAILED", "FAILED")


def test_how_long_ago_something_was_goes_on_by_itself(console: Console) -> None:
    furnish(console)
    console.sandbox.end("fabric.job_run", "newest")
    console.sandbox.end("fabric.job_run", run_id(console, "hourly"))
    console.open("Jobs")
    expect(console.page.get_by_text("began just now").or_(console.page.get_by_text(" s ago")).first).to_be_visible()
    console.sandbox.advance(86400)
    expect(console.page.get_by_text("began 1 d", exact=False).first).to_be_visible()


def test_a_job_is_finished_and_failed_where_it_is_shown(console: Console) -> None:
    furnish(console)
    console.open("Resources")
    for name, verb, status in (("hourly", "Finish", "SUCCEEDED"), ("weekly", "Fail", "FAILED")):
        console.rows.filter(has_text=name).click()
        detail = console.detail("resource")
        detail.get_by_role("button", name=f"{verb} {name}").click()
        if verb == "Fail":
            console.page.get_by_role("dialog").get_by_role("button", name="Fail", exact=True).click()
        expect(detail.get_by_role("button", name=f"{verb} {name}")).to_have_count(0)
        expect(detail).to_contain_text(status)


def test_a_rule_says_what_the_next_run_does_and_the_clock_is_advanced(console: Console) -> None:
    console.open("Jobs")
    console.field("Kind").select_option("fabric.job_run")
    console.field("After, in seconds").fill("60")
    console.field("Reason").fill("no such table")
    console.field("Told to stop").select_option("refused")
    console.field("For how many").fill("2")
    console.button("Add the rule").click()
    expect(console.page.get_by_text("fails after 60 s: no such table")).to_be_visible()
    (rule,) = console.sandbox.courses.as_json()
    assert (rule["ending"], rule["times"], rule["cancel"]) == ("bad", 2, "refused")
    console.field("It").select_option("never")
    expect(console.field("Reason")).to_be_hidden()
    Fabric(console.sandbox).run("nightly")
    expect(console.button("Finish nightly")).to_be_visible()
    before = console.sandbox.sandbox.advanced
    console.button("Advance the clock by 1 min").click()
    expect(console.page.get_by_text("Nothing goes on")).to_be_visible()
    console.button("Advance the clock", exact=True).click()
    console.page.get_by_role("dialog").get_by_label("Seconds").fill("30")
    console.page.get_by_role("dialog").get_by_role("button", name="Advance", exact=True).click()
    console.button("Advance the clock", exact=True).click()
    console.page.get_by_role("button", name="Advance by 1 h").click()
    expect(console.page.get_by_role("dialog")).to_have_count(0)
    assert console.sandbox.sandbox.advanced == before + 60 + 30 + 3600
    console.button("Drop the rules").click()
    expect(console.page.get_by_text("No rule: work ends well")).to_be_visible()


# Faults


def test_every_fault_is_switched_on_and_off(console: Console) -> None:
    console.open("Faults")
    switches = console.page.locator(".fault-card").get_by_role("switch")
    names = switches.evaluate_all("each => each.map(one => one.ariaLabel.split(': ').pop())")
    assert sorted(names) == sorted(KINDS)
    flip_all = "each => each.forEach(one => one.click())"
    switches.evaluate_all(flip_all)
    expect(console.page.locator(".rule-rows li")).to_have_count(len(KINDS))
    on = console.page.locator(".fault-card").get_by_role("switch", checked=True)
    expect(on).to_have_count(len(KINDS))
    rules = console.sandbox.faults.as_json()
    assert sorted(rule["kind"] for rule in rules) == sorted(KINDS)
    assert {(rule["operation"], rule["when"], "off" in rule) for rule in rules} == {("*", "before", False)}
    switches.evaluate_all(flip_all)
    expect(console.page.locator(".rule-rows li.is-off")).to_have_count(len(KINDS))
    expect(on).to_have_count(0)
    assert all(rule["off"] for rule in console.sandbox.faults.as_json())
    switches.first.dblclick()
    switches.first.click()
    expect(console.page.locator(".rule-rows li.is-off")).to_have_count(len(KINDS) - 1)
    expect(switches.first).to_be_checked()
    assert len(console.sandbox.faults.as_json()) == len(KINDS), "the rule that was off goes on"


def test_a_fault_is_about_an_operation_so_often_and_with_options(console: Console) -> None:
    console.open("Faults")
    console.field("Operation, * for all").fill("dataworks.CreateBusiness")
    console.field("When").select_option("after")
    console.field("How often").select_option("nth")
    console.field("Which").fill("2")
    card = console.page.locator(".fault-card").filter(has=console.page.get_by_role("heading", name="Throttled"))
    card.get_by_text("Options").click()
    card.get_by_label("wait", exact=True).fill("3")
    card.get_by_label("form", exact=True).select_option("retry-after")
    card.get_by_role("switch").click()
    console.says("Throttled is on for dataworks.CreateBusiness")
    console.field("How often").select_option("probability")
    console.field("Percent").fill("25")
    card.get_by_role("button", name="Add another rule: Throttled").click()
    expect(console.page.locator(".rule-rows li")).to_have_count(2)
    console.field("How often").select_option("times")
    console.field("How many").fill("4")
    console.field("Operation, * for all").fill("nothing.Here")
    console.page.get_by_role("switch", name=re.compile("empty$")).click()
    console.says("There is no operation 'nothing.Here'")
    console.forgive("400 (Bad Request)")
    first, second = console.sandbox.faults.as_json()
    assert (first["when"], first["nth"], first["wait"], first["form"]) == ("after", 2, 3, "retry-after")
    assert second["probability"] == 0.25
    for name in ("first", "second"):
        console.business(name)
    expect(console.page.get_by_text("1 of 2 calls hit")).to_be_visible()
    rule = console.page.get_by_role("switch", name=f"Rule {first['id']}: Throttled")
    rule.click()
    expect(rule).not_to_be_checked()
    rule.click()
    expect(rule).to_be_checked()
    console.button(f"Remove rule {first['id']}").click()
    expect(console.page.locator(".rule-rows li")).to_have_count(1)
    console.button("Remove all").click()
    expect(console.page.get_by_text("Nothing goes wrong")).to_be_visible()
    for control, value in (("When", "before"), ("How often", "every")):
        console.field(control).select_option(value)
    console.field("Operation, * for all").fill("*")


# Connections


def test_connections_are_copied_in_every_form_that_airflow_reads(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.cli.cli_config import CONNECTIONS_COMMANDS
    from airflow.providers.common.compat.sdk import BaseHook

    parser = argparse.ArgumentParser()
    for argument in next(one for one in CONNECTIONS_COMMANDS if one.name == "add").args:
        argument.add_to_parser(parser)
    console.open("Connect")
    for account, of in (
        ("First account", console.sandbox.connections),
        ("Second account", console.sandbox.other_connections),
    ):
        console.page.get_by_role("radio", name=account).check(force=True)
        copies = console.page.evaluate(COPY_ALL)
        for variable, text in of.items():
            cloud = "Alibaba Cloud" if "ALIBABA" in variable else "Huawei Cloud"
            wanted = json.loads(text)
            assert all(wanted["password"] not in shown for _, _, shown, _ in copies)
            copied = {form: code for form, name, _, code in copies if name == cloud}
            assert json.loads(copied["json"]) == wanted
            assert copied["shell"] == f"export {variable}='{json.dumps(wanted, separators=(',', ':'))}'"
            *command, arguments = copied["cli"].split(" ", 3)
            assert command == ["airflow", "connections", "add"]
            added = parser.parse_args(shlex.split(arguments))
            assert (json.loads(added.conn_json), added.conn_id) == (wanted, variable[13:].lower())
            for form in ("shell", "uri"):
                monkeypatch.setenv("AIRFLOW_CONN_PASTED", copied[form].partition("='")[2].rstrip("'") or copied[form])
                read = BaseHook.get_connection("pasted")
                fields = {name: getattr(read, name) for name in ("conn_type", "login", "password")}
                assert fields | {"extra": read.extra_dejson} == wanted
    show = console.button("Show the secret").first
    show.click()
    expect(console.page.get_by_role("region", name="Alibaba Cloud: connection")).to_contain_text(
        world.OTHER_ALIBABA_KEY.secret
    )
    show.click()
    expect(show).to_have_attribute("aria-pressed", "false")


# Settings


def test_every_setting_is_changed_and_keys_are_refused(console: Console) -> None:
    console.open("Settings")
    wanted = {
        "list_lag": 1.5,
        "read_lag": 2,
        "deleted_lag": 3,
        "page_cap": 4,
        "requests_per_second": 50,
        "clock_offset": -6,
        "credential_seconds": 7,
        "date_header": "Thu, 01 Jan 1970 00:00:00 GMT",
    }
    for name, value in wanted.items():
        field = console.page.locator(f"#setting-{name}")
        field.fill(str(value))
        field.blur()
    lag = console.field("Lists lag")
    lag.focus()
    console.sandbox.settings.list_lag = 9
    console.sandbox.faults.add("*", "throttle", times=1)  # whatever changes the controls
    expect(lag).to_have_value("9")
    lag.fill("1.5")
    lag.press("Enter")
    console.field("Metadata services").select_option("off")
    expect(console.page.locator(".field.is-changed")).to_have_count(9)
    shown = console.sandbox.settings.as_json()
    assert shown == wanted | {"metadata": "off"}
    console.page.locator("#setting-page_cap").fill("-1")
    console.page.locator("#setting-page_cap").blur()
    console.says("page_cap must be a number")
    expect(console.page.locator("#setting-page_cap")).to_have_value("4")
    console.forgive("400 (Bad Request)")
    console.button(f"Refuse {world.ALIBABA_KEY.id} as expired").click()
    console.button(f"Refuse {world.HUAWEI_KEY.id} as invalid").click()
    expect(console.page.locator(".key-rows .chip")).to_have_count(2)
    assert console.sandbox.sandbox.revoked() == {world.ALIBABA_KEY.id: "expired", world.HUAWEI_KEY.id: "invalid"}
    console.page.get_by_role("searchbox", name="Filter the choices").fill("no choice has these words")
    expect(console.page.get_by_text("No choice fits.")).to_be_visible()
    console.button("Reset to birth").last.click()
    console.page.get_by_role("dialog").get_by_role("button", name="Reset", exact=True).click()
    expect(console.page.locator(".field.is-changed")).to_have_count(0)


def test_a_reset_asks_first_and_empties_every_view(console: Console) -> None:
    furnish(console)
    console.open()
    console.button("Reset to birth").click()
    console.button("Keep everything").click()
    expect(console.rows).to_have_count(8)
    console.button("Reset to birth").click()
    console.page.get_by_role("dialog").get_by_role("button", name="Reset", exact=True).click()
    expect(console.page.get_by_text("No request yet")).to_be_visible()
    console.button("Copy a connection").click()
    expect(console.page.get_by_role("main", name="Connect")).to_be_visible()


# The frame


def test_keys_alone_lead_everywhere(console: Console) -> None:
    furnish(console)
    console.open()
    press = console.page.keyboard.press
    for number, view in enumerate(VIEWS, 1):
        press(str(number))
        expect(console.page.get_by_role("main", name=view)).to_be_visible()
        expect(console.page.get_by_role("link", name=view)).to_have_attribute("aria-current", "page")
    press("1")
    press("j")
    press("j")
    expect(console.rows.nth(1)).to_have_attribute("aria-selected", "true")
    press("k")
    expect(console.rows.nth(0)).to_have_attribute("aria-selected", "true")
    console.page.get_by_role("listbox").focus()
    press("End")
    expect(console.rows.last).to_have_attribute("aria-selected", "true")
    active = console.page.get_by_role("listbox").get_attribute("aria-activedescendant")
    expect(console.rows.last).to_have_id(active or "")
    press("Enter")
    expect(console.detail("request").get_by_role("heading", level=2)).to_be_focused()
    press("Escape")
    expect(console.page.get_by_text("Select a request")).to_be_visible()
    expect(console.page.get_by_role("listbox")).to_be_focused()
    press("/")
    expect(console.page.get_by_role("searchbox")).to_be_focused()
    press("Escape")
    expect(console.page.get_by_role("searchbox")).not_to_be_focused()
    press("?")
    expect(console.page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    press("Escape")
    expect(console.page.get_by_role("dialog")).to_have_count(0)
    press("c")
    expect(console.page.get_by_role("dialog", name="Advance the clock")).to_be_visible()
    press("Escape")


def tabs(console: Console) -> list[str]:
    """Press the tab key until it has been everywhere, and return where; each place has to be seen."""
    seen: list[str] = []
    while len(seen) < 150:
        console.page.keyboard.press("Tab")
        place = console.page.evaluate(
            """() => {
                const at = document.activeElement;
                // After its last control a page hands the focus to the browser.
                if (at === document.body) return null;
                const style = getComputedStyle(at.matches("input[type=radio]") ? at.nextElementSibling : at);
                const name = at.ariaLabel || at.labels?.[0]?.textContent.trim() || at.textContent.trim() || at.value;
                return [name, style.outlineStyle !== "none"];
            }"""
        )
        if place is None:
            break
        name, is_marked = place
        assert is_marked, f"the focus on {name!r} cannot be seen"
        if name in seen[:1]:
            break
        seen.append(name)
    return seen


def test_the_tab_key_visits_every_control_and_shows_where_it_is(console: Console) -> None:
    furnish(console)
    console.open()
    seen = tabs(console)
    order = ["Skip to the content", "Advance the clock", "Keyboard shortcuts", "Filter by text", "Cloud", "Operation"]
    assert [name for name in seen if name in order] == order
    assert "newest first" in seen[-1]


def test_the_tab_key_comes_through_the_other_views(console: Console) -> None:
    furnish(console)
    controls = {
        "Resources": {"Filter by text", "Kind", "From birth", "Deleted"},
        "Jobs": {"Finish all", "Fail all", "Finish hourly", "Fail weekly", "Add the rule"},
        "Faults": {"Operation, * for all", "Remove all"},
        "Connect": {"Show the secret"},
        "Settings": {"Filter the choices", f"Refuse {world.ALIBABA_KEY.id} as expired"},
    }
    for view, wanted in controls.items():
        console.open(view)
        console.page.evaluate("document.activeElement.blur()")
        seen = tabs(console)
        assert len(seen) < 150, "it comes out again"
        assert wanted <= set(seen), view


def test_the_focus_stays_while_the_page_is_drawn_again(console: Console) -> None:
    furnish(console)
    console.open("Jobs")
    for name in ("Finish all", "hourly", "Fail hourly"):
        console.button(name).focus()
        Fabric(console.sandbox).run(f"after {name}")
        expect(console.button(f"Finish after {name}")).to_be_visible()
        expect(console.button(name)).to_be_focused()
    console.button("Finish hourly").press("Enter")
    expect(console.button("Finish hourly")).to_have_count(0)
    expect(console.page.get_by_role("heading", name="Going on")).to_be_focused()
    console.open("Faults")
    console.button("Remove all").focus()
    console.sandbox.faults.add("*", "throttle", times=1)
    expect(console.page.get_by_role("switch", name=re.compile("Rule .*: Throttled"))).to_be_visible()
    expect(console.button("Remove all")).to_be_focused()
    console.open("Settings")
    console.button(f"Refuse {world.ALIBABA_KEY.id} as expired").press("Enter")
    expect(console.page.get_by_role("heading", name="Keys")).to_be_focused()


def test_the_focus_stays_in_the_detail_of_a_resource_that_changes(console: Console) -> None:
    furnish(console)
    console.open("Resources")
    console.rows.filter(has_text="weekly").click()
    console.button("Copy id").focus()
    console.sandbox.end("fabric.job_run", "newest", "bad", "no such table")
    expect(console.detail("resource").get_by_text("ended", exact=False).first).to_be_visible()
    expect(console.detail("resource").get_by_role("button", name="Finish")).to_have_count(0)
    expect(console.button("Copy id")).to_be_focused()


def test_the_focus_never_gets_lost(console: Console) -> None:
    focused = console.page.locator(":focus")
    view = console.page.get_by_role("main")
    console.open()
    console.button("Copy a connection").focus()
    console.business()
    expect(console.page.get_by_role("listbox")).to_be_focused()
    console.sandbox.reset()
    expect(view).to_be_focused()
    console.page.keyboard.press("2")
    console.button("there from birth", exact=False).press("Enter")
    expect(console.page.get_by_role("listbox")).to_be_focused()
    console.page.keyboard.press("1")
    expect(view).to_be_focused()
    furnish(console)
    console.open("Jobs")
    console.button("Fail hourly").press("Enter")
    expect(console.field("Reason, as the cloud will tell it")).to_be_focused()
    console.sandbox.end("fabric.job_run", run_id(console, "hourly"))
    expect(console.button("Fail hourly")).to_have_count(0)
    console.page.keyboard.press("Escape")
    expect(focused).to_have_text("Going on1")
    console.open("Faults")
    console.button("Add another rule: Web page 502").focus()
    console.sandbox.faults.clear()
    expect(focused).to_have_text("The answer is damaged")


LOSS_IS_SEEN = """() => {
    const live = document.getElementById("live");
    new MutationObserver(() => { window.sawLoss = true; }).observe(live, { childList: true });
}"""


class Relay(socketserver.ThreadingTCPServer):
    """A way to a port of this machine that can be cut."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        self.port = port
        self.connections: list[socket.socket] = []
        super().__init__(("127.0.0.1", 0), RelayedConnection)

    def cut(self) -> None:
        """End every connection."""
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class RelayedConnection(socketserver.BaseRequestHandler):
    server: Relay

    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.server.port)) as there:
            self.server.connections += [self.request, there]
            back = threading.Thread(target=self.carry, args=(there, self.request))
            back.start()
            self.carry(self.request, there)
            back.join()

    @staticmethod
    def carry(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


def test_who_loses_the_connection_for_a_moment_finds_everything_as_it_was(console: Console) -> None:
    furnish(console)
    with Relay(console.sandbox.port) as relay:
        threading.Thread(target=relay.serve_forever).start()
        try:
            console.page.goto(f"http://127.0.0.1:{relay.server_address[1]}")
            console.rows.last.click()
            folded = console.detail("request").get_by_role("group").first
            headers = folded.locator("summary")
            headers.click()
            live = console.page.get_by_role("status").first
            expect(live).to_have_text("Live")
            console.page.evaluate(LOSS_IS_SEEN)
            relay.cut()
            console.page.wait_for_function("window.sawLoss")
            console.business("meanwhile")
            expect(live).to_have_text("Live")
            expect(console.rows).to_have_count(9)
            expect(folded).to_have_attribute("open", "")
            expect(headers).to_be_focused()
            console.page.goto("about:blank")
        finally:
            relay.shutdown()
    console.forgive("net::ERR_")


def press_while(console: Console, place: Locator, change: Callable[[], object]) -> None:
    """Press the mouse's button on something, and let it go only after what is around it has changed."""
    place.hover()
    console.page.mouse.down()
    change()
    console.page.mouse.up()


def test_a_click_reaches_what_was_pressed_while_the_page_is_drawn_again(console: Console) -> None:
    furnish(console)
    console.open("Jobs")

    def one_ends() -> None:
        console.sandbox.end("fabric.job_run", run_id(console, "hourly"), "good")
        expect(console.button("Finish hourly")).to_have_count(0)

    press_while(console, console.button("Finish weekly"), one_ends)
    console.says("weekly ended well")
    fabric = Fabric(console.sandbox)
    fabric.run("monthly")
    expect(console.button("Finish monthly")).to_be_visible()

    def one_begins() -> None:
        fabric.run("yearly")
        expect(console.button("Finish yearly")).to_be_visible()

    press_while(console, console.button("Finish monthly"), one_begins)
    console.says("monthly ended well")
    # Who slides off does not mean it.
    box = console.button("Finish yearly").bounding_box()
    assert box is not None
    console.page.mouse.move(box["x"] + 20, box["y"] + 2)
    console.page.mouse.down()
    console.page.mouse.move(box["x"] + 20, box["y"] - 3)
    console.page.mouse.up()
    expect(console.button("Finish yearly")).to_be_visible()
    console.open("Requests")

    def another_comes() -> None:
        console.business("the latest")
        expect(console.page.get_by_text("11 requests")).to_be_visible()

    press_while(console, console.rows.filter(has_text="CreateBusiness").first, another_comes)
    expect(console.detail("request").get_by_text("The Host header was signed without its port")).to_be_visible()


def test_every_dialog_is_photographed_and_closed_by_its_button_and_beside_it(console: Console, album: Album) -> None:
    furnish(console)
    console.open("Jobs")
    dialog = console.page.get_by_role("dialog")
    for opener in ("Advance the clock", "Keyboard shortcuts", "Reset to birth", "Fail weekly"):
        console.button(opener).click()
        expect(dialog).to_be_visible()
        album.take(console.page, f"dialog-{opener.lower().replace(' ', '-')}")
        dialog.get_by_role("button", name="Close").click()
        expect(dialog).to_have_count(0)
        expect(console.button(opener)).to_be_focused()
        console.button(opener).click()
        console.page.mouse.click(5, 5)
        expect(dialog).to_have_count(0)
    console.button("Finish hourly").click()
    console.says("hourly ended well")
    album.take(console.page, "toast")


def test_nothing_is_without_a_name(console: Console) -> None:
    furnish(console)
    for view in VIEWS:
        console.open(view)
        nameless, ids = console.page.evaluate(
            """() => [
                [...document.querySelectorAll("button, a, input, select, [role=switch], [role=listbox]")]
                    .filter(each => each.checkVisibility())
                    .filter(each => !(each.ariaLabel || each.textContent.trim() || each.labels?.length))
                    .map(each => each.outerHTML),
                [...document.querySelectorAll("[id]")].map(each => each.id),
            ]"""
        )
        assert nameless == []
        assert len(ids) == len(set(ids))


def test_the_theme_follows_the_system_until_it_is_chosen(console: Console) -> None:
    def is_dark() -> bool:
        red = console.page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]")
        return int(red) < 60

    console.open()
    assert not is_dark()
    console.page.emulate_media(color_scheme="dark")
    assert is_dark()
    console.button("Colours: as the system has it").click()
    assert not is_dark()
    console.page.keyboard.press("t")
    console.page.emulate_media(color_scheme="light")
    assert is_dark()
    console.page.reload()
    expect(console.button("Colours: dark")).to_be_visible()
    assert is_dark()
    console.page.keyboard.press("t")
    assert not is_dark()


def test_a_browser_that_keeps_nothing_shows_all_the_same(console: Console) -> None:
    browser = console.page.context.browser
    assert browser
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('denied', 'SecurityError'); }})"
    )
    page.goto(console.sandbox.url)
    expect(page.locator("html")).to_have_attribute("data-theme", "auto")
    expect(page.locator("#live")).to_have_text("Live")
    page.keyboard.press("t")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.close()
    assert said == []


def test_a_sandbox_that_is_gone_is_noticed_and_the_next_one_there_is_shown(console: Console) -> None:
    live = console.page.locator("#live")
    with serve() as first:
        for name in ("first", "second"):
            alibaba(first.url, "CreateBusiness", {"ProjectId": "10000", "BusinessName": name})
        console.page.goto(first.url)
        expect(console.rows).to_have_count(2)
        console.rows.last.click()
        expect(console.page.locator(".detail-pane h2")).to_have_text("CreateBusiness")
    expect(live).to_have_text("Not reachable")
    console.rows.first.click()
    expect(console.page.get_by_text("This cannot be shown")).to_be_visible()
    console.page.get_by_role("searchbox").fill("thi")
    with serve(port=first.port, tcp_faults=True) as successor:
        expect(live).to_have_text("Live")
        expect(console.page.get_by_text("No request yet")).to_be_visible()
        # Who was typing goes on typing, and no key of it is a shortcut.
        expect(console.page.get_by_role("searchbox")).to_be_focused()
        console.page.get_by_role("searchbox").fill("")
        console.page.keyboard.press("Escape")
        expect(console.page.get_by_text("No request yet")).to_be_visible()
        # It was started with another option.
        console.page.keyboard.press("4")
        expect(console.page.get_by_role("switch", name="Dropped: drop")).to_be_enabled()
        console.page.keyboard.press("1")
        for name in ("third", "fourth"):
            alibaba(successor.url, "CreateBusiness", {"ProjectId": "10000", "BusinessName": name})
        expect(console.rows).to_have_count(2)
        # Its first request has the number of the one that was shown, and is another one.
        expect(console.page.get_by_text("Select a request")).to_be_visible()
        console.page.goto("about:blank")
    console.forgive("net::ERR_")


def test_every_view_is_photographed_and_fits_a_phone(console: Console, album: Album) -> None:
    furnish(console)
    wrong = next(call["number"] for call in console.sandbox.requests() if call["code"] == "SignatureDoesNotMatch")
    run = next(each for each in console.sandbox.sandbox.inventory.listing() if each["kind"] == "fabric.job_run")
    places: list[tuple[str, int | None]] = [(view, None) for view in VIEWS]
    places += [("Requests", wrong), ("Resources", run["number"])]
    for device, size, schemes in (("desk", DESK, ("light", "dark")), ("phone", PHONE, ("light",))):
        console.page.set_viewport_size(size)  # type: ignore[arg-type]
        for view, detail in places:
            console.open(view, detail)
            if detail:
                expect(console.page.locator(".detail-body h3").first).to_be_visible()
            assert console.page.evaluate(TOO_WIDE) == [], f"{view} on a {device}"
            for scheme in schemes:
                console.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                album.take(console.page, f"{device}-{scheme}-{view.lower()}{'-detail' if detail else ''}")
    console.button("Back to the list").click()
    expect(console.rows.first).to_be_visible()


def test_a_secret_is_nowhere_on_the_page(console: Console) -> None:
    key = replace(world.ALIBABA_SESSION_KEY)
    sign_acs3(acs3(console.sandbox.url, "GetCallerIdentity", key=key), replace(key, secret="wrong")).send()
    console.open(detail=console.sandbox.requests()[-1]["number"])
    expect(console.detail("request")).to_contain_text("x-acs-security-token:***")
    shown = console.page.content()
    assert key.security_token
    for secret in (key.secret, key.security_token):
        assert secret not in shown
