// Starts plotly.js before the first chart asks for it: while the page waits for its data there is time to run
// a megabyte of script. The address of this file names the bundle: early.js?bundle=vendor/….js

import { loadPlotly } from "./bundle.js";

const LATEST_MS = 150; // later, its data are there
const path = new URL(import.meta.url).searchParams.get("bundle");
// A chart asks again, and says so when it fails.
const start = () => loadPlotly(path).catch(() => undefined);
if (window.requestIdleCallback) requestIdleCallback(start, { timeout: LATEST_MS });
else setTimeout(start, LATEST_MS);
