/**
 * Puts a text before the title of the document until the reader looks at the page, also when the page changes its
 * title meanwhile.
 */
export function callAttention(text: string) {
  if (!document.hidden) return;
  const prefix = `● ${text} · `;
  const put = () => {
    if (!document.title.startsWith(prefix)) document.title = prefix + document.title;
  };
  // No timer: browsers slow down those of tabs that nobody sees.
  const changes = new MutationObserver(put);
  changes.observe(document.head, { childList: true, subtree: true, characterData: true });
  put();
  const seen = () => {
    if (document.hidden) return;
    changes.disconnect();
    document.removeEventListener("visibilitychange", seen);
    if (document.title.startsWith(prefix)) document.title = document.title.slice(prefix.length);
  };
  document.addEventListener("visibilitychange", seen);
}

/** Shows a notification of the browser if the reader allowed it and does not look at the page. */
export function notify(title: string, body: string, tag: string) {
  if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
  try {
    // Tabs that wait in the same queue have one notification together.
    const shown = new Notification(title, { body, tag });
    shown.onclick = () => {
      window.focus();
      shown.close();
    };
  } catch {
    // Some browsers on phones allow notifications to service workers only; the title of the page says it there.
  }
}
