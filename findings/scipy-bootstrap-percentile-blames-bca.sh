#!/usr/bin/env bash
# scipy 1.17.1: a percentile bootstrap of a ratio, where some draws are 0/0, warns about another method.
#
# Tried: the interval of "share of the answers given that are right" over eight questions, two of them answered,
# by scipy.stats.bootstrap(method="percentile"). Some draws hold no answered question.
# Expected: percentiles of the draws that have a value, or a warning that some have none.
# Seen: the interval is nan, and the only warning says that the *BCa* interval cannot be calculated and that this
# "is known to occur when the distribution is degenerate". BCa was not asked for, and the distribution is not
# degenerate: nine draws in ten have a value, and their percentiles are fine. Where it matters: who searches their own
# code for BCa finds nothing. np.nanpercentile(result.bootstrap_distribution, …) is the way out.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scipy==1.17.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'PY'
import warnings

import numpy as np
import scipy
from scipy import stats

answered = np.array([1, 1, 0, 0, 0, 0, 0, 0])
right = np.array([1, 0, 0, 0, 0, 0, 0, 0])


def precision(right, answered, axis=-1):
    with np.errstate(invalid="ignore"):
        return right.sum(axis) / answered.sum(axis)


with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    found = stats.bootstrap(
        (right, answered), precision, paired=True, vectorized=True, method="percentile", rng=np.random.default_rng(1)
    )
low, high = found.confidence_interval
draws = found.bootstrap_distribution
print("scipy", scipy.__version__)
print("interval:", low, high)
print("draws without a value:", round(float(np.isnan(draws).mean()), 2))
print("percentiles of the others:", np.nanpercentile(draws, [2.5, 97.5]))
print("warnings:", [str(warning.message)[:54] for warning in seen])
assert np.isnan(low) and np.isnan(high)
assert 0 < np.isnan(draws).mean() < 0.2
assert np.nanpercentile(draws, [2.5, 97.5]).tolist() == [0.0, 1.0]
assert [str(warning.message)[:54] for warning in seen] == ["The BCa confidence interval cannot be calculated. This"]
PY
# Output seen on 2026-11-30:
#   scipy 1.17.1
#   interval: nan nan
#   draws without a value: 0.1
#   percentiles of the others: [0. 1.]
#   warnings: ['The BCa confidence interval cannot be calculated. This']
