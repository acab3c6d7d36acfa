// The keyboard, by where a key is and not by what is written on it: whoever writes Bulgarian presses the same ones.

const BUTTONS = { F2: "answer", F4: "hold", F8: "mute", F9: "end" };
const at = (id) => document.getElementById(id);
const is_text = (element) => element?.matches?.("input, textarea, select, [contenteditable]");

function digit(code) {
  return /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1];
}

/** Presses a button that can be pressed. */
function press(button) {
  if (!button || button.disabled || button.hidden || button.closest("[hidden]")) return false;
  button.click();
  return true;
}

function by_digit(key) {
  const dialog = document.querySelector("dialog[open]");
  if (dialog) return press(dialog.querySelector(`[data-key="${key}"], [data-digit="${key}"]`));
  if (key === "0") return press(at("done"));
  return press(at("dispositions").querySelector(`[data-key="${key}"]`));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  const name = BUTTONS[event.code];
  let done = false;
  if (name) {
    // The browser's own meaning of these keys would take him away from the desk.
    press(at(name));
    done = true;
  } else if (!is_text(event.target)) {
    const key = digit(event.code);
    if (key && !event.shiftKey) done = by_digit(key);
    if (event.key === "?") {
      at("help").showModal();
      done = true;
    }
  }
  if (done) event.preventDefault();
});
