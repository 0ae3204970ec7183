// What is under way between the browser and the server ends with the page.
import { useEffect } from "react";

/** Has the browser ask before the page is closed or left for another, while something is under way. */
export function useAskBeforeLeaving(isUnderWay: boolean): void {
  useEffect(() => {
    if (!isUnderWay) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isUnderWay]);
}
