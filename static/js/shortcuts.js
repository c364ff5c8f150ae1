// Keys: each element that has one says so in aria-keyshortcuts; the page is the registry.
// Single letters never fire inside a field, with a modifier, or when the agent has switched them off.
{
  const isField = (element) => element.closest('input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]');

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
      const field = document.querySelector(element.value === 'note' ? '#note-field' : '#reply textarea');
      if (field) field.focus();
    }
  };

  addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      const menu = document.querySelector('details.menu[open]');
      if (menu) { menu.open = false; menu.querySelector('summary').focus(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.body.dataset.keys === 'off' || isField(event.target) || document.querySelector('dialog[open]')) return;
    if (event.key === 'j' || event.key === 'k') {
      event.preventDefault();
      step(event.key === 'j' ? 1 : -1);
      return;
    }
    const element = document.querySelector(`[aria-keyshortcuts="${CSS.escape(event.key)}"]`);
    if (!element) return;
    event.preventDefault();
    press(element);
  });

  addEventListener('click', (event) => {
    const opener = event.target.closest('[data-open]');
    if (opener) document.getElementById(opener.dataset.open).showModal();
    for (const menu of document.querySelectorAll('details.menu[open]')) {
      if (!menu.contains(event.target) || opener) menu.open = false;
    }
  });

  // A menu that was opened by a key is ready for the next one.
  addEventListener('toggle', (event) => {
    const menu = event.target;
    if (!menu.open || !menu.matches('details.menu')) return;
    const first = menu.querySelector('[autofocus]') || menu.querySelector('summary ~ * :is(button, a, input:not([type=hidden]), select)');
    if (first) first.focus();
  }, true);
}
