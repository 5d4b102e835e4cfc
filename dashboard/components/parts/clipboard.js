// To the clipboard, by whichever way is open to a frame.

/** Whether `text` could be copied. */
export async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedByCommand(text); // no permission inside a frame, or not a secure context
  }
}

function copiedByCommand(text) {
  const before = document.activeElement;
  const area = document.body.appendChild(document.createElement("textarea"));
  area.value = text;
  area.style.cssText = "position:fixed;top:0;opacity:0";
  area.select();
  let done = false;
  try {
    done = document.execCommand("copy");
  } finally {
    area.remove();
    before?.focus();
  }
  return done;
}
