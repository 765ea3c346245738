"""What ``script/test --fast`` leaves out: a second or two of processor time a test, measured.

Folders and files under ``tests/``; a single test elsewhere is marked with ``@pytest.mark.slow``. Most of them start
processes or have a model write or speak for long.
"""

SLOW = (
    "app/",
    "parity/",
    "bench/test_conversation.py",
    "cli/test_chat.py",
    "cli/test_closed_paths.py",
    "cli/test_interrupted_downloads.py",
    "cli/test_models_try.py",
    "cli/test_published_files.py",
    "cli/test_serve.py",
    "cli/test_speak.py",
    "cli/test_transcribe.py",
    "discovery/test_announcing.py",
    "discovery/test_another_machine.py",
    "engine/test_answering.py",
    "engine/test_choosing.py",
    "engine/test_conversing.py",
    "engine/test_dialogues.py",
    "engine/test_guidance.py",
    "engine/test_leaving_the_process.py",
    "engine/test_many_requests.py",
    "engine/test_mimi.py",
    "engine/test_settings.py",
    "engine/test_shortening_ahead.py",
    "engine/test_best_effort_speech.py",
    "engine/test_speaking.py",
    "models/test_broken_downloads.py",
    "gguf/test_hostile_headers.py",
    "nano/",
    "test_conversation_end_to_end.py",
    "test_home_control_end_to_end.py",
    "test_nano.py",
    "test_prepared_speech_end_to_end.py",
    "test_source_archive.py",
)
