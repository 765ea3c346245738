"""The one typed tree of settings; each field's text is its documentation.

Where values come from, and in which order they win, is the business of
``loading.py``. This file only says what exists, what is allowed and the default.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Address = Annotated[IPv4Address | IPv6Address, Field(union_mode="left_to_right")]


def _network(value: Any) -> Any:
    """A network, also by the address of a machine in it with the length of the prefix."""
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    try:
        return ip_network(str(value).strip(), strict=False)
    except ValueError as error:
        raise ValueError(
            "write a network as 192.168.1.0/24 or fd00::/64, one machine as 192.168.1.5"
        ) from error


Network = Annotated[IPv4Network | IPv6Network, Field(union_mode="left_to_right"), BeforeValidator(_network)]


def _expanded(path: Path) -> Path:
    """The path with a home folder in the place of ``~``."""
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ValueError("nobody's home is known for the ~; write the whole path") from error


Place = Annotated[Path, AfterValidator(_expanded)]
"""Of a file or folder."""


class Section(BaseModel):
    """A part of the tree: unknown keys are errors, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class ModelSettings(Section):
    """Which model is resident and where its files are."""

    name: str = "nano"
    """Model set: nano, lfm2.5-audio-1.5b, lfm2.5-audio-1.5b-jp or lfm2-audio-1.5b."""
    quantization: str | None = None
    """Quantisation of a downloaded set: Q4_0, Q8_0 or F16; default: its smallest. nano has one only."""
    directory: Place | None = None
    """Folder that already holds the set's GGUF files; nothing is downloaded then."""
    mimi: Place | None = None
    """Mimi's weights, of the first release's checkpoint: they make the sound, with the extra mimi installed."""
    cache: Place | None = None
    """Folder for downloads and derived files; default: the user's cache folder."""
    checks: Literal["strict", "warn"] = "strict"
    """Files and versions that llama.cpp may not survive: refuse, or warn and try; see docs/model-checks.md."""
    offline: bool = False
    """Never go to the network, not even for a file that is missing."""


class EngineSettings(Section):
    """How the resident model runs."""

    threads: int | None = Field(default=None, ge=1, le=256)
    """Threads for the model; default: the physical cores this process may use, at most 4."""
    wait_policy: Literal["passive", "active"] = "passive"
    """How idle OpenMP threads wait: passive yields to other programs, active spins."""
    gpu_layers: int = Field(default=0, ge=0)
    """Backbone layers offloaded, where llama.cpp was built for a GPU."""
    context: int = Field(default=4096, ge=256, le=131072)
    """Tokens of context, shared by all sequences."""
    sequences: int = Field(default=4, ge=1, le=32)
    """Requests that may be in the model's memory at once."""
    queue: int = Field(default=16, ge=1, le=1024)
    """Requests that may wait; one more is refused as busy."""
    tokens_per_second: float = Field(default=12.0, gt=0)
    """Transcript tokens allowed per second of audio; a runaway transcript stops there."""
    frames_per_character: float = Field(default=2.0, gt=0)
    """Frames of 80 ms allowed per spoken character, beside two seconds; a runaway sentence stops there."""


class HearingSettings(Section):
    """How audio becomes pieces for the model."""

    longest_piece_s: float = Field(default=30.0, ge=1, le=120)
    """Seconds in one piece; longer audio is cut at pauses and the texts are joined."""
    longest_request_s: float = Field(default=300.0, ge=1)
    """Seconds in one request; more is an error."""
    vad_threshold: float = Field(default=0.5, gt=0, lt=1)
    """Speech probability from which a 32 ms frame counts as speech."""
    minimum_speech_s: float = Field(default=0.16, ge=0)
    """Less speech than this in all is silence: the transcript is empty."""
    speculate_after_s: float = Field(default=0.1, ge=0.05)
    """Length of a pause after which transcribing starts ahead of the end."""


class EndpointingSettings(Section):
    """When the server itself decides that the speaker has stopped."""

    enabled: bool = False
    """Send the transcript when speech has stopped, without waiting for audio-stop."""
    silence_s: float = Field(default=0.7, ge=0.2, le=10)
    """Silence after speech that ends the utterance."""
    longest_utterance_s: float = Field(default=15.0, ge=1)
    """An utterance ends here at the latest."""
    no_speech_s: float = Field(default=8.0, ge=1)
    """Without any speech for this long the transcript is empty."""


