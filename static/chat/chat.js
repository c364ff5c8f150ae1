// The visitor's page alive: sends without leaving the page, shows answers as they come, and speaks with
// the widget around its frame. Without this script the page is a form.
(() => {
  const chat = document.getElementById('chat'), say = chat.dataset, notice = document.getElementById('notice');
  const form = document.getElementById('write'), end = document.getElementById('end');
  const base = `/chat/${say.key}`, query = say.language ? `language=${say.language}` : '';
  const pause = ms => new Promise(done => setTimeout(done, ms));
  const keep = (name, value) => { try { return value === undefined ? localStorage.getItem(name) : localStorage.setItem(name, value); } catch { return null; } };
  const log = document.getElementById('log'), thread = document.getElementById('thread');
  let since = Number(say.since), met = !!say.met, watching = false, lost = false;
  let host = null, hostOrigin = '', shown = window.parent === window, unread = 0, seen = Number(keep(`transom.${say.key}.seen`) || 0);

  // Who we are: the cookie where the browser keeps one for us, otherwise a token of this frame's own.
  let visitor = null;
  if (!say.cookie) {
    visitor = keep(`transom.${say.key}`) || say.token;
    if (visitor) keep(`transom.${say.key}`, visitor);
    since = -1;
  }
  const call = (path, options = {}) => fetch(base + path, {
    ...options, headers: { Accept: 'application/json', ...(visitor && { 'X-Visitor': visitor }) },
  });

  const local = root => root.querySelectorAll('time').forEach(time => {
    const at = new Date(time.dateTime), today = at.toDateString() === new Date().toDateString();
    time.textContent = at.toLocaleString(document.documentElement.lang, today ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' });
  });
  const raw = new Map([...log.children].map(line => [line.id, line.outerHTML]));
  const down = () => { thread.scrollTop = 0; };
  const line = (text, id) => {
    const li = document.createElement('li'), p = document.createElement('p'), small = document.createElement('small');
    li.className = 'mine local'; li.id = 'c' + id; p.textContent = text; small.textContent = say.sending;
    li.append(p, small); log.append(li); down();
    return li;
  };

  // Puts the thread as the desk knows it in the place of ours: only lines that differ are touched.
  function take(html) {
    const fresh = new DOMParser().parseFromString(html, 'text/html').getElementById('log');
    if (!fresh) return;
    const low = thread.scrollTop > -80;
    const wanted = new Set();
    let after = null;
    for (const line of [...fresh.children]) {
      wanted.add(line.id);
      let mine = document.getElementById(line.id);
      if (!mine || raw.get(line.id) !== line.outerHTML) {
        raw.set(line.id, line.outerHTML);
        local(line);
        if (mine) mine.replaceWith(line);
        mine = line;
      }
      if (after ? after.nextElementSibling !== mine : log.firstElementChild !== mine) after ? after.after(mine) : log.prepend(mine);
      after = mine;
    }
    for (const old of [...log.children]) if (!wanted.has(old.id) && !old.classList.contains('local')) old.remove();
    since = Number(fresh.dataset.since);
    if (fresh.dataset.met) begun();
    if (low) down();
    count();
  }

  // Answers that came while nobody looked, told to the widget for its badge.
  function count() {
    const theirs = [...log.querySelectorAll('.theirs')].map(line => Number(line.id.slice(1)));
    if (shown && theirs.length) keep(`transom.${say.key}.seen`, seen = Math.max(seen, ...theirs));
    const now = theirs.filter(number => number > seen).length;
    if (now !== unread) tell('unread', unread = now);
  }

  function begun() {
    if (!met) { met = true; tell('begun'); }
    end.hidden = false;
    form?.querySelector('.questions')?.remove();
  }

  // One request waits at the desk for news; it answers at once when there is something.
  async function watch() {
    if (watching) return;
    watching = true;
    for (let wait = 1000; ;) {
      try {
        const answer = await call(`/changes?since=${since}&${query}`);
        if (answer.status === 200) take(await answer.text());
        else if (answer.status === 401) { if (!await renew()) break; }
        else if (answer.status !== 204) throw answer.status;
        if (lost) { lost = false; notice.textContent = ''; }
        wait = 1000;
        if (!met) break;
      } catch {
        if (wait > 2000 && !lost) { lost = true; notice.textContent = say.lost; }
        await pause(wait + Math.random() * 500);
        wait = Math.min(wait * 2, 30000);
      }
    }
    watching = false;
  }

  // A word for each message, so that however often it is sent, it is there once.
  const word = () => [...crypto.getRandomValues(new Uint8Array(16))].map(n => n.toString(16).padStart(2, '0')).join('');
  async function send(data, li) {
    const small = li.querySelector('small');
    li.classList.remove('failed');
    small.textContent = say.sending;
    for (const wait of [0, 1000, 3000, 8000]) {
      await pause(wait);
      try {
        const answer = await call(`/messages?${query}`, { method: 'POST', body: data });
        if (answer.ok) { small.textContent = say.sent; begun(); return watch(); }
        if (answer.status === 401 && await renew()) continue;
        if (answer.status < 500) { notice.textContent = (await answer.json().catch(() => ({}))).error || ''; break; }
      } catch { /* The way is broken: again, under the same word. */ }
    }
    const again = document.createElement('button');
    again.textContent = say.again;
    again.onclick = () => send(data, li);
    li.classList.add('failed');
    small.replaceChildren(say.failed + ' ', again);
  }

  form?.addEventListener('submit', event => {
    event.preventDefault();
    const text = form.text.value.trim(), file = form.file?.files[0];
    if (!text && !file) return;
    notice.textContent = file?.size > Number(say.most) ? say.large : '';
    if (notice.textContent) return;
    const data = new FormData(form), id = word();
    data.set('word', id);
    form.reset();
    form.text.value = '';
    send(data, line([file?.name, text].filter(Boolean).join('\n'), id));
    form.text.focus();
  });
  form?.file?.addEventListener('change', () => { notice.textContent = form.file.files[0]?.name ?? ''; });
  form?.text.addEventListener('keydown', event => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || matchMedia('(pointer: coarse)').matches) return;
    event.preventDefault();
    form.requestSubmit();
  });
  end.addEventListener('submit', async event => {
    event.preventDefault();
    try { await call(`/end?${query}`, { method: 'POST' }); watch(); } catch { notice.textContent = say.lost; }
  });

  // The widget: it alone may speak to us, and we answer it where it said hello from.
  const tell = (kind, n) => host?.postMessage({ transom: kind, n: n ?? 0 }, hostOrigin);
  let renewed = null;
  async function vouch(identity) {
    const answer = await fetch(`${base}/start?${query}`, { method: 'POST', body: new URLSearchParams({ identity }) });
    const said = await answer.json();
    if (!answer.ok) { notice.textContent = said.error || ''; return false; }
    visitor = said.visitor;
    return true;
  }
  const renew = () => new Promise(done => {
    if (!host) return done(false);
    renewed = done;
    tell('renew');
    setTimeout(() => done(false), 5000);
  });
  window.addEventListener('message', async event => {
    if (event.source !== window.parent || window.parent === window) return;
    if (hostOrigin && event.origin !== hostOrigin) return;
    const kind = event.data?.transom;
    if (kind === 'hello') {
      host = event.source; hostOrigin = event.origin;
      document.getElementById('hide').hidden = false;
      const identity = event.data.identity;
      if (typeof identity === 'string' && identity) {
        let good = false;
        try { good = await vouch(identity); } catch { notice.textContent = say.lost; }
        if (renewed) { renewed(good); renewed = null; return; }
        if (good) { log.replaceChildren(); raw.clear(); met = false; since = -1; }
      }
      watch();
    } else if (kind === 'shown') {
      shown = !!event.data.n;
      count();
      if (shown) { down(); if (!form?.contains(document.activeElement)) (form?.text || thread).focus(); }
    }
  });
  document.getElementById('hide').addEventListener('click', () => tell('hide'));
  document.addEventListener('keydown', event => { if (event.key === 'Escape') tell('hide'); });

  local(log);
  down();
  if (window.parent === window && (met || !say.cookie)) watch();
})();
