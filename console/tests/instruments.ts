// What measurements have in the page: it is there before the page's own scripts.

export type Instruments = {
  bounds: {
    painted: (seen: string, text: string, exactly: number) => Promise<number>;
    answersKeys: (seen: string) => Promise<number>;
    asked: () => number;
    contexts: () => { made: number; alive: number };
  };
};

/** Handed to the browser as it is written: it knows nothing outside of itself. */
export function instruments() {
  let from = 0;
  const begin = (event: Event) => {
    from = event.timeStamp;
  };
  addEventListener("click", begin, true);
  addEventListener("keydown", begin, true);

  const kept: WeakRef<RenderingContext>[] = [];
  const open = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (
    this: HTMLCanvasElement,
    kind: string,
    ...rest: unknown[]
  ) {
    const context = open.call(this, kind as "webgl", ...(rest as []));
    const isNew = context && kind.startsWith("webgl") && !kept.some((one) => one.deref() === context);
    if (isNew) kept.push(new WeakRef(context));
    return context;
  } as typeof open;

  /** Once the frame that is being made has been drawn: the next one begins only then. What that one holds is not waited for. */
  const drawn = () => new Promise(requestAnimationFrame);
  /** Answers with the frame that has it in it. */
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise(requestAnimationFrame);
  };
  Object.assign(window, {
    bounds: {
      painted: async (seen, text, exactly) => {
        await until(() => {
          const found = document.querySelectorAll(seen);
          const label = found[0]?.getAttribute("aria-label") ?? "";
          return found.length > 0 && label.includes(text) && (exactly === 0 || found.length === exactly);
        });
        await drawn();
        return performance.now() - from;
      },
      answersKeys: async (seen) => {
        await until(() => document.querySelector(`${seen} [role=option]`) !== null);
        const list = document.querySelector(seen) as HTMLElement;
        list.focus();
        const before = list.getAttribute("aria-activedescendant");
        list.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
        await until(() => list.getAttribute("aria-activedescendant") !== before);
        await drawn();
        return performance.now();
      },
      asked: () => {
        const newest = performance
          .getEntriesByType("resource")
          .filter(({ name }) => name.includes("/assets/search"))
          .at(-1) as PerformanceResourceTiming | undefined;
        return newest ? newest.responseEnd - newest.requestStart : Number.NaN;
      },
      contexts: () => ({
        made: kept.length,
        alive: kept.filter(
          (one) => (one.deref() as WebGLRenderingContext | undefined)?.isContextLost() === false,
        ).length,
      }),
    },
  } satisfies Instruments);
}
