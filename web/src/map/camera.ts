/** Where the map should look. */
import type { RouteOption } from '../api';

export { focus, lookAt } from './focus.svelte';

/** The frame around an option's lines; null when it carries none. */
export function routeBounds(option: RouteOption | undefined): [[number, number], [number, number]] | null {
  const points = option?.legs.flatMap((leg) => leg.geometry ?? []) ?? [];
  if (points.length === 0) return null;
  let [west, south, east, north] = [180, 90, -180, -90];
  for (const [lon = 0, lat = 0] of points) {
    west = Math.min(west, lon);
    east = Math.max(east, lon);
    south = Math.min(south, lat);
    north = Math.max(north, lat);
  }
  return [[west, south], [east, north]];
}
