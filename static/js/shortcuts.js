// Keys: each element that has one says so in aria-keyshortcuts; the page is the registry.
// Single letters never fire inside a field, or when the agent has switched them off.

// The key as the page writes it; nothing for one that does nothing here and now.
const keyOf = (event) => {
  const typed = event.getModifierState('AltGraph');
  const alt = event.altKey && !typed;
  // Alt makes other signs of letters on some keyboards.
  const sign = (alt && /^(Key|Digit)/.test(event.code) ? event.code.slice(-1) : event.key).toLowerCase();
  if (sign.length !== 1 || event.isComposing) return '';
  const held = (event.ctrlKey && !typed ? 'Control+' : '') + (alt ? 'Alt+' : '') + (event.metaKey ? 'Meta+' : '');
  const field = event.target.closest('input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]');
  if (!held && (field || document.body.dataset.keys === 'off')) return '';
  return held + (event.shiftKey && sign !== sign.toUpperCase() ? 'Shift+' : '') + sign;
};
// The keys that move within a list: on, back, select.
const walk = (place) => (document.body.dataset.walk || '').split(' ')[place];
{

  const step = (by) => {
    const rows = [...document.querySelectorAll('.rows li > a')];
    if (!rows.length) return;
    const open = rows.findIndex((row) => row.getAttribute('aria-current'));
    const at = rows.indexOf(document.activeElement);
    const from = at >= 0 ? at : by > 0 && open < 0 ? -1 : open;
    rows[Math.min(Math.max(from + by, 0), rows.length - 1)].focus();
  };

  const press = (element) => {
    if (element.matches('input[type=search]')) { element.focus(); element.select(); return; }
    element.click();
    if (element.matches('[name=mode]')) {
      const field = document.querySelector(element.value === 'note' ? '#note-field' : '#reply :is(.editor, [name=body]:not([hidden], [type=hidden]))');
      if (field) field.focus();
    }
  };

  // What is seldom opened comes when it is. If it cannot come, the link or button that stands there leads to it.
  const fill = async (place) => {
    const holder = place.querySelector('[data-from]');
    if (!holder) return;
    try {
      const page = await (await fetch(holder.dataset.from)).text();
      const filling = new DOMParser().parseFromString(page, 'text/html').getElementById('filling');
      if (filling) holder.replaceWith(...filling.children);
    } catch { /* see above */ }
  };

  addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      const menu = document.querySelector('details.menu[open]');
      if (menu) { menu.open = false; menu.querySelector('summary').focus(); }
      return;
    }
    const key = keyOf(event);
    if (!key || document.querySelector('dialog[open]')) return;
    if (key === walk(0) || key === walk(1)) {
      event.preventDefault();
      step(key === walk(0) ? 1 : -1);
      return;
    }
    const find = (key) => document.querySelector(`[aria-keyshortcuts="${CSS.escape(key)}"]`);
    const element = find(key) || find(key.replace('Meta+', 'Control+'));
    if (!element) return;
    event.preventDefault();
    press(element);
  });

  addEventListener('click', (event) => {
    const opener = event.target.closest('[data-open]');
    if (opener) {
      const dialog = document.getElementById(opener.dataset.open);
      event.preventDefault();
      fill(dialog).then(() => dialog.showModal());
    }
    const all = event.target.closest('[data-script]');
    if (all && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      import(all.dataset.script).then((palette) => palette.open(all, press)).catch(() => { location = all.href; });
    }
    for (const menu of document.querySelectorAll('details.menu[open]')) {
      if (!menu.contains(event.target) || opener) menu.open = false;
    }
  });

  addEventListener('input', (event) => {
    const form = event.target.matches('[data-finder] [type=search]') && event.target.form;
    if (form) import(form.dataset.finder).then((finder) => finder.find(form), () => {});
  });

  // A menu that was opened by a key is ready for the next one.
  addEventListener('toggle', async (event) => {
    const menu = event.target;
    if (!menu.open || !menu.matches('details.menu')) return;
    await fill(menu);
    const first = menu.querySelector('[autofocus]') || menu.querySelector('summary ~ * :is(button, a, input, select):not([type=hidden], :disabled, [tabindex="-1"])');
    if (first) first.focus();
  }, true);
}
