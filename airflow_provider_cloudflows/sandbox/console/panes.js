// A list and the detail of what is chosen in it: side by side where there is room, one after the other on a phone.

import { button, el, empty } from "./dom.js";

export function panes(title, noun) {
  const list = el("section", { class: "pane list-pane", "aria-label": title });
  const detail = el("section", { class: "pane detail-pane", "aria-label": `The chosen ${noun}`, tabindex: "-1" });
  const node = el("div", { class: "panes" }, list, detail);
  return {
    node,
    list,
    detail,
    setOpen: (isOpen) => node.classList.toggle("is-open", isOpen),
    focusDetail: () => focusHeading(detail),
  };
}

/** What is fetched comes later than the focus: until then the pane itself has it. */
function focusHeading(detail) {
  (detail.querySelector("[data-focus]") ?? detail).focus();
}

/** Show other content in the detail. The focus, if it was in there, goes to the new heading instead of nowhere. */
export function fillDetail(detail, ...content) {
  const hadFocus = detail.contains(document.activeElement);
  detail.replaceChildren(...content);
  if (hadFocus) focusHeading(detail);
}

/** What stands in the detail when it could not be had. */
export function notFetched(error, actions) {
  return empty("help", "This cannot be shown", error.message, el("p", {}, button("Close", { onclick: actions.close })));
}
