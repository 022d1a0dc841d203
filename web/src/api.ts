/**
 * The server, typed. One function a question; every answer is the server's JSON as it came.
 *
 * Addresses are relative to the page, so the page works under any path, and no other machine is ever asked.
 */
import type { FeatureCollection, LineString, MultiLineString, Point, Position } from 'geojson';
import type { Lang } from './words';

export type Quality = 'measured' | 'published' | 'derived' | 'assumed';
export type Mode = 'rail' | 'road' | 'sea';
export type Status = 'open' | 'limited' | 'closed' | 'construction' | 'planned' | 'partial';
export type Names = Record<Lang, string>;

export interface Health { status: string; version: string; reference_date: string; counts: Record<string, number> }
export interface Meta { attribution: string; border_policy: string }
export interface Country { country: string; name: string }
export interface Source { citation: string; url?: string | null; licence?: string | null; retrieved?: string | null; recheck_by?: string | null; note?: string | null }
export type Sources = Record<string, Source>;

export interface PlaceHit {
  place: string; name: string; names?: Partial<Names>; kind: string; country: string;
  lat: number; lon: number; modes: string[] | string;
}

export interface ProcessStep {
  procedure?: string; code: string; name: string; party?: string | null; hours: number | null; probability?: number | null;
  cost_usd?: number | null; source: string; quality: Quality; basis?: string | null;
  year?: number | null; n?: number | null; note?: string | null;
  /** How the step's share of a published whole came about. */
  split?: Quality | null;
  /** Several sources for one quantity stand side by side. */
  values?: StepValue[];
}
export interface StepValue { quantity: string; basis: string; mean: number; year?: number | null; n?: number | null; source: string; quality: Quality; note?: string | null }
export interface Process {
  mode: string; direction: string; service?: string | null; total_h: number | null;
  calibration?: { published_h: number | null; source: string; year?: number | null } | null;
  low_h?: number | null; high_h?: number | null; opening_wait_h?: number | null;
  steps: ProcessStep[];
}
export interface PlaceDetail {
  place: PlaceHit & {
    name_kk?: string; name_ru?: string; name_en?: string; timezone?: string; unlocode?: string | null; esr?: string | null;
    gauges_mm?: string | number[] | null; source: string; quality: Quality; note?: string | null;
  };
  crossings: CrossingRow[];
  processes: Process[];
  facilities: Record<string, unknown>[];
  sources: Sources;
}
/** As a place lists them; the map layer has more. */
export interface CrossingRow { crossing?: string; id?: string; name: string; mode: string; status: Status }

export interface Corridor {
  corridor: string; name: string; names?: Partial<Names>; family: string; status: Status; modes: string[] | string;
  colour: string; distance_km: number | null; via: { place: string; name: string }[]; source: string; quality: Quality; note?: string | null;
}

export interface CrossingProperties {
  id: string; name: string; mode: string; status: Status; control?: string;
  country_a?: string; country_b?: string; hours_a?: string | null; hours_b?: string | null; hours_quality?: Quality;
  timezone_a?: string | null; timezone_b?: string | null; post_a_name: string; post_b_name: string;
  post_a?: string; post_b?: string; gauge_change?: string | null; source: string; quality: Quality;
  note?: string | null; status_from?: string | null; status_to?: string | null;
}
export interface PlaceProperties {
  id: string; kind: string; name: string; country: string; modes: string; source: string; quality: Quality; note?: string | null;
}
export interface LegProperties {
  id: string; number: number; from_name: string; to_name: string; at: [lon: number, lat: number]; mode: Mode; gauge_mm: number | null; status: Status; distance_km: number; from: string; to: string;
  electrified?: string | null; kind: string; source: string; quality: Quality; note?: string | null;
}
export interface CorridorProperties { id: string; name: string; colour: string; status: Status }

export type Places = FeatureCollection<Point, PlaceProperties>;
export type Crossings = FeatureCollection<Point, CrossingProperties>;
export type CorridorLines = FeatureCollection<MultiLineString | LineString, CorridorProperties>;

