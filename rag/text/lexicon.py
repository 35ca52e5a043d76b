"""Words that tell names from other words: places in all their forms, titles, names that are common words. English. Plain values."""

from __future__ import annotations

from rag.text.terms import STOP_WORDS

_PLACES = (
    "afghanistan afghan|africa african|albania albanian|algeria algerian|argentina argentine argentinian|armenia armenian|"
    "asia asian|australia australian|austria austrian|azerbaijan azerbaijani azeri|bahrain bahraini|bangladesh bangladeshi|"
    "belarus belarusian|belgium belgian|bolivia bolivian|bosnia bosnian|brazil brazilian|bulgaria bulgarian|burma burmese|"
    "cambodia cambodian|cameroon cameroonian|canada canadian|chile chilean|china chinese|colombia colombian|congo congolese|"
    "croatia croatian croat|cuba cuban|cyprus cypriot|czechia czech|denmark danish dane|ecuador ecuadorian|egypt egyptian|"
    "england english|eritrea eritrean|estonia estonian|ethiopia ethiopian|europe european|finland finnish finn|"
    "france french frenchman frenchwoman|gaza gazan|georgia georgian|germany german|ghana ghanaian|greece greek|"
    "guatemala guatemalan|haiti haitian|honduras honduran|hungary hungarian|iceland icelandic icelander|india indian|"
    "indonesia indonesian|iran iranian|iraq iraqi|ireland irish irishman|israel israeli|italy italian|jamaica jamaican|"
    "japan japanese|jordan jordanian|kazakhstan kazakh|kenya kenyan|kosovo kosovan|kuwait kuwaiti|latvia latvian|lebanon lebanese|"
    "liberia liberian|libya libyan|lithuania lithuanian|london londoner|malaysia malaysian|mali malian|malta maltese|"
    "mexico mexican|moldova moldovan|mongolia mongolian|morocco moroccan|mozambique mozambican|namibia namibian|"
    "nepal nepalese nepali|netherlands dutch dutchman holland|nicaragua nicaraguan|nigeria nigerian|norway norwegian|"
    "pakistan pakistani|palestine palestinian|panama panamanian|paraguay paraguayan|peru peruvian|philippines filipino philippine|"
    "poland polish pole|portugal portuguese|qatar qatari|romania romanian|russia russian|rwanda rwandan|saudi saudi_arabia|"
    "scotland scottish scot scotsman|senegal senegalese|serbia serbian serb|singapore singaporean|slovakia slovak slovakian|"
    "slovenia slovenian slovene|somalia somali|spain spanish spaniard|sudan sudanese|sweden swedish swede|switzerland swiss|"
    "syria syrian|taiwan taiwanese|tanzania tanzanian|thailand thai|tunisia tunisian|turkey turkish turk turkiye|uganda ugandan|"
    "ukraine ukrainian|uruguay uruguayan|uzbekistan uzbek|venezuela venezuelan|vietnam vietnamese|wales welsh welshman|"
    "yemen yemeni|zambia zambian|zimbabwe zimbabwean|korea korean|texas texan|california californian|zealand zealander|"
    "US usa america american united_states united_states_of_america|uk britain british briton great_britain united_kingdom|"
    "eu european_union|un united_nations|uae emirati united_arab_emirates"
)
# Every form of a place's name, in lower case, with the one that stands for all. `US` is no `us`.
PLACE_OF = {form: forms.split()[0] for forms in _PLACES.split("|") for form in forms.split()}
PLACES = frozenset(PLACE_OF.values())
# Names of places in several words, the longest first.
JOINED_PLACES = sorted(
    (tuple(form.split("_")) for form in PLACE_OF if "_" in form), key=len, reverse=True
)
# After these a place's name is a company's: "American Express" is not America's.
COMPANIES = frozenset(
    "express airlines airways telecom gas petroleum motors steel standard idol pie beauty".split()
)

