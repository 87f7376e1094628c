"""The cases of the matrix: every option of the emulator is in them."""

import dataclasses

from bill_emulator.options import Options
from reliability.cases import emulator_options
from reliability.cases.emulator_options import combined_cases, single_cases, values_of

OPTIONS = {field.name: field for field in dataclasses.fields(Options)}


def test_every_value_of_every_option_has_a_case_of_its_own() -> None:
    cases = list(single_cases(seed=1))

    for name, field in OPTIONS.items():
        found = [case.options[name] for case in cases if case.name.startswith(f"{name}=")]
        assert all(value in found for value in values_of(field)), name


def test_all_names_in_the_tables_are_options() -> None:
    tables = (
        emulator_options._SAMPLES,
        emulator_options._DECIDES_IN,
        emulator_options._UNDATED_CHANGES,
        emulator_options._HOURLY_LIMITS,
        emulator_options._DEAD_ENDS,
    )

    assert [name for table in tables for name in table if name not in OPTIONS] == []


def test_the_same_seed_gives_the_same_combinations_and_another_seed_gives_others() -> None:
    assert list(combined_cases(5, seed=1)) == list(combined_cases(5, seed=1))
    assert list(combined_cases(5, seed=1)) != list(combined_cases(5, seed=2))
