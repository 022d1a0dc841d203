import { describe, expect, it } from 'vitest';
import type { RouteAnswer, RouteOption } from '../src/api';
import { apartKm, pointAtKm } from '../src/lib/along';
import { routeGeoJson, stepsCsv } from '../src/lib/export';

const option = {
  label: 'fastest', label_text: 'fastest', sources: [],
  legs: [
    {
      mode: 'rail', service: 'block_train', from: 'A', to: 'B', from_place: 'a', to_place: 'b', distance_km: 100, move_h: 4, wait_h: 2, cost_usd: 50, co2e_kg: 7,
      source: 's1', quality: 'published', wait_quality: 'assumed', geometry: [[0, 0], [1, 0]],
      steps: [{ code: 'customs', name: 'Customs, "green" lane', place: 'b', hours: 3, cost_usd: 10, source: 's2', quality: 'measured', year: 2024, n: 12, probability: 0.5 }],
    },
    { mode: 'road', service: 'road_tir', from: 'B', to: 'C', from_place: 'b', to_place: 'c', distance_km: 300, move_h: 6, wait_h: 0, cost_usd: 90, co2e_kg: 30, source: 's1', quality: 'derived', geometry: [[1, 0], [1, 1], [1, 3]], steps: [] },
  ],
} as unknown as RouteOption;

describe('a route taken away', () => {
  it('as CSV has a row for each move, wait and step with its source', () => {
    const lines = stepsCsv(option).trim().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[0]!.split(',')).toHaveLength(18);
    expect(lines[3]).toBe('1,step,rail,block_train,a,b,b,customs,"Customs, ""green"" lane",,3,10,,0.5,s2,measured,2024,12');
  });
  it('as GeoJSON has one line a leg and keeps what it rests on', () => {
    const read = JSON.parse(routeGeoJson({ options: [option] } as unknown as RouteAnswer));
    expect(read.features).toHaveLength(2);
    expect(read.features[0].properties).toMatchObject({ option: 1, leg: 1, steps_h: 3, source: 's1', quality: 'published' });
    expect(read.features[1].geometry.coordinates).toEqual([[1, 0], [1, 1], [1, 3]]);
  });
});

describe('a point along the way', () => {
  it('is found by kilometres, each leg stretched to its own length', () => {
    expect(pointAtKm(option, 0)).toEqual([0, 0]);
    expect(pointAtKm(option, 50)![0]).toBeCloseTo(0.5, 6);
    expect(pointAtKm(option, 250)![1]).toBeCloseTo(1.5, 6);
    expect(pointAtKm(option, 9999)).toEqual([1, 3]);
  });
  it('measures great circles', () => {
    expect(apartKm([0, 0], [0, 90])).toBeCloseTo(10_007.557, 2);
  });
});
