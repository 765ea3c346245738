"""Our own templates: what is said to a home and what it answers, grouped by topic with the share of each.

Within a topic, templates that stand first are drawn more often. Lists are those of ``fillers``.
"""

from __future__ import annotations

from nano.corpus.asking_topics import ASKING_TOPICS
from nano.corpus.daily_topics import DAILY_TOPICS
from nano.corpus.home_topics import HOME_TOPICS
from nano.corpus.response_topics import RESPONSE_TOPICS

RULES = {
    "on": "(on|off)",
    "the": "[the|the|the|my]",
    "please": "",
    "lightname": "({area} {light}|{area} light|{area} lights|{light}|{area} {light})",
    "thing": "({switch}|{switch}|{area} {switch}|{fan}|{area} {fan}|{name}'s {switch})",
    "cover": "({cover}|{area} {cover}|{area} {cover})",
    "duration": "({minutes} minutes|{minutes} minutes|{seconds} seconds|{hours} hours|1 minute|1 hour|half an hour"
    "|{minutes} minutes and {seconds} seconds|{hours} hours and {minutes} minutes|1 hour and {minutes} minutes"
    "|{minutes} and a half minutes)",
    "length": "({minutes} minute|{minutes} minute|{seconds} second|{hours} hour)",
    "clock": "({clock}|{clock}|{oclock})",
}

# topic: (share of the corpus in percent, templates)
TOPICS = {**HOME_TOPICS, **DAILY_TOPICS, **RESPONSE_TOPICS, **ASKING_TOPICS}
