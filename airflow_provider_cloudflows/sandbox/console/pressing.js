// A press that the page moves on under: lists are drawn while a person uses them, and between the press and the release
// a row may have gone elsewhere. The browser then clicks on what both have in common, which is nothing.

const PRESSABLE = "button, a[href], label, [role=option]";

let pressed = null;

function placeOf(node) {
  const { x, y } = node.getBoundingClientRect();
  return `${x} ${y}`;
}

/** Let a click reach what was pressed, if that has moved away since: who slides off what stands still means no click. */
export function followPresses() {
  document.addEventListener("pointerdown", ({ target }) => {
    const node = target.closest(PRESSABLE);
    pressed = node && { node, place: placeOf(node) };
  });
  document.addEventListener("click", (event) => {
    const press = pressed;
    pressed = null;
    if (!press?.node.isConnected || press.node.contains(event.target) || placeOf(press.node) === press.place) return;
    event.stopPropagation();
    press.node.click();
  }, true);
}
