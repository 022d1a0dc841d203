/** Small parts of layer descriptions that several layers share. */
import type { ExpressionSpecification, SymbolLayerSpecification } from 'maplibre-gl';

/** A width that grows with the zoom: pairs of zoom and pixels. */
export function byZoom(...stops: number[]): ExpressionSpecification {
  return ['interpolate', ['linear'], ['zoom'], ...stops] as unknown as ExpressionSpecification;
}

export const textFont: NonNullable<SymbolLayerSpecification['layout']>['text-font'] = ['Noto Sans'];

export const EMPTY = { type: 'FeatureCollection' as const, features: [] };
