// What changes at the desk appears here: one request waits at the server until there is something new.
{
  const desk = document.querySelector('.desk');
  const stale = document.getElementById('stale');
  const said = document.getElementById('said');
  const token = () => (document.querySelector('[name=csrf]') || {}).value || '';
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const live = document.querySelector('[data-live]');
  let cursor = document.body.dataset.cursor;
  let told = document.getElementById('failed')?.dataset.told;
  let fresh = new Date();
  let waiting = new AbortController();

  const url = () => {
    const here = new URLSearchParams(location.search);
    const ask = new URLSearchParams({ since: cursor, told });
    for (const name of ['view', 'status', 'sort', 'channel', 'only', 'q', 'kind', 'before']) if (here.get(name)) ask.set(name, here.get(name));
    if (document.getElementById('list') && !here.get('after')) ask.set('list', '1');
    const gone = document.querySelector('#reply[data-state=gone]');
    if (desk && desk.dataset.conversation && !here.get('before') && !gone) ask.set('c', desk.dataset.conversation);
    const readers = document.getElementById('readers');
    if (readers) ask.set('others', readers.dataset.mark || '');
    if (live) ask.set('live', live.dataset.live);
    if (document.hidden) ask.set('away', '1');
    return `/changes?${ask}`;
  };

  const say = (name) => { said.textContent = said.dataset.words.replace('{}', name); };

  // Puts the new rows in place of the old ones, each by its id, so that focus and scroll stay where they are.
  const rows = (target, pieces) => {
    const old = new Map([...target.children].map((row) => [row.id, row]));
    const first = [...pieces.children].find((row) => row.dataset.id);
    let place = null;
    for (const [id, row] of old) {
      // Earlier messages that somebody has scrolled back to are not part of the answer.
      if (first && row.dataset.id && Number(row.dataset.id) < Number(first.dataset.id)) { old.delete(id); place = row; }
    }
    const added = [];
    for (const piece of [...pieces.children]) {
      const had = old.get(piece.id);
      old.delete(piece.id);
      let row = piece;
      const same = had && piece.dataset.mark && had.dataset.mark === piece.dataset.mark;
      if (had && (same || had.isEqualNode(piece))) row = had;
      else if (had) {
        const [ticked, box] = [had.querySelector('[name="c"]'), piece.querySelector('[name="c"]')];
        if (ticked && box) box.checked = ticked.checked;
        const focused = had.contains(document.activeElement);
        had.replaceWith(piece);
        if (focused && piece.querySelector('a')) piece.querySelector('a').focus();
      } else added.push(piece);
      const next = place ? place.nextElementSibling : target.firstElementChild;
      if (next !== row) target.insertBefore(row, next);
      place = row;
    }
    for (const row of old.values()) row.remove();
    return added;
  };

  // A half-written text and its field survive; the form changes only when the window has.
  const reply = (target, piece) => {
    const field = target.querySelector('textarea[name=body], input[name=body]');
    const seen = piece.querySelector('[name=seen]');
    const mine = target.querySelector('[name=seen]');
    if (target.dataset.state === piece.dataset.state && (field || !piece.querySelector('textarea[name=body]'))) {
      // A mail that is being answered stays the one.
      const banner = target.querySelector('#newer');
      if (banner && field && field.value.trim()) {
        if (others) banner.hidden = false;
        return;
      }
      others = false;
      if (seen && mine && !(field && field.value.trim() && answered)) mine.value = seen.value;
      return;
    }
    const next = piece.querySelector('textarea');
    if (field && field.value && next) {
      next.value = field.value;
      const folded = next.closest('details');
      if (folded) folded.open = true;
    }
    target.replaceWith(piece);
  };

  // A colleague has answered while somebody writes here: the answer then says what it was written in view of.
  let answered = false;
  let others = false;

  const swap = (html) => {
    const page = new DOMParser().parseFromString(html, 'text/html');
    for (const piece of page.querySelectorAll('template[data-target]')) {
      const target = document.getElementById(piece.dataset.target);
      if (!target) continue;
      const content = document.importNode(piece.content, true);
      if (piece.dataset.rows !== undefined) {
        const holder = document.createElement('ol');
        holder.append(content);
        news(piece.dataset.target, rows(target, holder));
      } else if (target.id === 'reply') reply(target, content.firstElementChild);
      else if (busy(target)) held.set(target.id, content);
      else put(target, content);
    }
    fade();
  };

  // Where somebody is at work a new piece waits until that is over, since nothing would bring it a second time.
  const held = new Map();
  const busy = (target) => target.querySelector('details[open]') || target.contains(document.activeElement);
  const put = (target, content) => {
    held.delete(target.id);
    target.replaceWith(content);
  };
  const release = () => setTimeout(() => {
    for (const [id, content] of [...held]) {
      const target = document.getElementById(id);
      if (!target) held.delete(id);
      else if (!busy(target)) put(target, content);
    }
  });
  addEventListener('focusout', release);
  addEventListener('toggle', release, true);

  const news = (where, added) => {
    if (where === 'messages') {
      answered = added.some((row) => row.matches('.ours:not(.me)')) || answered;
      others = added.some((row) => row.matches('.theirs, .ours:not(.me)')) || others;
      if (added.some((row) => row.matches('.theirs'))) {
        say(document.querySelector('.top h1').textContent);
        read();
      }
    } else if (where === 'list') {
      const row = added.find((added) => added.matches('.unread'));
      if (row) say(row.querySelector('b').textContent);
    }
  };

  // Looking at a conversation reads it. A page that nobody sees has been read by nobody.
  const read = () => {
    if (document.hidden || !desk || !desk.dataset.conversation) return;
    fetch(`/conversations/${desk.dataset.conversation}/read`, {
      method: 'POST', headers: { 'x-csrf': token() }, body: new URLSearchParams({ csrf: token() }), redirect: 'manual',
    }).catch(() => {});
  };

  // What can no longer be taken back does not offer it.
  const fade = () => setTimeout(() => document.querySelectorAll('.undo').forEach((undo) => undo.remove()), 5000);

  const failed = () => {
    const time = fresh.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    stale.querySelector('span').textContent = stale.dataset.sentence.replace('{time}', time);
    stale.hidden = false;
  };

  const follow = async () => {
    for (let faults = 0; ;) {
      const began = Date.now();
      waiting = new AbortController();
      try {
        const answer = await fetch(url(), { signal: waiting.signal, redirect: 'error' });
        if (!answer.ok) throw new Error(answer.status);
        cursor = answer.headers.get('X-Transom-Cursor') || cursor;
        told = answer.headers.get('X-Transom-Told') || told;
        if (answer.status === 200) swap(await answer.text());
        faults = 0;
        fresh = new Date();
        stale.hidden = true;
        if (answer.status === 204 && Date.now() - began < 1000) await wait(3000);
      } catch (fault) {
        if (fault.name === 'AbortError') continue;
        faults += 1;
        if (faults > 1) failed();
        await wait(Math.min(1000 * 2 ** faults, 30000));
      }
    }
  };

  if (stale && (desk || live || document.getElementById('state'))) {
    follow();
    fade();
    if (desk && desk.dataset.unread !== undefined) read();
    // After sleep the old request may be dead without knowing it.
    addEventListener('visibilitychange', () => {
      if (document.hidden) return;
      waiting.abort();
      if (document.querySelector('.rows [aria-current] .hidden')) read();
    });
    for (const anew of ['online', 'found']) addEventListener(anew, () => waiting.abort());
  }
}
