// A recorded trace of Chromium, read for what somebody sees: when frames were drawn, and what held the page.

type Event = {
  name: string;
  ph: string;
  ts: number;
  dur?: number;
  tdur?: number;
  pid: number;
  tid: number;
  args?: Args;
};
type Args = { name?: string; layerTreeId?: number };

/**
 * From the first of one mark of the page to the last of another: the times from one drawn frame to the next, and the processor's time for each of the
 * main thread's tasks: whatever else the machine does meanwhile is in the frames. *Units*: milliseconds.
 */
export function readFrames(
  trace: Buffer,
  begins: string,
  ends: string,
): { frames: number[]; tasks: number[] } {
  const { traceEvents: events } = JSON.parse(trace.toString()) as { traceEvents: Event[] };
  const begin = events.find(({ name }) => name === begins);
  const end = events.filter(({ name }) => name === ends).sort((one, other) => other.ts - one.ts)[0];
  if (!begin || !end) throw new Error("the trace has no marks");
  const within = events.filter(({ ts, pid }) => pid === begin.pid && ts >= begin.ts && ts <= end.ts);
  // The thread that set the mark is the page's own.
  const tasks = within
    .filter(({ name, ph, tid }) => ph === "X" && tid === begin.tid && name === "RunTask")
    .map(({ dur = 0, tdur = dur }) => tdur / 1000);
  const drawn = within.filter(({ name }) => name === "DrawFrame").map(({ ts }) => ts);
  if (drawn.length < 10) throw new Error(`the trace has ${drawn.length} drawn frames only`);
  drawn.sort((one, other) => one - other);
  const frames = drawn.slice(1).map((ts, at) => (ts - (drawn[at] ?? ts)) / 1000);
  return { frames, tasks };
}
