// The simulator alive: phones show what arrives, and sending leaves the page where it is.
(() => {
  const main = document.querySelector('main.simulator');
  if (!main) return;
  const down = () => document.querySelectorAll('.screen').forEach(screen => { screen.scrollTop = screen.scrollHeight; });
  let since = main.dataset.since;

  // What changes by itself is replaced; fields in which somebody types stay as they are.
  async function refresh() {
    const answer = await fetch(location.href);
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const now of document.querySelectorAll('.phone')) {
      const next = fresh.getElementById(now.id);
      if (!next) continue;
      for (const part of ['.cast', '.screen', '.acts']) {
        const [old, made] = [now.querySelector(part), next.querySelector(part)];
        if (old.contains(document.activeElement) && part === '.acts') continue;
        if (!old.isEqualNode(made)) old.replaceWith(made);
      }
      const [old, made] = [now.querySelector('.write'), next.querySelector('.write')];
      if (!!old.querySelector('.newcomer') !== !!made.querySelector('.newcomer')) old.replaceWith(made);
      for (const field of made.querySelectorAll('[type=hidden]')) {
        const mine = old.querySelector(`[name="${field.name}"]`);
        if (mine) mine.value = field.value;
      }
    }
    down();
  }

  document.addEventListener('submit', async event => {
    const form = event.target.closest('.phone .write, .phone .react');
    if (!form) return;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const answer = await fetch(form.action, { method: 'POST', body });
    if (!answer.ok) { form.submit(); return; }
    if (form.text) { form.text.value = ''; form.text.focus(); }
    history.replaceState(null, '', answer.url);
    refresh();
  });
  document.addEventListener('keydown', event => {
    const write = event.target.closest?.('.phone .write textarea');
    if (!write || event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    write.form.requestSubmit(write.form.querySelector('[value=text]'));
  });

  (async () => {
    for (let wait = 1000; ;) {
      try {
        const answer = await fetch(`/simulator/changes?since=${since}`);
        if (answer.status === 200) { since = await answer.text(); await refresh(); }
        else if (answer.status !== 204) throw answer.status;
        wait = 1000;
      } catch {
        await new Promise(done => setTimeout(done, wait));
        wait = Math.min(wait * 2, 30000);
      }
    }
  })();
  down();
})();
