"""Names of EPCIS 2.0: event types, fields, vocabularies, and what a prefix of a document stands for.

Question: which field is meant by this key, and which CBV term by this value, however they are written?
In and out: keys and values as a file has them in; short names of EPCIS JSON-LD out; a `Context` turns a
key of an extension into its namespace and local name.
Method: the terms of the GS1 JSON-LD context and of CBV 2.0, read once as sets; URN, web URI, CURIE and
bare word of one term become the bare word. Contexts are merged as JSON-LD 1.1 merges them, as far as
prefixes, terms and `@vocab` go.
Limits: no context is fetched; a remote one other than GS1's is kept by address and its terms stay as
they stand. A term outside CBV 2.0 stays as it is.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CONTEXT", "EVENTS", "FIELDS", "Context", "Misfit", "long_term", "short_term"]

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
"""Address of the context that every document written here names."""

EVENTS = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent")
"""Event types of EPCIS 2.0."""

_HEAD = "type eventTime recordTime eventTimeZoneOffset eventID errorDeclaration certificationInfo"
_DEAL = "bizTransactionList"
_STEP = "action bizStep disposition readPoint bizLocation"
_TAIL = "sourceList destinationList sensorElementList persistentDisposition"
FIELDS: dict[str, tuple[str, ...]] = {
    name: tuple(words.split())
    for name, words in {
        "ObjectEvent": f"{_HEAD} epcList {_STEP} bizTransactionList quantityList {_TAIL} ilmd",
        "AggregationEvent": f"{_HEAD} parentID childEPCs {_STEP} {_DEAL} childQuantityList {_TAIL}",
        "TransactionEvent": f"{_HEAD} bizTransactionList parentID epcList {_STEP} quantityList {_TAIL}",
        "TransformationEvent": f"{_HEAD} inputEPCList inputQuantityList outputEPCList outputQuantityList "
        f"transformationID {_STEP.removeprefix('action ')} bizTransactionList {_TAIL} ilmd",
        "AssociationEvent": f"{_HEAD} parentID childEPCs childQuantityList {_STEP} {_DEAL} {_TAIL}",
    }.items()
}
"""Standard fields of each event type in the order of the XML schema."""

_STANDARD = frozenset(name for names in FIELDS.values() for name in names)

_TERMS: dict[str, tuple[str, str, str]] = {
    "bizStep": (
        "urn:epcglobal:cbv:bizstep:",
        "BizStep-",
        """
        accepting arriving assembling collecting commissioning consigning creating_class_instance
        cycle_counting decommissioning departing destroying disassembling dispensing encoding
        entering_exiting holding inspecting installing killing loading other packing picking receiving
        removing repackaging repairing replacing reserving retail_selling sampling sensor_reporting
        shipping staging_outbound stock_taking stocking storing transporting unloading unpacking
        void_shipping
        """,
    ),
    "disposition": (
        "urn:epcglobal:cbv:disp:",
        "Disp-",
        """
        active available completeness_inferred completeness_verified conformant container_closed
        container_open damaged destroyed dispensed disposed encoded expired in_progress in_transit
        inactive mismatch_class mismatch_instance mismatch_quantity needs_replacement no_pedigree_match
        non_conformant non_sellable_other partially_dispensed recalled reserved retail_sold returned
        sellable_accessible sellable_not_accessible stolen unavailable unknown
        """,
    ),
    "bizTransaction": (
        "urn:epcglobal:cbv:btt:",
        "BTT-",
        """
        bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt
        """,
    ),
    "place": (
        "urn:epcglobal:cbv:sdt:",
        "SDT-",
        """
        location owning_party possessing_party
        """,
    ),
    "reason": (
        "urn:epcglobal:cbv:er:",
        "ER-",
        """
        did_not_occur incorrect_data
        """,
    ),
    "component": (
        "",
        "Comp-",
        """
        altitude axial_distance azimuth easting elevation_angle height latitude longitude northing
        polar_angle spherical_radius x y z
        """,
    ),
    "measurement": (
        "",
        "",
        """
        ALARM_CONDITION ERROR_CONDITION AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration
        Altitude AmountOfSubstance AmountOfSubstancePerUnitVolume Angle AngularAcceleration
        AngularMomentum AngularVelocity Area Capacitance Conductance Conductivity Count Density
        Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity EffectiveDose EffectiveDoseRate
        ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy Exposure
        Force Frequency Illuminance Inductance Irradiance KinematicViscosity Length LinearMomentum
        Luminance LuminousFlux LuminousIntensity MagneticFlux MagneticFluxDensity
        MagneticVectorPotential Mass MassConcentration MassFlowRate MassPerAreaTime MemoryCapacity
        MolalityOfSolute MolarEnergy MolarMass MolarVolume Power Pressure Radioactivity RadiantFlux
        RadiantIntensity RelativeHumidity Resistance Resistivity SolidAngle SpecificVolume Speed
        SurfaceDensity SurfaceTension Temperature Time Torque Voltage Volume VolumeFlowRate
        VolumeFraction VolumetricFlux Wavenumber
        """,
    ),
}
"""Kind of term to the start of its URN, of its web name, and its words (CBV 2.0, GS1 web vocabulary)."""

_KNOWN = {kind: frozenset(words.split()) for kind, (_, _, words) in _TERMS.items()}
_CBV_ROOTS = ("https://ref.gs1.org/cbv/", "http://ref.gs1.org/cbv/", "https://ns.gs1.org/cbv/", "cbv:")
_GS1_ROOTS = (
    "gs1:",
    "https://ref.gs1.org/voc/",
    "https://gs1.org/voc/",
    "http://gs1.org/voc/",
    "https://www.gs1.org/voc/",
)
_EPCIS_ROOTS = ("epcis:", "https://ref.gs1.org/epcis/", "https://ns.gs1.org/epcis/")

_DEFAULT = {
    "epcis": "https://ref.gs1.org/epcis/",
    "cbv": "https://ref.gs1.org/cbv/",
    "cbvmda": "urn:epcglobal:cbv:mda",
    "gs1": "https://ref.gs1.org/voc/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dcterms": "http://purl.org/dc/terms/",
}
_OURS = re.compile(
    r"https?://(ref\.gs1\.org/standards/epcis|gs1\.github\.io/EPCIS|id\.gs1\.org/epcis-context)\b"
)


class Misfit(ValueError):
    """A place in one event that does not fit: the column it concerns, the key of the reason, its values."""

    def __init__(self, column: str, reason: str, /, **values: object) -> None:
        self.column = column
        self.reason = reason
        self.values = values
        super().__init__(reason)


@lru_cache(maxsize=8192)
def short_term(kind: str, value: str) -> str:
    """The bare word of a CBV or GS1 term in any spelling; any other value as it is, without outer blanks.

    >>> short_term("bizStep", "urn:epcglobal:cbv:bizstep:receiving")
    'receiving'
    """
    value = value.strip()
    urn, stem, _ = _TERMS[kind]
    word = value
    if kind == "measurement":
        word = next((value[len(root) :] for root in _GS1_ROOTS if value.startswith(root)), value)
    elif urn and value.startswith(urn):
        word = value[len(urn) :]
    else:
        for root in _CBV_ROOTS:
            if value.startswith(root + stem):
                word = value[len(root) + len(stem) :]
                break
    return word if word in _KNOWN[kind] else value


def long_term(kind: str, value: str, *, urn: bool = False) -> str:
    """The web URI of a bare word (with `urn`, the form that XML uses); any other value as it is."""
    if value not in _KNOWN[kind]:
        return value
    old, stem, _ = _TERMS[kind]
    if kind == "measurement":
        return f"gs1:{value}" if urn else f"https://ref.gs1.org/voc/{value}"
    return old + value if urn and old else f"https://ref.gs1.org/cbv/{stem}{value}"


@lru_cache(maxsize=4096)
def field_name(key: str) -> str:
    """The short name of a standard field written as keyword, CURIE or web URI; any other key as it is."""
    if key in {"@type", "isA"}:
        return "type"
    if key == "@id":
        return "id"
    for root in _EPCIS_ROOTS:
        if key.startswith(root):
            return key[len(root) :]
    return key


@dataclass(frozen=True)
class Context:
    """What the keys of extensions stand for: prefixes, whole terms, and contexts named by address only."""

    prefixes: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, object] = field(default_factory=dict)
    urls: tuple[str, ...] = ()

    def joined(self, value: object) -> Context:
        """The context with an `@context` of a document or event laid over it.

        Raises
        ------
        Misfit
            when the value is no context.
        """
        prefixes, terms, urls = dict(self.prefixes), dict(self.terms), list(self.urls)
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, str):
                if not _OURS.match(part) and part not in urls:
                    urls.append(part)
            elif isinstance(part, dict):
                for key, meaning in part.items():
                    if isinstance(meaning, str) and not key.startswith("@"):
                        prefixes[key] = meaning
                    elif meaning is None:
                        prefixes.pop(key, None)
                        terms.pop(key, None)
                    else:
                        terms[key] = meaning
            elif part is not None:
                raise Misfit("extra", "finding.epcis_shape", field="@context", found=_clip(part))
        return Context(prefixes, terms, tuple(urls))

    def expand(self, key: str, hops: int = 4) -> tuple[str, str]:
        """Namespace and local name of a key of an extension; the namespace is "" for a bare key.

        A prefix that nothing declares stands for itself with its colon. A term may be explained by another,
        over as many `hops`.
        """
        key = key.removeprefix("@")
        meaning = self.terms.get(key, self.prefixes.get(key) if ":" not in key else None)
        if _named(meaning):
            meaning = meaning["@id"]
        if isinstance(meaning, str) and ":" in meaning and hops:
            return self.expand(meaning, hops - 1)
        prefix, colon, local = key.partition(":")
        if not colon:
            vocabulary = self.terms.get("@vocab")
            return (vocabulary if isinstance(vocabulary, str) else ""), key
        if local.startswith("//") or prefix == "urn":
            return _split(key)
        known = self.prefixes.get(prefix) or _DEFAULT.get(prefix)
        if known == "urn:epcglobal:cbv:mda:":
            known = known[:-1]
        return (known or f"{prefix}:"), local

    def used(self, text: str) -> Context:
        """The part of this context that an event needs, given its JSON text."""
        if not (self.prefixes or self.terms or self.urls):
            return self
        terms = {key: value for key, value in self.terms.items() if key == "@vocab" or f'"{key}"' in text}
        whole = {key: value for key, value in self.prefixes.items() if f'"{key}"' in text}
        explained = [*whole.values(), *(value["@id"] for value in terms.values() if _named(value))]
        needed = {value.partition(":")[0] for value in explained}
        prefixes = {
            key: value
            for key, value in self.prefixes.items()
            if _DEFAULT.get(key) != value
            and (key in whole or key in needed or f'"{key}:' in text or f'"@{key}:' in text)
        }
        return Context(prefixes, terms, self.urls)

    def as_list(self) -> list[object]:
        """The entries of an `@context`, without GS1's own address."""
        own = {**self.prefixes, **self.terms}
        return [*self.urls, *([own] if own else [])]


