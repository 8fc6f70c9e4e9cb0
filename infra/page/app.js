// What a browser does beyond what pages do without it. Nothing here is needed to use them.

// Instants are shown in the reader's own zone; the program's is in the title, on hover or tap.
const zone = document.body.dataset.zone;
const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const time of document.querySelectorAll("time[data-local]")) {
  if (!zone || mine === zone) continue;
  const at = new Date(time.dateTime);
  time.title = `${time.textContent} (${zone})`;
  time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, {
    day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit",
  }).format(at);
}

// What is wrong with a form is read first.
document.querySelector("[data-focus]")?.focus();

// A form is sent once, however often its button is pressed.
for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 5000);
  });
}

// A link with a key is followed when the key is pressed outside of a field.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const link = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`);
  if (link) link.click();
});

// Files are hashed here, announced, sent to where documents are kept, and completed; each says how far it is.
const form = document.querySelector("form[data-upload]");
const list = form?.querySelector("[data-files]");

const element = (name, text = "") => Object.assign(document.createElement(name), { textContent: text });

async function asked(address, fields) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { accept: "application/json" },
    body: new URLSearchParams({ csrf: form.elements.csrf.value, ...fields }),
  });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok || !(told.evidence || told.state)) throw new Error(told.why ?? "");
  return told;
}

// A file that is there already came from an attempt whose answer was lost.
const put = ({ url, headers }, file, progress) => new Promise((done, failed) => {
  const request = new XMLHttpRequest();
  request.open("PUT", url);
  for (const [name, value] of Object.entries(headers)) if (name !== "content-length") request.setRequestHeader(name, value);
  request.upload.onprogress = ({ loaded, total }) => { progress.value = loaded / total; };
  request.onload = () => request.status < 300 || request.status === 412 ? done() : failed(new Error(""));
  request.onerror = () => failed(new Error(""));
  request.send(file);
});

function upload(file) {
  const row = element("li");
  const [name, state, progress, again] = ["b", "p", "progress", "button"].map((kind) => element(kind));
  name.textContent = file.name;
  Object.assign(progress, { max: 1, value: 0, ariaLabel: file.name });
  Object.assign(again, { type: "button", className: "second", textContent: "Try again", ariaLabel: `Try again: ${file.name}` });
  row.append(name, progress, state);
  list.append(row);
  const run = async () => {
    again.remove();
    progress.value = 0;
    try {
      state.textContent = "Working out its check sum";
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
      const sha256 = [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      const address = form.getAttribute("action");
      const { evidence, upload: target } = await asked(address, { fileName: file.name, size: file.size, sha256 });
      state.textContent = "Uploading";
      await put(target, file, progress);
      progress.value = 1;
      state.textContent = "Looking at what arrived";
      state.textContent = (await asked(`${address}/${evidence}`, {})).state;
      progress.remove();
    } catch (error) {
      state.textContent = error.message || "It did not arrive. Check your connection and that you are still signed in, and try again.";
      row.append(again);
    }
  };
  again.onclick = run;
  return run();
}

if (form) {
  // One after the other: the claim is written for each.
  let queue = Promise.resolve();
  const add = (files) => { for (const file of files) queue = queue.then(() => upload(file)); };
  form.elements.file.onchange = ({ target }) => { add([...target.files]); target.value = ""; };
  form.ondragover = (event) => { event.preventDefault(); form.classList.add("over"); };
  form.ondragleave = () => form.classList.remove("over");
  form.ondrop = (event) => { event.preventDefault(); form.classList.remove("over"); add([...event.dataTransfer.files]); };
}
