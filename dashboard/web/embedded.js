// Inside a frame of another page: a plain link to a page of ours takes with it what keeps it embedded; one to
// a new tab is meant to leave.  It stands in the page itself, so that no link is on the screen before it.
if (window.parent !== window) {
  const kept = ["embed", "embed_options", "nav"];
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
    const address = new URL(link.href, document.baseURI);
    if (address.origin !== location.origin || address.searchParams.has("embed")) return;
    const here = new URLSearchParams(location.search);
    for (const name of kept) {
      for (const value of here.getAll(name)) address.searchParams.append(name, value);
    }
    link.href = address.href;
  });
}
