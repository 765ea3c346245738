"""Small talk: what people say to an assistant besides, and one short answer to each."""

from __future__ import annotations

import random

from nano.corpus import words
from nano.corpus.exchange import Exchange

WHO = "I am nano, your home assistant."
HELP = "Ask me about the lights, the heating, music or the time."
LOST = "What do you mean?"

# answer: what is said, alternatives separated by bars
_TALK = {
    "Hello!": "hello|hi|hey|hello there|hi there|hey there|hello nano|hi nano|hey nano|good to see you",
    "Good morning!": "good morning|good morning nano|morning",
    "Good evening!": "good evening|good evening nano",
    "Good afternoon!": "good afternoon",
    "Good night, sleep well.": "good night|good night nano|I'm going to bed|sleep well|night",
    "Goodbye!": "goodbye|bye|bye bye|see you later|see you|see you tomorrow|have a nice day|goodbye nano|bye nano|see you soon|talk to you later",
    "You're welcome.": "thank you|thanks|thank you very much|thanks a lot|okay thanks|thank you so much|many thanks|great thanks|thank you nano|thanks nano|cheers|that's kind|thank you for your help|perfect thanks",
    "I am very well, thank you.": "how are you|how are you today|how are you doing|how do you feel|how was your day|what's up|how's it going|how are things|what's new",
    WHO: "who are you|what are you|what's your name|what is your name|tell me about you|do you have a name|are you a robot",
    HELP: "what can you do|what can I say|what can I ask|help|help me|how can you help me|what can you help me with",
    "I was made at home.": "who made you|who created you|where do you come from",
    "I am very new.": "how old are you|what's your age|when were you made",
    "Yes, I hear you.": "can you hear me|are you there|are you listening|do you hear me|do you understand me|hello are you there|are you still there|is anybody there",
    "Yes, I speak English.": "do you speak English|can you speak English|which language do you speak|what language do you speak",
    "Yes, I like music.": "do you like music|do you like songs",
    "Nice to meet you!": "nice to meet you|pleased to meet you",
    "Thank you!": "well done|good job|you are great|you are the best|that's great|very good|perfect|great|nice|I like you|I love you|awesome|excellent|wonderful|cool|nice work|good|fantastic|brilliant|amazing|well done nano|good work",
    "I'm sorry.": "that's wrong|that's not what I said|you are wrong|wrong|that is not right|that's not right|you are stupid",
    "Okay.": "okay|that's all|that's it|sure|all right|right|yes|no|nothing|no thanks|no thank you|be quiet|not now|maybe|fine|alright|got it|I see|good to know|that's fine|not a problem",
    "That's okay.": "sorry|excuse me|I'm sorry|my mistake",
    "What did the lamp say to the night? Not tonight.": "tell me a joke|make me laugh|tell me something funny|do you know a joke|tell a joke",
    "What did the window say to the door? You are closed.": "another joke|tell me another joke|one more joke|another one",
    "There was a little lamp that was never cold.": "tell me a story|tell me something|tell me something interesting",
    "Sorry, I don't know any songs.": "sing a song|sing|sing me a song|can you sing",
    "The coin says yes.": "flip a coin|toss a coin",
    "Hello, welcome home!": "I'm home|I'm back|I am home|I am back|we are home",
    "Have a nice day!": "I'm leaving|I'm going out|I'm going to work|I am leaving",
    "Have a nice nap.": "I'm tired|I am tired|I can't sleep|I'm sick",
    "You should cook something.": "I'm hungry|I am hungry",
    "I can play some music.": "I'm bored|I am bored",
    "That's great!": "I feel great|I feel good|I am happy|I feel great today|I'm happy",
    "I can turn up the heating.": "I'm cold|I am cold|it's cold in here|I'm freezing|it's freezing",
    "I can turn on a fan.": "I'm hot|I am hot|it's hot in here|I'm too warm|it's too warm in here",
    "I can turn down the lights.": "it's too bright|it's too bright in here",
    "I can turn it down.": "it's too loud|it's too loud in here",
    "Happy birthday!": "it's my birthday|today is my birthday|happy birthday",
    "Merry Christmas!": "merry Christmas|happy Christmas",
    "Say the temperature you want.": "make it warmer|make it cooler|make it colder|turn up the heating|turn down the heating|turn up the heat",
    "What should I turn on?": "turn it on|turn on|switch on|turn that on|switch it on",
    "What should I turn off?": "turn it off|turn off|switch off|turn that off|switch it off",
    "What should I open?": "open it|open|open that",
    "What should I close?": "close it|close|close that|shut it",
    "What do you need?": "add something to my shopping list|add something to my list|add to my list|add an item to the list",
    "What should I play?": "play something|play|play music for me",
    "What temperature?": "set the temperature|change the temperature|set the thermostat|set the heating",
}  # fmt: skip

_BRIEF = {
    "You're welcome.": 9, "Thank you!": 6, "Okay.": 5, "Hello!": 7, "Good morning!": 1, "Good evening!": 1,
    "Good night, sleep well.": 2, "Goodbye!": 4, "I am very well, thank you.": 4, "Yes, I hear you.": 3, "I'm sorry.": 2,
    "That's okay.": 1,
}  # fmt: skip
"""What people say after a command without wanting anything more, by its answer."""


class Talk:
    """Draws small talk; what stands first in its line most often."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._lines = [(answer, said.split("|")) for answer, said in _TALK.items()]

    def exchange(self) -> Exchange:
        """Something that is said and the answer to it."""
        if self._rng.random() < 0.06:
            return self.name()
        answer, said = self._rng.choices(self._lines, [1 + len(said) / 4 for _, said in self._lines])[0]
        phrase = self._rng.choices(said, [(rank + 1) ** -0.5 for rank in range(len(said))])[0]
        return Exchange(phrase, answer, topic="talk", setting=answer, known=True)

    def asking(self, answer: str) -> Exchange:
        """What makes nano ask back with `answer`. Raises KeyError for what it never says."""
        return Exchange(
            self._rng.choice(_TALK[answer].split("|")), answer, topic="talk", setting=answer, known=True
        )

    def brief(self) -> Exchange:
        """A few words that ask for nothing: thanks, praise, a greeting, a goodbye."""
        return self.asking(self._rng.choices(list(_BRIEF), list(_BRIEF.values()))[0])

    def name(self) -> Exchange:
        """Somebody's name."""
        person = self._rng.choice(words.PEOPLE)
        phrase = self._rng.choice(
            (f"my name is {person}", f"I am {person}", f"I'm {person}", f"call me {person}")
        )
        return Exchange(phrase, f"Hello {person}!", topic="talk", setting="name", value=person)
