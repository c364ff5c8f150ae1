// The search of an archive. Words lie in files by their first two letters and come as scripts, because a page that lies
// on a disk may not read files in any other way.
'use strict';
(() => {
  const DRAWERS = 1024, SHELF = 1000, TEXTS = 8, PAGE = 50, AROUND = 60, LONGEST = 100000;
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

  // A number may be written with spaces and signs, and then counts as one or as it stands; what begins with a minus is not
  // to be there. Any of the ways will do.
  const number = /^[+\d][\d\s().\/+-]{6,}$/u;
  const asks = text => {
    const digits = fold(text).trim();
    if (number.test(digits)) return { ways: [[{ word: digits.replace(/\D/g, ''), begins: true }], wanted(text)], without: [] };
    const parts = text.split(/\s+/u), bars = part => part.length > 1 && part.startsWith('-');
    return {
      ways: [parts.filter(part => !bars(part)).flatMap(wanted)],
      without: parts.filter(bars).map(part => wanted(part.slice(1))).filter(words => words.length),
    };
  };

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
    const found = new Set();
    let common = false;
    const look = async (start, fits) => {
      for (const [said, where] of Object.entries(await load(`w${drawer(start)}`))) {
        if (!fits(said)) continue;
        if (where === '') common = true;
        else numbers(where).forEach(number => found.add(number));
      }
    };
    // Letters of scripts without spaces stand alone as well, so that one of them is found wherever it was said.
    const open = begins && [...word].length > 1;
    await look(word, said => said === word || (open && said.startsWith(word) && !said.endsWith('#')));
    if (/^\d{4,}$/.test(word)) {
      // The last digits of a number: numbers stand backwards, too. Zeros before it are those of a way to dial.
      const back = [...word.replace(/^0+(?=\d{4})/, '')].reverse().join('');
      await look(back, said => said.endsWith('#') && said.startsWith(back));
    }
    return common ? null : found;
  };

  // Those that hold all of these words; words that were said too often do not count. Without any that counts: null.
  const having = sets => {
    const [first, ...others] = sets.filter(Boolean).sort((a, b) => a.size - b.size);
    return first ? [...first].filter(number => others.every(set => set.has(number))) : null;
  };

  // Where the words stand in a text: from and to.
  const places = (text, words) => {
    const found = [];
    for (const { 0: token, index } of text.slice(0, LONGEST).matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
      if (found.length && index > found[0][0] + 3 * AROUND) break;
      const said = fold(token);
      for (const { word, begins } of words) {
        const inside = word.search(joined) === 0;
        const at = inside ? said.indexOf(word) : said === word || (begins && said.startsWith(word)) ? 0 : -1;
        if (at < 0) continue;
        // Letters that are written as two when they are compared cannot be counted; then the whole word is meant.
        found.push(said.length === token.length ? [index + at, index + at + word.length] : [index, index + token.length]);
      }
    }
    return found.sort((a, b) => a[0] - b[0]);
  };

  // A part of the text with its words marked; a text without any has nothing.
  const part = (text, words) => {
    const found = places(text, words), nodes = [];
    if (!found.length) return null;
    const from = Math.max(0, found[0][0] - AROUND), end = Math.min(text.length, found[0][0] + 3 * AROUND);
    let at = from;
    if (from > 0) nodes.push('…');
    for (const [start, stop] of found) {
      if (start >= end || stop <= at) continue;
      const mark = document.createElement('mark');
      mark.textContent = text.slice(Math.max(start, at), stop);
      nodes.push(text.slice(at, Math.max(start, at)), mark);
      at = stop;
    }
    nodes.push(text.slice(at, Math.max(at, end)));
    if (Math.max(at, end) < text.length) nodes.push('…');
    return nodes;
  };

  const line = async (number, words) => {
    const [names, texts] = await Promise.all([load(`t${Math.floor(number / SHELF)}`), load(`x${Math.floor(number / TEXTS)}`)]);
    const [who, what, when] = names[number] || [`#${number}`, '', ''];
    const item = document.createElement('li'), link = document.createElement('a');
    const name = document.createElement('b'), small = document.createElement('small');
    link.href = `conversations/${Math.floor(number / SHELF)}/${number}.html`;
    link.dir = 'auto';
    name.append(...(part(who, words) || [who]));
    small.textContent = when;
    const marked = part(what, words);
    link.append(name, ' ', ...(marked || [what]));
    item.append(link, ' ', small);
    for (const text of marked ? [] : texts[number] || []) {
      const nodes = part(text, words);
      if (!nodes) continue;
      const said = document.createElement('p');
      said.className = 'said';
      said.dir = 'auto';
      said.append(...nodes);
      item.append(said);
      break;
    }
    return item;
  };

  const show = async (all, words, from, mine) => {
    const lines = await Promise.all(all.slice(from, from + PAGE).map(number => line(number, words)));
    if (mine !== turn) return;
    list.append(...lines);
    if (from + PAGE < all.length) {
      const more = document.createElement('li'), button = document.createElement('button');
      button.type = 'button';
      button.textContent = told.dataset.more;
      button.onclick = () => { more.remove(); show(all, words, from + PAGE, mine); };
      more.append(button);
      list.append(more);
    }
  };

  const search = async () => {
    const mine = turn += 1;
    const { ways, without } = asks(box.value), words = ways.flat();
    list.replaceChildren();
    told.textContent = words.length ? told.dataset.searching : without.length ? told.dataset.only : '';
    if (!words.length) return;
    const sets = await Promise.all(ways.map(way => Promise.all(way.map(hits))));
    const barred = await Promise.all(without.map(async words => having(await Promise.all(words.map(hits)))));
    if (mine !== turn) return;
    const lists = sets.map(having).filter(Boolean), found = lists.length ? [...new Set(lists.flat())] : null;
    const common = ways.length > 1 && found ? [] : words.filter((_, place) => sets.flat()[place] === null).map(one => one.word);
    common.push(...without.filter((_, place) => barred[place] === null).map(words => `-${words.map(one => one.word).join(' ')}`));
    const out = new Set(barred.filter(Boolean).flat());
    const all = (found || []).filter(number => !out.has(number)).sort((a, b) => b - a);
    told.textContent = common.length ? told.dataset.common + common.join(', ') : '';
    if (found && !all.length) told.textContent = told.dataset.nothing;
    await show(all, words, 0, mine);
    list.dataset.for = box.value;
  };

  form.hidden = false;
  box.value = new URLSearchParams(location.search).get('q') || '';
  let pause = 0;
  box.addEventListener('input', () => { clearTimeout(pause); pause = setTimeout(search, 150); });
  form.addEventListener('submit', event => { event.preventDefault(); search(); });
  if (box.value) search();
})();
