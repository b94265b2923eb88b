// Hand scanners ("keyboard wedges") type what they read, very fast, and end with Enter or Tab. GS1 codes hold the
// group separator, which they send as F8, as Ctrl+], or as the character itself; old free-text codes hold line ends.

const GROUP_SEPARATOR = "\u001d";
const RECORD_SEPARATOR = "\u001e";
const END_OF_TRANSMISSION = "\u0004";
const GAP_MS = 60;
const WAIT_MS = 90;
const SHORTEST = 4;
const LONGEST_PASTED = 4000;
const CONTROLS = { "]": GROUP_SEPARATOR, "^": RECORD_SEPARATOR, 6: RECORD_SEPARATOR, d: END_OF_TRANSMISSION };

/** Line ends as a text field can hold them: it drops real ones, and what stood on two lines would run together. */
export function onOneLine(code) {
  return code.trim().replace(/\s*(?:\r\n?|\n)\s*/g, "；");
}

/** The character that a key stands for, or "" for keys that stand for none. */
function character(event) {
  if (event.key === "F8") return GROUP_SEPARATOR;
  if (event.getModifierState("AltGraph")) return event.key.length === 1 ? event.key : "";
  if (event.ctrlKey && !event.altKey && !event.metaKey) return CONTROLS[event.key.toLowerCase()] ?? "";
  return event.key.length === 1 && !event.altKey && !event.metaKey ? event.key : "";
}

function isControl(typed) {
  return typed < " ";
}

/** Whether a control character can be meant: the separator by itself, the others only amid fast typing. */
function isMeant(typed, event, burst) {
  return !isControl(typed) || typed === GROUP_SEPARATOR || event.timeStamp - burst.last <= GAP_MS;
}

function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function isScanInput(target) {
  return target instanceof HTMLInputElement && target.matches("[data-scan]");
}

function firstScanInput() {
  const inputs = document.querySelectorAll("dialog[open] [data-scan], main [data-scan], [data-scan]");
  const order = (input) => (input.closest("dialog[open]") ? 0 : input.closest("main") ? 1 : 2);
  return [...inputs].filter((input) => input.offsetParent !== null && !input.disabled).sort((a, b) => order(a) - order(b))[0];
}

/** Gathers what is typed in one go; `atEnd` hears of it a moment after Enter or Tab, unless typing goes on. */
class Burst {
  constructor(atEnd) {
    this.atEnd = atEnd;
    this.text = "";
    this.last = 0;
    this.timer = 0;
  }

  /** Note a character. True when it follows a line end, so that the code goes on. */
  type(typed, time) {
    if (time - this.last > GAP_MS && !this.timer) this.text = "";
    const goesOn = this.timer !== 0;
    clearTimeout(this.timer);
    this.timer = 0;
    this.last = time;
    this.text += goesOn ? `\n${typed}` : typed;
    return goesOn;
  }

  /** Note Enter or Tab. True when a scanner sent it. */
  end(time) {
    if (this.timer) return true;
    if (time - this.last > GAP_MS || this.text.length < SHORTEST) {
      this.text = "";
      return false;
    }
    this.last = time;
    this.timer = setTimeout(() => {
      const { text } = this;
      this.text = "";
      this.timer = 0;
      this.atEnd(text);
    }, WAIT_MS);
    return true;
  }
}

function insert(input, text) {
  input.setRangeText(text, input.selectionStart, input.selectionEnd, "end");
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Typing where no field has the focus: the code goes to the page's first scan input. */
function watchPage(accept, focusScan) {
  const burst = new Burst((code) => {
    const input = firstScanInput();
    if (input) accept(input, code);
  });
  document.addEventListener("keydown", (event) => {
    if (isTyping(event.target) || event.isComposing) return;
    const typed = character(event);
    if (typed && !isMeant(typed, event, burst)) return;
    if (typed) {
      if (isControl(typed) && event.timeStamp - burst.last <= GAP_MS) event.preventDefault();
      burst.type(typed, event.timeStamp);
      if (burst.text === "/") focusScanLater(() => burst.text === "/", focusScan);
    } else if ((event.key === "Enter" || event.key === "Tab") && burst.end(event.timeStamp)) event.preventDefault();
  });
  document.addEventListener("paste", (event) => {
    const pasted = event.clipboardData?.getData("text/plain").trim() ?? "";
    const input = isTyping(event.target) ? null : firstScanInput();
    if (!input || !pasted || pasted.length > LONGEST_PASTED) return;
    event.preventDefault();
    accept(input, pasted);
  });
}

/** "/" alone puts the cursor into the scan field; as the start of a scanned code it does not. */
function focusScanLater(stillAlone, focusScan) {
  setTimeout(() => stillAlone() && focusScan(), GAP_MS * 2);
}

/** Typing into a scan input: separators are kept, Tab ends a scan as Enter does, line ends inside a code do not. */
function watchInputs(submit) {
  let input = null;
  const burst = new Burst(() => input && submit(input));
  document.addEventListener("keydown", (event) => {
    if (!isScanInput(event.target) || event.isComposing) return;
    input = event.target;
    const typed = character(event);
    if (typed && !isMeant(typed, event, burst)) return;
    if (typed) {
      const goesOn = burst.type(typed, event.timeStamp);
      if (goesOn) insert(input, "；");
      if (isControl(typed)) {
        event.preventDefault();
        insert(input, typed);
      }
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (!burst.end(event.timeStamp)) submit(input);
    } else if (event.key === "Tab" && !event.shiftKey && burst.end(event.timeStamp)) event.preventDefault();
  });
  document.addEventListener("paste", (event) => {
    const pasted = event.clipboardData?.getData("text/plain") ?? "";
    if (!isScanInput(event.target) || !/[\r\n]/.test(pasted.trim())) return;
    event.preventDefault();
    insert(event.target, onOneLine(pasted).slice(0, LONGEST_PASTED));
  });
}

/** Look after hand scanners: `accept(input, code)` for codes typed into no field, `submit(input)` for those in one. */
export function watchHandScanners(accept, submit, focusScan) {
  watchPage(accept, focusScan);
  watchInputs(submit);
}
