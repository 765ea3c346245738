from __future__ import annotations

import re
from pathlib import Path

import yaml

from wyoming_lfm2.config.documentation import commented_yaml, effective_yaml, markdown_table
from wyoming_lfm2.config.loading import gather_settings, load_settings
from wyoming_lfm2.config.settings import Settings
from wyoming_lfm2.config.tree import leaves

ROOT = Path(__file__).parents[2]


def test_the_shipped_settings_file_is_what_script_document_settings_writes() -> None:
    assert (ROOT / "config" / "wyoming-lfm2.yaml").read_text(encoding="utf-8") == commented_yaml()


def test_the_page_about_settings_has_the_table_that_script_document_settings_writes() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert f"<!-- settings -->\n{markdown_table()}<!-- /settings -->\n" in page


def test_the_shipped_settings_file_as_it_is_changes_nothing() -> None:
    assert load_settings(file=ROOT / "config" / "wyoming-lfm2.yaml", environment={}) == Settings()


def test_with_every_line_taken_in_the_shipped_settings_file_still_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "all.yaml"
    file.write_text(re.sub(r"^  #(?=\w)", "  ", commented_yaml(), flags=re.MULTILINE), encoding="utf-8")
    written = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert [f"{section}.{key}" for section, keys in written.items() for key in keys] == [
        leaf.path for leaf in leaves()
    ]
    assert load_settings(file=file, environment={}) == Settings()


def test_the_settings_in_force_can_be_read_back_as_a_file(tmp_path: Path) -> None:
    gathered = gather_settings(
        {
            "engine.threads": "2",
            "service.allow": "10.0.0.0/8, fd00::/8",
            "service.name": "yes",
            "discovery.instance": "living: room # 1",
            "log.save_audio": "/tmp/a b",
        },
        environment={},
    )
    file = tmp_path / "effective.yaml"
    file.write_text(effective_yaml(gathered.settings, gathered.origins), encoding="utf-8")
    assert load_settings(file=file, environment={}) == gathered.settings
