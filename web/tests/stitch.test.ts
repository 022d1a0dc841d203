import { describe, expect, it } from 'vitest';
import { joined } from '../src/map/stitch';

describe('the pieces of a corridor', () => {
  it('become one line whichever way each of them lies', () => {
    const a = [[0, 0], [1, 0]];
    const b = [[2, 0], [1, 0]];
    const c = [[2, 0], [3, 0]];
    expect(joined([a, b, c])).toEqual([[[0, 0], [1, 0], [2, 0], [3, 0]]]);
    expect(joined([a.toReversed(), b, c])).toEqual([[[0, 0], [1, 0], [2, 0], [3, 0]]]);
  });
  it('stay apart where they do not meet, and nothing is lost but points without a line', () => {
    expect(joined([[[0, 0], [1, 0]], [[5, 5]], [[7, 7], [8, 8]]])).toEqual([[[0, 0], [1, 0]], [[7, 7], [8, 8]]]);
  });
});
