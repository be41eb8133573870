"""The refresh of one QOF year: from the files as published to one row a practice and indicator.

Ours unzips, decodes, stages by column name, checks every rule of the contract and pivots. DuckDB's
read_csv and PIVOT do the same to the same CSV files without any check, once with the files unzipped
beforehand (outside its clock) and once with the unzipping inside it.
"""

import re
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl

from engine import Lake
from refresh.source import Release
from refresh.sources import SOURCES, qof_tables
from refresh.staging import stage_release
from tests.bench.figures import Figure, median

PIVOT = """
SELECT *, NUMERATOR / nullif(DENOMINATOR, 0) * 100 AS percent_net,
       NUMERATOR / nullif(DENOMINATOR + coalesce(PCAS, 0), 0) * 100 AS percent_pri
FROM (
  PIVOT (SELECT PRACTICE_CODE, {indicator} AS indicator_code, MEASURE, VALUE
         FROM read_csv($files, union_by_name = true))
  ON MEASURE IN ('NUMERATOR', 'DENOMINATOR', 'PCAS', 'REGISTER', 'ACHIEVED_POINTS')
  USING first(VALUE) GROUP BY PRACTICE_CODE, indicator_code
) ORDER BY indicator_code, PRACTICE_CODE
"""