class VoiceSettings(Section):
    """A voice of one's own, or another manner of one that the model has. What is not said stays as it was."""

    prompt: str | None = None
    """System prompt; default: the one of the model's voice of the same name, or of its first."""
    description: str | None = None
    """What the voice is like, in a sentence, for models that take a description instead of a name."""
    languages: tuple[str, ...] = ()
    """BCP 47 tags, the first is its own."""
    temperature: float | None = Field(default=None, ge=0, le=2)
    """Of the sound; 0 takes the likeliest each time."""
    top_k: int | None = Field(default=None, ge=0)
    """Each code is drawn from this many likeliest ones; 0: from all."""
    seed: int | None = Field(default=None, ge=0, lt=2**32)
    """Of the draws."""
    guidance: float | None = Field(default=None, ge=1, le=5)
    """How closely to keep to the text, for a model that was trained for it, as nano is; 1: no guidance."""


def _mapping(value: Any) -> Any:
    """The command line and the environment write a mapping as YAML does, on one line."""
    if not isinstance(value, str):
        return value
    try:
        return yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise ValueError("it is not YAML, such as {name: {seed: 7}}") from error


class SpeakingSettings(Section):
    """How text becomes speech."""

    voice: str | None = None
    """Voice for clients that do not choose one; default: the model's first."""
    voices: Annotated[dict[str, VoiceSettings], BeforeValidator(_mapping)] = {}
    """More voices by name: {NAME: {prompt, description, languages, temperature, top_k, seed, guidance}}."""
    loudness: bool = True
    """Make all voices and sentences equally loud."""
    loudness_db: float = Field(default=-21.0, ge=-40, le=-10)
    """How loud: root mean square of speech, in dB of full scale."""
    trim: bool = True
    """Trim the silence that the model makes before and after each sentence."""
    silence_before_s: float = Field(default=0.05, ge=0, le=5)
    """Silence before the first word; more for loudspeakers that swallow the beginning."""
    silence_between_s: float = Field(default=0.25, ge=0, le=5)
    """Silence between two sentences."""
    silence_after_s: float = Field(default=0.15, ge=0, le=5)
    """Silence after the last word."""
    cache_mb: int = Field(default=16, ge=0, le=4096)
    """Memory for sentences that are spoken again, 48 kB for a second; 0: none are kept."""
    prepare: bool = True
    """Begin to speak an answer of conversation before anybody asks for it, while the model is idle."""
    longest_text: int = Field(default=20_000, ge=1, le=1_000_000)
    """Characters in one request; more is an error."""


HomeName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class ConversationSettings(Section):
    """How text is answered."""

    enabled: bool = True
    """Answer what is said, with a model that converses."""
    system_prompt: str = (
        "You are the voice of a home. What you write is read aloud, so answer in {language}, in one or two short "
        "plain sentences, without lists, markdown or emoji. You can only talk. You cannot switch devices, set "
        "timers, play music or look things up, and you do not know the weather, the news or what is on in the "
        "home. If asked for any of that, say so kindly. Never invent facts."
    )
    """What the model is told before every dialogue, if it follows any prompt; {language} becomes its language."""
    home_control: bool = False
    """Let the model answer with intents, which Home Assistant carries out; see docs/home-control.md."""
    home_prompt: str = (
        "You are the voice of a home. What you write is read aloud, so answer in {language}, in one or two short "
        "plain sentences, without lists, markdown or emoji. If asked to switch, set or look up something at home, "
        "call the one function that does it and say behind the call, in a few words, that it is done. Call "
        "nothing unless you are asked to. What no function does, you cannot do; say so kindly. Never invent facts."
    )
    """What the model is told instead with home_control; a list of functions follows it."""
    home_confidence: float = Field(default=0.5, ge=0, le=1)
    """Home control acts only if the model finds each part of what it would do at least as likely as this."""
    home_names: tuple[HomeName, ...] = ()
    """Devices that home control may name, as Home Assistant calls them; all or none: empty lets it name any."""
    home_areas: tuple[HomeName, ...] = ()
    """Rooms that home control may name; all or none."""
    tell_time: bool = True
    """Tell the model this machine's date and time together with a question that has to do with them."""
    dialogues: int = Field(default=16, ge=1, le=1024)
    """Dialogues that are remembered; one more, and the one that rested longest is forgotten."""
    dialogue_minutes: float = Field(default=10.0, gt=0, le=1440)
    """A dialogue that rests for this long is forgotten."""
    dialogue_tokens: int = Field(default=1024, ge=128, le=131072)
    """Tokens of one dialogue; its oldest turns are forgotten first."""
    answer_tokens: int = Field(default=256, ge=8, le=4096)
    """Tokens in one answer; it is cut off there."""
    longest_text: int = Field(default=1000, ge=1, le=100_000)
    """Characters in what is asked; more is not answered."""


