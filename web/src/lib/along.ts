/** Where on its way an option is after so many kilometres. */
import type { Position } from 'geojson';
import type { RouteOption } from '../api';

const EARTH_KM = 6371.0088;
const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** Great-circle kilometres between two points. */
export function apartKm(a: Position, b: Position): number {
  const [lonA = 0, latA = 0] = a;
  const [lonB = 0, latB = 0] = b;
  const half = Math.sin(radians(latB - latA) / 2) ** 2 + Math.cos(radians(latA)) * Math.cos(radians(latB)) * Math.sin(radians(lonB - lonA) / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(half)));
}

/** The point `km` along the option; a drawn line is shorter than the track, so each leg is stretched to its length. */
export function pointAtKm(option: Pick<RouteOption, 'legs'>, km: number): Position | null {
  let left = Math.max(0, km);
  let last: Position | null = null;
  for (const leg of option.legs) {
    const line = leg.geometry ?? [];
    if (line.length === 0) { left = Math.max(0, left - leg.distance_km); continue; }
    last = line[line.length - 1] ?? last;
    if (left > leg.distance_km) { left -= leg.distance_km; continue; }
    return along(line, leg.distance_km > 0 ? left / leg.distance_km : 0);
  }
  return last;
}

function along(line: readonly Position[], share: number): Position | null {
  const pieces = line.slice(1).map((point, index) => apartKm(line[index]!, point));
  let left = pieces.reduce((sum, piece) => sum + piece, 0) * Math.min(1, Math.max(0, share));
  for (const [index, piece] of pieces.entries()) {
    const start = line[index]!;
    const end = line[index + 1]!;
    if (left <= piece) {
      const part = piece > 0 ? left / piece : 0;
      return [start[0]! + (end[0]! - start[0]!) * part, start[1]! + (end[1]! - start[1]!) * part];
    }
    left -= piece;
  }
  return line[line.length - 1] ?? null;
}
