// Finds while somebody types: this page is asked with what the form holds now, and what it found takes the place of
// the old. Fetched with the first letter. An answer that is late is dropped; the form itself, its focus and its caret
// stay as they are.
let timer, asked;

// What leads on from the list goes on with the words that were typed.
const ways = [['.filter [data-from]', 'data-from'], ['.bulk [data-from]', 'data-from'], ['#bulk', 'action'], ['.narrowed a', 'href']];

const put = (id, page) => {
  const [old, found] = [document.getElementById(id), page.getElementById(id)];
  if (!old || !found) return;
  const held = old.contains(document.activeElement);
  old.replaceWith(found);
  if (held) found.querySelector('a')?.focus();
};

const ask = async (form) => {
  asked = new AbortController();
  const fields = [...new FormData(form)].filter(([, value]) => value);
  const url = `${location.pathname}?${new URLSearchParams(fields)}`;
  const answer = await fetch(url, { signal: asked.signal }).catch(() => null);
  const text = answer?.ok && await answer.text().catch(() => '');
  const page = text && new DOMParser().parseFromString(text, 'text/html');
  // Somebody who is signed out meanwhile is told so by the next page.
  if (!page || !page.querySelector('[data-finder]')) return;
  for (const id of form.dataset.finds.split(' ')) put(id, page);
  for (const [which, name] of ways) {
    const [old, found] = [document, page].map((side) => [...side.querySelectorAll(which)]);
    if (old.length === found.length) old.forEach((one, place) => one.setAttribute(name, found[place].getAttribute(name)));
  }
  const all = document.querySelector('#bulk [data-all]');
  if (all) all.checked = all.indeterminate = false;
  history.replaceState(history.state, '', url);
  document.title = page.title;
  const told = document.getElementById('told');
  if (told) told.textContent = page.getElementById('told').textContent;
  // What waits for changes waits for those of this list.
  dispatchEvent(new Event('found'));
};

export const find = (form) => {
  clearTimeout(timer);
  asked?.abort();
  timer = setTimeout(ask, 150, form);
};
