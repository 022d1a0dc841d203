"""IATI 2.03 activities: read into rows of the registers, and written from them.

Question: how do plans and projects go to and come from those who publish aid and investment data?
In and out: a file in, a `Taken` out; frames in, a file out.
Method: see the modules of this folder: grammar (what is allowed), reading, writing, cells.
Limits: activities only; files of organisations are not read.
"""

from daliz.io.iati.reading import read
from daliz.io.iati.writing import TABLES, write

__all__ = ["TABLES", "read", "write"]
