// Runs in every page of the contest before its own scripts: asks for an indicator and says when
// the map's own pixels have changed. It knows nothing of how a page draws.

window.bench = (() => {
  const PATIENCE = 20_000;
  const NEAR = 24; // of 765: three channels

  // What is painted on, and from which corner points are counted.
  const canvasOf = ({ canvas }) => document.querySelector(canvas);
  const cornerOf = ({ map }) => document.querySelector(map).getBoundingClientRect();
  // MapLibre's pixels can only be read while it draws; Plotly keeps the map here.
  const globe = () => document.querySelector(".js-plotly-plot")?._fullLayout?.map?._subplot?.map;

  // Our map gives way to a title of two lines, so a place on it is asked of Leaflet at each look.
  const placeOf = ({ x, y, latlng }) =>
    document.querySelector(".points-first")?.placeOf?.(latlng) ??
    window.careAtlas?.maps.map?.surface?.map.latLngToContainerPoint(latlng) ?? { x, y };

  function pixel(page, sentinel) {
    const [canvas, corner] = [canvasOf(page), cornerOf(page)];
    const { x, y } = placeOf(sentinel);
    const box = canvas.getBoundingClientRect();
    const column = Math.round((x + corner.left - box.left) * (canvas.width / box.width));
    const row = Math.round((y + corner.top - box.top) * (canvas.height / box.height));
    if (!page.webgl) return canvas.getContext("2d").getImageData(column, row, 1, 1).data;
    const gl = canvas.getContext("webgl2");
    const read = new Uint8Array(4);
    gl.readPixels(column, canvas.height - 1 - row, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, read);
    return read;
  }

  const has = (page, sentinel) => {
    const read = pixel(page, sentinel);
    return sentinel.rgb.reduce((off, channel, c) => off + Math.abs(channel - read[c]), 0) <= NEAR;
  };

  const isReady = (page) =>
    canvasOf(page)?.width > 0 && (!page.webgl || (globe() !== undefined && canvasOf(page).getContext("webgl2")));

  // A task right after a frame has been drawn, so that painting in the frame itself counts.
  const channel = new MessageChannel();
  const waiting = [];
  channel.port1.onmessage = () => waiting.splice(0).forEach((look) => look());
  const afterFrame = (look) =>
    requestAnimationFrame(() => {
      waiting.push(look);
      channel.port2.postMessage(0);
    });

  // The time of the frame after the one in which `test` came true.
  const frameAfter = (test, again = afterFrame) =>
    new Promise((resolve, reject) => {
      const until = performance.now() + PATIENCE;
      const look = () => {
        if (test()) requestAnimationFrame(() => resolve(performance.now()));
        else if (performance.now() > until) reject(new Error("the page did not show the answer"));
        else again(look);
      };
      again(look);
    });

  async function painted(page, wanted) {
    if (!isReady(page)) await frameAfter(() => isReady(page));
    const test = () => wanted.every((sentinel) => has(page, sentinel));
    if (!page.webgl) return frameAfter(test);
    const map = globe();
    const timer = setInterval(() => map.triggerRepaint(), 1000); // if it had drawn already
    return frameAfter(test, (look) => map.once("render", look)).finally(() => clearInterval(timer));
  }

  // Milliseconds from just before the page is told of the change until the map, and the table if
  // there is one, show it; and before that, what the select itself took to take its new value.
  async function change(page, { choose, ask, wanted }) {
    const table = page.table && document.querySelector(page.table);
    const before = performance.now();
    choose();
    const select = performance.now() - before;
    const map = painted(page, wanted);
    const listed = table && frameAfter(() => document.querySelector(page.table) !== table);
    const start = performance.now();
    ask();
    return { select, map: (await map) - start, table: table ? (await listed) - start : null };
  }

  return { painted, change };
})();
