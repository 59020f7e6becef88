// Draws what the page holds as JSON: an overlay of spectra, or the map of separations.
"use strict";
(() => {
  // Apart by colour and by dash; short gaps, so that no band falls into one.
  const LINES = [
    ["#0b3c6f", "solid"], ["#c04a00", "8px,3px"], ["#00724f", "2px,3px"],
    ["#8a2f7b", "8px,3px,2px,3px"], ["#6b5200", "16px,3px"], ["#333333", "16px,3px,2px,3px,2px,3px"],
  ];
  const FONT = { family: "Segoe UI, Roboto, Helvetica Neue, Noto Sans, Liberation Sans, Arial, sans-serif", size: 12, color: "#1b2430" };
  const CONFIG = {
    responsive: true, displaylogo: false, doubleClick: false,
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d", "resetScale2d"],
  };
  const byId = (id) => document.getElementById(id);
  const read = (id) => { const found = byId(id); return found ? JSON.parse(found.textContent) : null; };

  const data = read("chart-data");
  if (data) drawOverlay(data);
  const map = read("map-data");
  if (map) drawMap(map);

  function drawOverlay(shown) {
    const chart = byId("chart");
    const visible = shown.curves.map(() => true);
    let range = null;
    let band = -1;
    const picked = [];

    const kind = () => document.querySelector("input[name=kind]:checked").value;
    const curveOf = (curve) => curve[kind()] || { x: [], y: [] };
    const axisOf = () => curveOf(shown.curves[0]).x;
    const whole = () => {
      const ends = shown.curves.filter((_, i) => visible[i]).flatMap((curve) => {
        const x = curveOf(curve).x;
        return x.length ? [x[0], x[x.length - 1]] : [];
      });
      return ends.length ? [Math.min(...ends), Math.max(...ends)] : [0, 1];
    };
    const inRange = (x) => !range || (x >= range[0] && x <= range[1]);

    function heights(curve) {
      const { x, y } = curveOf(curve);
      if (!byId("scaled").checked) return y;
      const seen = y.filter((value, i) => value !== null && inRange(x[i]));
      const low = kind() === "raw" ? Math.min(...seen) : 0;
      const high = Math.max(...seen.map(Math.abs), 1e-300);
      const span = kind() === "raw" ? Math.max(...seen) - low || 1 : high;
      return y.map((value) => (value === null ? null : (value - low) / span));
    }

    function traces() {
      const curves = shown.curves.map((curve, i) => ({ curve, i, y: heights(curve) }));
      const tallest = Math.max(...curves.filter((c) => visible[c.i]).map(({ curve, y }) =>
        Math.max(...y.filter((value, k) => value !== null && inRange(curveOf(curve).x[k])), 0)), 1e-300);
      let level = 0;
      const stacked = byId("stacked").checked;
      const drawn = curves.filter((c) => visible[c.i]);
      // Overlaid, dashes go over the solid line, so that equal curves all show; stacked, the first is on top.
      return (stacked ? drawn.reverse() : drawn).map(({ curve, i, y }) => {
        const lift = stacked ? 1.05 * tallest * level++ : 0;
        return {
          x: curveOf(curve).x, y: y.map((value) => (value === null ? null : value + lift)),
          name: curve.file || curve.name, mode: "lines", type: "scatter",
          line: { color: LINES[i][0], dash: LINES[i][1], width: i ? 1.5 : 2 },
          hovertemplate: `%{x:.1f} ${shown.unit}<extra>${escaped(curve.file || curve.name)}</extra>`,
        };
      });
    }

    function shapes() {
      const lines = [];
      const line = (x, color, dash, width) => lines.push({
        type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, line: { color, dash, width }, layer: "below",
      });
      if (byId("marked").checked) shown.bands.forEach(([x]) => line(x, "#c3cedb", "solid", 1));
      picked.forEach((x) => line(x, "#c04a00", "dot", 1.5));
      if (band >= 0) line(shown.bands[band][0], "#0b3c6f", "solid", 2);
      return lines;
    }

    function labels() {
      const first = range || whole();
      const room = (first[1] - first[0]) / 32;
      const chosen = [];
      const wanted = byId("marked").checked ? [...shown.bands].sort((a, b) => b[1] - a[1]) : [];
      [...picked.map((x) => [x, 9]), ...wanted].forEach(([x, height]) => {
        if (inRange(x) && chosen.every((other) => Math.abs(other.x - x) > room)) chosen.push({ x, height });
      });
      return chosen.map(({ x, height }) => ({
        x, y: 1, yref: "paper", yanchor: "bottom", text: x.toFixed(height === 9 ? 1 : 0), showarrow: false,
        textangle: -90, font: { size: 10, color: height === 9 ? "#a03c00" : "#566273" },
      }));
    }

    function draw() {
      const [low, high] = range || whole();
      const layout = {
        font: FONT, margin: { l: 58, r: 10, t: 42, b: 42 }, showlegend: false, dragmode: "zoom", hovermode: "closest",
        paper_bgcolor: "#fff", plot_bgcolor: "#fff", shapes: shapes(), annotations: labels(),
        xaxis: {
          title: { text: `${shown.title} / ${shown.unit}`, standoff: 6 }, range: [low, high], showline: true,
          linecolor: "#8592a3", ticks: "outside", gridcolor: "#eef1f5", zeroline: false,
          showspikes: true, spikemode: "across", spikethickness: 1, spikecolor: "#566273", spikedash: "dot",
        },
        yaxis: {
          title: { text: byId("scaled").checked ? "intensity, relative" : "intensity", standoff: 4 },
          fixedrange: true, showline: true, linecolor: "#8592a3", gridcolor: "#eef1f5", zeroline: false,
          showticklabels: !byId("stacked").checked, exponentformat: "power",
        },
      };
      Plotly.react(chart, traces(), layout, CONFIG);
      byId("low").value = low.toFixed(1);
      byId("high").value = high.toFixed(1);
    }

    function zoom(low, high) {
      const [first, last] = whole();
      const span = Math.min(high - low, last - first);
      if (!(span > 0)) return false;
      const start = Math.min(Math.max(low, first), last - span);
      range = span >= last - first ? null : [start, start + span];
      draw();
      return true;
    }
    const shift = (share) => { const [a, b] = range || whole(); const by = share * (b - a); return zoom(a + by, b + by); };
    const scale = (factor) => {
      const [a, b] = range || whole();
      const centre = band >= 0 && inRange(shown.bands[band][0]) ? shown.bands[band][0] : (a + b) / 2;
      return zoom(centre - (factor * (b - a)) / 2, centre + (factor * (b - a)) / 2);
    };

    // The highest point within a hundredth of what is shown: a click need not hit it exactly.
    function topNear(at) {
      const { x, y } = curveOf(shown.curves[0]);
      const [low, high] = range || whole();
      let best = -1;
      x.forEach((value, i) => {
        if (Math.abs(value - at) <= (high - low) / 100 && (best < 0 || y[i] > y[best])) best = i;
      });
      if (best < 1 || best >= x.length - 1) return at;
      const bend = y[best - 1] - 2 * y[best] + y[best + 1];
      const off = bend < 0 ? Math.max(-0.5, Math.min(0.5, (y[best - 1] - y[best + 1]) / (2 * bend))) : 0;
      return off < 0 ? x[best] + off * (x[best] - x[best - 1]) : x[best] + off * (x[best + 1] - x[best]);
    }

    function pick(x) {
      const value = Math.round(x * 10) / 10;
      if (!picked.includes(value)) picked.push(value);
      picked.sort((a, b) => a - b);
      tell();
      byId("readout").textContent = `picked ${value.toFixed(1)} ${shown.unit}`;
      draw();
    }
    function tell() { byId("picked").value = picked.map((x) => x.toFixed(1)).join("\n"); byId("picked").rows = Math.min(6, Math.max(2, picked.length)); }

    draw();
    chart.on("plotly_relayout", (change) => {
      if ("xaxis.range[0]" in change) zoom(change["xaxis.range[0]"], change["xaxis.range[1]"]);
    });
    chart.on("plotly_doubleclick", () => { range = null; draw(); });
    chart.on("plotly_click", (event) => pick(topNear(event.points[0].x)));
    chart.on("plotly_hover", (event) => {
      byId("readout").textContent = `${event.points[0].x.toFixed(1)} ${shown.unit}`;
    });
    chart.addEventListener("keydown", (event) => {
      if ((event.key === "ArrowRight" || event.key === "ArrowLeft") && shown.bands.length) {
        const step = event.key === "ArrowRight" ? 1 : -1;
        band = band < 0 ? (step > 0 ? 0 : shown.bands.length - 1) : (band + step + shown.bands.length) % shown.bands.length;
        const [x, height] = shown.bands[band];
        byId("readout").textContent = `band ${band + 1} of ${shown.bands.length}: ${x.toFixed(1)} ${shown.unit}, height ${height.toFixed(2)}`;
        draw();
      } else if (event.key === "Enter" && band >= 0) {
        pick(shown.bands[band][0]);
      } else {
        return;
      }
      event.preventDefault();
    });
    document.querySelectorAll("input[name=kind], #stacked, #scaled, #marked").forEach((each) => each.addEventListener("change", draw));
    document.querySelectorAll(".pick").forEach((each) => each.addEventListener("click", () => pick(Number(each.dataset.at))));
    ["low", "high"].forEach((id) => byId(id).addEventListener("change", () => zoom(Number(byId("low").value), Number(byId("high").value))));
    byId("whole").addEventListener("click", () => { range = null; draw(); });
    byId("clear").addEventListener("click", () => { picked.length = 0; tell(); draw(); });
    byId("copy").addEventListener("click", async () => {
      const lines = picked.length ? picked : shown.bands.map(([x]) => x);
      try {
        await navigator.clipboard.writeText(lines.map((x) => x.toFixed(1)).join("\n"));
        byId("copied").textContent = `copied ${lines.length}`;
      } catch {
        byId("picked").select();
        byId("copied").textContent = "selected: copy with the keyboard";
      }
    });

    const toggle = (id) => () => { byId(id).click(); return true; };
    Object.assign(window.workbenchKeys, {
      p: () => {
        const other = document.querySelector("input[name=kind]:not(:checked):not(:disabled)");
        if (other) other.click();
        return Boolean(other);
      },
      o: toggle("stacked"), b: toggle("marked"), 0: toggle("whole"),
      "+": () => scale(0.5), "=": () => scale(0.5), "-": () => scale(2), "[": () => shift(-0.25), "]": () => shift(0.25),
    });

    const legend = byId("legend");
    shown.curves.forEach((curve, i) => {
      const label = document.createElement("label");
      const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: true });
      box.addEventListener("change", () => { visible[i] = box.checked; draw(); });
      label.append(box, sample(...LINES[i]), ` ${curve.name} `);
      const file = document.createElement("span");
      file.className = "muted file";
      file.textContent = curve.file;
      label.append(file);
      legend.append(label);
    });
  }

  function sample(color, dash) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("width", "38");
    svg.setAttribute("height", "8");
    svg.setAttribute("aria-hidden", "true");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
    Object.entries({ x1: 2, x2: 36, y1: 4, y2: 4, stroke: color, "stroke-width": 2, "stroke-dasharray": dash === "solid" ? "" : dash.replaceAll("px", "") })
      .forEach(([name, value]) => line.setAttribute(name, value));
    svg.append(line);
    return svg;
  }

  // Plotly reads a little HTML in its texts: names come from files and are no HTML.
  function escaped(text) {
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("%{", "% {");
  }

  function drawMap(shown) {
    const short = (name) => (name.length > 26 ? `${name.slice(0, 25)}…` : name);
    const names = shown.names.map(escaped);
    const places = names.map((_, i) => i);
    const few = names.length <= 16;
    // The square is symmetric: names stand on the left, numbers below.
    const rows = { tickmode: "array", tickvals: places, ticktext: shown.names.map((name, i) => `${escaped(short(name))} ${i + 1}`) };
    const columns = { tickmode: "array", tickvals: places, ticktext: places.map((i) => `${i + 1}`), tickangle: 0, tickfont: { size: few ? 12 : 9 } };
    const near = 8 * shown.limit;
    const chart = byId("map");
    chart.style.height = `${Math.min(640, 90 + 34 * names.length)}px`;
    Plotly.newPlot(chart, [{
      type: "heatmap", x: places, y: places, z: shown.cells.map((row) => row.map((z) => (z === null ? null : Math.min(z, near)))),
      customdata: shown.cells.map((row, i) => row.map((z, k) => [z, names[i], names[k]])), colorscale: "Cividis", zmin: 0, zmax: near, xgap: 1, ygap: 1, hoverongaps: false,
      text: shown.cells.map((row) => row.map((z) => (z === null ? "" : z < shown.limit ? "✕" : few ? z.toFixed(0) : ""))),
      texttemplate: "%{text}", hovertemplate: "%{customdata[1]}<br>%{customdata[2]}<br>%{customdata[0]:.1f} standard deviations<extra></extra>",
      colorbar: { thickness: 12, outlinewidth: 0, tickvals: [0, shown.limit, near / 2, near], ticktext: ["0", `${shown.limit}`, `${near / 2}`, `≥ ${near}`] },
    }], {
      font: FONT, margin: { l: 10, r: 10, t: 10, b: 10 }, paper_bgcolor: "#fff", plot_bgcolor: "#f3f5f8",
      xaxis: { automargin: true, showgrid: false, zeroline: false, fixedrange: true, ...columns },
      yaxis: { automargin: true, autorange: "reversed", showgrid: false, zeroline: false, fixedrange: true, ...rows },
    }, CONFIG);
    chart.on("plotly_click", (event) => {
      const [row, column] = event.points[0].pointIndex;
      location.href = `${document.body.dataset.base}/reference/${shown.ids[row]}?with=${shown.ids[column]}`;
    });
  }
})();
