/** A wish to look at a point, from anywhere on the page; the map fulfils and forgets it. */
export const focus: { target: { lon: number; lat: number; zoom: number } | null } = $state({ target: null });

export function lookAt(lon: number, lat: number, zoom = 6): void {
  focus.target = { lon, lat, zoom };
}
