"""IATI activities of our own making, whole and broken, for tests."""

from __future__ import annotations

WHOLE = """<iati-activity default-currency="USD" xml:lang="en" hierarchy="1">
  <iati-identifier>XX-TEST-1</iati-identifier>
  <reporting-org ref="XX-TEST" type="40"><narrative>A fund</narrative></reporting-org>
  <title><narrative>A dry port</narrative><narrative xml:lang="ru">Сухой порт</narrative></title>
  <description><narrative>Sidings and a yard</narrative></description>
  <participating-org role="1" type="40"><narrative>A fund</narrative></participating-org>
  <activity-status code="2"/>
  <activity-date type="1" iso-date="2025-03-01"/>
  <activity-date type="3" iso-date="2027-09-30"/>
  <activity-scope code="4"/>
  <recipient-country code="KZ" percentage="100"/>
  <sector vocabulary="1" code="21030"/>
  <default-aid-type code="C01"/>
  <budget type="1" status="1">
    <period-start iso-date="2025-03-01"/><period-end iso-date="2027-09-30"/>
    <value currency="USD" value-date="2025-03-01">1500000.50</value>
  </budget>
  <transaction>
    <transaction-type code="2"/><transaction-date iso-date="2025-04-01"/>
    <value value-date="2025-04-01">900000</value>
  </transaction>
  <document-link format="text/html" url="https://example.org/a"><title><narrative>Paper</narrative></title>
    <category code="A01"/></document-link>
  <result type="1"><title><narrative>Trains</narrative></title>
    <indicator measure="1"><title><narrative>Trains a day</narrative></title>
      <baseline year="2024" value="3"/>
      <period><period-start iso-date="2025-01-01"/><period-end iso-date="2025-12-31"/>
        <target value="5"/><actual value="4"/></period>
    </indicator></result>
</iati-activity>"""

BROKEN = {
    "no-title": (
        '  <title><narrative>A dry port</narrative><narrative xml:lang="ru">Сухой порт</narrative></title>\n',
        "",
    ),
    "empty-title": ('<narrative>A dry port</narrative><narrative xml:lang="ru">Сухой порт</narrative>', ""),
    "two-titles": ("  <description>", "  <title><narrative>Again</narrative></title>\n  <description>"),
    "no-status": ('  <activity-status code="2"/>\n', ""),
    "two-statuses": (
        '  <activity-status code="2"/>\n',
        '  <activity-status code="2"/><activity-status code="3"/>\n',
    ),
    "status-without-code": ('<activity-status code="2"/>', "<activity-status/>"),
    "no-date": (
        (
            '  <activity-date type="1" iso-date="2025-03-01"/>\n'
            '  <activity-date type="3" iso-date="2027-09-30"/>\n'
        ),
        "",
    ),
    "date-that-is-none": ('type="1" iso-date="2025-03-01"', 'type="1" iso-date="2025-13-01"'),
    "date-in-words": ('type="1" iso-date="2025-03-01"', 'type="1" iso-date="March 2025"'),
    "date-without-type": ('<activity-date type="1" ', "<activity-date "),
    "scope-before-status": (
        '  <activity-status code="2"/>\n',
        '  <activity-scope code="4"/>\n  <activity-status code="2"/>\n',
    ),
    "value-in-words": ("1500000.50", "a million"),
    "value-with-comma": ("1500000.50", "1500000,50"),
    "empty-value": ("1500000.50", ""),
    "value-without-day": ('<value currency="USD" value-date="2025-03-01">', '<value currency="USD">'),
    "budget-without-end": ('<period-end iso-date="2027-09-30"/>\n    <value', "\n    <value"),
    "transaction-without-type": ('<transaction-type code="2"/>', ""),
    "sector-without-code": ('<sector vocabulary="1" code="21030"/>', '<sector vocabulary="1"/>'),
    "country-percentage-in-words": ('percentage="100"', 'percentage="all"'),
    "unknown-element": ('  <activity-scope code="4"/>\n', '  <activity-scope code="4"/><budget-line/>\n'),
    "unknown-attribute": ('<activity-scope code="4"/>', '<activity-scope code="4" kind="x"/>'),
    "text-between": ('  <activity-scope code="4"/>\n', '  <activity-scope code="4"/>words\n'),
    "hierarchy-in-words": ('hierarchy="1"', 'hierarchy="first"'),
    "document-without-url": (' url="https://example.org/a"', ""),
    "document-without-category": ('<category code="A01"/>', ""),
    "baseline-without-year": ('<baseline year="2024" value="3"/>', '<baseline value="3"/>'),
    "period-without-end": ('<period-end iso-date="2025-12-31"/>\n        <target', "\n        <target"),
    "no-reporting-org": (
        '  <reporting-org ref="XX-TEST" type="40"><narrative>A fund</narrative></reporting-org>\n',
        "",
    ),
    "no-description": ("  <description><narrative>Sidings and a yard</narrative></description>\n", ""),
    "no-participating-org": (
        '  <participating-org role="1" type="40"><narrative>A fund</narrative></participating-org>\n',
        "",
    ),
}
"""Name of what is broken to (what stands there, what is put in its place)."""

ALSO_WHOLE = {
    "a-foreign-namespace": (
        "</iati-activity>",
        '<x:extra xmlns:x="https://example.org/ns">kept</x:extra></iati-activity>',
    ),
    "no-budget": (WHOLE[WHOLE.index("  <budget") : WHOLE.index("  <transaction>")], ""),
    "a-second-country": (
        'percentage="100"/>',
        'percentage="60"/><recipient-country code="UZ" percentage="40"/>',
    ),
    "a-date-with-a-zone": ('iso-date="2025-04-01"/>', 'iso-date="2025-04-01Z"/>'),
}
"""Changes after which the activity still keeps to the standard."""


def document(*activities: str) -> str:
    """A file of activities."""
    return '<iati-activities version="2.03">\n' + "\n".join(activities) + "\n</iati-activities>\n"


def changed(change: tuple[str, str]) -> str:
    """The whole activity with one change; the change must be possible."""
    before, after = change
    assert before in WHOLE, before
    return WHOLE.replace(before, after, 1)
