from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from wyoming_lfm2.config.errors import SettingsError
from wyoming_lfm2.config.loading import find_file, gather_settings, load_settings
from wyoming_lfm2.config.settings import Settings
from wyoming_lfm2.config.tree import leaves


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "wyoming-lfm2.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(
    options: dict[str, str] | None = None,
    *,
    file: Path | None = None,
    environment: dict[str, str] | None = None,
) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(options, file=file, environment=environment or {})
    return str(caught.value)


def test_without_any_source_the_defaults_hold() -> None:
    assert load_settings(environment={}) == Settings()


def test_the_command_line_beats_the_environment_beats_the_file_beats_the_default(tmp_path: Path) -> None:
    file = write(tmp_path, "engine:\n  threads: 1\n  queue: 1\n  sequences: 1\n")
    environment = {"WYOMING_LFM2_ENGINE_THREADS": "2", "WYOMING_LFM2_ENGINE_QUEUE": "2"}
    gathered = gather_settings({"engine.threads": "3"}, file=file, environment=environment)
    engine = gathered.settings.engine
    assert (engine.threads, engine.queue, engine.sequences, engine.context) == (3, 2, 1, 4096)
    assert gathered.origins == {
        "engine.threads": "command line",
        "engine.queue": "WYOMING_LFM2_ENGINE_QUEUE",
        "engine.sequences": f"{file} line 4",
    }


@pytest.mark.parametrize("leaf", list(leaves()), ids=lambda leaf: leaf.path)
def test_every_default_can_be_written_in_every_source(leaf, tmp_path: Path) -> None:
    if not leaf.default_text:
        return
    file = write(tmp_path, f"{leaf.section}:\n  {leaf.key}: {leaf.default_text}\n")
    assert load_settings({leaf.path: leaf.default_text}, environment={}) == Settings()
    assert load_settings(environment={leaf.variable: leaf.default_text}) == Settings()
    assert load_settings(file=file, environment={}) == Settings()


def test_no_two_settings_share_a_variable() -> None:
    variables = [leaf.variable for leaf in leaves()]
    assert len(set(variables)) == len(variables)
    assert not any(variable.endswith("_FILE") for variable in variables)


def test_every_setting_is_documented() -> None:
    assert [leaf.path for leaf in leaves() if not leaf.help.endswith(".")] == []


def test_lists_are_written_with_commas_or_as_yaml(tmp_path: Path) -> None:
    expected = (ip_network("192.168.1.0/24"), ip_network("fd00::/8"))
    file = write(tmp_path, "service:\n  allow: [192.168.1.0/24, 'fd00::/8']\n")
    in_commas = write(tmp_path, "service:\n  allow: 192.168.1.0/24, fd00::/8\n")
    variable = {"WYOMING_LFM2_SERVICE_ALLOW": "192.168.1.0/24,fd00::/8"}
    assert load_settings(file=file, environment={}).service.allow == expected
    assert load_settings(file=in_commas, environment={}).service.allow == expected
    assert load_settings(environment=variable).service.allow == expected


def test_an_empty_option_goes_back_to_the_default() -> None:
    environment = {"WYOMING_LFM2_ENGINE_THREADS": "2"}
    assert load_settings({"engine.threads": ""}, environment=environment).engine.threads is None


def test_an_empty_variable_and_an_empty_key_set_nothing(tmp_path: Path) -> None:
    file = write(tmp_path, "engine:\n  threads:\nservice:\n")
    assert load_settings(file=file, environment={"WYOMING_LFM2_MODEL_NAME": ""}) == Settings()


@pytest.mark.parametrize(
    ("text", "place", "neighbour"),
    [
        ("engine:\n  thread: 2\n", "line 2", "engine.threads"),
        ("engin:\n  threads: 2\n", "line 1", "engine"),
        ("model:\n  name: nano\n\nengine:\n  uri: tcp://x\n", "line 5", "service.uri"),
    ],
)
def test_an_unknown_key_names_its_line_and_its_neighbour(
    tmp_path: Path, text: str, place: str, neighbour: str
) -> None:
    file = write(tmp_path, text)
    message = refusal(file=file)
    assert message.startswith(f"{file} {place}: ")
    assert message.endswith(f"did you mean {neighbour}?")


def test_an_unknown_variable_names_its_neighbour() -> None:
    message = refusal(environment={"WYOMING_LFM2_SERVICE_URL": "tcp://0.0.0.0:1"})
    assert message.startswith("WYOMING_LFM2_SERVICE_URL: ")
    assert message.endswith("did you mean WYOMING_LFM2_SERVICE_URI?")


def test_an_unknown_option_names_its_neighbour() -> None:
    assert refusal({"service.ur": "x"}).endswith("did you mean service.uri?")


def test_variables_of_other_programs_are_left_alone() -> None:
    assert load_settings(environment={"WYOMING_LFM": "x", "SERVICE_URI": "y"}) == Settings()


