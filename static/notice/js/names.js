// Completes the name of a colleague behind an @ in a note. Who types it in full needs none of this.
{
  const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  const people = new Map();
  const of = (field) => {
    const url = field.dataset.people;
    if (!people.has(url)) {
      people.set(url, fetch(url, { redirect: 'error' }).then((answer) => (answer.ok ? answer.json() : [])).catch(() => []));
    }
    return people.get(url);
  };
  const list = (field) => field.form.querySelector('.nameable');
  const close = (field) => {
    const box = list(field);
    box.hidden = true;
    box.replaceChildren();
    field.removeAttribute('aria-activedescendant');
  };
  const choose = (field, item) => {
    for (const other of list(field).children) other.setAttribute('aria-selected', other === item);
    field.setAttribute('aria-activedescendant', item.id);
    item.scrollIntoView({ block: 'nearest' });
  };
  const begun = (field) => field.selectionStart === field.selectionEnd
    && field.value.slice(0, field.selectionStart).match(/(?<![\p{L}\p{N}])@([\p{L}\p{N}._-]{0,40})$/u);

  const offer = async (field) => {
    if (!begun(field)) return close(field);
    const all = await of(field);
    const word = begun(field);
    if (!word) return close(field);
    const typed = plain(word[1]);
    const fits = all.filter((one) => [...one.name.split(/\s+/), one.name, one.handle].some((part) => plain(part).startsWith(typed))).slice(0, 8);
    if (!fits.length) return close(field);
    const box = list(field);
    box.replaceChildren(...fits.map((one, place) => {
      const item = document.createElement('li');
      item.role = 'option';
      item.id = `nameable-${place}`;
      item.dataset.handle = one.handle;
      item.textContent = one.name;
      return item;
    }));
    box.hidden = false;
    choose(field, box.firstElementChild);
  };
  const take = (field, item) => {
    const word = begun(field);
    const handle = item.dataset.handle;
    close(field);
    if (word) field.setRangeText(`@${handle} `, field.selectionStart - word[1].length - 1, field.selectionStart, 'end');
    field.focus();
    field.dispatchEvent(new Event('input', { bubbles: true }));
  };

  addEventListener('input', ({ target }) => { if (target.dataset?.people) offer(target); });
  addEventListener('focusout', ({ target }) => { if (target.dataset?.people) close(target); });
  addEventListener('pointerdown', (event) => {
    const item = event.target.closest?.('.nameable li');
    if (!item) return;
    event.preventDefault();
    take(item.closest('form').querySelector('[data-people]'), item);
  });
  // Before the keys that send are heard.
  document.addEventListener('keydown', (event) => {
    const field = event.target;
    if (!field.dataset?.people || list(field).hidden || event.isComposing) return;
    const items = [...list(field).children];
    const at = items.findIndex((item) => item.getAttribute('aria-selected') === 'true');
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) choose(field, items.at((at + steps[event.key]) % items.length));
    else if ((event.key === 'Enter' || event.key === 'Tab') && !event.ctrlKey && !event.metaKey && !event.shiftKey) take(field, items[at]);
    else if (event.key === 'Escape') close(field);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
}
