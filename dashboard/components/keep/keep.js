// Keeps a text in the reader's browser: tells Python what is there, and writes what Python says.
//
// Inside a frame whose storage is blocked nothing can be kept; Python is told so.

const kept = new WeakMap(); // parent element -> number of the last text written

export default function ({ data, parentElement, setStateValue }) {
  const { name, write } = data;
  if (!kept.has(parentElement)) {
    kept.set(parentElement, write.n); // a text of before this was shown has been written already
    setStateValue("found", read(name));
  } else if (write.n > kept.get(parentElement)) {
    kept.set(parentElement, write.n);
    if (!written(name, write.text)) setStateValue("found", { refused: true, text: "" });
  }
}

function read(name) {
  try {
    return { refused: false, text: localStorage.getItem(name) ?? "" };
  } catch {
    return { refused: true, text: "" };
  }
}

function written(name, text) {
  try {
    localStorage.setItem(name, text);
    return true;
  } catch {
    return false; // blocked, or full
  }
}