def test_a_value_that_is_not_possible_names_the_place_and_the_reason(tmp_path: Path) -> None:
    file = write(tmp_path, "engine:\n  threads: none\n  queue: 0\n")
    lines = refusal(file=file).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"{file} line 2: 'none' is not possible for engine.threads: ")
    assert lines[1].startswith(f"{file} line 3: 0 is not possible for engine.queue: ")
    assert "WYOMING_LFM2_LOG_LEVEL: 'loud'" in refusal(environment={"WYOMING_LFM2_LOG_LEVEL": "loud"})
    assert "service.allow" in refusal({"service.allow": "192.168.1.0/24, kitchen"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("engine: 3\n", "line 1: engine should hold names with values"),
        ("- engine\n", "line 1: the file should hold names with values"),
        ("engine:\n  threads: [2\n", "is not valid YAML"),
        ("engine:\n\tthreads: 2\n", "line 2: is not valid YAML"),
        ("engine:\n  threads: 1\n  threads: 2\n", "line 3: threads is set twice"),
        ("engine:\n  threads: !!python/name:os.system\n", "line 2: is not valid YAML"),
    ],
)
def test_a_file_that_is_no_settings_file_says_where(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in refusal(file=write(tmp_path, text))


def test_a_file_of_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF\xff\xfe\x00")
    assert "not text in UTF-8" in refusal(file=path)


def test_a_variable_may_name_a_file_that_holds_the_value(tmp_path: Path) -> None:
    secret = tmp_path / "uri"
    secret.write_text("tcp://127.0.0.1:1\n", encoding="utf-8")
    environment = {"WYOMING_LFM2_SERVICE_URI_FILE": str(secret)}
    gathered = gather_settings(environment=environment)
    assert gathered.settings.service.uri == "tcp://127.0.0.1:1"
    assert gathered.origins == {"service.uri": "WYOMING_LFM2_SERVICE_URI_FILE"}
    twice = refusal(environment={**environment, "WYOMING_LFM2_SERVICE_URI": "tcp://127.0.0.1:2"})
    assert twice.startswith("WYOMING_LFM2_SERVICE_URI_FILE: WYOMING_LFM2_SERVICE_URI is set as well")
    missing = refusal(environment={"WYOMING_LFM2_SERVICE_URI_FILE": str(tmp_path / "none")})
    assert "cannot be read" in missing


def test_the_file_is_looked_for_where_programs_look(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".config").mkdir(parents=True)
    users = write(home / ".config", "engine:\n  threads: 2\n")
    xdg = tmp_path / "xdg"
    xdg.mkdir()
    in_xdg = write(xdg, "engine:\n  threads: 3\n")
    named = tmp_path / "named.yaml"
    named.write_text("engine:\n  threads: 4\n", encoding="utf-8")
    environment = {"HOME": str(home)}
    assert find_file(None, environment) == users
    environment["XDG_CONFIG_HOME"] = str(xdg)
    assert find_file(None, environment) == in_xdg
    environment["WYOMING_LFM2_CONFIG"] = str(named)
    assert find_file(None, environment) == named
    assert load_settings(environment=environment).engine.threads == 4
    assert find_file(users, environment) == users


def test_a_file_asked_for_by_name_must_exist(tmp_path: Path) -> None:
    missing = tmp_path / "none.yaml"
    assert refusal(file=missing) == f"{missing}: there is no such settings file."
    assert "no such settings file" in refusal(environment={"WYOMING_LFM2_CONFIG": str(missing)})


VOICES = "{butler: {description: a deep voice, seed: 3, languages: [en-GB]}, us-female: {temperature: 0}}"


@pytest.mark.parametrize("place", ["command line", "environment", "file"])
def test_voices_are_written_as_a_mapping_in_every_place(place: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(f"speaking:\n  voices: {VOICES}\n" if place == "file" else "")
    settings = load_settings(
        {"speaking.voices": VOICES} if place == "command line" else {},
        file=file,
        environment={"WYOMING_LFM2_SPEAKING_VOICES": VOICES} if place == "environment" else {},
    )
    assert list(settings.speaking.voices) == ["butler", "us-female"]
    assert settings.speaking.voices["butler"].languages == ("en-GB",)
    assert settings.speaking.voices["us-female"].temperature == 0


@pytest.mark.parametrize(
    ("voices", "complaint"),
    [
        ("{butler: {sed: 3}}", "butler sed: extra inputs are not permitted"),
        ("{butler: {seed: -1}}", "butler seed: input should be greater than or equal to 0"),
        ("{butler: ", "it is not YAML"),
        ("7", "input should be a valid dictionary"),
    ],
)
def test_a_voice_that_makes_no_sense_is_one_sentence(voices: str, complaint: str) -> None:
    with pytest.raises(SettingsError, match=f"^command line: .* for speaking.voices: {complaint}"):
        load_settings({"speaking.voices": voices}, environment={})