def _named(meaning: object) -> TypeGuard[dict[str, str]]:
    return isinstance(meaning, dict) and isinstance(meaning.get("@id"), str)


def _split(uri: str) -> tuple[str, str]:
    """Namespace and local name of a whole URI: cut after the last of `#`, `/` and `:`."""
    cut = max(uri.rfind(sign) for sign in "#/:") + 1
    return uri[:cut], uri[cut:] or uri


def standard(key: str) -> bool:
    """Whether a key is a field of an event that EPCIS declares."""
    return key in _STANDARD


def number(text: str) -> int | float | Decimal:
    """A number of JSON or XML without loss: a float only where it says the same digits.

    Raises
    ------
    ValueError
        when the text is not a decimal number.
    """
    if len(text) > _MOST_DIGITS or not _NUMBER.fullmatch(text):
        raise ValueError(text[:40])
    if text.lstrip("+-").isdigit():
        return int(text)
    value = float(text)
    if repr(value) == text:
        return value
    try:
        exact = Decimal(text)
    except InvalidOperation:
        raise ValueError(text[:40]) from None
    return value if exact == Decimal(repr(value)) else exact


_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,6})?", re.ASCII)
_MOST_DIGITS = 1000


def dump(value: object) -> str:
    """JSON text in one line, as it stands in `extra` and in a written file."""
    try:
        return _encode(value)
    except TypeError:
        return _dump(value)


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def _dump(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_dump(key)}:{_dump(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_dump, value)) + "]"
    if isinstance(value, Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _clip(value: object) -> str:
    text = value if isinstance(value, str) else dump(value)
    return text if len(text) <= _CLIP else text[:_CLIP] + "…"


_CLIP = 80
