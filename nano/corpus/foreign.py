"""Words that have no place in a home: what questions about the rest of the world are made of."""

from __future__ import annotations

PLACES = (
    "France Germany Italy Spain Japan Canada Australia Brazil Peru Kenya Egypt Norway Sweden Finland Poland Greece Turkey "
    "India China Russia Mexico Cuba Chile Portugal Ireland Scotland Wales England Austria Hungary Iceland Morocco Nigeria "
    "Argentina Vietnam Thailand Korea Indonesia Nepal Iran Iraq Israel Texas California Florida Alaska Hawaii Ohio Utah "
    "Lisbon Vienna Prague Oslo Dublin Moscow Beijing Mumbai Cairo Lima Bogota Havana Warsaw Athens Zurich Geneva Munich "
    "Hamburg Milan Naples Venice Lyon Marseille Seville Glasgow Liverpool Denver Dallas Houston Phoenix Detroit Miami "
    "Atlanta Europe Africa Asia America Antarctica Mars Jupiter Venus Saturn Manhattan Brooklyn Kyoto Osaka Shanghai"
).split()
NAMES = (
    "Einstein Newton Darwin Shakespeare Napoleon Caesar Cleopatra Lincoln Washington Churchill Gandhi Mandela Picasso Rembrandt "
    "Leonardo Galileo Columbus Magellan Aristotle Plato Socrates Homer Dante Tolstoy Dickens Hemingway Austen Tolkien Rowling "
    "Spielberg Hitchcock Chaplin Messi Ronaldo Federer Nadal Serena Obama Biden Trump Merkel Putin Macron Victoria Elizabeth "
    "Harry William Charles Diana Robert George Edward Henry Arthur Walter Martha Margaret Susan Karen Nancy Betty Sandra "
    "Carol Brian Kevin Steven Gary Eric Jason Ryan Patrick Dennis Gregory Samuel Raymond Hans Klaus Pierre Jacques Carlos "
    "Diego Pablo Miguel Ivan Olga Natasha Yuki Hiroshi Mei Wang Singh Kumar Ahmed Fatima Omar Leila Santa Batman Superman"
).split()
NOUNS = (
    "president government election war army treaty parliament minister senator law court judge crime police prison king queen "
    "empire revolution history century philosopher poem novel author painter museum sculpture theater actor film festival "
    "football match tournament champion goal player stadium team athlete marathon medal tennis baseball chess puzzle riddle "
    "elephant giraffe tiger lion whale shark dolphin penguin eagle owl spider snake lizard frog horse donkey camel monkey "
    "kangaroo wolf fox bear rabbit squirrel dinosaur dragon unicorn planet star galaxy comet asteroid rocket satellite "
    "spaceship astronaut gravity atom molecule electron photon proton chemical element oxygen hydrogen carbon iron copper "
    "silver diamond crystal volcano earthquake hurricane desert mountain river ocean island glacier forest jungle valley "
    "doctor lawyer teacher student professor engineer scientist sailor soldier pilot farmer baker butcher tailor banker "
    "money bank stock market tax loan mortgage insurance salary budget contract company business industry factory economy "
    "bitcoin algorithm program database equation theorem triangle circle fraction integral derivative geometry grammar verb "
    "sentence dictionary alphabet religion church temple god angel ghost witch wizard magic dream soul love happiness anger "
    "lasagna risotto sushi curry paella goulash pancake omelette cheesecake dumpling sandwich hamburger burrito recipe sauce "
    "ticket hotel airplane passport embassy vacation tourist cruise bicycle motorcycle truck tractor engine wheel bridge "
    "tunnel castle tower skyscraper cathedral pyramid monument statue guitar violin trumpet drum orchestra symphony melody "
    "medicine vaccine virus fever headache surgery hospital muscle bone brain heart liver kidney skin blood tooth "
    "shoe jacket trousers umbrella necklace wallet suitcase hammer ladder rope needle button pencil envelope magazine letter"
).split()
VERBS = (
    "build cook bake fry boil paint draw write repair destroy invent discover explore climb swim fly dive jump dance juggle "
    "marry divorce vote argue fight invade conquer defend rescue steal borrow lend sell trade invest earn spend waste teach "
    "learn memorize forget explain translate pronounce whisper shout sing whistle smell taste chew swallow digest breathe "
    "sneeze cough bleed heal die hatch bloom grow harvest plant dig bury burn melt evaporate explode rotate orbit land drive "
    "park race fix solve prove calculate measure weigh count divide multiply program hack download install upgrade delete "
    "knit sew fold iron polish carve sculpt photograph publish print edit recite rehearse perform compose conduct celebrate"
).split()
ADJECTIVES = (
    "famous ancient modern beautiful ugly huge tiny heavy rich poor clever stupid brave afraid angry lonely jealous proud "
    "dangerous poisonous extinct invisible magical electric nuclear digital quantum chemical political religious legal illegal "
    "expensive cheap delicious bitter spicy frozen raw rotten fresh wooden golden silver broken rusty sharp blunt round square "
    "wild tame furry hungry sleepy lazy fast slow noisy silent wet muddy icy tropical Roman Greek French Russian Chinese "
    "important boring strange funny serious secret public private foreign royal military medical musical artistic"
).split()
OTHER = (
    "guten Morgen|guten Tag|guten Abend|gute Nacht|hallo|danke|bitte|wie geht es dir|wie ist das Wetter|mach das Licht an|"
    "ich bin zu Hause|wie alt bist du|was machst du|wo ist der Hund|es ist kalt|bis morgen|bonjour|bonsoir|merci beaucoup|"
    "comment allez-vous|je suis content|au revoir|qui es-tu|allume la lampe|quel temps fait-il|je ne sais pas|bonne nuit|"
    "il fait froid|on y va|hola|buenos dias|buenas noches|gracias|como estas|que tal|hasta luego|donde estas|no entiendo|"
    "enciende la luz|hace calor|me gusta mucho|ciao|buongiorno|buonasera|grazie mille|come stai|arrivederci|che tempo fa|"
    "accendi la luce|sono stanco|va bene|goedemorgen|dank je wel|hoe gaat het|tot ziens|doe het licht aan|waar ben je|"
    "bom dia|boa noite|obrigado|tudo bem|dzien dobry|dobranoc|konnichiwa|arigato|sayonara|ohayo|namaste|god morgon|tack"
).split("|")
"""What is said in other languages, as far as it has no letters but those of English."""
