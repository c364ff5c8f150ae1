// Selecting rows: a range with Shift, all of the page, and x for the row that has the focus.
{
  const bar = document.getElementById('bulk');
  const boxes = () => [...document.querySelectorAll('.rows [name="c"]')];
  let last = null;

  const count = () => {
    if (!bar) return;
    const all = bar.querySelector('[data-all]');
    const ticked = boxes().filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && ticked < boxes().length;
  };

  if (bar) {
    bar.querySelector('.all').hidden = false;
    addEventListener('click', (event) => {
      const box = event.target.closest('.rows [name="c"]');
      if (!box) return;
      const all = boxes();
      if (event.shiftKey && last && all.includes(last)) {
        const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
        for (const between of all.slice(from, to + 1)) between.checked = box.checked;
      }
      last = box;
      count();
    });
    addEventListener('change', (event) => {
      if (!event.target.matches('[data-all]')) return;
      for (const box of boxes()) box.checked = event.target.checked;
    });
    addEventListener('keydown', (event) => {
      if (!keyOf(event) || keyOf(event) !== walk(2)) return;
      const row = document.activeElement.closest('.rows li[id]');
      const box = row && row.querySelector('[name="c"]');
      if (!box) return;
      event.preventDefault();
      box.checked = !box.checked;
      last = box;
      count();
    });
    addEventListener('submit', (event) => {
      if (event.target === bar && !boxes().some((box) => box.checked)) event.preventDefault();
    });
  }
}
