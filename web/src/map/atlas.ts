/** The base map: land and neutral border lines from the atlas that lies beside the page. */
import type { Feature, FeatureCollection, MultiLineString, MultiPolygon, Polygon, Position } from 'geojson';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import atlasUrl from 'world-atlas/countries-50m.json?url';

export interface BaseMap { land: FeatureCollection<Polygon | MultiPolygon>; borders: Feature<MultiLineString> }

const ANTARCTICA = '010';

export async function loadBaseMap(): Promise<BaseMap> {
  const response = await fetch(new URL(atlasUrl, document.baseURI));
  const atlas = (await response.json()) as Topology<{ countries: GeometryCollection }>;
  const { countries } = atlas.objects;
  // Filled as countries, not as the atlas's own land: there the Caspian is land, here it stays water.
  const land = feature(atlas, countries) as FeatureCollection<Polygon | MultiPolygon>;
  return {
    // Antarctica reaches the pole, which this projection cannot draw.
    land: { ...land, features: land.features.filter(({ id }) => id !== ANTARCTICA).map(unwrapped) },
    borders: { type: 'Feature', properties: {}, geometry: mesh(atlas, countries, (a, b) => a !== b) },
  };
}

/** Rings that touch the antimeridian come with 180 written as -180, which would fill the Arctic with land. */
function unwrapped(country: Feature<Polygon | MultiPolygon>): Feature<Polygon | MultiPolygon> {
  const { geometry } = country;
  return geometry.type === 'Polygon'
    ? { ...country, geometry: { ...geometry, coordinates: geometry.coordinates.map(unwrappedRing) } }
    : { ...country, geometry: { ...geometry, coordinates: geometry.coordinates.map((polygon) => polygon.map(unwrappedRing)) } };
}

function unwrappedRing(ring: Position[]): Position[] {
  const longitudes = ring.map(([lon = 0]) => lon);
  const spansWorld = Math.max(...longitudes) - Math.min(...longitudes) > 180;
  return spansWorld ? ring.map(([lon = 0, lat = 0]) => [lon < 0 ? lon + 360 : lon, lat]) : ring;
}
