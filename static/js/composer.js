// Writing: the counter, the keys that send, the draft that is kept, and the word of warning before it is lost.
{
  const token = () => (document.querySelector('[name=csrf]') || {}).value || '';
  const post = (url, fields) => fetch(url, {
    method: 'POST', keepalive: true, headers: { 'x-csrf': token() }, body: new URLSearchParams([...(Array.isArray(fields) ? fields : Object.entries(fields)), ['csrf', token()]]),
  }).catch(() => {});

  const GSM = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€]*$/;
  const segments = (text) => {
    const gsm = GSM.test(text);
    const used = gsm ? text.length + (text.match(/[\^{}\\[~\]|€]/g) || []).length : text.length;
    const [single, several] = gsm ? [160, 153] : [70, 67];
    return used <= single ? 1 : Math.ceil(used / several);
  };
  const measure = (text, unit) => unit === 'bytes' ? new TextEncoder().encode(text).length
    : unit === 'utf16' ? text.length : [...text].length;

  // At the limit Send works; one character more and it does not, and a sentence says how many to delete.
  const count = (form) => {
    const { most, unit, one, other, sms, parts } = form.dataset;
    if (!most) return;
    const field = form.elements.body;
    const used = measure(field.value.replace(/\s+$/, ''), unit);
    const over = used - Number(most);
    const error = form.querySelector('#too-long');
    const words = over > 0 ? (over === 1 ? one : other.replaceAll('987654321', over)) : '';
    if (error.textContent !== words) error.textContent = words;
    field.toggleAttribute('aria-invalid', over > 0);
    if (over > 0) field.setAttribute('aria-invalid', 'true');
    for (const button of form.querySelectorAll('button.main')) button.disabled = over > 0;
    const near = used > Number(most) * 0.8 ? `${used} / ${most}` : '';
    const pieces = sms !== undefined && segments(field.value) > 1 ? parts.replace('{}', segments(field.value)) : '';
    form.querySelector('.count').textContent = [pieces, near].filter(Boolean).join(' · ');
  };

  const kept = new WeakMap();
  let told = 0;
  const keep = (form) => {
    if (!form || !form.dataset.draft || form.dataset.sent) return;
    const body = form.elements.body.value;
    const all = form.dataset.mail === undefined ? { kind: form.elements.kind.value, key: form.elements.key.value, body }
      : [...new FormData(form)].filter(([name, value]) => name !== 'csrf' && typeof value === 'string');
    const mark = JSON.stringify(all);
    if (kept.get(form) === mark) return;
    kept.set(form, mark);
    post(form.dataset.draft, all);
  };

  addEventListener('input', (event) => {
    const field = event.target;
    const form = field.form;
    if (field.dataset.gap !== undefined) return preview(form);
    if (!form || !form.matches('.write') || (field.name !== 'body' && field.dataset.recipients === undefined)) return;
    if (field.name === 'body') count(form);
    clearTimeout(form.timer);
    form.timer = setTimeout(keep, 1500, form);
    if (form.dataset.draft && Date.now() - told > 5000 && field.value) {
      told = Date.now();
      post(form.dataset.draft.replace('/draft', '/writing'), {});
    }
  });
  addEventListener('focusout', (event) => { if (event.target.name === 'body' || event.target.dataset.recipients !== undefined) keep(event.target.form); });
  addEventListener('pagehide', () => document.querySelectorAll('form.write').forEach(keep));

  const unsent = (form) => !form.dataset.sent && form.elements.body
    && form.elements.body.value.trim() !== '' && form.elements.body.value !== form.elements.body.defaultValue;
  addEventListener('beforeunload', (event) => {
    if ([...document.querySelectorAll('form.write')].some(unsent)) event.preventDefault();
  });

  addEventListener('keydown', (event) => {
    const form = event.target.form;
    if (event.key !== 'Enter' || event.isComposing || !form || !form.matches('.write') || event.target.name !== 'body') return;
    const wanted = event.ctrlKey || event.metaKey || (form.dataset.enter && !event.shiftKey);
    if (!wanted) return;
    event.preventDefault();
    const button = form.querySelector('button.main');
    if (button && !button.disabled) form.requestSubmit(button);
  });

  addEventListener('submit', (event) => {
    const form = event.target;
    if (!form.matches('.write')) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (event.submitter && event.submitter.formAction.includes('/preview')) return;
    form.dataset.sent = 'yes';
    clearTimeout(form.timer);
    const button = form.querySelector('.main[data-busy]');
    if (button && !(event.submitter && event.submitter.name === 'act')) setTimeout(() => { button.textContent = button.dataset.busy; }, 300);
  });
  // The page may come back from the browser's memory after a failed journey.
  addEventListener('pageshow', () => document.querySelectorAll('form.write').forEach((form) => { delete form.dataset.sent; }));

  addEventListener('click', (event) => {
    const saved = event.target.closest('[data-insert]');
    const field = document.querySelector('#reply textarea[name=body]');
    if (!saved || !field) return;
    event.preventDefault();
    field.setRangeText(saved.dataset.insert, field.selectionStart, field.selectionEnd, 'end');
    field.dispatchEvent(new Event('input', { bubbles: true }));
    saved.closest('details').open = false;
    field.focus();
  });

  const files = (form, list) => {
    const input = form && form.querySelector('[type=file]');
    if (!input) return false;
    if (list) {
      const all = new DataTransfer();
      for (const file of [...(input.multiple ? input.files : []), ...list]) all.items.add(file);
      input.files = all.files;
    }
    form.querySelector('.files').textContent = [...input.files].map((file) => file.name).join(', ');
    return true;
  };
  addEventListener('change', (event) => { if (event.target.type === 'file') files(event.target.form); });
  addEventListener('dragover', (event) => { if (event.target.closest('.thread')) event.preventDefault(); });
  addEventListener('drop', (event) => {
    if (event.dataTransfer.files.length && files(document.getElementById('reply-form'), event.dataTransfer.files)) event.preventDefault();
  });
  addEventListener('paste', (event) => {
    if (event.clipboardData.files.length && files(event.target.form || event.target.closest('form'), event.clipboardData.files)) event.preventDefault();
  });

  const preview = (form) => {
    const shown = form.querySelector('.preview');
    shown.textContent = shown.dataset.body.replace(/\{\{\s*(.*?)\s*\}\}/g, (_, gap) => {
      const field = form.querySelector(`[data-gap="${CSS.escape(gap)}"]`);
      return field && field.value.trim() ? field.value : `[${gap}]`;
    });
    const gaps = [...form.querySelectorAll('[data-gap]')];
    const main = form.querySelector('.main:not([data-off])');
    if (main && gaps.length) main.disabled = gaps.some((gap) => !gap.value.trim());
  };

  document.querySelectorAll('form.write').forEach((form) => { if (form.elements.body) count(form); if (form.querySelector('.preview')) preview(form); });
}