export interface RouteRequest {
  origin: string; destination: string; mode: string; service?: string; via: string[]; avoid: string[]; close: string[];
  depart?: string; teu?: number; planned: boolean; own?: boolean; by_year?: number; scenario?: Record<string, string | number>[];
}
export interface RouteStep {
  code: string; name: string; place?: string | null; hours: number; cost_usd: number | null; cost_quality?: Quality; source: string; quality: Quality; probability?: number | null;
  year?: number | null; n?: number | null; basis?: string | null; note?: string | null; place_name?: string | null;
}
export interface RouteLeg {
  mode: Mode | 'transfer'; kind?: string; service?: string | null; from: string; to: string; from_place: string; to_place: string; through?: string[];
  distance_km: number; move_h: number; wait_h: number; cost_usd: number | null; co2e_kg: number | null;
  gauge_mm?: number | null; source: string; quality: Quality; cost_source?: string | null; cost_quality?: Quality; wait_quality?: Quality;
  steps: RouteStep[]; geometry?: Position[];
}
export interface RouteOption {
  label: string; label_text: string; service?: string | null;
  time_mean_h: number; time_p50_h: number; time_p90_h: number; cost_usd: number; co2e_kg: number; distance_km: number;
  countries: string[]; borders: { crossing: string; name: string; hours: number }[];
  legs: RouteLeg[]; share_by_quality: Partial<Record<Quality, number>>; sources: string[];
}
/** A point of the time, cost and distance chart: how far, and what it took to get there. */
export interface ChartPoint {
  km: number; hours: number; p10_h: number; p90_h: number; cost_usd: number; co2e_kg: number; place: string; name: string;
  component: string | null; component_name: string | null; step: boolean;
}
export interface Piece { component: string; name: string; hours: number; cost_usd: number; co2e_kg: number }
export interface Handover { kind: string; kind_name: string; where: string; name: string; hours: number; share_of_spread: number; quality: Quality }
export interface Missing { kind: string; settled_by: string; hours: number; share_of_hours: number; share_of_spread: number; weight: number }
export interface OptionExplained { label: string; components: Piece[]; handovers: Handover[]; chart: ChartPoint[]; missing: Missing[] }
export interface Against { a: string; b: string; sentence: string; total: { hours: number; cost_usd: number; co2e_kg: number }; by_component: Piece[] }
export interface Explained { against_first: Against[]; options: OptionExplained[] }

export interface Figures { time_mean_h: number; time_p90_h: number; cost_usd: number; co2e_kg: number }
export interface Difference {
  label: string; label_text: string; today: Figures & { borders: string[] }; edited: Figures & { borders: string[] }; difference: Figures;
  borders_gained: string[]; borders_lost: string[];
}
/** One cell of a table that an edit changed. */
export interface Change { edit: string; table: string; row: string; kind: string; column: string | null; before: unknown; after: unknown }
export interface ScenarioAnswer {
  changes: Change[]; refusals: { level: string; row: string; message: string; repair: string }[]; notes: string[];
  no_way: string | null; differences: Difference[]; corridors: { corridor: string; name: string }[]; leg_numbers: number[];
}

export interface CorridorSide {
  corridor: string; name: string; status: Status; from: string; to: string; service: string; distance_km: number; off_line_km: number;
  time_mean_h: number; time_p50_h: number; time_p90_h: number; p90_over_p50: number; cost_usd: number; co2e_kg: number; speed_kmh: number;
  usd_per_teu_1000km: number; co2e_kg_per_teu_1000km: number; components: Piece[];
  borders: { crossing: string; name: string; hours: number; share_of_spread: number; quality: Quality }[];
  share_by_quality: Partial<Record<Quality, number>>; source: string; quality: Quality;
}
export interface ComparisonAnswer { reference_date: string; counts: string; notes: string[]; vintages: number[]; corridors: CorridorSide[] }

export interface Term { term: string; name: string; definition: string | null; formula: string | null; unit: string | null }

export interface RouteAnswer {
  origin: { place: string; name: string }; destination: { place: string; name: string };
  seed: number; counts?: string; reference_date: string; depart?: string | null; notes: string[]; options: RouteOption[];
  explain?: Explained;
}

/** A refusal: the server's own sentence, already in the reader's language, or none when nothing answered. */
export class ApiError extends Error {
  constructor(readonly key: string, message: string, readonly status: number) {
    super(message);
    this.name = 'ApiError';
  }
}
/** Nothing came back, or nothing that could be read. */
export const UNREACHABLE = 'unreachable';

/** The absolute address of a question, as the map's worker needs it. */
export function address(path: string, query: Record<string, string | number | undefined> = {}): string {
  const url = new URL(path, document.baseURI);
  url.search = '';
  url.hash = '';
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') url.searchParams.set(key, String(value));
  }
  return url.href;
}

async function ask<T>(url: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new ApiError(UNREACHABLE, '', 0);
  }
  let body: unknown;
  try {
    body = await response.json();
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new ApiError(UNREACHABLE, '', response.status);
  }
  if (!response.ok) {
    const error = (body as { error?: { key?: string; message?: string } } | null)?.error;
    throw new ApiError(error?.key ?? UNREACHABLE, error?.message ?? '', response.status);
  }
  return body as T;
}

const get = <T>(path: string, query: Record<string, string | number | undefined>, signal?: AbortSignal) =>
  ask<T>(address(path, query), { signal: signal ?? null, headers: { accept: 'application/json' } });

export const fetchHealth = (signal?: AbortSignal) => get<Health>('health', {}, signal);
export const fetchMeta = (lang: Lang, signal?: AbortSignal) => get<Meta>('meta', { lang }, signal);
export const fetchCountries = async (lang: Lang, signal?: AbortSignal) =>
  (await get<{ countries: Country[] }>('countries', { lang }, signal)).countries;
export const fetchSources = async (signal?: AbortSignal) => (await get<{ sources: Sources }>('sources', {}, signal)).sources;
export const searchPlaces = async (q: string, lang: Lang, signal?: AbortSignal) =>
  (await get<{ places: PlaceHit[] }>('places', { q, lang, limit: 8 }, signal)).places;
