/** The leg whose card is open: legs live in the map's worker only, so the map leaves its properties here. */
import type { LegProperties } from '../api';

export const picked: { leg: LegProperties | null; searched: boolean } = $state({ leg: null, searched: false });
