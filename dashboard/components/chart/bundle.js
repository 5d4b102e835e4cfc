// Loads plotly.js once per page, whatever the number of charts.

const loads = new Map(); // address -> Promise<Plotly>

/**
 * The Plotly object of the bundle at `path` (relative to this file).
 * A script element rather than import(): the bundles are UMD files, and this needs no more than
 * script-src 'self'.
 */
export function loadPlotly(path) {
  const address = new URL(path, import.meta.url).href;
  if (!loads.has(address)) {
    const load = fetchScript(address);
    // A failed load must not be remembered: the next refresh tries again.
    load.catch(() => loads.delete(address));
    loads.set(address, load);
  }
  return loads.get(address);
}

function fetchScript(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => {
      // Taken off window at once, so that the basic and the full bundle can live side by side.
      const Plotly = window.Plotly;
      delete window.Plotly;
      if (Plotly) resolve(Plotly);
      else reject(new Error(`${address} holds no plotly.js`));
    };
    script.onerror = () => {
      script.remove();
      reject(new Error(`${address} could not be loaded`));
    };
    document.head.append(script);
  });
}
