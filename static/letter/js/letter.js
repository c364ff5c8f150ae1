// Writing mails: an editor over the field, which goes on holding the text as Markdown; recipients that are looked at
// while they are typed; files that fit together; and a word before a saved reply takes the place of what was typed.
{
  const letter = (element) => element.closest && element.closest('form[data-mail]');

  // Markdown to what the editor shows: only the few forms that its buttons make.
  const safe = (text) => text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]);
  const inline = (text) => {
    const kept = [];
    const keep = (html) => `\u0001${kept.push(html) - 1}\u0002`;
    let out = text.replace(/\\([!-/:-@[-`{-~])/g, (_, sign) => keep(safe(sign)));
    out = out.replace(/!\[([^\]\n]*)\]\(picture:([\w-]+)\)/g, (_, words, key) => keep(`<img src="/pictures/${key}" alt="${safe(words.replace(/\u0001(\d+)\u0002/g, (_, place) => kept[place]))}">`));
    out = out.replace(/\[([^\]\n]+)\]\(((?:https?:\/\/|mailto:|tel:)[^()\s]+)\)/g, (_, words, to) => keep(`<a href="${safe(to)}">`) + words + keep('</a>'));
    out = safe(out).replace(/\*\*(\S|\S[^\n]*?\S)\*\*/g, '<b>$1</b>').replace(/\*(\S|\S[^\n*]*?\S)\*/g, '<i>$1</i>');
    for (let turn = 0; turn < 3; turn += 1) out = out.replace(/\u0001(\d+)\u0002/g, (_, place) => kept[place]);
    return out;
  };
  const render = (text) => {
    const out = [];
    const lines = text.split('\n');
    let at = 0;
    const take = (fits) => { const from = at; while (at < lines.length && fits(lines[at])) at += 1; return lines.slice(from, at); };
    const bullet = /^\s{0,3}[-*+] /;
    const number = /^\s{0,3}\d{1,9}[.)] /;
    while (at < lines.length) {
      if (!lines[at].trim()) { at += 1; continue; }
      if (/^>/.test(lines[at])) out.push(`<blockquote>${render(take((line) => /^>/.test(line)).map((line) => line.replace(/^> ?/, '')).join('\n'))}</blockquote>`);
      else if (bullet.test(lines[at])) out.push(`<ul>${take((line) => bullet.test(line)).map((line) => `<li>${inline(line.replace(bullet, ''))}</li>`).join('')}</ul>`);
      else if (number.test(lines[at])) out.push(`<ol>${take((line) => number.test(line)).map((line) => `<li>${inline(line.replace(number, ''))}</li>`).join('')}</ol>`);
      else out.push(`<p>${take((line) => line.trim() && !/^>/.test(line) && !bullet.test(line) && !number.test(line)).map(inline).join('<br>')}</p>`);
    }
    return out.join('');
  };

  // And back: what was typed stands in the field word for word, its own signs marked as such.
  const escaped = (text) => text.replace(/\u00a0/g, ' ').replace(/([\\*_`[\]<~])/g, '\\$1');
  const words = (node) => {
    let out = '';
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) out += escaped(child.data.replace(/\n/g, ' '));
      else if (child.nodeName === 'BR') out += '\n';
      else if (child.nodeName === 'IMG') {
        const at = (child.getAttribute('src') || '').match(/^\/pictures\/([\w-]+)$/);
        if (at) out += `![${escaped(child.alt)}](picture:${at[1]})`;
      }
      else if (/^(B|STRONG|I|EM)$/.test(child.nodeName)) {
        const mark = /^(B|STRONG)$/.test(child.nodeName) ? '**' : '*';
        out += words(child).replace(/[^\n]+/g, (line) => line.replace(/^(\s*)(.*?)(\s*)$/, (_, before, said, after) => said ? `${before}${mark}${said}${mark}${after}` : line));
      } else if (child.nodeName === 'A' && child.getAttribute('href')) out += `[${words(child)}](${child.getAttribute('href').replace(/[()\s]/g, encodeURIComponent)})`;
      else if (child.nodeType === Node.ELEMENT_NODE) out += words(child);
    }
    return out;
  };
  const begins = (line) => line.replace(/^\s+/, '').replace(/^([#>+=-])/, '\\$1').replace(/^(\d{1,9})([.)])/, '$1\\$2');
  const BLOCKS = /^(P|DIV|UL|OL|BLOCKQUOTE|PRE|H[1-6])$/;
  const read = (root) => {
    const blocks = [];
    let loose = null;
    for (const child of [...root.childNodes]) {
      if (child.nodeType === Node.ELEMENT_NODE && BLOCKS.test(child.nodeName)) {
        loose = null;
        if (child.nodeName === 'UL') blocks.push([...child.children].map((item) => `- ${words(item).trim().replace(/\n/g, ' ')}`).join('\n'));
        else if (child.nodeName === 'OL') blocks.push([...child.children].map((item, place) => `${place + 1}. ${words(item).trim().replace(/\n/g, ' ')}`).join('\n'));
        else if (child.nodeName === 'BLOCKQUOTE') blocks.push(read(child).split('\n').map((line) => `> ${line}`.trimEnd()).join('\n'));
        else if ([...child.children].some((inner) => BLOCKS.test(inner.nodeName))) blocks.push(read(child));
        else blocks.push(words(child).split('\n').map(begins).join('\n'));
      } else {
        if (!loose) { loose = document.createElement('p'); blocks.push(loose); }
        loose.append(child.cloneNode(true));
      }
    }
    return blocks.map((block) => typeof block === 'string' ? block : words(block).split('\n').map(begins).join('\n')).join('\n\n').replace(/\n{3,}/g, '\n\n').trim();
  };

  const edit = (field) => {
    if (field.dataset.edited) return;
    field.dataset.edited = 'yes';
    const form = field.form;
    const editor = document.createElement('div');
    editor.className = 'editor';
    editor.contentEditable = 'true';
    for (const [name, value] of [['role', 'textbox'], ['aria-multiline', 'true'], ['aria-label', field.getAttribute('aria-label')], ['aria-describedby', field.getAttribute('aria-describedby')], ['aria-invalid', field.getAttribute('aria-invalid') || 'false'], ['dir', 'auto'], ['data-hint', field.placeholder]]) editor.setAttribute(name, value);
    let own = false;
    const show = () => { if (!own) editor.innerHTML = render(field.value); };
    show();
    field.after(editor);
    field.hidden = true;
    for (const label of field.labels) label.addEventListener('click', () => editor.focus());
    const bar = form.querySelector('.marks');
    bar.hidden = false;
    editor.addEventListener('focus', () => document.execCommand('defaultParagraphSeparator', false, 'p'), { once: true });
    const keep = () => {
      own = true;
      field.value = read(editor);
      field.dispatchEvent(new Event('input', { bubbles: true }));
      own = false;
    };
    editor.addEventListener('input', keep);
    field.addEventListener('input', show);
    editor.addEventListener('blur', () => field.dispatchEvent(new FocusEvent('focusout', { bubbles: true })));
    // A picture is kept on the desk first; what stands in the text is its address.
    const chooser = form.elements.picture;
    let place = null;
    editor.addEventListener('blur', () => { if (getSelection().rangeCount) place = getSelection().getRangeAt(0).cloneRange(); });
    const picture = async (file) => {
      const told = form.querySelector('#too-long');
      const body = new FormData();
      body.append('csrf', form.elements.csrf.value);
      body.append('picture', file);
      const answer = await fetch('/pictures', { method: 'POST', body }).catch(() => null);
      const said = answer && /^text\/plain/.test(answer.headers.get('content-type')) ? await answer.text() : chooser.dataset.failed;
      told.textContent = answer && answer.ok ? '' : said;
      if (!answer || !answer.ok) return;
      editor.focus();
      if (place && editor.contains(place.commonAncestorContainer)) {
        getSelection().removeAllRanges();
        getSelection().addRange(place);
      } else getSelection().selectAllChildren(editor), getSelection().collapseToEnd();
      const [, words, key] = said.match(/^!\[(.*)\]\(picture:([\w-]+)\)$/);
      document.execCommand('insertImage', false, `/pictures/${key}`);
      for (const shown of editor.querySelectorAll(`img[src="/pictures/${key}"]`)) shown.alt = words.replace(/\\(.)/g, '$1');
      keep();
    };
    if (chooser) {
      chooser.form.querySelector('[value="picture"]').hidden = true;
      chooser.addEventListener('change', async () => {
        const files = [...chooser.files];
        chooser.value = '';
        chooser.closest('details').open = false;
        for (const file of files) await picture(file);
      });
    }
    editor.addEventListener('paste', (event) => {
      const files = [...event.clipboardData.files];
      if (files.length) {
        // Small ones stand in the text where that is allowed; others are attached.
        if (!chooser || !files.every((file) => /^image\/(png|jpeg|gif|webp)$/.test(file.type) && file.size <= 15360)) return;
        event.preventDefault();
        event.stopPropagation();
        place = null;
        files.reduce((before, file) => before.then(() => picture(file)), Promise.resolve());
        return;
      }
      event.preventDefault();
      document.execCommand('insertText', false, event.clipboardData.getData('text/plain'));
    });
    editor.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.isComposing || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      const send = form.querySelector('button.main');
      if (!send.disabled) form.requestSubmit(send);
    });
    // As plain text the field itself is there, with its marks; on the full screen nothing else is.
    const mode = (button, on) => {
      button.setAttribute('aria-pressed', on);
      if (button.dataset.mode === 'wide') form.classList.toggle('wide', on);
      else {
        if (!on) show();
        field.hidden = !on;
        editor.hidden = on;
        for (const one of bar.querySelectorAll('[data-do]')) one.disabled = on;
      }
      (field.hidden ? editor : field).focus();
    };
    form.addEventListener('keydown', (event) => {
      const wide = bar.querySelector('[data-mode="wide"][aria-pressed="true"]');
      if (event.key === 'Escape' && wide) { event.stopPropagation(); mode(wide, false); }
    });
    bar.addEventListener('mousedown', (event) => event.preventDefault());
    bar.addEventListener('click', (event) => {
      const turn = event.target.closest('[data-mode]');
      if (turn) mode(turn, turn.getAttribute('aria-pressed') === 'false');
      const button = event.target.closest('[data-do]');
      if (!button) return;
      editor.focus();
      const what = button.dataset.do;
      if (what === 'link') {
        const to = (prompt(bar.dataset.link, 'https://') || '').trim();
        if (!/^(https?:\/\/|mailto:|tel:)./.test(to) || to === 'https://') return;
        if (getSelection().isCollapsed) document.execCommand('insertText', false, to);
        else document.execCommand('createLink', false, to);
      } else if (what === 'quote') document.execCommand('formatBlock', false, getSelection().anchorNode.parentElement.closest('.editor blockquote') ? 'p' : 'blockquote');
      else document.execCommand(what);
      keep();
    });
  };
  document.querySelectorAll('textarea[data-rich]').forEach(edit);

  // Each address is looked at when its field is left: what is none, and who was not on the mail.
  const parts = (text) => text.split(/[,;\n]/).map((part) => part.trim()).filter(Boolean);
  const address = (part) => (part.match(/<([^<>]*)>\s*$/) || [0, part])[1].trim().toLowerCase();
  addEventListener('change', (event) => {
    const field = event.target;
    if (field.dataset.recipients === undefined) return;
    const form = field.form;
    const wrong = parts(field.value).filter((part) => !/^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>".]+$/.test(address(part)) && !part.includes('"'));
    document.getElementById(`${field.name}-error`).textContent = wrong.length ? `${wrong.map((part) => `“${part}”`).join(', ')} ${form.dataset.noAddress}` : '';
    field.toggleAttribute('aria-invalid', wrong.length > 0);
    if (wrong.length) field.setAttribute('aria-invalid', 'true');
    if (form.elements.how.value === 'forward') return;
    const known = form.dataset.known.split(' ');
    const fresh = [...form.querySelectorAll('[data-recipients]')].flatMap((one) => parts(one.value).map(address)).filter((one) => one && !known.includes(one));
    form.querySelector('.strangers').textContent = fresh.length ? form.dataset.strangers.replace('{}', fresh.join(', ')) : '';
  });

  // Files that are too large together are told before they are sent.
  addEventListener('change', (event) => {
    const form = letter(event.target);
    if (!form || !form.dataset.room || !event.target.matches('[type=file], [name=attachment], [name=along]')) return;
    const input = form.querySelector('[type=file]');
    let size = input ? [...input.files].reduce((sum, file) => sum + file.size, 0) : 0;
    for (const box of form.querySelectorAll('[data-size] input:checked')) size += Number(box.parentElement.dataset.size);
    const over = size > Number(form.dataset.room);
    const list = form.querySelector('.files');
    const names = input ? [...input.files].map((file) => file.name).join(', ') : '';
    list.textContent = size ? `${names} (${(size / 1e6).toFixed(1)} MB)` : '';
    form.querySelector('#too-long').textContent = over ? form.dataset.over : '';
    form.querySelector('button.main').disabled = over;
  });
}
