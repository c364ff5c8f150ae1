// A button on any website that opens its chat in a frame of the desk's own origin. Everything is inside a
// closed shadow root; the page around it gets no global and no style, and learns nothing of what is said.
(() => {
  const tag = document.currentScript, key = tag?.dataset.key;
  if (!key || !tag.src) return;
  const desk = new URL(tag.src).origin, base = `${desk}/chat/${encodeURIComponent(key)}`;
  const query = tag.dataset.language ? `?language=${encodeURIComponent(tag.dataset.language)}` : '';
  const mark = `transom.${key}`;
  const style = `
:host { all: initial; position: fixed; inset: auto 0 0 auto; z-index: 2147483000; font: 16px system-ui, sans-serif; }
button { position: fixed; inset-block-end: max(1rem, env(safe-area-inset-bottom)); inline-size: 3.5rem; block-size: 3.5rem; padding: 0; border: 0; border-radius: 50%;
  background: var(--accent, #3a50b8); color: var(--on, #fff); cursor: pointer; box-shadow: 0 2px 10px #0005; transition: transform .15s; }
button:hover { transform: scale(1.05); }
button:focus-visible { outline: 3px solid var(--on, #fff); box-shadow: 0 0 0 5px var(--accent, #3a50b8); }
svg { inline-size: 1.625rem; block-size: 1.625rem; vertical-align: middle; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
b { position: absolute; inset: -.25rem -.25rem auto auto; min-inline-size: 1.375rem; padding-inline: .25rem; box-sizing: border-box; border: 2px solid #fff; border-radius: 1rem; background: #b3261e; color: #fff; font: 600 .75rem/1.125rem system-ui, sans-serif; }
iframe { position: fixed; inset-block-end: calc(max(1rem, env(safe-area-inset-bottom)) + 4.25rem); inline-size: min(24rem, calc(100vw - 2rem)); block-size: min(38rem, calc(100dvh - 6.5rem));
  border: 1px solid #8885; border-radius: .75rem; background: Canvas; color-scheme: light dark; box-shadow: 0 8px 30px #0004; }
[hidden] { display: none; }
.right { right: 1rem; } .left { left: 1rem; }
@media (max-width: 30rem), (max-height: 26rem) { iframe { inset: 0 !important; inline-size: 100vw; block-size: 100dvh; border: 0; border-radius: 0; } button[aria-expanded=true] { display: none; } }
@media (prefers-reduced-motion: reduce) { button { transition: none; } button:hover { transform: none; } }`;
  const open = 'M21 11.5a8.4 8.4 0 0 1-12 7.6L3 21l1.9-6A8.4 8.4 0 1 1 21 11.5z', shut = 'M6 6l12 12M18 6L6 18';
  const flag = on => { try { return on ? localStorage.setItem(mark, '1') : localStorage.getItem(mark); } catch { return null; } };

  function draw(look) {
    const host = document.createElement('div'), root = host.attachShadow({ mode: 'closed' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [sheet];
    const accent = tag.dataset.accent || look.accent, side = tag.dataset.position || look.side;
    if (accent) { host.style.setProperty('--accent', accent); if (look.on_accent) host.style.setProperty('--on', look.on_accent); }
    const button = document.createElement('button'), badge = document.createElement('b');
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg'), path = document.createElementNS(svg.namespaceURI, 'path');
    svg.setAttribute('viewBox', '0 0 24 24'); svg.setAttribute('aria-hidden', 'true'); svg.append(path);
    button.className = side === 'left' ? 'left' : 'right';
    badge.hidden = true; badge.setAttribute('aria-hidden', 'true');
    button.append(svg, badge);
    let frame = null, ready = false, shown = false, unread = 0;

    const name = () => {
      path.setAttribute('d', shown ? shut : open);
      button.setAttribute('aria-expanded', shown);
      button.setAttribute('aria-label', shown ? look.close : unread ? `${look.open} (${unread} ${look.unread})` : look.open);
      badge.hidden = shown || !unread; badge.textContent = unread > 9 ? '9+' : unread;
    };
    const tell = (kind, more) => ready && frame.contentWindow.postMessage({ transom: kind, ...more }, desk);
    const hello = () => tell('hello', { identity: tag.dataset.identity || '' });
    const make = () => {
      if (frame) return;
      frame = document.createElement('iframe');
      frame.title = look.name; frame.src = base + query; frame.hidden = !shown; frame.className = button.className;
      frame.addEventListener('load', () => { ready = true; hello(); if (shown) tell('shown', { n: 1 }); });
      root.append(frame);
    };
    const show = on => {
      shown = on; make(); frame.hidden = !on;
      if (on) { unread = 0; frame.focus(); }
      tell('shown', { n: on ? 1 : 0 }); name();
      if (!on) button.focus();
    };
    button.addEventListener('click', () => show(!shown));
    root.addEventListener('keydown', event => { if (event.key === 'Escape' && shown) show(false); });
    window.addEventListener('message', event => {
      if (!frame || event.source !== frame.contentWindow || event.origin !== desk) return;
      const kind = event.data?.transom, n = event.data?.n;
      if (kind === 'hide' && shown) show(false);
      else if (kind === 'begun') flag(true);
      else if (kind === 'renew') hello();
      else if (kind === 'unread' && Number.isInteger(n) && n >= 0) { unread = n; name(); }
    });
    name();
    root.append(button);
    document.body.append(host);
    // Who has chatted here before is told of answers without opening the chat.
    if (flag()) make();
  }

  const begin = () => fetch(`${base}/widget${query}`).then(answer => answer.ok ? answer.json() : null)
    .then(look => { if (look) draw(look); }, () => { /* The desk cannot be reached: the page stays as it is. */ });
  if (document.body) begin(); else addEventListener('DOMContentLoaded', begin);
})();
