"""How people ask who have not read any template: politely, in a roundabout way, or in two words.

The lists and rules are those of the other topics. Nothing here names a new kind of deed, only other words for it.
Their share of what is said to a home is 0: they are sampled by themselves (``--topic``), so that the sentences that
earlier runs were measured on stay the same.
"""

from __future__ import annotations

_POLITE = "(can you|could you|would you|will you|can you please|could you please|please|I want you to|I need you to|I'd like you to|just|let's|go ahead and)"
_LIGHTS = "(lights|light|lamp|lights|lights in here)"
_WHERE = "(in the {area}|in the {area}|{floorwhere}|)"

# topic: (share of the corpus in percent, templates)
ASKING_TOPICS: dict[str, tuple[int, tuple[str, ...]]] = {
    "asking": (
        0,
        (
            f"{_POLITE} turn <on> the {_LIGHTS} {_WHERE}",
            f"{_POLITE} turn the {_LIGHTS} <on> {_WHERE}",
            f"{_POLITE} (turn|switch|put) <on> the <lightname>",
            f"{_POLITE} turn <on> the <thing>",
            "(turn|switch|put) the lights <on> [please]",
            "(turn|switch) the {area} {light} <on>",
            "{area} <on>",
            "{area} (light|lights|lamp) <on> [please]",
            "{light} <on>",
            "<thing> <on>",
            "(kill|cut) the lights [in the {area}]",
            f"(set|change|turn|make|switch) the {_LIGHTS} {_WHERE} [to] {{color}}",
            f"(set|change|make) the color of the {_LIGHTS} {_WHERE} [to] {{color}}",
            f"{_POLITE} (change|set|turn|make) the (lights|light|{{area}} lights|<lightname>) [to] {{color}}",
            "(make|turn) the {area} {color}",
            "I want (the {area} lights|the lights in the {area}|my lights) [to be] {color}",
            "{color} (light|lights) [in the {area}] [please]",
            "{area} (light|lights) {color}",
            f"{_POLITE} (dim|brighten) the (lights|<lightname>) [(in the {{area}}|a little|a bit|to {{percent}})]",
            "{area} (light|lights) [to|at] {percent}",
            "(it's|it is) (too bright|too dark|a bit dark|very dark) in here",
            "(more|less) light [in the {area}] [please]",
            "(full|half|maximum) brightness [in the {area}]",
            "is the {area} (light|lamp) [still] <on>",
            "did (I|we|anyone) (turn off|leave on) the (lights|{area} lights|<thing>)",
            "(don't forget to|remember to|make sure to) turn off the (lights|<thing>|<lightname>)",
            "turn <on> (all|all of|every one of) the lights",
            "turn everything off",
            "(everything|all lights|all the lights) off [please]",
            "turn <on> the (first|second|other|left|right) (light|lamp)",
        ),
    ),
    "asking else": (
        0,
        (
            "what time is it [right now|now|please]",
            "what's the time",
            "(can|could) you tell me (the time|what time it is)",
            "what (day|date) is it [today]",
            "(how's|how is|what's|what is) the weather [(like|going to be|going to be like)] [{day}|today|tomorrow|outside]",
            "(will it|is it going to) (rain|snow) [{day}|today|tomorrow]",
            "do I need (an umbrella|a jacket) [today|tomorrow]",
            f"{_POLITE} set a timer (for <duration>|of <duration>)",
            "(timer|a timer) for <duration>",
            "<duration> timer [please]",
            f"{_POLITE} (wake me|wake me up) at <clock>",
            "(set|make) an alarm (for|at) <clock>",
            f"{_POLITE} (open|close|shut) the (<cover>|{{area}} <cover>)",
            "(<cover>|{area} <cover>) (open|closed|up|down)",
            f"{_POLITE} (lock|unlock) the {{lock}}",
            "(is|did I lock) the {lock} [locked]",
            f"{_POLITE} (play|put on|start) [some|a bit of|my] {{music}} [in the {{area}}]",
            f"{_POLITE} turn (up|down) the (music|volume|TV|radio|sound)",
            f"{_POLITE} turn the (music|volume|TV|radio|sound) (up|down) [a bit|a little|please]",
            "(music|TV|radio|volume|heating|fan|heater) (on|off|up|down)",
            "(stop|pause|next|skip|louder|quieter|resume|mute|cancel|never mind|go back) [please|it]",
            f"{_POLITE} (set|change|put) the (temperature|heating|heat|thermostat|{{area}} temperature) to {{degrees}} [degrees]",
            "(temperature|heating|thermostat) (to|at) {degrees} [degrees]",
            "(it's|it is|I'm|I am) (cold|too cold|hot|too hot|freezing) [in here|in the {area}]",
            "(turn|switch) the (heat|heating|heater|fan|air conditioning|AC) (on|off|up|down)",
            "how (cold|warm|hot) is it [in here|in the {area}|outside|today]",
            f"{_POLITE} add {{item}} [and {{item}}] to (my|the) (shopping list|list|grocery list)",
            "(we need|we are out of|I need) {item} [and {item}]",
            "(what's|what is) on my (shopping list|list|calendar) [today|tomorrow]",
            f"{_POLITE} remind me to {{task}} [at <clock>|tomorrow|tonight|in <duration>]",
            f"{_POLITE} (start|stop) the ({{vacuum}}|{{switch}})",
            "(good night|good morning|I'm home|I am leaving|goodbye|bedtime|movie time)",
            "(yes|no|yes please|no thanks|okay|stop|thank you)",
        ),
    ),
}
