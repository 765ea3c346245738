"""Ordinary names and values that fill the templates, one list a kind, written as a transcript has them."""

from __future__ import annotations


def _list(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.split(",") if part.strip())


# Earlier entries are drawn more often where a list is sampled by rank.
AREAS = _list(
    """kitchen, living room, bedroom, bathroom, office, garage, hallway, dining room, garden, basement, kids room,
    guest room, laundry room, master bedroom, attic, study, patio, nursery, playroom, family room, entrance,
    terrace, balcony, backyard, front yard, porch, workshop, library, pantry, closet, shed, guest bathroom,
    den, gym, pool, driveway, corridor, conservatory, sunroom, utility room, media room, mudroom, lounge,
    cellar"""
)
FLOORS = _list(
    "first floor, second floor, ground floor, upstairs, downstairs, top floor, third floor, basement"
)
PEOPLE = _list(
    """Mom, Dad, Anna, Ben, Emma, Jack, Lisa, Tom, Sarah, Paul, Maria, David, Alice, Peter, Julia, Sam, Kate, John,
    Laura, Mike, Lucy, Max, Sophie, Alex, Grandma, Grandpa, Oliver, Mia, James, Olivia, Daniel, Nina, Mark,
    Rachel"""
)
LIGHTS = _list(
    """light, lights, lamp, ceiling light, desk lamp, floor lamp, reading light, bedside lamp, night light, table lamp,
    wall light, spotlights, LED strip, chandelier, pendant light, reading lamp, Christmas lights, Christmas
    tree, string lights, porch light, closet light, mirror light, stairs light, counter lights, cabinet
    lights, garden lights, outdoor lights, aquarium light, bed light, sink light, stove light"""
)
FANS = _list("fan, ceiling fan, extractor fan, exhaust fan, desk fan, ventilation, tower fan, range hood")
SWITCHES = _list(
    """coffee machine, coffee maker, kettle, heater, outlet, radio, TV, computer, printer, humidifier, dehumidifier,
    air purifier, sprinkler, fountain, water pump, dishwasher, washing machine, dryer, oven, toaster,
    microwave, electric blanket, heating, hot water, boiler, router, charger, projector, speaker, game
    console, freezer, space heater, towel rail, stereo, soundbar, air conditioning, AC, irrigation, camera,
    alarm, siren, doorbell, plug, switch, vacuum cleaner, bug zapper, party mode, vacation mode, sleep mode,
    movie mode, guest mode, Wi-Fi"""
)
COVERS = _list(
    """blinds, curtains, garage door, shutters, shades, gate, window, awning, left blind, right blind, front gate,
    roller shutter, curtain, blind, skylight, left curtain, right curtain, windows, roller blinds"""
)
LOCKS = _list(
    "front door, back door, garage door, side door, gate, cellar door, patio door, main door, shed door"
)
CLIMATES = _list(
    "thermostat, heating, air conditioning, heater, radiator, AC, floor heating, heat pump, boiler"
)
PLAYERS = _list(
    "TV, speaker, radio, stereo, soundbar, speakers, television, living room TV, kitchen speaker, record player"
)
VACUUMS = _list("vacuum, robot, robot vacuum, vacuum cleaner, Rosie, lawn mower, mop")
SCENES = _list(
    """movie night, good night, good morning, bedtime, romantic, dinner, relax, reading, party, cooking, focus,
    sunset, cleaning, cozy, wake up, away, holiday, study time, game night, sunrise, work, bright, evening,
    date night"""
)
SENSORS = _list(
    """temperature, humidity, battery, brightness, air quality, power, pressure, carbon dioxide, energy, voltage,
    moisture, noise level, light level, wind speed, battery level, power consumption, water usage"""
)
OPENINGS = _list(
    "window, door, front door, back door, garage door, gate, fridge, freezer door, mailbox, windows, doors"
)
COLORS = _list(
    """red, blue, green, white, yellow, orange, purple, pink, warm white, cold white, turquoise, cyan, magenta, violet,
    brown, black, gold, teal, lavender, daylight, cool white, candle light"""
)
FAN_MODES = _list("auto, low, medium, high, on, off, automatic, middle, top")
HVAC_MODES = _list("heat, cool, auto, off, dry, eco, heating, cooling, fan only, away, comfort, sleep")
ITEMS = _list(
    """milk, bread, eggs, butter, cheese, apples, bananas, coffee, sugar, toilet paper, tomatoes, potatoes, onions,
    chicken, rice, pasta, flour, salt, pepper, orange juice, yogurt, cereal, lettuce, carrots, garlic, olive
    oil, water, beer, wine, chocolate, ice cream, cookies, paper towels, dish soap, shampoo, toothpaste, soap,
    batteries, light bulbs, dog food, cat food, tea, honey, jam, peanut butter, oranges, lemons, strawberries,
    grapes, peaches, mushrooms, spinach, broccoli, cucumbers, beans, corn, peas, ham, bacon, sausages, beef,
    fish, salmon, tuna, shrimp, ketchup, mustard, mayonnaise, vinegar, cream, sour cream, tortillas, chips,
    nuts, popcorn, crackers, pizza, soup, laundry detergent, trash bags, napkins, diapers, tissues, sponges,
    candles, aspirin, vitamins, avocados, celery, ginger, limes, cherries, blueberries, pineapple, melon,
    zucchini, peppers, oatmeal, almonds, muffins, bagels, ground beef, steak, turkey, noodles, syrup,
    cinnamon, basil, baking powder, vanilla, soda, lemonade, razor blades"""
)
TASKS = _list(
    """call the dentist, pay the bills, water the plants, walk the dog, feed the cat, take out the trash,
    do the laundry,
    buy a present, clean the bathroom, mow the lawn, call Mom, wash the car, do the dishes, go shopping, check
    the mail, book a flight, change the sheets, fix the sink, renew the passport, send the package, buy
    flowers, pick up the kids, empty the dishwasher, return the books, charge the car, take my medicine, call
    the plumber, write the report, practice piano, do homework, clean the windows, make dinner, vacuum the
    house"""
)
LISTS = _list("shopping, to-do, grocery, packing, wish, party, holiday, homework, work, weekend")
TIMERS = _list(
    """pizza, egg, pasta, tea, laundry, cookies, bread, oven, rice, chicken, cake, workout, nap, coffee, dinner, potato,
    homework, turkey, break, steak, roast, yoga, shower, parking"""
)
ARTISTS = _list(
    """the Beatles, Queen, Adele, Madonna, Elvis Presley, Coldplay, Taylor Swift, Pink Floyd, Bob Dylan, Miles Davis,
    Beethoven, Mozart, the Rolling Stones, Michael Jackson, David Bowie, Johnny Cash, Nina Simone, Daft Punk,
    Metallica, Frank Sinatra, Ed Sheeran, Bach, Radiohead, Norah Jones, Billie Eilish, Louis Armstrong, Stevie
    Wonder"""
)
MUSIC = _list(
    """jazz, classical music, rock, some music, pop music, the news, relaxing music, the radio, country music,
    my favorite songs, Christmas music, my playlist, dance music, blues, rain sounds, ocean sounds, white
    noise, my workout playlist, piano music, hip hop, folk music, dinner music, a podcast, an audiobook, the
    next episode, lullabies, party music, heavy metal, reggae, techno, soul, opera, the latest album,
    children's songs, a movie"""
)
SERVICES = _list("Spotify, Netflix, YouTube, Plex, BBC Radio, Apple Music, Bluetooth, the TV, Jellyfin")
CITIES = _list(
    "London, Paris, New York, Berlin, Tokyo, Chicago, Boston, Amsterdam, Madrid, Sydney, Rome, Toronto, Seattle"
)
DAYS = _list("today, tomorrow, tonight, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday")
MOMENTS = _list(
    "today, tomorrow, tonight, this weekend, right now, this morning, this afternoon, this evening, next week, later"
)
ZONES = _list("home, work, school, the office, the gym, the supermarket, the airport, away")
MESSAGES = _list(
    """dinner is ready, it is time for bed, the food is here, please come downstairs, we are leaving in 5 minutes,
    breakfast is ready, time to get up, I am home, lunch is ready, the movie starts now, please be quiet,
    I will be late, the pizza has arrived, clean up your room, the guests are here, time to go to school"""
)
TIMED_COMMANDS = _list(
    """turn off the lights, turn on the lights, open the blinds, close the curtains, turn off the TV,
    lock the front door,
    turn on the heating, turn off the fan, open the garage door, start the vacuum, stop the music, turn on the
    oven"""
)
DIGITS = _list("one, two, three, four, five, six, seven, eight, nine")
MONTHS = _list(
    """January, February, March, April, May, June, July, August, September, October, November, December"""
)
ORDINALS = _list(
    """first, second, third, fourth, fifth, sixth, seventh, eighth, ninth, tenth, eleventh, twelfth, thirteenth,
    fourteenth, fifteenth, sixteenth, seventeenth, eighteenth, nineteenth, twentieth, twenty first, twenty
    second, twenty third, twenty fourth, twenty fifth, twenty sixth, twenty seventh, twenty eighth, twenty
    ninth, thirtieth, thirty first"""
)
