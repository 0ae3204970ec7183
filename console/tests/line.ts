// A line between the browser and the server that can be held and cut, as lines are.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export type Line = {
  /** The server's address at this end. */
  url: string;
  /** Lets so many bytes more through to the browser, or a few more than that, and no others until it is released. */
  holdAfter: (bytes: number) => void;
  release: () => void;
  /** Is cut when the server answers the next request that begins so, which reaches nobody. */
  loseAnswerTo: (begin: string) => void;
  /** Breaks off all that goes over it; what comes later goes through. */
  cut: () => void;
  close: () => void;
};

export async function openLine(to: URL): Promise<Line> {
  const ends = new Map<Socket, Socket>();
  let left = Number.POSITIVE_INFINITY;
  let unanswered: string | undefined;
  const server = createServer((near) => {
    const far = connect(Number(to.port), to.hostname);
    ends.set(near, far);
    const end = () => {
      ends.delete(near);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) socket.on("error", end).on("close", end);
    let isLost = false;
    near.pipe(far);
    near.on("data", (bytes) => {
      if (!unanswered || !bytes.toString("latin1").startsWith(unanswered)) return;
      unanswered = undefined;
      isLost = true;
    });
    far.on("data", (bytes) => {
      if (isLost) return end();
      near.write(bytes);
      left -= bytes.length;
      if (left <= 0) far.pause();
    });
  });
  await once(server.listen(0, to.hostname), "listening");
  const release = () => {
    left = Number.POSITIVE_INFINITY;
    for (const far of ends.values()) far.resume();
  };
  const cut = () => {
    for (const near of ends.keys()) near.destroy();
    release();
  };
  return {
    url: `http://${to.hostname}:${(server.address() as AddressInfo).port}`,
    holdAfter: (bytes) => {
      left = bytes;
    },
    release,
    loseAnswerTo: (begin) => {
      unanswered = begin;
    },
    cut,
    close: () => {
      cut();
      server.close();
    },
  };
}
