/** A picture of the map as it stands; a WebGL canvas holds its pixels only while a frame is drawn. */
import type { Map as MapLibre } from 'maplibre-gl';

let shown: MapLibre | null = null;

export function offer(map: MapLibre | null): void { shown = map; }

export function snapshot(): Promise<string | null> {
  const map = shown;
  if (!map) return Promise.resolve(null);
  return new Promise((resolve) => {
    const patience = setTimeout(() => resolve(null), 4000);
    void map.once('render', () => {
      clearTimeout(patience);
      resolve(map.getCanvas().toDataURL('image/png'));
    });
    map.triggerRepaint();
  });
}
