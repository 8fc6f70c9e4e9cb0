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
const list = document.querySelector("[data-files]");
const element = (name, more) => Object.assign(document.createElement(name), more);

// What the server said of it. A refusal would be the same again; anything else is worth another try.
async function asked(address, fields = {}) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { accept: "application/json" },
    body: new URLSearchParams({ csrf: form.elements.csrf.value, ...fields }),
  });
  const told = await answer.json().catch(() => ({}));
  if (answer.ok && (told.evidence || told.state)) return told;
  throw Object.assign(new Error(told.why ?? ""), { isRefusal: Boolean(told.why) && answer.status < 500 });
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

// A row of the list, and what to do for it. Its announcement has a name of its own: sent again, it is the same one.
function upload(file) {
  const address = form.getAttribute("action");
  const once = crypto.randomUUID();
  const row = element("li"), state = element("p"), progress = element("progress", { max: 1, value: 0, ariaLabel: file.name });
  const again = element("button", { type: "button", className: "second", textContent: "Try again", ariaLabel: `Try again: ${file.name}` });
  const say = (text) => {
    state.textContent = text;
    document.querySelector("[data-said]").textContent = `${file.name}: ${text}`;
  };
  const run = async () => {
    state.className = "";
    again.remove();
    row.append(progress);
    progress.value = 0;
    try {
      say("Reading the file");
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
      const sha256 = [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      const { evidence, upload: target } = await asked(address, { once, fileName: file.name, size: file.size, sha256 });
      say("Uploading");
      if (target) await put(target, file, progress);
      progress.value = 1;
      say("Looking at what arrived");
      const look = async () => {
        const { state: found, isBeingChecked } = await asked(`${address}/${evidence}`);
        if (found !== state.textContent) say(found);
        if (isBeingChecked) setTimeout(() => look().catch(() => {}), 2000);
      };
      await look();
    } catch (error) {
      say(error.message || "It did not arrive. Check your connection and that you are still signed in, and try again.");
      state.className = "fault";
      if (!error.isRefusal) row.append(again);
    }
    progress.remove();
  };
  row.append(element("b", { textContent: file.name }), state);
  list.prepend(row);
  document.querySelector("[data-none]")?.remove();
  again.onclick = () => add(run);
  say("Waiting for its turn");
  return run;
}

// One after the other: the claim is written for each. Whoever leaves in between is asked first.
let queue = Promise.resolve();
let busy = 0;
const add = (run) => {
  busy += 1;
  queue = queue.then(run).finally(() => { busy -= 1; });
};

if (form) {
  const chosen = (files) => { for (const file of files) add(upload(file)); };
  form.hidden = false;
  form.elements.file.onchange = ({ target }) => { chosen([...target.files]); target.value = ""; };
  form.ondragover = (event) => { event.preventDefault(); form.classList.add("over"); };
  form.ondragleave = () => form.classList.remove("over");
  form.ondrop = (event) => { event.preventDefault(); form.classList.remove("over"); chosen([...event.dataTransfer.files]); };
  addEventListener("beforeunload", (event) => { if (busy) event.preventDefault(); });
}
