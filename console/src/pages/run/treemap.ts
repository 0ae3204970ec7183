// Lays sizes out as tiles of one rectangle, each as nearly square as it can be (squarified treemap, Bruls et al. 2000).

/** *Units*: shares of the whole, 0 to 1. */
export type Tile<T> = { item: T; left: number; top: number; width: number; height: number };

/** `ratio` is the picture's width by its height. Tiles come largest first; those of no size are left out. */
export function treemap<T extends { size: number }>(items: T[], ratio: number): Tile<T>[] {
  const sorted = items.filter(({ size }) => size > 0).sort((one, other) => other.size - one.size);
  const total = sorted.reduce((sum, { size }) => sum + size, 0);
  const tiles: Tile<T>[] = [];
  let [left, top, width, height] = [0, 0, ratio, 1];
  for (let at = 0; at < sorted.length; ) {
    const side = Math.min(width, height);
    const areas: number[] = [];
    // A row grows while its worst tile becomes squarer.
    for (let next = at; next < sorted.length; next += 1) {
      const area = ((sorted[next]?.size ?? 0) / total) * ratio;
      if (areas.length > 0 && worst([...areas, area], side) > worst(areas, side)) break;
      areas.push(area);
    }
    const thick = areas.reduce((sum, area) => sum + area, 0) / side;
    let along = 0;
    for (const area of areas) {
      const item = sorted[at] as T;
      const long = area / thick;
      const upright = width >= height;
      tiles.push({
        item,
        left: (left + (upright ? 0 : along)) / ratio,
        top: top + (upright ? along : 0),
        width: (upright ? thick : long) / ratio,
        height: upright ? long : thick,
      });
      along += long;
      at += 1;
    }
    if (width >= height) [left, width] = [left + thick, width - thick];
    else [top, height] = [top + thick, height - thick];
  }
  return tiles;
}

function worst(areas: number[], side: number): number {
  const thick = areas.reduce((sum, area) => sum + area, 0) / side;
  return Math.max(...areas.map((area) => Math.max(area / thick / thick, (thick * thick) / area)));
}
