// Work that waits for frames of the page: what somebody sees comes first.

let painted: Promise<number> | undefined;
let count = 0;

/** Until the next frame is drawn. Answers its number, the same for all who waited for it. */
export function afterPaint(): Promise<number> {
  painted ??= new Promise((resolve) => {
    requestAnimationFrame(() => {
      // Callbacks come before the frame is drawn, messages after it.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        painted = undefined;
        count += 1;
        resolve(count);
      };
      port2.postMessage(undefined);
    });
  });
  return painted;
}

const work: (() => void)[] = [];

/** Has it done with the next frame, together with all else that waits for it. */
export function inNextFrame(go: () => void): void {
  if (work.push(go) > 1) return;
  requestAnimationFrame(() => {
    for (const go of work.splice(0)) go();
  });
}

/** Has it done once the browser has nothing better to do. Answers what calls it off. */
export function whenIdle(go: () => void): () => void {
  // Safari has no such callbacks.
  if (typeof window.requestIdleCallback !== "function") {
    const timer = window.setTimeout(go, 500);
    return () => window.clearTimeout(timer);
  }
  const idle = window.requestIdleCallback(go, { timeout: 3_000 });
  return () => window.cancelIdleCallback(idle);
}
