/** The map, handed to the layers inside it. */
import type { Map as MapLibre } from 'maplibre-gl';
import { getContext, setContext } from 'svelte';

const KEY = Symbol('map');
export const giveMap = (map: MapLibre): void => { setContext(KEY, map); };
export const takeMap = (): MapLibre => getContext<MapLibre>(KEY);