TITLES = frozenset(
    "mr mrs ms miss dr prof professor sir dame lord lady baroness baron president minister secretary chancellor speaker senator "
    "congressman congresswoman representative governor mayor king queen prince princess pope cardinal bishop archbishop reverend "
    "rabbi imam general colonel captain major lieutenant sergeant admiral marshal commander chief justice judge ambassador envoy "
    "spokesman spokeswoman spokesperson sheikh emir sultan ayatollah chairman chairwoman chair director manager coach ceo "
    "councillor mp mep commissioner inspector constable detective officer attorney leader premier taoiseach deputy vice singer "
    "actor actress author footballer striker defender midfielder goalkeeper skipper champion founder editor".split()
)
HONORIFICS = frozenset("mr mrs ms miss dr prof professor sir dame lord lady".split())
# What stands with a title, as in "Foreign Secretary" and "Secretary of State".
OFFICES = frozenset(
    "prime foreign home defence defense finance health interior justice education treasury environment state general first shadow "
    "assistant acting former ex trade transport security executive managing senior agriculture culture energy labour economy "
    "parliamentary police house national county district".split()
)
# Words that may be written with a capital wherever they stand.
INSTITUTIONS = frozenset(
    "parliament government ministry army navy police court council church congress senate cabinet treasury internet web state "
    "university hospital club union christmas easter".split()
)
PARTICLES = frozenset(
    "of the bin bint ibn al el de da del della di du van von der den la le & st abu".split()
)

# Names that are other words in lower case: only a capital tells them.
ALSO_NAMES = frozenset(
    "given brown rice straw bush may rose mark will short hunt gray grey green white black young king prince major cook baker fox wolf "
    "hill wood woods stone field fields banks park parks bishop pope cash price long best blunt love sharp swift hope grace faith "
    "joy dawn iris lily daisy art bill bob frank jack nick pat rob sue drew dean grant chase hunter mason carter turner fisher "
    "archer porter walker miller page cole case bloom bond bolt bell ball gates jobs trump cruise moss craft west east north south "
    "day summer winter spring snow storm frost rivers lake lakes marsh moor moore read reed law lawyer judge knight duke earl "
    "noble rich wise strong little small large savage sweet power powers bacon lamb hogg crane heron wren martin robin jay drake "
    "finch hawk nightingale bull china turkey jordan chad jersey reading bath sandwich orange apple amazon shell gap target sun "
    "mirror times guardian observer independent post mail express star victor victoria earnest ernest gene jean norm peter ray "
    "rusty sandy skip sonny tab tony trip wade ward warren weaver webb wells wheeler workman wright barber barrow bass beach bean "
    "beard berry birch bird block book booth boot bow box branch bridges brook brooks buckle burn burns bus butcher butler button "
    "carpenter cat chambers chance church clay cliff coffin cold coward cross dear dove draper early english fair farmer fish "
    "flowers flood foot ford forest foster freeman french gardener gold golden good goodman hall hand hardy head heath house jewel "
    "keen key kind kitchen land lane lord mann marks mercy mill mills moon nail nash new noon pace paine painter parish parsons "
    "pepper piper plant pool potter pound proud quick rain raven root rush sage salt sawyer school sellers seal shepherd shore "
    "silver singer singh slaughter sparrow spears speed spencer steel street tailor taylor temple thorn tower town train underwood "
    "vale vance vine wall waters whale wild winner winters wolfe worth yard york bolton blair drum hague howard".split()
)
# Words that begin a sentence and are no names, whatever else has been read.
OPENERS = STOP_WORDS | frozenset(
    "according although though despite however meanwhile moreover furthermore nevertheless nonetheless instead therefore thus "
    "hence still yet also even ever never always often sometimes soon later earlier then now here there today tomorrow yesterday "
    "tonight first second third last next previous finally eventually ultimately initially originally previously recently "
    "currently among amid amidst around across along alongside about above below beneath beside besides between beyond inside "
    "outside near within without throughout toward towards upon unlike like since until till unless whereas whether whose "
    "following during including given due owing thanks rather perhaps maybe indeed once twice officials police residents people "
    "workers experts analysts researchers scientists authorities lawmakers doctors witnesses rescuers firefighters protesters "
    "troops soldiers ministers leaders someone everyone nobody nothing everything something anyone "
    "another many several few some any all both each either neither every most more less fewer one two three four five six seven "
    "eight nine ten eleven twelve twenty thirty forty fifty hundreds thousands millions dozens nearly almost approximately roughly "
    "exactly only just over under up down half new former current other such additional critics supporters opponents campaigners "
    "talks negotiations it's he's she's they're there's that's i i'm we we're you per via apart aside together no yes not nor so "
    "but and or if when while where why how what who whom which because as at by for from in into of off on onto out to with "
    "reportedly allegedly apparently officially publicly privately separately similarly additionally consequently subsequently "
    "specifically generally typically usually mainly mostly largely partly clearly notably unfortunately sadly simply surprisingly "
    "unexpectedly certainly nowadays afterwards beforehand overnight abroad elsewhere overall".split()
)
