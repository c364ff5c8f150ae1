// All actions in one list: what this page has, and every place. Fetched when it is first opened.
const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
const words = (element) => (element.textContent.trim() ? [...element.childNodes].filter((node) => !(node.matches && node.matches('kbd'))).map((node) => node.textContent).join(' ') : element.title || element.ariaLabel || '').replace(/\s+/g, ' ').trim();
const reason = (element) => element.title || [...(element.getAttribute('aria-describedby') || '').split(' ')].map((id) => id && document.getElementById(id)?.textContent.trim()).filter(Boolean).join(' ');
const isOff = (element) => element.disabled || element.ariaDisabled === 'true';

// What the page offers beside its shortcuts. What must be filled in first is reached by opening its menu.
const ofPage = () => {
  const found = [...document.querySelectorAll('.desk main :is(.top, .labels, .composer) :is(a.button, button, summary), .desk .top details ul a, .desk .person a.button')];
  return found.filter((element) => {
    if (element.dataset.act || element.closest('.scroll, noscript, template, .back')) return false;
    const menu = element.closest('details:not([open])');
    return menu && !element.matches('summary') ? element.matches('ul a') : element.offsetParent !== null;
  });
};

const gather = (page, press) => {
  const list = [];
  const add = (group, name, more) => { if (name && !list.some((one) => one.name === name && one.group === group)) list.push({ group, name, ...more }); };
  const all = page.querySelector('#palette-all');
  const runs = (element) => ({ why: isOff(element) ? reason(element) || ' ' : '', run: () => press(element) });
  for (const row of all.querySelectorAll('[data-does]')) {
    const element = document.querySelector(`[data-act="${row.dataset.does}"]`);
    const key = row.querySelector('kbd')?.textContent;
    const closed = { why: row.querySelector('small')?.textContent || '' };
    add(all.dataset.here, row.querySelector('span').textContent, { key, ...(element ? runs(element) : closed) });
  }
  for (const element of ofPage()) add(all.dataset.here, words(element), runs(element));
  for (const row of all.querySelectorAll('section:has(a, small) > ul > li:not([data-does])')) {
    const link = row.querySelector('a');
    const group = row.closest('section').querySelector('h2').textContent;
    if (link) add(group, link.textContent, { why: '', run: () => { location = link.getAttribute('href'); } });
    else add(group, row.querySelector('span').textContent, { why: row.querySelector('small').textContent });
  }
  return list;
};

const build = (link, data) => {
  const dialog = document.createElement('dialog');
  dialog.className = 'palette';
  dialog.innerHTML = '<input type="search" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list" autocomplete="off" spellcheck="false"><div role="listbox" id="palette-list" tabindex="-1"></div><p class="quiet" role="status"></p>';
  const field = dialog.querySelector('input');
  field.placeholder = data.find;
  field.ariaLabel = data.find;
  dialog.ariaLabel = words(link);
  dialog.querySelector('[role=listbox]').ariaLabel = words(link);
  return dialog;
};

export const open = async (link, press) => {
  if (document.querySelector('dialog.palette')) return;
  const sheet = document.querySelector(`link[href="${link.dataset.style}"]`);
  if (!sheet) {
    const style = document.createElement('link');
    style.rel = 'stylesheet';
    style.href = link.dataset.style;
    document.head.append(style);
    await new Promise((done) => { style.onload = done; style.onerror = done; });
  }
  // What can be started on the conversation that one reads is asked for with it.
  const here = location.pathname.match(/^\/conversations\/(\d+)$/);
  const answer = await fetch(link.href + (here ? `?conversation=${here[1]}` : ''));
  if (!answer.ok) throw new Error(answer.status);
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const data = page.querySelector('#palette-all').dataset;
  const all = gather(page, press);
  const dialog = build(link, data);
  const [field, list, said] = [dialog.querySelector('input'), dialog.querySelector('[role=listbox]'), dialog.querySelector('p')];
  let shown = [];
  let at = 0;

  const mark = (place) => {
    at = Math.max(0, Math.min(place, shown.length - 1));
    for (const [number, row] of [...list.querySelectorAll('[role=option]')].entries()) {
      row.ariaSelected = String(number === at);
      if (number === at) { field.setAttribute('aria-activedescendant', row.id); row.scrollIntoView({ block: 'nearest' }); }
    }
    said.textContent = shown.length ? shown[at].why.trim() : data.none;
    said.className = shown.length ? 'hidden' : 'quiet';
  };
  const fill = () => {
    const wanted = plain(field.value).split(/\s+/).filter(Boolean);
    shown = all.filter((one) => wanted.every((word) => plain(`${one.name} ${one.group}`).includes(word)));
    // What can be done comes first, and what begins so before what only holds it.
    const rank = (one) => (one.why ? 2 : 0) + (wanted.length && plain(one.name).startsWith(wanted[0]) ? 0 : 1);
    if (wanted.length) shown.sort((one, other) => rank(one) - rank(other));
    list.replaceChildren(...shown.map((one, number) => {
      const row = document.createElement('div');
      row.role = 'option';
      row.id = `palette-${number}`;
      if (one.why) row.ariaDisabled = 'true';
      const [name, more] = [document.createElement('span'), document.createElement(one.key ? 'kbd' : 'small')];
      name.textContent = one.name;
      more.textContent = one.key || one.why.trim() || one.group;
      row.append(name, more);
      if (one.key && one.why.trim()) {
        const why = document.createElement('small');
        why.textContent = one.why.trim();
        name.after(why);
      }
      return row;
    }));
    field.removeAttribute('aria-activedescendant');
    mark(0);
  };
  const take = (place) => {
    const one = shown[place];
    if (!one || one.why) { if (one) mark(place); return; }
    dialog.close();
    one.run();
  };

  field.addEventListener('input', fill);
  field.addEventListener('keydown', (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    if (event.key in steps) { event.preventDefault(); mark(at + steps[event.key]); }
    else if (event.key === 'Enter' && !event.isComposing) { event.preventDefault(); take(at); }
  });
  list.addEventListener('click', (event) => {
    const row = event.target.closest('[role=option]');
    if (row) take(Number(row.id.slice(8)));
  });
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  const before = document.activeElement;
  dialog.addEventListener('close', () => { dialog.remove(); if (document.activeElement === document.body && before) before.focus?.(); });
  document.body.append(dialog);
  fill();
  dialog.showModal();
  field.focus();
};