_LONGEST_INSTANCE = 63
"""Bytes in a label of the domain name system."""


def _instance_name(value: str) -> str:
    """What zeroconf takes as a name, and can find again."""
    name = value.strip()
    if not name:
        raise ValueError("the name is blank; leave it out for the default")
    if (size := len(name.encode())) > _LONGEST_INSTANCE:
        raise ValueError(
            f"the name has {size} bytes in UTF-8, and zeroconf takes {_LONGEST_INSTANCE}; choose a shorter one"
        )
    if not all(name.split(".")) or any(c < " " or c == "\x7f" for c in name):
        raise ValueError("zeroconf takes no control characters, and dots only between other characters")
    return name


InstanceName = Annotated[str, AfterValidator(_instance_name)]


class PortSettings(Section):
    """A further port, with the limits of the first one, and announced under a name of its own."""

    uri: str
    """tcp://HOST:PORT or unix:///PATH."""
    services: tuple[Literal["asr", "tts", "conversation"], ...] = ("asr", "tts", "conversation")
    """What is served there."""


class ServiceSettings(Section):
    """The Wyoming port."""

    uri: str = "tcp://0.0.0.0:10300"
    """tcp://HOST:PORT, unix:///PATH or stdio://."""
    name: str = "lfm2"
    """Program name; Home Assistant shows it as the title of the entry."""
    connections: int = Field(default=32, ge=1)
    """Connections at once; one more gets an error and is closed."""
    idle_timeout_s: float = Field(default=120.0, gt=0)
    """A connection on which nothing happens for this long is closed."""
    slow_reader_timeout_s: float = Field(default=30.0, gt=0)
    """A client that does not take an answer for this long is dropped."""
    allow: tuple[Network, ...] = ()
    """Networks that may connect, like 192.168.1.0/24 (`health` needs 127.0.0.0/8 too); empty: everyone."""
    ports: Annotated[dict[InstanceName, PortSettings], BeforeValidator(_mapping)] = {}
    """More ports by the name that discovery announces: {NAME: {uri, services: [asr, tts, conversation]}}."""


class DiscoverySettings(Section):
    """How Home Assistant finds the server by itself."""

    enabled: bool = True
    """Announce the port by zeroconf."""
    instance: InstanceName | None = None
    """Instance name, at most 63 bytes; default: wyoming-lfm2 and the machine's id, so that it is stable."""
    addresses: tuple[Address, ...] = ()
    """Addresses to announce; default: the machine's own, followed when they change."""
    port: int | None = Field(default=None, ge=1, le=65535)
    """Port to announce, behind a port mapping; default: the port of the uri."""


class LogSettings(Section):
    """What is written down. Audio and transcripts are not, unless asked for here."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severity that is logged."""
    transcripts: bool = False
    """Log transcripts, answers, and what is to be spoken, at level info (private data)."""
    save_audio: Place | None = None
    """Folder in which every request's audio is kept (private data)."""


class Settings(Section):
    """Everything that can be set."""

    model: ModelSettings = ModelSettings()
    """Which model is resident."""
    engine: EngineSettings = EngineSettings()
    """How it runs."""
    hearing: HearingSettings = HearingSettings()
    """How audio becomes pieces."""
    endpointing: EndpointingSettings = EndpointingSettings()
    """Server-side end of speech."""
    speaking: SpeakingSettings = SpeakingSettings()
    """How text becomes speech."""
    conversation: ConversationSettings = ConversationSettings()
    """How text is answered."""
    service: ServiceSettings = ServiceSettings()
    """The Wyoming port."""
    discovery: DiscoverySettings = DiscoverySettings()
    """zeroconf."""
    log: LogSettings = LogSettings()
    """What is written down."""
