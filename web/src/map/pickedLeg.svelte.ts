/** The leg whose card is open, as the server tells it: the map needs its number to light it up. */
import type { LegProperties } from '../api';

export const picked: { leg: LegProperties | null } = $state({ leg: null });
