// A press that the page moves on under: lists are drawn while a person uses them, and between the press and the release
// a row may have gone elsewhere. The browser then clicks on what both have in common, which is nothing.

const PRESSABLE = "button, a[href], label, [role=option]";
const STILL = 6;

let pressed = null;

/** Let a click reach what was pressed, if the page has moved and not the pointer: who slides off means no click. */
export function followPresses() {
  document.addEventListener("pointerdown", (event) => {
    pressed = { node: event.target.closest(PRESSABLE), x: event.clientX, y: event.clientY };
  });
  document.addEventListener("click", (event) => {
    const press = pressed;
    pressed = null;
    if (!press?.node?.isConnected || press.node.contains(event.target)) return;
    if (Math.hypot(event.clientX - press.x, event.clientY - press.y) > STILL) return;
    event.stopPropagation();
    press.node.click();
  }, true);
}
