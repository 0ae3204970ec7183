// The same work for each of several things: a few at once, and a failure of one keeps none of the others from it.

/** As many requests as a browser has at one server anyway. */
const AT_ONCE = 6;

export type Outcome<T> = { done: T[]; failed: { one: T; problem: unknown }[] };

export async function forEach<T>(
  things: readonly T[],
  work: (one: T) => Promise<unknown>,
): Promise<Outcome<T>> {
  const outcome: Outcome<T> = { done: [], failed: [] };
  const left = [...things];
  const worker = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) {
      try {
        await work(one);
        outcome.done.push(one);
      } catch (problem) {
        outcome.failed.push({ one, problem });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return outcome;
}
