/** A wish to look at a point, from anywhere on the page; the map fulfils and forgets it. */
export const focus: { target: { lon: number; lat: number; zoom: number } | null } = $state({ target: null });

/** A point that a chart speaks of while the pointer rests on it. */
export const spoken: { at: [lon: number, lat: number] | null } = $state({ at: null });

export function lookAt(lon: number, lat: number, zoom = 6): void {
  focus.target = { lon, lat, zoom };
}
