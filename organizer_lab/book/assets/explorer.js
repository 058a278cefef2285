// Explorers without a kernel: one or two native controls choose one of the frames that were drawn
// when the book was built. A frame is loaded when it is first chosen. Without this script the start
// frame stays, with its numbers.
for (const explorer of document.querySelectorAll("figure.ol-explorer")) {
  const source = explorer.querySelector("script.ol-frames");
  const image = explorer.querySelector("img.ol-frame");
  const caption = explorer.querySelector("figcaption");
  const numbers = explorer.querySelector(".ol-numbers");
  const panel = explorer.querySelector(".ol-control");
  const controls = [...(panel?.querySelectorAll("select, input[type=range]") ?? [])];
  if (!source || !image || !controls.length) continue;
  const frames = JSON.parse(source.textContent);

  // The frames stand in rows: the last control runs fastest.
  const size = (control) => control.options?.length ?? Number(control.max) + 1;
  const chosen = () =>
    frames[controls.reduce((at, control) => at * size(control) + Number(control.value), 0)];

  const write = (tag, words, attributes = {}) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.textContent = words;
    return element;
  };
  const row = (...cells) => {
    const line = document.createElement("tr");
    line.append(...cells);
    return line;
  };
  const count = (shown) => {
    const table = numbers?.querySelector("table");
    if (!table) return;
    numbers.hidden = !shown;
    if (!shown) return;
    const { heads, rows } = shown;
    table.caption.textContent = shown.caption;
    table.tHead.replaceChildren(row(...heads.map((head) => write("th", head, { scope: "col" }))));
    table.tBodies[0].replaceChildren(
      ...rows.map(([first, ...others]) =>
        // A row of one cell says how many rows are left out.
        others.length || heads.length === 1
          ? row(write("th", first, { scope: "row" }), ...others.map((cell) => write("td", cell)))
          : row(write("td", first, { colSpan: heads.length })),
      ),
    );
  };

  const show = async () => {
    const frame = chosen();
    if (!frame) return;
    for (const [at, name] of [frame.name].flat().entries()) {
      const output = controls[at]?.closest("label")?.querySelector("output");
      if (!output) continue;
      output.textContent = name;
      controls[at].setAttribute("aria-valuetext", name);
    }
    const next = new Image();
    next.src = frame.src;
    explorer.setAttribute("aria-busy", "true");
    // A picture that does not arrive still gets its words: text alternative, caption and numbers.
    await next.decode().catch(() => {});
    if (chosen() !== frame) return; // another one was chosen meanwhile
    image.src = frame.src;
    image.alt = frame.alt;
    if (frame.height) image.height = frame.height;
    if (caption) caption.textContent = frame.caption;
    count(frame.numbers);
    explorer.removeAttribute("aria-busy");
  };

  for (const control of controls) control.addEventListener("input", show);
  panel.hidden = false;
  // A browser that comes back to the page may have kept the reader's choice.
  if (chosen()?.src !== image.getAttribute("src")) show();
}