export const fetchPlace = (id: string, lang: Lang, signal?: AbortSignal) =>
  get<PlaceDetail>(`places/${encodeURIComponent(id)}`, { lang }, signal);
export const fetchCorridors = async (lang: Lang, signal?: AbortSignal) =>
  (await get<{ corridors: Corridor[] }>('corridors', { lang }, signal)).corridors;
export const fetchCrossings = (lang: Lang, signal?: AbortSignal) => get<Crossings>('features/crossings', { lang }, signal);
export const fetchPlaces = (lang: Lang, signal?: AbortSignal) => get<Places>('features/places', { lang }, signal);
export const fetchCorridorLines = (lang: Lang, signal?: AbortSignal) => get<CorridorLines>('features/corridors', { lang }, signal);

/** A figure behind a criterion, about all trips or one corridor, list or currency. */
export interface CriterionResult {
  series: string; measure: string; subject: string | null; subject_name: string | null; value: number | null; unit: string;
  low: number | null; high: number | null; n: number | null; date: string | null; quality: Quality | 'simulated' | null; quality_text: string | null;
  source: string | null; status_text: string; trend: { per_year: number; low: number | null; high: number | null } | null; target: number | null; target_text?: string | null;
}
export interface Criterion {
  id: string; title: string; definition: string; status: string; status_text: string; reason_text: string | null; settles: string | null;
  results: CriterionResult[];
}
export interface Scorecard { on: string; judged: number; criteria: Criterion[] }
export interface Measure {
  measure: string; title: string; lead: string | null; partners: string[] | null; due: string | null; status: string; status_text: string;
  reason: string; source: string; quality: Quality;
}
export interface Programme {
  programme: string; title: string; kind_text: string; declared_text: string | null; registered: number;
  missing: { least: number; most: number | null } | null; source: string; quality: Quality;
}
export interface PlanStatus { on: string; counts: Record<string, number>; programmes: Programme[]; measures: Measure[]; late: string[]; without_evidence: string[] }

export const fetchScorecard = (lang: Lang, signal?: AbortSignal) => get<Scorecard>('scorecard', { lang }, signal);
export const fetchPlan = (lang: Lang, signal?: AbortSignal) => get<PlanStatus>('plan', { lang }, signal);

const post = <T>(path: string, query: Record<string, string>, body: object, signal?: AbortSignal) =>
  ask<T>(address(path, query), {
    method: 'POST',
    signal: signal ?? null,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });

export const findRoutes = (request: RouteRequest, lang: Lang, signal?: AbortSignal) =>
  post<RouteAnswer>('routes', {}, { ...request, lang, geometry: true, explain: true }, signal);

/** What edits do to a trip, against today. */
export const askScenario = ({ scenario = [], ...request }: RouteRequest, lang: Lang, signal?: AbortSignal) =>
  post<ScenarioAnswer>('scenarios', {}, { edits: scenario, route: { ...request, lang } }, signal);

export const compareCorridors = (corridors: readonly string[], vintage: number, lang: Lang, signal?: AbortSignal) =>
  ask<ComparisonAnswer>(
    `${address('compare', { lang, vintage: vintage || undefined })}${corridors.map((each) => `&corridor=${encodeURIComponent(each)}`).join('')}`,
    { signal: signal ?? null, headers: { accept: 'application/json' } },
  );

export const fetchTerms = async (lang: Lang, signal?: AbortSignal) => (await get<{ terms: Term[] }>('terms', { lang }, signal)).terms;

/** Names of activity codes, for edits that name a step. */
export const fetchCodes = async (lang: Lang, signal?: AbortSignal) => (await get<{ codes: { code: string; name: string }[] }>('codes', { lang }, signal)).codes;

export interface Incident { incident: string; began: string; title: string; severity_text: string | null }
export const fetchIncidents = async (place: string, lang: Lang, signal?: AbortSignal) =>
  (await get<{ incidents: Incident[] }>('incidents', { place, lang }, signal)).incidents;
export const fetchLeg = (id: string, lang: Lang, signal?: AbortSignal) => get<LegProperties>(`legs/${encodeURIComponent(id)}`, { lang }, signal);

/** The leg under a point of the map. */
export const fetchLegAt = ({ lng, lat }: { lng: number; lat: number }, mode: string, lang: Lang, signal?: AbortSignal) =>
  get<LegProperties>('legs', { lat: lat.toFixed(4), lon: lng.toFixed(4), mode, lang }, signal);

/** What a remark of the reader is about. */
export interface About { table: string; row: string }
export const sendRemark = (about: About, note: string, author: string, lang: Lang) =>
  post<{ id: string }>('own', { lang }, { op: 'wrong', ...about, note, author });
/** A figure of the reader beside ours. */
export const sendFigure = (own: { kind: string; target: string; quantity: string }, value: number, note: string, author: string, lang: Lang) =>
  post<{ id: string }>('own', { lang }, { op: 'add', ...own, value, note, author });
