/** Joining the pieces of a corridor, which come in order but each in its own direction. */
import type { Feature, LineString, MultiLineString, Position } from 'geojson';

/** About a kilometre: pieces meet at a place, and a place may be drawn at two ends of a yard. */
const NEAR_DEG = 0.012;

const near = (a: Position | undefined, b: Position | undefined) =>
  a !== undefined && b !== undefined && Math.abs(a[0]! - b[0]!) < NEAR_DEG && Math.abs(a[1]! - b[1]!) < NEAR_DEG;

export function joined(pieces: readonly Position[][]): Position[][] {
  const lines: Position[][] = [];
  for (const piece of pieces) {
    if (piece.length < 2) continue;
    const last = lines.at(-1);
    if (last && near(last.at(-1), piece[0])) last.push(...piece.slice(1));
    else if (last && near(last.at(-1), piece.at(-1))) last.push(...piece.toReversed().slice(1));
    // The first piece of a line may itself lie backwards; only its neighbour tells.
    else if (last && near(last[0], piece[0])) lines[lines.length - 1] = [...last.toReversed(), ...piece.slice(1)];
    else if (last && near(last[0], piece.at(-1))) lines[lines.length - 1] = [...last.toReversed(), ...piece.toReversed().slice(1)];
    else lines.push([...piece]);
  }
  return lines;
}

export function stitched<P>(feature: Feature<MultiLineString | LineString, P>): Feature<MultiLineString | LineString, P> {
  const { geometry } = feature;
  return geometry.type === 'LineString' ? feature : { ...feature, geometry: { ...geometry, coordinates: joined(geometry.coordinates) } };
}

/** The point at a share of the way along the longest line, measured in corners: near enough for a label. */
export function pointAlong(geometry: MultiLineString | LineString, share: number): Position | null {
  const lines = geometry.type === 'LineString' ? [geometry.coordinates] : geometry.coordinates;
  const longest = lines.reduce<Position[]>((best, line) => (line.length > best.length ? line : best), []);
  return longest[Math.min(longest.length - 1, Math.floor(longest.length * share))] ?? null;
}
