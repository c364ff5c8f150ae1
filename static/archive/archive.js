// The search of an archive. Words lie in files by their first two letters and come as scripts, because a page that lies
// on a disk may not read files in any other way.
'use strict';
(() => {
  const DRAWERS = 1024, SHELF = 1000, PAGE = 50;
  const form = document.getElementById('search'), box = document.getElementById('q');
  const told = document.getElementById('told'), list = document.getElementById('found');
  const waiting = new Map(), asked = new Map();
  let turn = 0;

  // Called by the files themselves.
  window.archived = (name, what) => waiting.get(name)?.(what);

  // Each file once, however many ask for it.
  const load = name => {
    if (!asked.has(name)) {
      asked.set(name, new Promise(done => {
        const script = document.createElement('script');
        waiting.set(name, done);
        script.src = `index/${name}.js`;
        // What nobody said has no file.
        script.onerror = () => done({});
        document.head.append(script);
      }));
    }
    return asked.get(name);
  };

  const plain = { 'ø': 'o', 'ł': 'l', 'đ': 'd', 'ð': 'd', 'ı': 'i', 'ß': 'ss', 'æ': 'ae', 'œ': 'oe', 'þ': 'th', 'ς': 'σ', 'ى': 'ي', 'ة': 'ه', 'ـ': '' };
  // Accents of Latin, Greek and Cyrillic, Hebrew points, Arabic vowel marks; not the marks that make another letter.
  const accents = /[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]/gu;
  const fold = text => text.normalize('NFKD').replace(accents, '').toLowerCase().normalize('NFC')
    .replace(/[øłđðıßæœþςىةـ]/g, letter => plain[letter])
    .replace(/[٠-٩]/g, digit => digit.charCodeAt(0) - 0x660).replace(/[۰-۹]/g, digit => digit.charCodeAt(0) - 0x6f0);
  const joined = /[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7ff\uf900-\ufaff\u{20000}-\u{3ffff}]+/gu;

  // What is asked for: whole pairs of scripts without spaces, beginnings of everything else.
  const wanted = text => fold(text).split(/[^\p{L}\p{N}\p{M}]+/u).filter(Boolean).flatMap(part => {
    const runs = part.match(joined) || [];
    const words = part.split(joined).filter(Boolean).map(word => ({ word: [...word].slice(0, 40).join(''), begins: [...word].length > 1 }));
    const pairs = runs.flatMap(run => {
      const letters = [...run];
      if (letters.length === 1) return [{ word: run, begins: true }];
      return letters.slice(1).map((letter, place) => ({ word: letters[place] + letter, begins: false }));
    });
    return [...words, ...pairs];
  });

  const drawer = word => {
    const start = [...word].slice(0, 2).join('');
    let sum = 0;
    for (let at = 0; at < start.length; at += 1) sum = (sum * 31 + start.charCodeAt(at)) % DRAWERS;
    return sum;
  };

  // Numbers stand as what each is more than the one before, to the base of 36.
  const numbers = text => {
    let last = 0;
    return text.split(' ').map(step => (last += parseInt(step, 36)));
  };

  const hits = async ({ word, begins }) => {
    // A single letter of a script without spaces may begin a pair in any file; it is looked for where it stands alone.
    const drawn = await load(`w${drawer(word)}`);
    const found = new Set();
    let common = false;
    for (const [said, where] of Object.entries(drawn)) {
      if (said === word || (begins && [...word].length > 1 && said.startsWith(word))) {
        if (where === '') common = true;
        else numbers(where).forEach(number => found.add(number));
      }
    }
    return common ? null : found;
  };

  const line = async number => {
    const names = await load(`t${Math.floor(number / SHELF)}`);
    const [who, what, when] = names[number] || [`#${number}`, '', ''];
    const item = document.createElement('li'), link = document.createElement('a');
    const name = document.createElement('b'), small = document.createElement('small');
    link.href = `conversations/${Math.floor(number / SHELF)}/${number}.html`;
    link.dir = 'auto';
    name.textContent = who;
    small.textContent = when;
    link.append(name, ` ${what}`);
    item.append(link, ' ', small);
    return item;
  };

  const show = async (all, from, mine) => {
    const lines = await Promise.all(all.slice(from, from + PAGE).map(line));
    if (mine !== turn) return;
    list.append(...lines);
    if (from + PAGE < all.length) {
      const more = document.createElement('li'), button = document.createElement('button');
      button.type = 'button';
      button.textContent = told.dataset.more;
      button.onclick = () => { more.remove(); show(all, from + PAGE, mine); };
      more.append(button);
      list.append(more);
    }
  };

  const search = async () => {
    const mine = turn += 1;
    const words = wanted(box.value);
    list.replaceChildren();
    told.textContent = words.length ? told.dataset.searching : '';
    if (!words.length) return;
    const sets = await Promise.all(words.map(hits));
    if (mine !== turn) return;
    const common = words.filter((_, place) => sets[place] === null).map(one => one.word);
    const [first, ...others] = sets.filter(Boolean).sort((a, b) => a.size - b.size);
    const all = first ? [...first].filter(number => others.every(set => set.has(number))).sort((a, b) => b - a) : [];
    told.textContent = common.length ? told.dataset.common + common.join(', ') : '';
    if (first && !all.length) told.textContent = told.dataset.nothing;
    await show(all, 0, mine);
    list.dataset.for = box.value;
  };

  form.hidden = false;
  box.value = new URLSearchParams(location.search).get('q') || '';
  let pause = 0;
  box.addEventListener('input', () => { clearTimeout(pause); pause = setTimeout(search, 150); });
  form.addEventListener('submit', event => { event.preventDefault(); search(); });
  if (box.value) search();
})();
