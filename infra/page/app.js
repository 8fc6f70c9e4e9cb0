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
