// What people see of a page, for scripts of the tests: elements by their words, fields by their labels.

const words = (text) => (text ?? "").replace(/\s+/g, " ").trim();
const said = (element) => words(element.getAttribute("aria-label") || element.innerText || element.value);
const seen = (element) => element.checkVisibility({ visibilityProperty: true });

// The one element among `all` that says `wanted`: exactly, or else as a part of what it says. Otherwise a sentence.
function one(kind, all, saying, wanted) {
  const exact = all.filter((element) => saying(element) === wanted);
  const found = exact.length ? exact : all.filter((element) => saying(element).includes(wanted));
  if (found.length === 1) return found[0];
  const others = all.map((element) => `“${saying(element)}”`).join(", ") || "none";
  return `${found.length || "no"} ${kind} says “${wanted}”; there are: ${others}`;
}

const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);

const button = (wanted) => one("button", all("button, input[type=submit], summary"), said, wanted);
const link = (wanted) => one("link", all("a[href]"), said, wanted);
const heading = () => words(document.querySelector("h1")?.innerText);
const body = () => words(document.body.innerText);

// A label that several groups have is named with its group: "Your contact: Name".
function field(wanted) {
  const labels = all("label").filter((label) => label.control);
  const group = (label) => words(label.closest("fieldset")?.querySelector("legend")?.innerText);
  const grouped = labels.filter((label) => `${group(label)}: ${said(label)}` === wanted);
  const found = grouped.length === 1 ? grouped[0] : one("label", labels, said, wanted);
  return found.control ?? found;
}
