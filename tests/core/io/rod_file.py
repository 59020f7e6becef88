"""Raman Open Database entries of made-up numbers."""

import numpy as np

N = 50
X = 100.0 + 2.5 * np.arange(N)
Y = np.round(500 + 100 * np.sin(X / 9.0))
HEAD = """\
# an entry
data_9000001
loop_
_publ_author_name
'Doe, J.'
"O'Neil, K."
_publ_section_title
;
 A title with 'quotes' and
 _names data_ loop_ in it
;
_chemical_name_mineral   'made up'   # a remark
_chemical_formula_sum    'X2 O'
_raman_measurement_device.company 'Maker & Co'
_raman_measurement_device.model   R1
_raman_measurement_device.excitation_laser_wavelength 532
_raman_measurement.integration_time 20
_raman_measurement.baseline_correction no
_raman_measurement.range_min 100
_raman_measurement.range_max 222.5
_rod_database.code 9000001
"""
NAMES = "loop_\n_raman_spectrum.raman_shift\n_raman_spectrum.intensity\n"


def entry(head: str = HEAD, names: str = NAMES, *, n: int = N) -> str:
    extra = names.count("_raman_spectrum.") - 2
    rows = [f"{x:.3f} {y:g}" + " 7" * extra for x, y in zip(X[:n], Y[:n], strict=True)]
    return head + names + "\n".join([*rows, ""])
