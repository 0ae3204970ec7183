// Lays sizes out as tiles of one rectangle, each as nearly square as it can be.
import { hierarchy, treemap } from "d3-hierarchy";

/** *Units*: shares of the whole, 0 to 1. */
export type Tile<T> = { item: T; left: number; top: number; width: number; height: number };

/** `ratio` is the picture's width by its height. Tiles come largest first. */
export function tilesOf<T extends { size: number }>(items: T[], ratio: number): Tile<T>[] {
  type Node = { item?: T; children?: Node[] };
  const whole: Node = { children: items.map((item) => ({ item })) };
  const root = hierarchy(whole)
    .sum(({ item }) => item?.size ?? 0)
    .sort((one, other) => (other.value ?? 0) - (one.value ?? 0));
  const laid = treemap<Node>().size([ratio, 1])(root);
  return laid
    .leaves()
    .flatMap(({ data: { item }, x0, x1, y0, y1 }) =>
      item ? [{ item, left: x0 / ratio, top: y0, width: (x1 - x0) / ratio, height: y1 - y0 }] : [],
    );
}
